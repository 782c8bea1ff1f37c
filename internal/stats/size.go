package stats

import "math"

// SizeFor is how many values the median needs for an interval at Level of
// ±precision (0.03: 3 %), going by a pilot of at least six: the spread of its
// median shrinks with the root of the number of values. It is itself an
// estimate, from few values; the interval that a run reaches is what counts. It
// is 0 where the pilot is too small or has values that are not above zero.
func SizeFor(pilot []float64, precision float64) int {
	if len(pilot) < minRatio {
		return 0
	}
	center, variance := spreadMedian(pilot, math.Log)
	if math.IsNaN(center) || math.IsInf(center, 0) || math.IsNaN(variance) || math.IsInf(variance, 0) {
		return 0
	}
	reach := halfWidth(variance, Level) / math.Log1p(precision)
	return max(int(math.Ceil(float64(len(pilot))*reach*reach)), minRatio)
}
