package report

import (
	"fmt"
	"slices"
	"strings"

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
			r.values[metricCost] = Value{Summary: bill.Interval}
			r.samples[metricCost] = r.inBlocks(bill.Samples)
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

// trade are the points between cost and latency: the main sweep's, or else the
// main contest's. names say them in a sentence.
func (m *Model) trade() (points []cost.Point, names []string) {
	add := func(r *Row, name string) {
		if r.Value(metricCost).Valid() && r.Value("warmP50").Valid() {
			points = append(points, cost.Point{Key: r.Key, Memory: r.Memory, LatencyMs: r.Value("warmP50").Center, USD: r.Value(metricCost).Center})
			names = append(names, name)
		}
	}
	for _, line := range m.tradeLines() {
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

// tradeLines are what the points belong to, a runtime each.
func (m *Model) tradeLines() []SweepLine {
	if len(m.Sweeps) > 0 {
		return m.Sweeps[0].Lines
	}
	var lines []SweepLine
	for _, r := range m.Contests[0].Rows {
		lines = append(lines, SweepLine{Runtime: r.Runtime, Name: r.Name, Color: r.Color, Rows: []*Row{r}})
	}
	return lines
}

// metricCost is the figure that runtimes are ranked by: what Lambda asks for
// their init and duration. The rest of a bill is the same for all.
const metricCost = "cost"

// wholeBills compares two rows' whole bills in words; "" where they aren't known.
func wholeBills(best, next *Row) string {
	a, ok := best.Bill(cost.TypicalColdShare)
	b, okNext := next.Bill(cost.TypicalColdShare)
	if !ok || !okNext {
		return ""
	}
	return fmt.Sprintf("; whole bills: %s and %s", format.USD(a.Total), format.USD(b.Total))
}

// htmlCost is the page's section on money.
type htmlCost struct {
	Lead         string
	Notes        []string
	Bars, Totals []htmlBar
	Bill, Shares htmlTable
	Sizes        *htmlTable
	Needs        *htmlTable // where no load says how many calls an environment holds
	Front, Alt   string     // of cost against latency; "" where there is no such figure
}

func costOf(m *Model, c Contest) *htmlCost {
	rows := slices.DeleteFunc(c.Ranked(metricCost), func(r *Row) bool { _, ok := r.Bill(cost.TypicalColdShare); return !ok })
	if len(rows) == 0 {
		return nil
	}
	first, _ := rows[0].Bill(cost.TypicalColdShare)
	section := &htmlCost{
		Lead: fmt.Sprintf("What a million requests would cost at AWS’s list prices of %s in %s, at %s cold starts, if Lambda billed the durations that were measured here. Without free tier and data transfer.",
			m.Doc.Prices.Date, first.Region, format.Share(cost.TypicalColdShare)),
		Bars: barsOf(Contest{Rows: rows}, metricCost, "", func(r *Row) (float64, string) {
			v := r.Value(metricCost)
			return v.Center, usdFull(v)
		}),
		Totals: barsOf(Contest{Rows: rows}, metricCost, "", func(r *Row) (float64, string) {
			bill, _ := r.Bill(cost.TypicalColdShare)
			return bill.Total, format.USD(bill.Total)
		}),
		Bill: billTable(rows), Shares: shareTable(rows),
	}
	for i := range section.Totals {
		section.Totals[i].Rank = "" // the verdict is on what the runtime decides about
	}
	var unpriced []string
	for _, r := range rows {
		for _, bill := range r.Bills {
			unpriced = append(unpriced, bill.Unpriced...)
		}
	}
	slices.Sort(unpriced)
	section.Notes = slices.Compact(unpriced)
	points, names := m.trade()
	if len(points) > 1 {
		var front []string
		for _, i := range cost.Efficient(points) {
			front = append(front, names[i])
		}
		section.Front = "Nothing measured is both cheaper and faster than " + format.List(front) + "."
		section.Alt = "Warm median over Lambda’s compute cost of each runtime and memory size. " + section.Front
	}
	section.Sizes = sizeTable(m)
	if len(byCapacity(c)) == 0 {
		section.Needs = needTable(c)
	}
	return section
}

// usdFull prints an amount with its interval and its mark.
func usdFull(v Value) string {
	if !v.Valid() {
		return format.Center(v.Summary)
	}
	return format.USD(v.Center) + " " + format.Interval(v.Summary) + format.NoiseMark(v.Summary)
}

func usdCell(label string, v float64) htmlCell {
	return htmlCell{Label: label, Text: format.USDAligned(v), Sorted: true, Key: format.Plain(v)}
}

// billTable has every line of the bill. Its columns are those of the first row
// that has them, as all rows are billed by the same list.
func billTable(rows []*Row) htmlTable {
	t := htmlTable{Caption: "The bill of a million requests, USD", Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}, {Text: "Rank"}, {Text: "Compute"}}}
	var ids []string
	names := map[string]string{}
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		for _, line := range bill.Lines {
			if names[line.ID] == "" {
				ids = append(ids, line.ID)
				head, unit, _ := strings.Cut(format.Capital(line.Name), ", ")
				names[line.ID] = head
				t.Heads = append(t.Heads, htmlHead{Text: head, Unit: unit})
			}
		}
	}
	t.Heads = append(t.Heads, htmlHead{Text: "Total"})
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		v := r.Value(metricCost)
		compute := valueCell("Compute", v)
		if v.Valid() {
			compute.Text, compute.Small = format.USDAligned(v.Center), ""
		}
		row := htmlRow{Swatch: r.Runtime, Name: r.Name, Cells: []htmlCell{rankCell("Rank", v), compute}}
		for _, id := range ids {
			line, ok := bill.Line(id)
			cell := usdCell(names[id], line.USD)
			if !ok {
				cell = htmlCell{Label: names[id], Text: "–", Class: "none", Sorted: true}
			}
			row.Cells = append(row.Cells, cell)
		}
		total := usdCell("Total", bill.Total)
		total.Class = "first"
		t.Rows = append(t.Rows, htmlRow{Swatch: row.Swatch, Name: row.Name, Cells: append(row.Cells, total)})
	}
	return t
}

