package phrase

import (
	"testing"
	"time"
)

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0s", 300 * time.Millisecond: "0.3s", 12400 * time.Millisecond: "12s", time.Minute: "1m", 250 * time.Second: "4m10s", 2 * time.Hour: "2h0m", 90 * time.Minute: "1h30m",
	} {
		if got := Roughly(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 waits", 1: "1 wait", 2: "2 waits"} {
		if got := Plural(n, "wait", "waits"); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{"": "", "one": "one", "one\ntwo\n": "one", "\ntwo": ""} {
		if got := FirstLine(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
