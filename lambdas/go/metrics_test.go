package main

import (
	"testing"
	"time"
)

func TestPercentilesLookBackOnAWindow(t *testing.T) {
	m := newMetrics(&fakeMeter{}, time.Now, time.Now(), 0)
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
	got := m.Body(false).Routes
	for route, want := range map[string]routeBody{
		"warm": {100, percentilesBody{50, 95, 99}},
		"one":  {1, percentilesBody{1.235, 1.235, 1.235}},
		"many": {latencyWindow + 10, percentilesBody{1, 1, 1}},
	} {
		if got[route] != want {
			t.Errorf("route %s: got %+v, want %+v", route, got[route], want)
		}
	}
}

func TestBeginTellsTheFirst(t *testing.T) {
	m := newMetrics(&fakeMeter{}, time.Now, time.Now(), 0)
	for i, want := range []bool{true, false, false} {
		if got := m.Begin(); got != want {
			t.Errorf("invocation %d: got cold=%v, want %v", i+1, got, want)
		}
	}
	if got := m.Body(true); got.Invocations != 3 || !got.ColdStart {
		t.Errorf("body: got %+v, want 3 invocations and coldStart as told", got)
	}
}
