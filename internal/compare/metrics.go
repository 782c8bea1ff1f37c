package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// metric is something to compare.
type metric struct {
	id, name, unit string
	// sample gives a side's independent values, one per environment; exact gives its
	// one value that is known without doubt, or measured once. One of them is nil.
	sample func(*side) stats.Series
	exact  func(*side) float64
	// once is said of an exact value that was measured once: no interval, no verdict.
	once   string
	higher bool // is better
	across bool // local and AWS clock it alike
}

// all metrics, in the order of tables.
var all = []metric{
	ofReport("coldTotal", true), ofReport("init", true), ofReport("firstCall", true),
	ofReport("warmP50", false), ofReport("warmCpu", false), ofReport("initCpu", false), ofReport("memoryPeak", false),
	{id: "packed", name: "package size", unit: "MB", across: true, exact: func(s *side) float64 { return float64(s.row.Packed) / (1 << 20) }},
	{id: "cost", name: "Lambda compute per million requests", unit: "USD", across: true, sample: costs},
	{id: "capacity", name: "capacity under the SLO", unit: "calls/s", higher: true, exact: capacity,
		once: "one search per run: no interval, no verdict"},
}

// ofReport is a figure that the report ranks.
func ofReport(id string, across bool) metric {
	m, ok := view.MetricByID(id)
	if !ok {
		panic("compare: the report has no metric " + id) // a test calls all
	}
	return metric{id: id, name: m.Name, unit: m.Unit, across: across, sample: func(s *side) stats.Series { return s.row.Sample(id) }}
}

// MetricIDs are the metrics that Options.Metrics may name.
func MetricIDs() []string {
	var ids []string
	for _, m := range all {
		ids = append(ids, m.id)
	}
	return ids
}

// CheckMetrics says which of the names is none.
func CheckMetrics(names []string) error {
	for _, name := range names {
		if !slices.Contains(MetricIDs(), name) {
			return fault.Usage("metrics: "+strings.Join(MetricIDs(), ", "), "unknown metric %q", name)
		}
	}
	return nil
}

func metrics(o Options) []metric {
	return slices.DeleteFunc(slices.Clone(all), func(m metric) bool {
		return len(o.Metrics) > 0 && !slices.Contains(o.Metrics, m.id)
	})
}

// changes judges one metric of all configurations: a family, whose intervals of
// ratios hold at once.
func (m metric) changes(pairs []pair, o Options) Metric {
	out := Metric{ID: m.id, Name: m.name, Unit: m.unit, HigherIsBetter: m.higher, Changes: []Change{}}
	across := len(pairs) > 0 && pairs[0].old.doc.Source.Kind != pairs[0].new.doc.Source.Kind
	if across && !m.across {
		return out
	}
	var known []pair
	for _, p := range pairs {
		if m.id == "capacity" && p.old.doc.Plan.SLO != p.new.doc.Plan.SLO {
			continue // said once, of the runs
		}
		if m.has(p.old) || m.has(p.new) {
			known = append(known, p)
		}
	}
	out.Level = stats.Adjusted(len(known))
	for _, p := range known {
		was, is, ratio := m.judge(p, out.Level)
		c := Change{
			Configuration: p.new.row.Label(), Runtime: p.new.c.Runtime, Variant: p.new.c.Variant, Memory: p.new.c.Memory, Arch: p.new.c.Arch,
			ColdKind: string(p.new.row.ColdKind), Old: figure(was), New: figure(is), Ratio: figure(ratio), Verdict: Unknown,
		}
		if ratio.Valid() && m.once == "" {
			c.Verdict = m.verdict(stats.Beyond(ratio, stats.Margin))
			judged := o.Regression > 0 && !(o.OtherArtifacts && sameCode(p.old, p.new))
			c.Regression = judged && m.verdict(stats.Beyond(ratio, o.Regression)) == Worse
		}
		out.Changes = append(out.Changes, c)
	}
	return out
}

func (m metric) verdict(direction int) Verdict {
	switch {
	case direction == 0:
		return Same
	case (direction > 0) == m.higher:
		return Better
	default:
		return Worse
	}
}

func (m metric) has(s *side) bool {
	if m.exact != nil {
		v := m.exact(s)
		return v > 0 && !math.IsNaN(v)
	}
	return len(m.sample(s).Values) > 0
}

// judge summarises both sides and the ratio of the new one to the old.
func (m metric) judge(p pair, level float64) (was, is, ratio stats.Summary) {
	if m.exact == nil {
		a, b := m.sample(p.old), m.sample(p.new)
		if !p.interleaved {
			a, b = a.Unblocked(), b.Unblocked()
		}
		return stats.Median(a.Values), stats.Median(b.Values), stats.Ratio(b, a, level)
	}
	a, b := m.exact(p.old), m.exact(p.new)
	exactly := func(v float64) stats.Summary {
		if v <= 0 || math.IsNaN(v) {
			return missing("not measured")
		}
		return stats.Summary{Center: v, Lo: v, Hi: v, N: 1}
	}
	was, is = exactly(a), exactly(b)
	if !was.Valid() || !is.Valid() {
		return was, is, missing("needs both runs")
	}
	ratio = exactly(b / a)
	if m.once != "" {
		for _, s := range []*stats.Summary{&was, &is, &ratio} {
			s.Lo, s.Hi = math.NaN(), math.NaN()
			s.Warnings = []string{m.once}
		}
	}
	return was, is, ratio
}

func missing(why string) stats.Summary {
	return stats.Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Warnings: []string{why}}
}

// costs are what a million requests cost in compute, from each environment; both
// runs at the latest prices, so that a new list is no regression.
func costs(s *side) stats.Series {
	if !s.priced {
		s.priced, s.costs = true, priced(s)
	}
	return s.costs
}

func priced(s *side) stats.Series {
	region, err := cost.Latest().Region(s.region)
	if err != nil {
		return stats.Series{} // no price for that region: the metric is left out
	}
	f := cost.FunctionOf(s.doc, s.c)
	f.Environments = slices.DeleteFunc(slices.Clone(s.c.Environments), func(e results.Environment) bool { return e.Kind != s.row.ColdKind })
	usage, err := cost.Measure(f, s.doc.Plan.Mix)
	if err != nil {
		return stats.Series{}
	}
	return region.Bill(usage, cost.TypicalColdShare).Samples
}

// capacity is the highest rate of the load phase that held the objective; NaN
// without one.
func capacity(s *side) float64 {
	if point, ok := s.row.Capacity(); ok {
		return point.Rate
	}
	return math.NaN()
}

func times(f Figure) string {
	if f.Center == nil {
		return "–"
	}
	return fmt.Sprintf("×%.2f", *f.Center)
}

// bounds prints a ratio's interval.
func bounds(f Figure) string {
	if f.Lo == nil || f.Hi == nil || *f.Lo == *f.Hi {
		return ""
	}
	return fmt.Sprintf("[%.2f, %.2f]", *f.Lo, *f.Hi)
}
