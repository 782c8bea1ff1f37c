package view

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func TestSweepHasEveryRuntimeAtEverySize(t *testing.T) {
	m := Build(reporttest.Fixture("sweep"))
	if len(m.Sweeps) != 1 {
		t.Fatalf("got %d sweeps, want one", len(m.Sweeps))
	}
	s := m.Sweeps[0]
	if want := []int{128, 512, 1769, 3008}; !slices.Equal(s.Memories, want) {
		t.Errorf("got the sizes %v, want %v", s.Memories, want)
	}
	for _, line := range s.Lines {
		for i, r := range line.Rows {
			if r.Memory != s.Memories[i] || r.Name != line.Name {
				t.Errorf("%s, place %d: got %s at %d MB", line.Name, i, r.Name, r.Memory)
			}
		}
	}
	if got := Build(reporttest.Fixture("two")).Sweeps; len(got) != 0 {
		t.Errorf("got %d sweeps of one size, want none", len(got))
	}
}

func TestLayersAddUpToTheAPI(t *testing.T) {
	c := Build(reporttest.Fixture("default")).Contests[0]
	stacks := c.Stacks()
	if len(stacks) != len(c.Rows) {
		t.Fatalf("got %d stacks of %d runtimes", len(stacks), len(c.Rows))
	}
	for _, s := range stacks {
		var names []string
		for _, l := range s.Layers {
			names = append(names, l.Name)
			if l.Row.Runtime != s.API.Runtime {
				t.Errorf("%s: got a layer of %s", s.API.Name, l.Row.Name)
			}
		}
		if want := []string{"floor", "framework", "SDK", "this API"}; !slices.Equal(names, want) {
			t.Errorf("%s: got the layers %v, want %v", s.API.Name, names, want)
		}
		for _, m := range LayerMetrics {
			var lo, hi float64
			for _, l := range s.Layers {
				adds := l.Adds(m.Metric)
				lo, hi = lo+adds.Lo, hi+adds.Hi
			}
			// Each is a median of its own, so that they add up only roughly.
			if whole := s.API.Value(m.Metric).Center; whole < lo || whole > hi {
				t.Errorf("%s, %s: got %v to %v from the layers, want %v among them", s.API.Name, m.Metric, lo, hi, whole)
			}
		}
		sdk := s.Layer("SDK")
		want := stats.Difference(sdk.Row.Sample("coldTotal"), s.Layer("framework").Row.Sample("coldTotal"), stats.Level)
		if got := sdk.Adds("coldTotal"); got.Lo != want.Lo || got.Hi != want.Hi {
			t.Errorf("%s: got %+v, want the interval of the difference, %+v", s.API.Name, got, want)
		}
	}
	if got := Build(reporttest.Fixture("small")).Contests[0].Stacks(); len(got) != 2 || got[0].Layers[1].Adds("coldTotal").Valid() {
		t.Errorf("got %d stacks with %+v, want two without numbers", len(got), got[0].Layers[1].Adds("coldTotal"))
	}
}

func TestLayersWithoutAPIAreRankedAmongThemselves(t *testing.T) {
	m := Build(resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go", "rust"}, Variants: []string{"bare", "framework"}}))
	var titles []string
	for _, c := range m.Contests {
		titles = append(titles, c.Title())
		if len(c.Rows) != 2 || len(c.Stacks()) != 0 || c.Rows[0].Value("coldTotal").Rank == 0 {
			t.Errorf("%s: got %d rows, %d stacks, want two ranked rows", c.Title(), len(c.Rows), len(c.Stacks()))
		}
	}
	if want := []string{"floor alone, 1,769 MB, x86_64", "framework alone, 1,769 MB, x86_64"}; !slices.Equal(titles, want) {
		t.Errorf("got %v, want %v", titles, want)
	}
}

func TestCostIsThatOfTheBill(t *testing.T) {
	doc := reporttest.Fixture("two")
	m := Build(doc)
	list, err := cost.For(doc.Prices)
	if err != nil {
		t.Fatal(err)
	}
	region, err := list.Region(cost.RegionOf(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Contests[0].Rows {
		usage, err := cost.Measure(cost.FunctionOf(&doc, reporttest.Configuration(&doc, r.Runtime, r.Variant)), doc.Plan.Mix)
		if err != nil {
			t.Fatal(err)
		}
		want := region.Bill(usage, cost.TypicalColdShare)
		got, ok := r.Bill(cost.TypicalColdShare)
		if !ok || got.Total != want.Total || r.Value(MetricCost).Center != want.Interval.Center || r.Value(MetricCost).Rank == 0 {
			t.Errorf("%s: got %v of %v, want %v of %v and a rank", r.Name, r.Value(MetricCost).Center, got.Total, want.Interval.Center, want.Total)
		}
	}
}

func TestCapacityIsTheHighestRateThatHeld(t *testing.T) {
	step := func(rate float64, ms ...float64) results.LoadStep {
		s := results.LoadStep{Rate: rate, Planned: int64(len(ms)), Sent: int64(len(ms)), HDR: results.HDR{ResponseMs: histogram(t, ms...)}}
		return s
	}
	slo := results.SLO{Percentile: 99, ResponseMs: 100}
	c := &results.Configuration{Load: []results.LoadStep{step(50, 500), step(40, 300), step(20, 10), step(30, 20), step(40, 20), step(60)}}
	row := &Row{Load: loadPoints(c, slo)}
	var rates []float64
	for _, p := range row.Load {
		rates = append(rates, p.Rate)
	}
	if want := []float64{20, 30, 40, 50, 60}; !slices.Equal(rates, want) {
		t.Errorf("got the rates %v, want %v: by rate, the later of two tries", rates, want)
	}
	if !math.IsNaN(row.Load[4].P99) {
		t.Errorf("got a p99 of %v without calls", row.Load[4].P99)
	}
	row.Load = row.Load[:4]
	if p, ok := row.Capacity(); !ok || p.Rate != 40 {
		t.Errorf("got %v, want 40", p.Rate)
	}
	if p, ok := row.Beyond(); !ok || p.Rate != 50 || p.Failure != "p99 above 100 ms" {
		t.Errorf("got %v because of %q, want 50", p.Rate, p.Failure)
	}
	if _, ok := (&Row{}).Capacity(); ok {
		t.Error("got a capacity without load")
	}
}

func histogram(t *testing.T, ms ...float64) *results.Histogram {
	t.Helper()
	h := results.NewHistogram()
	for _, v := range ms {
		if err := h.Record(time.Duration(v * float64(time.Millisecond))); err != nil {
			t.Fatal(err)
		}
	}
	return h
}
