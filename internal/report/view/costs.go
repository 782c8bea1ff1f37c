package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// pricing finds the prices that the document is billed with. Without a list no
// cost is known, and why says so.
func pricing(doc *results.Document) (region cost.Region, known bool, why string) {
	list, err := cost.For(doc.Prices)
	if err != nil {
		return cost.Region{}, false, format.Capital(err.Error()) + "."
	}
	region, err = list.Region(cost.RegionOf(*doc))
	if err != nil {
		return cost.Region{}, false, format.Capital(err.Error()) + "."
	}
	return region, true, ""
}

// price fills the row's bills, one for each share of cold starts.
func (r *Row) price(region cost.Region, f cost.Function, mix []results.MixShare) {
	usage, err := cost.Measure(f, mix)
	if err != nil {
		return // nothing was billed: there are no durations
	}
	for _, share := range cost.ColdShares {
		bill := region.Bill(usage, share)
		r.Bills = append(r.Bills, bill)
		if share == cost.TypicalColdShare {
			r.values[MetricCost] = Value{Summary: bill.Interval}
			r.samples[MetricCost] = r.inBlocks(bill.Samples)
		}
	}
}

// Bill is the row's bill at that share of cold starts, or false.
func (r *Row) Bill(coldShare float64) (cost.Bill, bool) {
	for _, bill := range r.Bills {
		if bill.ColdShare == coldShare {
			return bill, true
		}
	}
	return cost.Bill{}, false
}

// Trade are the points between cost and latency: the main sweep's, or else the
// main contest's. names say them in a sentence.
func (m *Model) Trade() (points []cost.Point, names []string) {
	add := func(r *Row, name string) {
		if r.Value(MetricCost).Valid() && r.Value("warmP50").Valid() {
			points = append(points, cost.Point{Key: r.Key, Memory: r.Memory, LatencyMs: r.Value("warmP50").Center, USD: r.Value(MetricCost).Center})
			names = append(names, name)
		}
	}
	for _, line := range m.TradeLines() {
		for _, r := range line.Rows {
			name := line.Name
			if len(m.Sweeps) > 0 {
				name += " at " + format.Count(r.Memory) + " MB"
			}
			add(r, name)
		}
	}
	return points, names
}

// TradeLines are what the points belong to, a runtime each.
func (m *Model) TradeLines() []SweepLine {
	if len(m.Sweeps) > 0 {
		return m.Sweeps[0].Lines
	}
	var lines []SweepLine
	for _, r := range m.Contests[0].Rows {
		lines = append(lines, SweepLine{Runtime: r.Runtime, Name: r.Name, Color: r.Color, Rows: []*Row{r}})
	}
	return lines
}

// Billed are the rows with a bill, the cheapest first.
func Billed(c Contest) []*Row {
	return slices.DeleteFunc(c.Ranked(MetricCost), func(r *Row) bool { _, ok := r.Bill(cost.TypicalColdShare); return !ok })
}
