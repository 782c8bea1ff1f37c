package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// costSection is the page's section on money.
type costSection struct {
	Lead         string
	Notes        []string
	Bars, Totals []bar
	Bill, Shares table.Table
	Sizes        *table.Table
	Needs        *table.Table // where no load says how many calls an environment holds
	Front, Alt   string       // of cost against latency; "" where there is no such figure
}

func costOf(m *view.Model, c view.Contest) *costSection {
	rows := slices.DeleteFunc(c.Ranked(view.MetricCost), func(r *view.Row) bool { _, ok := r.Bill(cost.TypicalColdShare); return !ok })
	if len(rows) == 0 {
		return nil
	}
	first, _ := rows[0].Bill(cost.TypicalColdShare)
	section := &costSection{
		Lead: fmt.Sprintf("What a million requests would cost at AWS’s list prices of %s in %s, at %s cold starts, if Lambda billed the durations that were measured here. Without free tier and data transfer.",
			m.Doc.Prices.Date, first.Region, format.Share(cost.TypicalColdShare)),
		Bars: barsOf(view.Contest{Rows: rows}, view.MetricCost, "", func(r *view.Row) (float64, string) {
			v := r.Value(view.MetricCost)
			return v.Center, usdFull(v)
		}),
		Totals: barsOf(view.Contest{Rows: rows}, view.MetricCost, "", func(r *view.Row) (float64, string) {
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
	points, names := m.Trade()
	if len(points) > 1 {
		var front []string
		for _, i := range cost.Efficient(points) {
			front = append(front, names[i])
		}
		section.Front = "Nothing measured is both cheaper and faster than " + format.List(front) + "."
		section.Alt = "Warm median over Lambda’s compute cost of each runtime and memory size. " + section.Front
	}
	section.Sizes = sizeTable(m)
	if len(view.ByCapacity(c)) == 0 {
		section.Needs = needTable(c)
	}
	return section
}

// usdFull prints an amount with its interval and its mark.
func usdFull(v view.Value) string {
	if !v.Valid() {
		return format.Center(v.Summary)
	}
	return format.USD(v.Center) + " " + format.Interval(v.Summary) + format.NoiseMark(v.Summary)
}

func usdCell(label string, v float64) table.Cell {
	return table.Cell{Label: label, Text: format.USDAligned(v), Sorted: true, Key: format.Plain(v)}
}

// billTable has every line of the bill. Its columns are those of the first row
// that has them, as all rows are billed by the same list.
func billTable(rows []*view.Row) table.Table {
	t := table.Table{Caption: "The bill of a million requests, USD", Sortable: true, Heads: []table.Head{{Text: "Runtime", Left: true}, {Text: "Rank"}, {Text: "Compute"}}}
	var ids []string
	names := map[string]string{}
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		for _, line := range bill.Lines {
			if names[line.ID] == "" {
				ids = append(ids, line.ID)
				head, unit, _ := strings.Cut(format.Capital(line.Name), ", ")
				names[line.ID] = head
				t.Heads = append(t.Heads, table.Head{Text: head, Unit: unit})
			}
		}
	}
	t.Heads = append(t.Heads, table.Head{Text: "Total"})
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		v := r.Value(view.MetricCost)
		compute := table.Value("Compute", v)
		if v.Valid() {
			compute.Text, compute.Small = format.USDAligned(v.Center), ""
		}
		row := table.Row{Swatch: r.Runtime, Name: r.Name, Cells: []table.Cell{rankCell("Rank", v), compute}}
		for _, id := range ids {
			line, ok := bill.Line(id)
			cell := usdCell(names[id], line.USD)
			if !ok {
				cell = table.Cell{Label: names[id], Text: "–", Class: "none", Sorted: true}
			}
			row.Cells = append(row.Cells, cell)
		}
		total := usdCell("Total", bill.Total)
		total.Class = "first"
		t.Rows = append(t.Rows, table.Row{Swatch: row.Swatch, Name: row.Name, Cells: append(row.Cells, total)})
	}
	return t
}

func shareTable(rows []*view.Row) table.Table {
	t := table.Table{Caption: "If cold starts are rarer or more frequent, USD", Sortable: true, Heads: []table.Head{{Text: "Runtime", Left: true}},
		Note: "Compute, and the whole bill, at three shares of cold starts."}
	for _, s := range cost.ColdShares {
		t.Heads = append(t.Heads, table.Head{Text: format.Share(s), Unit: "compute"}, table.Head{Text: format.Share(s), Unit: "total"})
	}
	for _, r := range rows {
		row := table.Row{Swatch: r.Runtime, Name: r.Name}
		for _, s := range cost.ColdShares {
			bill, _ := r.Bill(s)
			row.Cells = append(row.Cells, usdCell(format.Share(s)+", compute", bill.Compute), usdCell(format.Share(s)+", total", bill.Total))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sizeTable recommends a memory size for each runtime of a sweep.
func sizeTable(m *view.Model) *table.Table {
	if len(m.Sweeps) == 0 {
		return nil
	}
	t := &table.Table{Caption: "Which memory size", Heads: []table.Head{{Text: "Runtime", Left: true}, {Text: "Cheapest"}, {Text: "Balanced"}, {Text: "Fastest"}},
		Note: "By warm median and compute cost. Balanced: the lowest mean of both, each as a share of its highest, as AWS Lambda Power Tuning recommends."}
	for _, line := range m.Sweeps[0].Lines {
		var points []cost.Point
		for _, r := range line.Rows {
			points = append(points, cost.Point{Key: r.Key, Memory: r.Memory, LatencyMs: r.Value("warmP50").Center, USD: r.Value(view.MetricCost).Center})
		}
		best, ok := cost.Recommend(points)
		if !ok {
			continue
		}
		row := table.Row{Swatch: line.Runtime, Name: line.Name}
		for _, choice := range []struct {
			label string
			i     int
		}{{"Cheapest", best.Cheapest}, {"Balanced", best.Balanced}, {"Fastest", best.Fastest}} {
			p := points[choice.i]
			row.Cells = append(row.Cells, table.Cell{Label: choice.label, Text: format.Count(p.Memory) + " MB", Small: format.Number(p.LatencyMs) + " ms, " + format.USD(p.USD)})
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

func chartTrades(m *view.Model) []chartTrade {
	charts := []chartTrade{}
	points, _ := m.Trade()
	if len(points) < 2 {
		return charts
	}
	efficient := map[string]bool{}
	for _, i := range cost.Efficient(points) {
		efficient[points[i].Key] = true
	}
	for i, line := range m.TradeLines() {
		c := chartTrade{chartStyle: styleOf(line.Name, line.Color, i)}
		for _, r := range line.Rows {
			if x, y := chartValueOf(r.Value(view.MetricCost)), chartValueOf(r.Value("warmP50")); x != nil && y != nil {
				c.Points = append(c.Points, chartTradePoint{Label: format.Count(r.Memory) + " MB", Cost: x, Warm: y, Efficient: efficient[r.Key]})
			}
		}
		if c.Points != nil {
			charts = append(charts, c)
		}
	}
	return charts
}

// needTable is nil where nothing could be priced.
func needTable(c view.Contest) *table.Table {
	t := table.Table{Caption: "How many environments a rate of calls needs in AWS", Note: words.NeedsNote, Heads: []table.Head{{Text: "Runtime", Left: true}, {Text: "Mean time", Unit: "ms"}}}
	for _, rate := range cost.Rates {
		t.Heads = append(t.Heads, table.Head{Text: format.Count(int(rate)), Unit: "calls/s"})
	}
	for _, r := range view.Billed(c) {
		bill, _ := r.Bill(cost.TypicalColdShare)
		row := table.Row{Swatch: r.Runtime, Name: r.Name, Cells: []table.Cell{{Label: "Mean time, ms", Text: format.Number(bill.MeanMs)}}}
		for _, rate := range cost.Rates {
			n := bill.Need(rate)
			row.Cells = append(row.Cells, table.Cell{Label: format.Count(int(rate)) + " calls/s", Text: words.NeedText(n), Small: words.MonthText(n)})
		}
		t.Rows = append(t.Rows, row)
	}
	if t.Rows == nil {
		return nil
	}
	return &t
}
