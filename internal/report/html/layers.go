package html

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// layerTables show what each layer adds, a table for each of LayerMetrics.
func layerTables(c view.Contest, stacks []view.Stack) []table.Table {
	var tables []table.Table
	names := c.StackNames(stacks)
	for _, m := range view.LayerMetrics {
		t := table.Table{Caption: m.Caption + ", " + m.Unit, Sortable: true, Heads: []table.Head{{Text: "Runtime", Left: true}}}
		for i, name := range names {
			head := table.Head{Text: format.Capital(name), Unit: "adds"}
			if i == 0 {
				head.Unit = "by itself"
			}
			t.Heads = append(t.Heads, head)
		}
		t.Heads = append(t.Heads, table.Head{Text: "In all", Unit: m.Unit})
		for _, s := range stacks {
			row := table.Row{Swatch: s.API.Runtime, Name: s.API.Name}
			for _, name := range names {
				row.Cells = append(row.Cells, table.Layer(s, name, m.Metric))
			}
			row.Cells = append(row.Cells, table.Value("In all, "+m.Unit, s.API.Value(m.Metric)))
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}

// chartLayers is what the layers add, or nil where one of them has no figure.
func chartLayers(s view.Stack, metric string) []chartLayer {
	var layers []chartLayer
	for _, l := range s.Layers {
		adds := chartValueOf(view.Value{Summary: l.Adds(metric)})
		if adds == nil {
			return nil
		}
		layers = append(layers, chartLayer{l.Name, *adds})
	}
	return layers
}
