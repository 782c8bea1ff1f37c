package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Median is the median with its order-statistic interval at Level.
func Median(values []float64) Summary { return Percentile(values, 0.5, Level) }

// Percentile is the p-quantile (0 < p < 1) of independent values with an
// equal-tailed, distribution-free interval of at least the given level: two
// order statistics, chosen by the binomial distribution (David and Nagaraja,
// Order Statistics, 3rd ed., 7.1). It holds for any continuous distribution,
// and is conservative for a discrete one.
func Percentile(values []float64, p, level float64) Summary {
	n := len(values)
	lo, hi, ok := orderRanks(n, p, level)
	if !ok {
		return tooSmall(n, Need(p, level), Name(p), "values")
	}
	s := sorted(values)
	return Summary{Center: Quantile(s, p), Lo: s[lo-1], Hi: s[hi-1], N: n}
}

// Need is the smallest number of values for which Percentile has an interval:
// 6 for p50, 36 for p90, 72 for p95 and 368 for p99 at 95 %. Then the chance
// that all values lie on one side of the percentile is small enough.
func Need(p, level float64) int {
	tail := (1 - level) / 2
	side := math.Max(p, 1-p)
	n := max(1, int(math.Log(tail)/math.Log(side))-1)
	for math.Pow(side, float64(n)) > tail {
		n++
	}
	return n
}

// orderRanks are the ranks, from 1, of the order statistics that enclose the
// p-quantile with a chance of at most (1-level)/2 on either side.
func orderRanks(n int, p, level float64) (lo, hi int, ok bool) {
	if n < Need(p, level) {
		return 0, 0, false
	}
	tail := (1 - level) / 2
	below := distuv.Binomial{N: float64(n), P: p} // how many values lie below the quantile
	// lo is the largest rank with P(below ≤ lo-1) ≤ tail: lo values or more lie
	// below the quantile but for that chance.
	lo = searchRank(n, func(r int) bool { return below.CDF(float64(r-1)) > tail }) - 1
	// hi is the smallest rank with P(below ≥ hi) ≤ tail.
	hi = searchRank(n, func(r int) bool { return 1-below.CDF(float64(r-1)) <= tail })
	return lo, hi, lo >= 1 && hi <= n
}

// searchRank is the smallest rank from 1 to n with the property, or n+1. The
// property must stay once it holds.
func searchRank(n int, holds func(rank int) bool) int {
	low, high := 1, n+1
	for low < high {
		middle := (low + high) / 2
		if holds(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// orderCoverage is the exact chance that an interval from rank lo to rank hi
// encloses the p-quantile of a continuous distribution.
func orderCoverage(n int, p float64, lo, hi int) float64 {
	below := distuv.Binomial{N: float64(n), P: p}
	return below.CDF(float64(hi-1)) - below.CDF(float64(lo-1))
}

// minMean is the smallest sample that a mean's interval is given for.
const minMean = 10

// Mean is the arithmetic mean with Student's interval at Level: for sums, such as
// costs, where a median would not add up. It leans on the central limit theorem:
// from 10 skewed values on it covers 92 % at least (coverage_test.go), and below
// it says so.
func Mean(values []float64) Summary {
	n := float64(len(values))
	if len(values) < minMean {
		return tooSmall(len(values), minMean, "a mean", "values")
	}
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+Level)/2) * math.Sqrt(squares/(n-1)/n)
	return Summary{Center: mean, Lo: mean - half, Hi: mean + half, N: len(values)}
}
