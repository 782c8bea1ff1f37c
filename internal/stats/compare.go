package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Margin is the smallest difference that is called one: 2 %.
const Margin = 0.02

// minRatio is the smallest sample on either side of a ratio or a difference of
// medians that were not measured in blocks: that of a median.
const minRatio = 6

// Difference is what a is more than b, with an interval; it may be zero or below.
// Where both were measured in blocks it is the median of the differences within
// the blocks that have both, else the difference of the two medians.
func Difference(a, b Series, level float64) Summary {
	same := func(v float64) float64 { return v }
	if blocked(a, b) {
		return paired(a, b, same, level)
	}
	return ofMedians(a.Values, b.Values, same, level, "a difference of medians")
}

// Ratio is how many times b is a, with an interval, for values above zero. Where
// both were measured in blocks it is the median of the ratios within the blocks
// that have both, else the ratio of the two medians.
func Ratio(a, b Series, level float64) Summary {
	var logs Summary
	if blocked(a, b) {
		logs = paired(a, b, math.Log, level)
	} else {
		logs = ofMedians(a.Values, b.Values, math.Log, level, "a ratio of medians")
	}
	if logs.Warnings == nil && (math.IsNaN(logs.Hi-logs.Lo) || math.IsInf(logs.Hi-logs.Lo, 0)) {
		return Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), N: logs.N, Warnings: []string{"a ratio needs values above zero"}}
	}
	ratio := logs.scaled(math.Exp)
	ratio.Warnings = logs.Warnings
	return ratio
}

// ofMedians is the difference of two independent medians on a scale: Price and
// Bonett, Distribution-free confidence intervals for difference and ratio of
// medians (2002). It needs no shape of distribution.
func ofMedians(a, b []float64, scale func(float64) float64, level float64, what string) Summary {
	n := min(len(a), len(b))
	if n < minRatio {
		return tooSmall(n, minRatio, what, "values")
	}
	medianA, varianceA := spreadMedian(a, scale)
	medianB, varianceB := spreadMedian(b, scale)
	center, half := medianA-medianB, halfWidth(varianceA+varianceB, level)
	return Summary{Center: center, Lo: center - half, Hi: center + half, N: n}
}

func halfWidth(variance, level float64) float64 {
	return distuv.UnitNormal.Quantile((1+level)/2) * math.Sqrt(variance)
}

// spreadMedian is the median on a scale and its variance there, the latter from
// the distance of two order statistics whose confidence is known exactly. The
// scale must rise with the values.
func spreadMedian(values []float64, scale func(float64) float64) (center, variance float64) {
	s := sorted(values)
	n := len(s)
	c := max(1, int(math.Round(float64(n+1)/2-math.Sqrt(float64(n)))))
	below := distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(c - 1))
	z := distuv.UnitNormal.Quantile(1 - below)
	spread := (scale(s[n-c]) - scale(s[c-1])) / (2 * z)
	return scale(Quantile(s, 0.5)), spread * spread
}

// Adjusted is the level of each of so many intervals, for all of them to hold at
// once with Level (Bonferroni).
func Adjusted(intervals int) float64 { return 1 - (1-Level)/float64(max(1, intervals)) }

// Beyond is the one rule: it is 1 where a ratio's whole interval lies above 1 by
// more than the margin, -1 where it lies below by as much, and 0 where nothing can
// be told. The ratio of b to a is judged as that of a to b, the other way round.
func Beyond(ratio Summary, margin float64) int {
	switch {
	case !ratio.Valid():
		return 0
	case ratio.Lo > 1+margin:
		return 1
	case ratio.Hi < 1/(1+margin):
		return -1
	default:
		return 0
	}
}

// Comparison is a family of samples of one metric, lower being better.
type Comparison struct {
	// Level is that of each interval: Bonferroni's, so that all intervals of the
	// family hold at once with Level.
	Level float64
	// Ratios[i][j] is Ratio of i to j. The diagonal is empty.
	Ratios [][]Summary
	// Better[i][j] is the verdict: i is better than j.
	Better [][]bool
	// Rank of each is 1 + how many are better than it; 0 where it could be compared
	// with none.
	Rank []int
}

// Compare applies the one rule (Beyond): i is better than j if the interval of the
// ratio of j to i lies above 1 by more than Margin. Otherwise they are
// indistinguishable.
func Compare(family []Series) Comparison {
	k := len(family)
	c := Comparison{Level: Adjusted(k * (k - 1) / 2), Rank: make([]int, k)}
	for range family {
		c.Ratios = append(c.Ratios, make([]Summary, k))
		c.Better = append(c.Better, make([]bool, k))
	}
	for i := range family {
		for j := range family {
			if i == j {
				continue
			}
			c.Ratios[i][j] = Ratio(family[i], family[j], c.Level)
			c.Better[j][i] = Beyond(c.Ratios[i][j], Margin) > 0
		}
	}
	for i := range family {
		for j := range family {
			if i != j && c.Ratios[i][j].Valid() {
				c.Rank[i] = max(c.Rank[i], 1)
			}
			if c.Better[j][i] {
				c.Rank[i]++
			}
		}
	}
	return c
}

// Verdict says in words how i stands against j.
func (c Comparison) Verdict(i, j int) string {
	r := c.Ratios[j][i]
	switch {
	case !r.Valid():
		return "can't be told"
	case c.Better[i][j]:
		return fmt.Sprintf("%.2f× faster", r.Center)
	case c.Better[j][i]:
		return fmt.Sprintf("%.2f× slower", 1/r.Center)
	default:
		return "indistinguishable"
	}
}
