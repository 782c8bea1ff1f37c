package report

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Layer compares a runtime's API with its floor: two measured layers. What lies
// between them (framework, SDK, the work itself) is measured as one.
type Layer struct {
	API, Floor *Row
}

// Layers are the contest's runtimes whose floor was measured, in its order.
func (c Contest) Layers() []Layer {
	var layers []Layer
	for _, row := range c.Rows {
		if floor := c.Floor(row); row.N > 0 && floor != nil && floor.N > 0 {
			layers = append(layers, Layer{API: row, Floor: floor})
		}
	}
	return layers
}

// Factor is how many times its floor the API takes, with the interval of this
// one ratio; it has no number where one of the two has none.
func (l Layer) Factor(metric string) stats.Summary {
	if !l.API.Value(metric).Valid() || !l.Floor.Value(metric).Valid() {
		s := none()
		s.N = min(l.API.N, l.Floor.N)
		return s
	}
	return stats.Ratio(l.API.samples[metric], l.Floor.samples[metric], stats.Level)
}

// layerMetrics are what is compared with the floor.
var layerMetrics = []struct{ metric, head, unit string }{
	{"coldTotal", "Cold total", "ms"}, {"warmP50", "Warm p50", "ms"}, {"warmCpu", "CPU per call", "ms"}, {"memoryPeak", "Peak memory", "MB"},
}

func layerTable(layers []Layer) htmlTable {
	t := htmlTable{Caption: "This API on top of its floor", Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}},
		Note: "Floor → this API, and how many times the floor that is, with its own interval at 95 %."}
	for _, column := range layerMetrics {
		t.Heads = append(t.Heads, htmlHead{Text: column.head, Unit: column.unit}, htmlHead{Text: "times", Unit: "the floor"})
	}
	for _, l := range layers {
		row := htmlRow{Swatch: l.API.Runtime, Name: l.API.Name}
		for _, column := range layerMetrics {
			floor, api, factor := l.Floor.Value(column.metric), l.API.Value(column.metric), l.Factor(column.metric)
			both := htmlCell{Label: column.head + ", " + column.unit, Text: center(floor.Summary) + " → " + center(api.Summary), Sorted: true, Key: plain(api.Center)}
			if !floor.Valid() || !api.Valid() {
				both.Class = "none"
			}
			times := valueCell(column.head+", times the floor", Value{Summary: factor})
			if factor.Valid() {
				times.Text += "×"
			}
			times.Doubt = "" // the two figures carry theirs
			row.Cells = append(row.Cells, both, times)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// layerSentence says how much of a cold start is the language's own.
func layerSentence(layers []Layer) string {
	var parts []string
	for _, l := range layers {
		floor, api := l.Floor.Value("coldTotal"), l.API.Value("coldTotal")
		if floor.Valid() && api.Valid() && api.Center > 0 {
			parts = append(parts, l.API.Name+" "+percent(floor.Center/api.Center))
		}
	}
	if parts == nil {
		return ""
	}
	return "The floor’s share of a cold start: " + strings.Join(parts, ", ") + "."
}
