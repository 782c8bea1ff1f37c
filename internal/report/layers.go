package report

import (
	"math"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Layer is one step from a runtime's floor up to its API. It was measured with
// all that is below it.
type Layer struct {
	Name  string
	Row   *Row
	below *Row // the layer that it stands on; nil for the lowest
}

// Stack is one runtime's layers that were measured, from the lowest up to the API.
type Stack struct {
	API    *Row
	Layers []Layer
}

// Stacks are the contest's runtimes that have a layer below the API, in its order.
func (c Contest) Stacks() []Stack {
	var stacks []Stack
	for _, row := range c.Rows {
		stack := Stack{API: row}
		var below *Row
		for _, kind := range results.Layers() {
			if layer := c.Layer(row, kind); layer != nil && layer.N > 0 {
				stack.Layers = append(stack.Layers, Layer{Name: layerNames[kind], Row: layer, below: below})
				below = layer
			}
		}
		if below != nil && row.N > 0 {
			stack.Layers = append(stack.Layers, Layer{Name: c.top(), Row: row, below: below})
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// top names what stands on the layers.
func (c Contest) top() string {
	if c.Kind == results.KindGuest {
		return "the function"
	}
	return "this API"
}

// Adds is what the layer costs on top of the one below, with the interval of this
// one difference (stats.Difference); the lowest layer has its own figure.
func (l Layer) Adds(metric string) stats.Summary {
	switch own := l.Row.Value(metric); {
	case l.below == nil || !own.Valid():
		return own.Summary
	case !l.below.Value(metric).Valid():
		s := none()
		s.N = l.below.N
		return s
	}
	return stats.Difference(l.Row.samples[metric], l.below.samples[metric], stats.Level)
}

// told reports whether the layer's cost can be told from none.
func (l Layer) told(adds stats.Summary) bool { return l.below == nil || adds.Lo > 0 || adds.Hi < 0 }

// stackNames are the layers that any of the stacks has, from the floor up to the top.
func (c Contest) stackNames(stacks []Stack) []string {
	var names []string
	for _, kind := range results.Layers() {
		for _, s := range stacks {
			if s.layer(layerNames[kind]) != nil {
				names = append(names, layerNames[kind])
				break
			}
		}
	}
	return append(names, c.top())
}

// layer is the stack's layer of that name, or nil.
func (s Stack) layer(name string) *Layer {
	for i := range s.Layers {
		if s.Layers[i].Name == name {
			return &s.Layers[i]
		}
	}
	return nil
}

// layerMetrics are what is split into layers; the first has a table of its own.
var layerMetrics = []layerMetric{
	{"coldTotal", "Cold total", "ms"}, {"warmP50", "Warm p50", "ms"}, {"initCpu", "CPU of init", "ms"},
	{"warmCpu", "CPU per warm call", "ms"}, {"memoryPeak", "Peak memory", "MB"},
}

// layerMetric is a metric's ID, and what it is called over a table.
type layerMetric struct{ metric, caption, unit string }

// layerNames of the kinds below the API.
var layerNames = map[results.VariantKind]string{results.KindBare: "floor", results.KindFramework: "framework", results.KindSDK: "SDK"}

// layerWords say what is measured as a layer.
var layerWords = map[string]string{
	"floor": "the language’s smallest handler (the floor)", "framework": "the framework’s routes with fixed answers", "SDK": "the SDK’s calls of the database behind such routes",
}

// layerLead says what the layers are.
func layerLead(c Contest, stacks []Stack) string {
	below := c.stackNames(stacks)
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
func layerSentence(c Contest, stacks []Stack) string {
	names := c.stackNames(stacks)
	var parts []string
	for _, s := range stacks {
		var costs []float64
		sum := 0.0
		for _, l := range s.Layers {
			cost := math.Max(0, zeroIfNone(l.Adds("coldTotal").Center))
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
func layerCell(s Stack, name, metric string) htmlCell {
	l := s.layer(name)
	if l == nil {
		return htmlCell{Label: format.Capital(name), Text: "–", Class: "none", Title: "not measured: the next figure holds it, too", Sorted: true}
	}
	adds := l.Adds(metric)
	cell := valueCell(format.Capital(name), Value{Summary: adds})
	cell.Doubt = "" // the figure in all carries it
	if !adds.Valid() || l.below == nil {
		return cell
	}
	// With the digits of the whole, of which they are parts.
	whole := s.API.Value(metric).Center
	cell.Text, cell.Small = format.Signed(format.Like(adds.Center, whole)), "["+format.Like(adds.Lo, whole)+", "+format.Like(adds.Hi, whole)+"]"
	if !l.told(adds) {
		cell.Doubt = "can’t be told from none"
	}
	return cell
}

// layerTables show what each layer adds, a table for each of layerMetrics.
func layerTables(c Contest, stacks []Stack) []htmlTable {
	var tables []htmlTable
	names := c.stackNames(stacks)
	for _, m := range layerMetrics {
		t := htmlTable{Caption: m.caption + ", " + m.unit, Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}}}
		for i, name := range names {
			head := htmlHead{Text: format.Capital(name), Unit: "adds"}
			if i == 0 {
				head.Unit = "by itself"
			}
			t.Heads = append(t.Heads, head)
		}
		t.Heads = append(t.Heads, htmlHead{Text: "In all", Unit: m.unit})
		for _, s := range stacks {
			row := htmlRow{Swatch: s.API.Runtime, Name: s.API.Name}
			for _, name := range names {
				row.Cells = append(row.Cells, layerCell(s, name, m.metric))
			}
			row.Cells = append(row.Cells, valueCell("In all, "+m.unit, s.API.Value(m.metric)))
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}
