package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Gain is the step from a runtime's stock function to a tuned one of it.
type Gain struct{ Stock, Tuned *Row }

// Gains are the contest's steps, in the order of its rows; of one runtime, the
// whole of what was tuned comes before the settings that were measured by
// themselves.
func (c Contest) Gains() []Gain {
	var gains []Gain
	for _, stock := range c.Rows {
		var own []Gain
		for _, tuned := range c.Beside {
			if tuned.Runtime == stock.Runtime {
				own = append(own, Gain{stock, tuned})
			}
		}
		slices.SortStableFunc(own, func(a, b Gain) int {
			switch {
			case a.Tuned.stands && !b.Tuned.stands:
				return -1
			case b.Tuned.stands && !a.Tuned.stands:
				return 1
			}
			return 0
		})
		gains = append(gains, own...)
	}
	return gains
}

// Besides reports whether all that the contest measured is tuned and stands as a
// step beside a stock function.
func (m *Model) Besides(c Contest) bool {
	return c.Class == results.Tuned && !slices.ContainsFunc(c.Rows, func(r *Row) bool { return r.N > 0 && !m.beside(r) })
}

// beside reports whether r stands as a step beside a stock function.
func (m *Model) beside(r *Row) bool {
	return slices.ContainsFunc(m.Contests, func(c Contest) bool { return slices.Contains(c.Beside, r) })
}

// PackageSizes are the contest's rows that were measured, with the zip's bytes as their
// only figure.
func PackageSizes(c Contest) Contest {
	var sizes Contest
	for _, r := range c.Rows {
		if r.Packed > 0 && r.N > 0 {
			sized := *r
			sized.values = map[string]Value{MetricPackage: {Summary: Exactly(float64(r.Packed))}}
			sizes.Rows = append(sizes.Rows, &sized)
		}
	}
	return sizes
}

// GainMetrics are what a step is measured by, in two tables: time, and what it
// takes. The first of each is what a terminal shows first.
var GainMetrics = []GainGroup{
	{"Time", []GainMetric{{"coldTotal", "Cold total", "ms"}, {"init", "Init", "ms"}, {"firstCall", "First call", "ms"}, {"warmP50", "Warm p50", "ms"}, {"warmP99", "Warm p99", "ms"}}},
	{"What it takes", []GainMetric{{"coldCpu", "CPU, cold", "ms"}, {"warmCpu", "CPU, warm", "ms"}, {"memoryPeak", "Peak memory", "MB"}, {MetricPackage, "Package", "MB"}, {MetricCost, "Compute", "$ per 1M"}}},
}

// GainGroup is a table of gains.
type GainGroup struct {
	Caption string
	Metrics []GainMetric
}

// GainMetric is a figure of it: a metric's ID, and what stands over its column.
type GainMetric struct{ Id, Head, Unit string }

// Step is one figure of a gain: both sides, and what lies between.
type Step struct {
	Stock, Tuned      stats.Summary
	Difference, Ratio stats.Summary // tuned less stock; tuned over stock
}

// Step compares the two functions in a metric: by their values, one per
// environment, where it has such; tails by their intervals, packages exactly.
func (g Gain) Step(metric string) Step {
	s := Step{Stock: g.Stock.gainValue(metric), Tuned: g.Tuned.gainValue(metric)}
	switch a, b := g.Tuned.samples[metric], g.Stock.samples[metric]; {
	case a.Values == nil || b.Values == nil || !s.Stock.Valid() || !s.Tuned.Valid():
		s.Difference, s.Ratio = stats.Apart(s.Tuned, s.Stock), stats.Quotient(s.Tuned, s.Stock)
	default:
		s.Difference, s.Ratio = stats.Difference(a, b, stats.Level), stats.Ratio(a, b, stats.Level)
	}
	return s
}

func (r *Row) gainValue(metric string) stats.Summary {
	if metric == MetricPackage {
		if r.Packed == 0 {
			return none()
		}
		return Exactly(float64(r.Packed) / (1 << 20))
	}
	return r.Value(metric).Summary
}

// Told reports whether the step can be told from none.
func (s Step) Told() bool {
	none := func(v stats.Summary, at float64) bool { return v.Lo <= at && v.Hi >= at }
	return s.Difference.Valid() && s.Ratio.Valid() && !none(s.Difference, 0) && !none(s.Ratio, 1)
}

// Exact reports whether nothing about the step is uncertain.
func (s Step) Exact() bool { return s.Difference.Lo == s.Difference.Hi }

// settingsOf are a variant's settings; those of a switch are told by the variant
// whose setting it shows.
func settingsOf(runtime results.Runtime, v results.Variant) []results.Setting {
	settings := slices.Clone(v.Settings)
	for _, other := range runtime.Variants {
		for _, s := range other.Settings {
			if s.Switch == v.ID && other.ID != v.ID && !slices.ContainsFunc(settings, func(own results.Setting) bool { return own.What == s.What }) {
				settings = append(settings, s)
			}
		}
	}
	return settings
}

// Settings are what the tuned function sets and the stock one does not.
func (g Gain) Settings() []results.Setting {
	return slices.DeleteFunc(slices.Clone(g.Tuned.Settings), func(s results.Setting) bool {
		return slices.ContainsFunc(g.Stock.Settings, func(own results.Setting) bool { return own.What == s.What })
	})
}

// Lines is how many more lines of its own the tuned function has than the stock
// one; false where that is not known.
func (g Gain) Lines() (int, bool) {
	return g.Tuned.Lines - g.Stock.Lines, g.Tuned.Lines > 0 && g.Stock.Lines > 0
}
