package report

import (
	"math"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// layerWords say what is measured as a layer.
var layerWords = map[string]string{
	"floor": "the language’s smallest handler (the floor)", "framework": "the framework’s routes with fixed answers", "SDK": "the SDK’s calls of the database behind such routes",
}

// layerLead says what the layers are.
func layerLead(c view.Contest, stacks []view.Stack) string {
	below := c.StackNames(stacks)
	below = below[:len(below)-1]
	var parts []string
	for _, name := range below {
		parts = append(parts, layerWords[name])
	}
	whole := "the whole API with its validation, serialisation and logs"
	if c.Kind == results.KindGuest {
		whole = "the function itself"
	}
	text := "What each part costs, from functions that were measured one by one: " + format.List(append(parts, whole)) + ". Each has all that the one before has; what a layer adds is the median of the differences within the blocks that have both, so that the parts add up to the whole only roughly."
	if c.Class == results.Stock {
		text += " Layers are stock, as the API above them is: the framework, the SDK and their settings are those that a team gets, so that a layer’s share is the library’s own."
	}
	if missing := len(results.Layers()) - len(below); missing > 0 && c.Kind != results.KindGuest {
		text += " Not every layer was measured: what lies between two counts for the upper one (--layers all measures more)."
	}
	return text
}

// layerSentence says which part of a cold start each layer is. A layer that came
// out below zero counts as nothing.
func layerSentence(c view.Contest, stacks []view.Stack) string {
	names := c.StackNames(stacks)
	var parts []string
	for _, s := range stacks {
		var costs []float64
		sum := 0.0
		for _, l := range s.Layers {
			cost := math.Max(0, view.OrZero(l.Adds("coldTotal").Center))
			costs, sum = append(costs, cost), sum+cost
		}
		if len(costs) != len(names) || sum == 0 {
			continue
		}
		var shares []string
		for _, cost := range costs {
			shares = append(shares, format.Count(int64(math.Round(100*cost/sum))))
		}
		parts = append(parts, s.API.Name+" "+strings.Join(shares, " / ")+" %")
	}
	if parts == nil {
		return ""
	}
	return "Shares of a cold start, " + strings.Join(names, " / ") + ": " + strings.Join(parts, "; ") + "."
}

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