func shareTable(rows []*Row) htmlTable {
	t := htmlTable{Caption: "If cold starts are rarer or more frequent, USD", Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}},
		Note: "Compute, and the whole bill, at three shares of cold starts."}
	for _, s := range cost.ColdShares {
		t.Heads = append(t.Heads, htmlHead{Text: format.Share(s), Unit: "compute"}, htmlHead{Text: format.Share(s), Unit: "total"})
	}
	for _, r := range rows {
		row := htmlRow{Swatch: r.Runtime, Name: r.Name}
		for _, s := range cost.ColdShares {
			bill, _ := r.Bill(s)
			row.Cells = append(row.Cells, usdCell(format.Share(s)+", compute", bill.Compute), usdCell(format.Share(s)+", total", bill.Total))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sizeTable recommends a memory size for each runtime of a sweep.
func sizeTable(m *Model) *htmlTable {
	if len(m.Sweeps) == 0 {
		return nil
	}
	t := &htmlTable{Caption: "Which memory size", Heads: []htmlHead{{Text: "Runtime", Left: true}, {Text: "Cheapest"}, {Text: "Balanced"}, {Text: "Fastest"}},
		Note: "By warm median and compute cost. Balanced: the lowest mean of both, each as a share of its highest, as AWS Lambda Power Tuning recommends."}
	for _, line := range m.Sweeps[0].Lines {
		var points []cost.Point
		for _, r := range line.Rows {
			points = append(points, cost.Point{Key: r.Key, Memory: r.Memory, LatencyMs: r.Value("warmP50").Center, USD: r.Value(metricCost).Center})
		}
		best, ok := cost.Recommend(points)
		if !ok {
			continue
		}
		row := htmlRow{Swatch: line.Runtime, Name: line.Name}
		for _, choice := range []struct {
			label string
			i     int
		}{{"Cheapest", best.Cheapest}, {"Balanced", best.Balanced}, {"Fastest", best.Fastest}} {
			p := points[choice.i]
			row.Cells = append(row.Cells, htmlCell{Label: choice.label, Text: format.Count(p.Memory) + " MB", Small: format.Number(p.LatencyMs) + " ms, " + format.USD(p.USD)})
		}
		t.Rows = append(t.Rows, row)
	}
	if t.Rows == nil {
		return nil
	}
	return t
}

// chartTrade is what cost against latency is drawn from.
type chartTrade struct {
	chartStyle
	Points []chartTradePoint `json:"points"`
}

type chartTradePoint struct {
	Label     string      `json:"label"`
	Cost      *chartValue `json:"cost"`
	Warm      *chartValue `json:"warm"`
	Efficient bool        `json:"efficient"`
}

func chartTrades(m *Model) []chartTrade {
	charts := []chartTrade{}
	points, _ := m.trade()
	if len(points) < 2 {
		return charts
	}
	efficient := map[string]bool{}
	for _, i := range cost.Efficient(points) {
		efficient[points[i].Key] = true
	}
	for i, line := range m.tradeLines() {
		c := chartTrade{chartStyle: styleOf(line.Name, line.Color, i)}
		for _, r := range line.Rows {
			if x, y := chartValueOf(r.Value(metricCost)), chartValueOf(r.Value("warmP50")); x != nil && y != nil {
				c.Points = append(c.Points, chartTradePoint{Label: format.Count(r.Memory) + " MB", Cost: x, Warm: y, Efficient: efficient[r.Key]})
			}
		}
		if c.Points != nil {
			charts = append(charts, c)
		}
	}
	return charts
}
