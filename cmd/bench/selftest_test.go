package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/selftest"
)

func TestSelftestSaysWhatItFound(t *testing.T) {
	var out, err bytes.Buffer
	a := &app{ui: newUI(&out, &err)}
	a.printSelftest(selftest.Result{
		Seconds:      400,
		SameArtifact: []selftest.Alarms{{Metric: "coldTotal", Repetitions: 100, False: 12, Allowed: 10}},
		Delays:       []selftest.Delay{{Metric: "warmP50", Made: "in the function", Recorded: 100.2, Center: 100.5, Lo: 97.4, Hi: 103.5, HalfWidth: 0.03, Passed: true}},
		Slowdown:     selftest.Slowdown{Planted: 0.1, Fast: 100, Slow: 110, Passed: true},
		Rejected:     []selftest.Rejection{{Part: "A/A", Reason: "init: exited", N: 1}},
	})
	want := `pass  known delay in the function: recorded 100.20 ms, reported warmP50 100.50 ms [97.40, 103.50], ±3.0 %
pass  planted slowdown of 10 %: reported 100.00 and 110.00 ms
FAIL  one artifact under two names, coldTotal: told apart in 12 of 100 repetitions, allowed 10
refused in A/A: 1, init: exited
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
	if got := strings.TrimSpace(err.String()); got != "took 6m40s" {
		t.Errorf("got %q", got)
	}
}
