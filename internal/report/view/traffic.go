package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// summed are units whose values add up over periods. Others don't: of several periods the
// lowest and the highest are shown, since a mean of percentiles is no percentile.
var summed = []string{"calls", "request units", "ms billed"}

// TrafficRow is a figure of each runtime, or of all together.
type TrafficRow struct {
	Figure, Unit string
	of           map[string]string // by runtime; "" for all together
}

// TrafficRows are the document's figures, those of runtimes first.
func TrafficRows(t *results.Traffic) (rows []*TrafficRow) {
	for _, s := range t.Series {
		i := slices.IndexFunc(rows, func(r *TrafficRow) bool {
			_, shared := r.of[""]
			return r.Figure == s.Figure && shared == (s.Runtime == "")
		})
		if i < 0 {
			i = len(rows)
			rows = append(rows, &TrafficRow{Figure: s.Figure, Unit: s.Unit, of: map[string]string{}})
		}
		rows[i].of[s.Runtime] = trafficText(s)
	}
	return rows
}

func trafficText(s results.Series) string {
	if len(s.Points) == 0 {
		return "–"
	}
	low, high, sum := s.Points[0].Value, s.Points[0].Value, 0.0
	for _, p := range s.Points {
		low, high, sum = min(low, p.Value), max(high, p.Value), sum+p.Value
	}
	switch {
	case slices.Contains(summed, s.Unit):
		return format.Number(sum)
	case low == high:
		return format.Number(low)
	}
	return format.Number(low) + "–" + format.Number(high)
}

// TrafficColumns are the runtimes in the order of tables.
func TrafficColumns(m *Model) []results.Runtime {
	return slices.DeleteFunc(slices.Clone(m.Doc.Runtimes), func(r results.Runtime) bool {
		return !slices.ContainsFunc(m.Doc.Traffic.Series, func(s results.Series) bool { return s.Runtime == r.Name })
	})
}

// SplitTraffic parts the figures of each runtime from those of all together.
func SplitTraffic(rows []*TrafficRow) (each, together []*TrafficRow) {
	for _, r := range rows {
		if _, shared := r.of[""]; shared {
			together = append(together, r)
		} else {
			each = append(each, r)
		}
	}
	return each, together
}

// Value is the figure of a runtime, or of all together for "".
func (r *TrafficRow) Value(runtime string) string {
	if text, ok := r.of[runtime]; ok {
		return text
	}
	return "–"
}
