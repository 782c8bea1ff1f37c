package stats

import "math"

// Outliers are the indexes of values far from the others, in the order given.
// They are labels: nothing is ever removed.
type Outliers struct {
	Mild   []int // beyond 1.5 interquartile ranges from the quartiles
	Severe []int // beyond 3
}

// FindOutliers labels values by Tukey's fences.
func FindOutliers(values []float64) Outliers {
	s := sorted(values)
	low, high := Quantile(s, 0.25), Quantile(s, 0.75)
	spread := high - low
	var o Outliers
	for i, v := range values {
		switch {
		case v < low-3*spread || v > high+3*spread:
			o.Severe = append(o.Severe, i)
		case v < low-1.5*spread || v > high+1.5*spread:
			o.Mild = append(o.Mild, i)
		}
	}
	return o
}

// Point is a step of an empirical distribution.
type Point struct {
	Value float64
	Share float64 // of the values that are at most Value, 0 … 1
}

// ECDF is the empirical distribution function of the values, one point per
// distinct value, in ascending order.
func ECDF(values []float64) []Point {
	var points []Point
	n := float64(len(values))
	for i, v := range sorted(values) {
		p := Point{Value: v, Share: float64(i+1) / n}
		if len(points) > 0 && points[len(points)-1].Value == v {
			points[len(points)-1] = p
		} else {
			points = append(points, p)
		}
	}
	return points
}

// minModes is the smallest sample that can be called multimodal.
const minModes = 20

// Multimodal reports whether the values have more than one mode, by Hartigan's
// dip test at 1 %: a mean or a median of such values describes none of them. It
// is false for fewer than 20 values, and for values too coarse to tell (fewer
// than half of them distinct), such as clock ticks. Of 36 values it finds two
// halves that lie six standard deviations apart, or a third that lies twelve away;
// a rarer mode is labelled by its outliers.
func Multimodal(values []float64) bool {
	n := len(values)
	if n < minModes {
		return false
	}
	s := sorted(values)
	distinct := 1
	for i := 1; i < n; i++ {
		if s[i] != s[i-1] {
			distinct++
		}
	}
	if distinct*2 < n {
		return false
	}
	return dip(s)*math.Sqrt(float64(n)) > dipLimit(n)
}
