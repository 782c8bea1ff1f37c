package report

import (
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestDatabaseNoiseIsInTheCSV(t *testing.T) {
	lines := reporttest.ReadCSV(t, CSV, view.Build(reporttest.Fixture("default")))
	at := func(name string) int { return slices.Index(lines[0], name) }
	got := map[string]string{}
	for _, line := range lines {
		if line[at("runtime")] == "" {
			got[line[at("metric")]] = line[at("center")] + " " + line[at("unit")] + " of " + line[at("n")]
		}
	}
	for _, metric := range []string{"database.p50", "database.p99", "database.cpu"} {
		if got[metric] == "" {
			t.Errorf("no line of %s: got %v", metric, got)
		}
	}
	if want := "0.045 ms of 10000"; got["database.cpu"] != want {
		t.Errorf("CPU per call: got %q, want %q", got["database.cpu"], want)
	}
}
