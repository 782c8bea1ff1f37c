package view

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Layer is one step from a runtime's floor up to its API. It was measured with
// all that is below it.
type Layer struct {
	Name  string
	Row   *Row
	Below *Row // the layer that it stands on; nil for the lowest
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
				stack.Layers = append(stack.Layers, Layer{Name: LayerNames[kind], Row: layer, Below: below})
				below = layer
			}
		}
		if below != nil && row.N > 0 {
			stack.Layers = append(stack.Layers, Layer{Name: c.top(), Row: row, Below: below})
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
	case l.Below == nil || !own.Valid():
		return own.Summary
	case !l.Below.Value(metric).Valid():
		s := none()
		s.N = l.Below.N
		return s
	}
	return stats.Difference(l.Row.samples[metric], l.Below.samples[metric], stats.Level)
}

// Told reports whether the layer's cost can be told from none.
func (l Layer) Told(adds stats.Summary) bool { return l.Below == nil || adds.Lo > 0 || adds.Hi < 0 }

// StackNames are the layers that any of the stacks has, from the floor up to the top.
func (c Contest) StackNames(stacks []Stack) []string {
	var names []string
	for _, kind := range results.Layers() {
		for _, s := range stacks {
			if s.Layer(LayerNames[kind]) != nil {
				names = append(names, LayerNames[kind])
				break
			}
		}
	}
	return append(names, c.top())
}

// Layer is the stack's layer of that name, or nil.
func (s Stack) Layer(name string) *Layer {
	for i := range s.Layers {
		if s.Layers[i].Name == name {
			return &s.Layers[i]
		}
	}
	return nil
}

// LayerMetrics are what is split into layers; the first has a table of its own.
var LayerMetrics = []LayerMetric{
	{"coldTotal", "Cold total", "ms"}, {"warmP50", "Warm p50", "ms"}, {"initCpu", "CPU of init", "ms"},
	{"warmCpu", "CPU per warm call", "ms"}, {"memoryPeak", "Peak memory", "MB"},
}

// LayerMetric is a metric's ID, and what it is called over a table.
type LayerMetric struct{ Metric, Caption, Unit string }
