package view

import (
	"cmp"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// LoadPoint is one rate of the open loop.
type LoadPoint struct {
	results.LoadStep
	P50, P99 float64 // ms from the intended start, of the calls that were answered
	Failure  string  // why it did not hold the objective; "" where it did
	Few      bool    // planned calls for a p99 worth a number
}

// loadPoints are the configuration's rates, ascending.
func loadPoints(c *results.Configuration, slo results.SLO) []LoadPoint {
	var points []LoadPoint
	for _, step := range c.Rates() {
		p := LoadPoint{LoadStep: step, Failure: step.Failure(slo), Few: step.Planned < results.MinLoadCalls, P50: none().Center, P99: none().Center}
		if s := SampleOf(step.Latency()); s.N() > 0 {
			p.P50, p.P99 = s.Quantile(0.5), s.Quantile(0.99)
		}
		points = append(points, p)
	}
	return points
}

// Capacity is the highest rate that held the objective; false where none did,
// or none was tried.
func (r *Row) Capacity() (LoadPoint, bool) {
	for _, p := range slices.Backward(r.Load) {
		if p.Failure == "" {
			return p, true
		}
	}
	return LoadPoint{}, false
}

// Beyond is the lowest rate above the capacity that did not hold.
func (r *Row) Beyond() (LoadPoint, bool) {
	best, _ := r.Capacity()
	for _, p := range r.Load {
		if p.Rate > best.Rate && p.Failure != "" {
			return p, true
		}
	}
	return LoadPoint{}, false
}

// ByCapacity are the rows that were loaded, the highest capacity first.
func ByCapacity(c Contest) []*Row {
	rows := slices.DeleteFunc(slices.Clone(c.Rows), func(r *Row) bool { return len(r.Load) == 0 })
	slices.SortStableFunc(rows, func(a, b *Row) int {
		x, _ := a.Capacity()
		y, _ := b.Capacity()
		return cmp.Compare(y.Rate, x.Rate)
	})
	return rows
}
