package html

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// loadSection is the page's section on load.
type loadSection struct {
	Objective, Alt string
	Environments   string
	Needs          *table.Table // nil where nothing could be priced
	Table, Steps   table.Table
}

func loadOf(m *view.Model, c view.Contest) *loadSection {
	rows := view.ByCapacity(c)
	if len(rows) == 0 {
		return nil
	}
	slo := m.Doc.Plan.SLO
	section := &loadSection{Objective: words.Objective(slo), Table: capacityTable(rows), Steps: stepTable(rows), Needs: needTable(c)}
	most, parts := 0, []string(nil)
	for _, r := range rows {
		for _, p := range r.Load {
			most = max(most, p.Environments)
		}
		if p, ok := r.Capacity(); ok {
			parts = append(parts, fmt.Sprintf("%s holds %s calls a second", r.Name, format.Number(p.Rate)))
		} else {
			parts = append(parts, r.Name+" held none of the rates tried")
		}
	}
	section.Environments = map[bool]string{true: "One environment, which takes one request at a time", false: fmt.Sprintf("Up to %d environments", most)}[most <= 1]
	section.Alt = "p99 over calls per second, with the limit of " + format.Plain(slo.ResponseMs) + " ms. " + strings.Join(parts, "; ") + "."
	return section
}

func capacityTable(rows []*view.Row) table.Table {
	t := table.Table{Caption: "Capacity of one environment", Sortable: true, Note: "The highest rate that held, on this machine. It has no interval: read rates within 5 % of each other as equal.", Heads: []table.Head{
		{Text: "Runtime", Left: true}, {Text: "Held", Unit: "calls/s"}, {Text: "p50 there", Unit: "ms"}, {Text: "p99 there", Unit: "ms"}, {Text: "Did not hold", Unit: "calls/s"}, {Text: "Because", Left: true}}}
	for _, r := range rows {
		row := table.Row{Swatch: r.Runtime, Name: r.Name}
		gap := func(label string) table.Cell {
			return table.Cell{Label: label, Text: "–", Class: "none", Sorted: true}
		}
		figure := func(label string, v float64) table.Cell {
			return table.Cell{Label: label, Text: format.Number(v), Sorted: true, Key: format.Plain(v)}
		}
		if p, ok := r.Capacity(); ok {
			row.Cells = []table.Cell{figure("Held, calls/s", p.Rate), figure("p50 there, ms", p.P50), figure("p99 there, ms", p.P99)}
			row.Cells[0].Class = "first"
		} else {
			row.Cells = []table.Cell{{Label: "Held, calls/s", Text: "none held", Class: "none", Sorted: true}, gap("p50 there, ms"), gap("p99 there, ms")}
		}
		if p, ok := r.Beyond(); ok {
			row.Cells = append(row.Cells, figure("Did not hold, calls/s", p.Rate), table.Cell{Label: "Because", Text: p.Failure, Class: "left"})
		} else {
			row.Cells = append(row.Cells, gap("Did not hold, calls/s"), table.Cell{Label: "Because", Text: "no higher rate was tried", Class: "left"})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func stepTable(rows []*view.Row) table.Table {
	t := table.Table{Caption: "Every rate that was tried", Sortable: true, Heads: []table.Head{{Text: "Runtime", Left: true}, {Text: "Rate", Unit: "calls/s"}, {Text: "Planned"}, {Text: "Sent"},
		{Text: "Late"}, {Text: "Dropped"}, {Text: "Errors"}, {Text: "p50", Unit: "ms"}, {Text: "p99", Unit: "ms"}, {Text: "Verdict", Left: true}}}
	for _, r := range rows {
		for _, p := range r.Load {
			row := table.Row{Swatch: r.Runtime, Name: r.Name, Cells: []table.Cell{{Label: "Rate, calls/s", Text: format.Number(p.Rate), Sorted: true, Key: format.Plain(p.Rate)}}}
			for _, n := range []struct {
				label string
				n     int64
			}{{"Planned", p.Planned}, {"Sent", p.Sent}, {"Late", p.Late}, {"Dropped", p.Dropped}, {"Errors", p.Errors}} {
				row.Cells = append(row.Cells, table.Cell{Label: n.label, Text: format.Count(n.n), Sorted: true, Key: fmt.Sprint(n.n)})
			}
			p99 := table.Cell{Label: "p99, ms", Text: format.Number(p.P99), Sorted: true, Key: format.Plain(p.P99)}
			if p.Few {
				p99.Doubt = "few calls"
			}
			verdict := "held"
			if p.Failure != "" {
				verdict = p.Failure
			}
			row.Cells = append(row.Cells, table.Cell{Label: "p50, ms", Text: format.Number(p.P50), Sorted: true, Key: format.Plain(p.P50)}, p99, table.Cell{Label: "Verdict", Text: verdict, Class: "left"})
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// chartLoad is what the load curves are drawn from.
type chartLoad struct {
	LimitMs float64         `json:"limitMs"`
	Label   string          `json:"label"`
	Lines   []chartLoadLine `json:"lines"`
}

type chartLoadLine struct {
	chartStyle
	Points []chartLoadPoint `json:"points"`
}

type chartLoadPoint struct {
	Rate float64 `json:"rate"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Why  string  `json:"why"` // "" where it held
}

func chartLoadOf(m *view.Model, c view.Contest) *chartLoad {
	slo := m.Doc.Plan.SLO
	chart := &chartLoad{LimitMs: slo.ResponseMs, Label: words.Objective(slo)}
	for i, r := range c.Rows {
		line := chartLoadLine{chartStyle: styleOf(r.Name, r.Color, i)}
		for _, p := range r.Load {
			if p.P99 > 0 { // not NaN
				line.Points = append(line.Points, chartLoadPoint{Rate: p.Rate, P50: format.Round(p.P50, 3), P99: format.Round(p.P99, 3), Why: p.Failure})
			}
		}
		if line.Points != nil {
			chart.Lines = append(chart.Lines, line)
		}
	}
	if chart.Lines == nil {
		return nil
	}
	return chart
}
