package report

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// layerCell is what the layer of that name adds, with the interval of the difference.
func layerCell(s view.Stack, name, metric string) htmlCell {
	l := s.Layer(name)
	if l == nil {
		return htmlCell{Label: format.Capital(name), Text: "–", Class: "none", Title: "not measured: the next figure holds it, too", Sorted: true}
	}
	adds := l.Adds(metric)
	cell := valueCell(format.Capital(name), view.Value{Summary: adds})
	cell.Doubt = "" // the figure in all carries it
	if !adds.Valid() || l.Below == nil {
		return cell
	}
	// With the digits of the whole, of which they are parts.
	whole := s.API.Value(metric).Center
	cell.Text, cell.Small = format.Signed(format.Like(adds.Center, whole)), "["+format.Like(adds.Lo, whole)+", "+format.Like(adds.Hi, whole)+"]"
	if !l.Told(adds) {
		cell.Doubt = "can’t be told from none"
	}
	return cell
}

// layerTables show what each layer adds, a table for each of LayerMetrics.
func layerTables(c view.Contest, stacks []view.Stack) []htmlTable {
	var tables []htmlTable
	names := c.StackNames(stacks)
	for _, m := range view.LayerMetrics {
		t := htmlTable{Caption: m.Caption + ", " + m.Unit, Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}}}
		for i, name := range names {
			head := htmlHead{Text: format.Capital(name), Unit: "adds"}
			if i == 0 {
				head.Unit = "by itself"
			}
			t.Heads = append(t.Heads, head)
		}
		t.Heads = append(t.Heads, htmlHead{Text: "In all", Unit: m.Unit})
		for _, s := range stacks {
			row := htmlRow{Swatch: s.API.Runtime, Name: s.API.Name}
			for _, name := range names {
				row.Cells = append(row.Cells, layerCell(s, name, m.Metric))
			}
			row.Cells = append(row.Cells, valueCell("In all, "+m.Unit, s.API.Value(m.Metric)))
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}
