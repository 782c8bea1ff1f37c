package compare

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Reading is one figure of one run, by itself: what a change has on either side.
type Reading struct {
	Metric        string
	Configuration string // as in Change
	Runtime       string
	Color         string // #rrggbb, of the runtime
	Kind          results.VariantKind
	Default       bool // the variant that stands for its runtime
	Figure        Figure
	// Missing says why there is no figure, as a sentence without its point; "" where
	// there is one.
	Missing string
}

// Readings are all figures of a run. A configuration that was not measured has
// readings, too, which say why.
func Readings(doc results.Document) []Reading {
	var readings []Reading
	for _, s := range sides(&doc, cost.RegionOf(doc)) {
		for _, m := range all {
			r := Reading{Metric: m.id, Configuration: s.row.Label(), Runtime: s.row.Runtime, Color: s.row.Color, Kind: s.row.Kind, Default: s.row.Default}
			switch {
			case !s.row.Measured():
				r.Missing = statusText(s.c.Status)
				if reason := strings.TrimSuffix(s.c.Reason, "."); reason != "" {
					r.Missing += ": " + reason
				}
			case !m.has(s):
				r.Missing = "not part of that run"
			default:
				r.Figure = figure(m.summary(s))
			}
			readings = append(readings, r)
		}
	}
	return readings
}

// summary is a side's figure by itself.
func (m metric) summary(s *side) stats.Summary {
	if m.exact == nil {
		return stats.Median(m.sample(s).Unblocked().Values)
	}
	v := m.exact(s)
	return stats.Summary{Center: v, Lo: v, Hi: v, N: 1}
}

// Metrics are the metrics in the order of tables, without changes.
func Metrics() []Metric {
	var list []Metric
	for _, m := range all {
		list = append(list, Metric{ID: m.id, Name: m.name, Unit: m.unit, HigherIsBetter: m.higher, Level: stats.Level})
	}
	return list
}
