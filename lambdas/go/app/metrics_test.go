package app

import (
	"testing"
	"time"
)

func TestPercentilesLookBackOnAWindow(t *testing.T) {
	m := newMetrics(time.Now(), 0)
	for i := range 100 {
		m.End("warm", time.Duration(100-i)*time.Millisecond)
	}
	m.End("one", 1234567*time.Nanosecond)
	for i := range latencyWindow + 10 {
		d := time.Millisecond
		if i < 10 {
			d = time.Hour // Pushed out by the last 10.
		}
		m.End("many", d)
	}
	got := m.Answer(false).Routes
	for route, want := range map[string]routeAnswer{
		"warm": {100, percentiles{50, 95, 99}},
		"one":  {1, percentiles{1.235, 1.235, 1.235}},
		"many": {latencyWindow + 10, percentiles{1, 1, 1}},
	} {
		if got[route] != want {
			t.Errorf("route %s: got %+v, want %+v", route, got[route], want)
		}
	}
}

func TestBeginTellsTheFirst(t *testing.T) {
	m := newMetrics(time.Now(), 0)
	for i, want := range []bool{true, false, false} {
		if got := m.Begin(); got != want {
			t.Errorf("invocation %d: got cold=%v, want %v", i+1, got, want)
		}
	}
	if got := m.Answer(true); got.Invocations != 3 || !got.ColdStart {
		t.Errorf("body: got %+v, want 3 invocations and coldStart as told", got)
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	// A Go test binary takes a few megabytes.
	for _, name := range []string{"VmRSS", "VmHWM"} {
		if got := memory(name); got < 1<<20 || got%1024 != 0 {
			t.Errorf("%s: got %d bytes, want whole KiB of more than 1 MiB", name, got)
		}
	}
	if got := memory("VmNothing"); got != 0 {
		t.Errorf("a line that is not there: got %d, want 0", got)
	}
}
