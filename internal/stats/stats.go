// Package stats turns samples into figures that carry their doubt: medians and
// percentiles with intervals, one rule for who is faster, and marks for what a
// single number hides (several modes, outliers, noise). It is pure: no input or
// output, no clock, and randomness only from a seed that the caller gives. It
// knows nothing of benchmarks; it refuses to give a number where the sample is
// too small for its interval.
//
//	s := stats.Median(coldTotals)
//	if s.Valid() {
//		fmt.Printf("%.1f ms [%.1f, %.1f]", s.Center, s.Lo, s.Hi)
//	} else {
//		fmt.Println(s.Warnings[0]) // n too small: 4 of the 6 values that p50 needs
//	}
package stats

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Level is the confidence level of every interval that names no other.
const Level = 0.95

// NoiseLimit is the precision above which an interval is marked noisy: ±5 %.
const NoiseLimit = 0.05

// Summary is an estimate with its interval, in the unit of the values. Where
// the sample is too small, Center, Lo and Hi are NaN and a warning says so.
type Summary struct {
	Center, Lo, Hi float64
	N              int // independent values, or clusters of dependent ones
	Warnings       []string
}

// Valid reports whether there is a number at all.
func (s Summary) Valid() bool { return !math.IsNaN(s.Center) }

// Precision is half the interval's width relative to its centre: 0.05 is ±5 %.
// It is zero where all values are equal, and NaN where there is no number.
func (s Summary) Precision() float64 {
	if s.Hi == s.Lo {
		return 0
	}
	return (s.Hi - s.Lo) / 2 / math.Abs(s.Center)
}

// Noisy reports whether the interval is wider than ±NoiseLimit.
func (s Summary) Noisy() bool { return s.Precision() > NoiseLimit }

// tooSmall is the summary of n values where an interval needs more.
func tooSmall(n, need int, what, of string) Summary {
	return Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), N: n,
		Warnings: []string{fmt.Sprintf("n too small: %d of the %d %s that %s needs", n, need, of, what)}}
}

// Name is how a percentile is written: p50, p99, p99.9.
func Name(p float64) string {
	return "p" + strconv.FormatFloat(math.Round(p*1e5)/1e3, 'f', -1, 64)
}

// Quantile is the p-quantile (0 … 1) of values in ascending order, interpolated
// linearly between neighbours: type 7 of Hyndman and Fan (1996), the default of
// R and NumPy. It is NaN for no values.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	h := p * float64(len(sorted)-1)
	low := int(math.Floor(h))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (h-float64(low))*(sorted[low+1]-sorted[low])
}

// sorted returns the values in ascending order, leaving the caller's alone.
func sorted(values []float64) []float64 {
	s := slices.Clone(values)
	slices.Sort(s)
	return s
}
