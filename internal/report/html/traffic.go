package html

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// trafficSection is the page's section on it.
type trafficSection struct {
	Lead   string
	Tables []table.Table
}

func trafficOf(m *view.Model) *trafficSection {
	if m.Doc.Traffic == nil {
		return nil
	}
	each, together := view.SplitTraffic(view.TrafficRows(m.Doc.Traffic))
	columns := view.TrafficColumns(m)
	own := table.Table{Caption: "Of each runtime", Heads: []table.Head{{Text: "Figure", Left: true}}}
	for _, r := range columns {
		own.Heads = append(own.Heads, table.Head{Text: r.DisplayName})
	}
	cell := func(label, text string) table.Cell {
		c := table.Cell{Label: label, Text: text}
		if text == "–" {
			c.Class = "none"
		}
		return c
	}
	for _, row := range each {
		line := table.Row{Name: row.Figure + ", " + row.Unit}
		for _, r := range columns {
			line.Cells = append(line.Cells, cell(r.DisplayName, row.Value(r.Name)))
		}
		own.Rows = append(own.Rows, line)
	}
	section := &trafficSection{Lead: words.TrafficLead(m.Doc.Traffic), Tables: []table.Table{own}}
	if len(together) > 0 {
		shared := table.Table{Caption: "All together", Heads: []table.Head{{Text: "Figure", Left: true}, {Text: "Value"}}}
		for _, row := range together {
			shared.Rows = append(shared.Rows, table.Row{Name: row.Figure + ", " + row.Unit, Cells: []table.Cell{cell("Value", row.Value(""))}})
		}
		section.Tables = append(section.Tables, shared)
	}
	return section
}
