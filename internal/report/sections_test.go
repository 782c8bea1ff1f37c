package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func TestSweepHasEveryRuntimeAtEverySize(t *testing.T) {
	m := Build(fixture("sweep"))
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
	if got := s.Sentences(); len(got) != 2 || !strings.HasPrefix(got[0], "Rust: cold start ") || !strings.Contains(got[0], " at 128 MB, ") {
		t.Errorf("got %q, want a sentence on each runtime", got)
	}
	if got := Build(fixture("two")).Sweeps; len(got) != 0 {
		t.Errorf("got %d sweeps of one size, want none", len(got))
	}
}

func TestLayersAreWhatWasMeasured(t *testing.T) {
	c := Build(fixture("default")).Contests[0]
	layers := c.Layers()
	if len(layers) != len(c.Rows) {
		t.Fatalf("got %d layers of %d runtimes", len(layers), len(c.Rows))
	}
	for _, l := range layers {
		got, want := l.Factor("coldTotal"), stats.Ratio(l.API.samples["coldTotal"], l.Floor.samples["coldTotal"], stats.Level)
		if got.Center != want.Center || l.API.Runtime != l.Floor.Runtime || got.Center < 1 {
			t.Errorf("%s: got %v times its floor, want %v", l.API.Name, got.Center, want.Center)
		}
	}
	small := Build(fixture("small")).Contests[0].Layers()
	for _, l := range small {
		if l.Factor("coldTotal").Valid() {
			t.Errorf("%s: got a factor from %d and %d environments, want none", l.API.Name, l.API.N, l.Floor.N)
		}
	}
}

func TestCostIsThatOfTheBill(t *testing.T) {
	doc := fixture("two")
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
		usage, err := cost.Measure(cost.FunctionOf(&doc, configuration(&doc, r.Runtime, r.Variant)), doc.Plan.Mix)
		if err != nil {
			t.Fatal(err)
		}
		want := region.Bill(usage, cost.TypicalColdShare)
		got, ok := r.Bill(cost.TypicalColdShare)
		if !ok || got.Total != want.Total || r.Value(metricCost).Center != want.Interval.Center || r.Value(metricCost).Rank == 0 {
			t.Errorf("%s: got %v of %v, want %v of %v and a rank", r.Name, r.Value(metricCost).Center, got.Total, want.Interval.Center, want.Total)
		}
	}
	if a := m.Contests[0].Answers()[2]; a.Question != "Cheapest" || a.Name() != "Go" || !strings.Contains(a.Detail, "whole bills: $") {
		t.Errorf("got %+v, want the cheapest with both bills", a)
	}
}

func TestWithoutPricesNobodyIsCheapest(t *testing.T) {
	doc := fixture("two")
	doc.Prices = nil
	m := Build(doc)
	for _, a := range m.Contests[0].Answers() {
		if a.Question == "Cheapest" {
			t.Errorf("got %+v, want no such question", a)
		}
	}
	p := newPage(m)
	if p.Cost != nil || !slices.ContainsFunc(p.NotMeasured, func(s string) bool { return strings.HasPrefix(s, "Cost: The document names no price list") }) {
		t.Errorf("got the section %v and %q, want none and why", p.Cost, p.NotMeasured)
	}
}

func TestThroughputIsTheHighestRateThatHeld(t *testing.T) {
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
	if p, ok := row.Throughput(); !ok || p.Rate != 40 {
		t.Errorf("got %v, want 40", p.Rate)
	}
	if p, ok := row.beyond(); !ok || p.Rate != 50 || p.Failure != "p99 above 100 ms" {
		t.Errorf("got %v because of %q, want 50", p.Rate, p.Failure)
	}
	if _, ok := (&Row{}).Throughput(); ok {
		t.Error("got a throughput without load")
	}
}

func TestWhatThePlanLeftOutIsSaid(t *testing.T) {
	said := strings.Join(newPage(Build(fixture("two"))).NotMeasured, "\n")
	for _, want := range []string{"Load: how many calls a second", "Other memory sizes than 1,769 MB", "AWS itself"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
	said = strings.Join(newPage(Build(fixture("sweep"))).NotMeasured, "\n")
	for _, not := range []string{"Load:", "Other memory"} {
		if strings.Contains(said, not) {
			t.Errorf("got\n%s\nwant nothing on %q, which was measured", said, not)
		}
	}
}

// A load without a result is missing, whatever else is.
func TestLoadWithoutResultIsMissing(t *testing.T) {
	doc := fixture("two")
	doc.Configurations = slices.Clone(doc.Configurations)
	c := configuration(&doc, "go", "api")
	c.Environments, c.LoadReason = c.Environments[:20], "No rate held."
	said := strings.Join(Build(doc).NotMeasured(), "\n")
	for _, want := range []string{"Go under load: no throughput. No rate held.", "Go: incomplete. Its figures are from 20 of 36"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}
