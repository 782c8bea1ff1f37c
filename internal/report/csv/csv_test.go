package csv

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestCSVHasOneWidth(t *testing.T) {
	seen := map[string]bool{}
	for _, doc := range []results.Document{reporttest.Fixture("missing"), reporttest.Fixture("disk"), reporttest.Fixture("streamed"), reporttest.ThroughAPI(), reporttest.BurstsByWorkers()} {
		records, err := csv.NewReader(strings.NewReader(reporttest.Render(t, Write, view.Build(doc)))).ReadAll() // checks the width itself
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			seen[r[17]] = true
		}
	}
	for _, metric := range append(view.Metrics, view.OperationMetrics...) {
		if !seen[metric.ID] {
			t.Errorf("got no line for %s", metric.ID)
		}
	}
}

func TestDatabaseNoiseIsInTheCSV(t *testing.T) {
	lines := reporttest.ReadCSV(t, Write, view.Build(reporttest.Fixture("default")))
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
