package cost

import (
	"cmp"
	"math"
	"slices"
)

// Point is a configuration between cost and latency.
type Point struct {
	Key       string // of the configuration
	Memory    int    // MB
	LatencyMs float64
	USD       float64
}

// Efficient are the indexes of the points that no other beats in both cost and
// latency (the Pareto front), the fastest first. Points without a figure (NaN)
// are never on it.
func Efficient(points []Point) []int {
	var order []int
	for i, p := range points {
		if !math.IsNaN(p.LatencyMs) && !math.IsNaN(p.USD) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(points[a].LatencyMs, points[b].LatencyMs), cmp.Compare(points[a].USD, points[b].USD))
	})
	var front []int
	cheapest := math.Inf(1)
	for _, i := range order {
		if points[i].USD < cheapest {
			front, cheapest = append(front, i), points[i].USD
		}
	}
	return front
}

// Recommendation are indexes of points, as AWS Lambda Power Tuning recommends.
type Recommendation struct {
	Cheapest int
	Fastest  int
	// Balanced has the lowest mean of cost and latency, each as a share of the
	// highest of them: power tuning's balanced strategy with its default weight, 0.5.
	Balanced int
}

// Recommend picks among a runtime's memory sizes; false where there are fewer
// than two with figures. Of equal ones it takes the one with less memory.
func Recommend(points []Point) (Recommendation, bool) {
	front := Efficient(points)
	known, maxUSD, maxMs := 0, 0.0, 0.0
	for _, p := range points {
		if !math.IsNaN(p.LatencyMs) && !math.IsNaN(p.USD) {
			known++
			maxUSD, maxMs = math.Max(maxUSD, p.USD), math.Max(maxMs, p.LatencyMs)
		}
	}
	if known < 2 {
		return Recommendation{}, false
	}
	balance := func(p Point) float64 { return 0.5*p.USD/maxUSD + 0.5*p.LatencyMs/maxMs }
	r := Recommendation{Fastest: front[0], Cheapest: front[len(front)-1], Balanced: front[0]}
	for _, i := range front {
		a, b := points[i], points[r.Balanced]
		if cmp.Or(cmp.Compare(balance(a), balance(b)), cmp.Compare(a.Memory, b.Memory)) < 0 {
			r.Balanced = i
		}
	}
	return r, true
}
