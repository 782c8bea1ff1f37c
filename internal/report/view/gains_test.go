package view

import (
	"math"
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func TestGainsAreStepsFromStock(t *testing.T) {
	gains := Build(reporttest.Fixture("default")).Contests[0].Gains()
	var names []string
	for _, g := range gains {
		names = append(names, g.Tuned.Name)
		if g.Stock.Class != results.Stock || g.Tuned.Class != results.Tuned || g.Stock.Runtime != g.Tuned.Runtime {
			t.Errorf("got a step from %s to %s", g.Stock.Key, g.Tuned.Key)
		}
	}
	if want := []string{"Rust (tuned)", "Go (tuned)", "TypeScript (tuned)", "Python (tuned)", "Python (tuned: bytecode)", "Kotlin (tuned)"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v: in the ranking's order, the whole before its parts", names, want)
	}
}

// Each kind of figure has the interval that docs/methodology.md says.
func TestStepIntervals(t *testing.T) {
	gains := Build(reporttest.Fixture("default")).Contests[0].Gains()
	g := gains[slices.IndexFunc(gains, func(g Gain) bool { return g.Tuned.Name == "Python (tuned)" })]
	same := func(metric string, got, want stats.Summary) {
		t.Helper()
		if got.Center != want.Center || got.Lo != want.Lo || got.Hi != want.Hi {
			t.Errorf("%s: got %+v, want %+v", metric, got, want)
		}
	}
	for _, metric := range []string{"coldTotal", "init", "firstCall", "warmP50", "coldCpu", "warmCpu", "memoryPeak", MetricCost} {
		a, b := g.Tuned.Sample(metric), g.Stock.Sample(metric)
		same(metric, g.Step(metric).Difference, stats.Difference(a, b, stats.Level))
		same(metric, g.Step(metric).Ratio, stats.Ratio(a, b, stats.Level))
	}
	for _, metric := range []string{"warmP99"} {
		a, b := g.Tuned.Value(metric).Summary, g.Stock.Value(metric).Summary
		same(metric, g.Step(metric).Difference, stats.Apart(a, b))
		same(metric, g.Step(metric).Ratio, stats.Quotient(a, b))
	}
	zip := g.Step(MetricPackage)
	if want := float64(g.Tuned.Packed) / float64(g.Stock.Packed); !zip.Exact() || math.Abs(zip.Ratio.Center-want) > 1e-12 || !zip.Told() {
		t.Errorf("got the package %+v, want exactly %v", zip, want)
	}
	for i, e := range g.Tuned.Sample("coldCpu").Values {
		if want := g.Tuned.Sample("initCpu").Values[i] + g.Tuned.Sample("firstCallCpu").Values[i]; e != want {
			t.Fatalf("environment %d: got %v of CPU in a cold start, want %v", i, e, want)
		}
	}
}
