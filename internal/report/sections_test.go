package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
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
	if got := Build(fixture("two")).Sweeps; len(got) != 0 {
		t.Errorf("got %d sweeps of one size, want none", len(got))
	}
}

func TestLayersAddUpToTheAPI(t *testing.T) {
	c := Build(fixture("default")).Contests[0]
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
		for _, m := range layerMetrics {
			var lo, hi float64
			for _, l := range s.Layers {
				adds := l.Adds(m.metric)
				lo, hi = lo+adds.Lo, hi+adds.Hi
			}
			// Each is a median of its own, so that they add up only roughly.
			if whole := s.API.Value(m.metric).Center; whole < lo || whole > hi {
				t.Errorf("%s, %s: got %v to %v from the layers, want %v among them", s.API.Name, m.metric, lo, hi, whole)
			}
		}
		sdk := s.layer("SDK")
		want := stats.Difference(sdk.Row.Sample("coldTotal"), s.layer("framework").Row.Sample("coldTotal"), stats.Level)
		if got := sdk.Adds("coldTotal"); got.Lo != want.Lo || got.Hi != want.Hi {
			t.Errorf("%s: got %+v, want the interval of the difference, %+v", s.API.Name, got, want)
		}
	}
	if got := Build(fixture("small")).Contests[0].Stacks(); len(got) != 2 || got[0].Layers[1].Adds("coldTotal").Valid() {
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
	if p, ok := row.beyond(); !ok || p.Rate != 50 || p.Failure != "p99 above 100 ms" {
		t.Errorf("got %v because of %q, want 50", p.Rate, p.Failure)
	}
	if _, ok := (&Row{}).Capacity(); ok {
		t.Error("got a capacity without load")
	}
}

func TestSweepsAreSaid(t *testing.T) {
	got := Build(fixture("sweep")).Sweeps[0].Sentences()
	if len(got) != 2 || !strings.HasPrefix(got[0], "Rust: cold start ") || !strings.Contains(got[0], " at 128 MB, ") {
		t.Errorf("got %q, want a sentence on each runtime", got)
	}
}

func TestSharesOfLayersAreSaidWhereAllWereMeasured(t *testing.T) {
	doc := fixture("default")
	doc.Configurations = slices.DeleteFunc(slices.Clone(doc.Configurations), func(c results.Configuration) bool {
		return c.Variant == "framework" && c.Runtime == "go"
	})
	c := Build(doc).Contests[0]
	if text := layerSentence(c, c.Stacks()); strings.Contains(text, "Go") || !strings.Contains(text, "Rust") {
		t.Errorf("got %q, want shares of all but Go", text)
	}
}

func TestLayerThatWasNotMeasuredIsInTheNext(t *testing.T) {
	doc := fixture("default")
	doc.Configurations = slices.DeleteFunc(doc.Configurations, func(c results.Configuration) bool {
		return c.Variant == "framework" && c.Runtime == "go"
	})
	c := Build(doc).Contests[0]
	table := layerTables(c, c.Stacks())[0]
	for _, row := range table.Rows {
		if len(row.Cells) != 5 || (row.Cells[1].Text == "–") != (row.Name == "Go") {
			t.Errorf("%s: got %+v, want five cells, a dash for Go's framework only", row.Name, row.Cells)
		}
	}
	for _, s := range c.Stacks() {
		if s.API.Name == "Go" && s.layer("SDK").below != s.layer("floor").Row {
			t.Error("Go’s SDK does not stand on its floor")
		}
	}
}

func TestLayerThatAddsNothing(t *testing.T) {
	doc := fixture("default")
	for i := range doc.Configurations {
		if c := &doc.Configurations[i]; c.Variant == "framework" {
			c.Environments = slices.Clone(configuration(&doc, c.Runtime, "bare").Environments)
		}
	}
	c := Build(doc).Contests[0]
	cell := layerCell(c.Stacks()[0], "framework", "coldTotal")
	if !strings.HasPrefix(cell.Text, "+0") || cell.Doubt != "can’t be told from none" {
		t.Errorf("got %+v, want nothing, and that it can’t be told", cell)
	}
	if cell := layerCell(c.Stacks()[0], "SDK", "coldTotal"); cell.Doubt != "" || !strings.HasPrefix(cell.Text, "+") {
		t.Errorf("got %+v, want a cost", cell)
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
	c := configuration(&doc, "go", "stock")
	c.Environments, c.LoadReason = c.Environments[:20], "No rate held."
	said := strings.Join(Build(doc).NotMeasured(), "\n")
	for _, want := range []string{"Go under load: no capacity. No rate held.", "Go: incomplete. Its figures are from 20 of 36"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}
