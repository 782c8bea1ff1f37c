package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// tailClusters is how many environments a tail's own effective number must be from
// to count, and centralShare what part of the calls needed the one at the median must
// then still come to: below that it passes the samples that look harmless by chance.
// Both are from simulated coverage, see TestTailIntervalsCover.
const (
	tailClusters = 36
	centralShare = 0.2
)

// MinClusters is how many environments the interval of a tail needs. Fewer may
// all have missed the slow kind of environment, and no formula knows that.
const MinClusters = 30

// Tail is the p-quantile (p ≥ 0.5) of all values of all clusters, with an
// interval at Level that takes whole clusters as the units drawn.
//
// The interval is Woodruff's (1952): an interval for the share of values below
// the quantile, turned into values. The share's comes from Clopper and Pearson
// at the effective number of values (Korn and Graubard 1998): how many
// independent ones the clustered ones are worth, from the variance between
// clusters. Few values lie in a tail, so that their effective number is itself
// uncertain; it is drawn halfway (geometrically) to the one at the median where
// that is smaller.
//
// A cluster bootstrap was tried first: with 30 to 36 environments, its BCa
// interval at 95 % covered 85 to 96 %, and 63 % in the worst case (tail_test.go
// has one of them).
//
// It needs MinClusters clusters, and effectively as many values as Percentile
// needs: no formula makes a p99 out of a hundred calls. That number is judged at
// the median, since judged in the tail it would pass the samples that by chance look
// harmless; or, from tailClusters on, halfway to the tail, where environments whose
// medians differ have their slow calls in common with nobody.
func Tail(clusters []Sample, p float64) Summary { return TailOf(clusters, p, "environments") }

// TailOf is Tail of clusters that are called something else, in its warnings.
func TailOf(clusters []Sample, p float64, units string) Summary {
	clusters = slices.DeleteFunc(slices.Clone(clusters), func(s Sample) bool { return len(s) == 0 })
	if g := len(clusters); g < MinClusters {
		return tooSmall(g, MinClusters, "the interval of "+Name(p), units)
	}
	pooled := Pool(clusters)
	n, need := pooled.N(), Need(p, Level)
	if n < int64(need) {
		return tooSmall(int(n), need, Name(p), "calls")
	}
	central := effective(clusters, pooled.Quantile(0.5), 0.5)
	center := pooled.Quantile(p)
	size := effective(clusters, center, p)
	size = min(size, math.Sqrt(size*central))
	worth := central
	if len(clusters) >= tailClusters && central >= centralShare*float64(need) {
		worth = max(central, size)
	}
	if worth < float64(need) {
		s := tooSmall(int(worth), need, Name(p), "independent calls")
		s.Warnings[0] += fmt.Sprintf(" (%d calls, alike within their %s, are worth no more); about %d %s like these would have them",
			n, units, int(math.Ceil(float64(len(clusters))*float64(need)/worth)), units)
		return s
	}
	tail := (1 - Level) / 2
	low := mathext.InvRegIncBeta(p*size, (1-p)*size+1, tail)
	high := mathext.InvRegIncBeta(p*size+1, (1-p)*size, 1-tail)
	return Summary{
		Center: center, N: len(clusters),
		Lo: min(pooled.share(low), center), Hi: max(pooled.share(high), center),
	}
}

// effective is how many independent values would know the share of values up
// to limit, p, as well as these clusters do; at most the number of values.
func effective(clusters []Sample, limit, p float64) float64 {
	g := float64(len(clusters))
	var n, squares float64
	for _, c := range clusters {
		var size, below float64
		for _, b := range c {
			size += float64(b.Count)
			if b.Value <= limit {
				below += float64(b.Count)
			}
		}
		n += size
		squares += (below - p*size) * (below - p*size)
	}
	variance := squares * g / (g - 1) / (n * n) // of the share, between clusters
	if variance == 0 {
		return n
	}
	// Student's quantiles make up for the few clusters that the variance is from.
	t := func(freedom float64) float64 {
		return distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile((1 + Level) / 2)
	}
	correction := t(n-1) / t(g-1)
	return min(n, p*(1-p)/variance*correction*correction)
}

// share is the smallest value such that at least this share of all values, 0 …
// 1, is not above it.
func (s Sample) share(of float64) float64 {
	rank := int64(math.Ceil(of*float64(s.N()))) - 1
	return s.at(max(rank, 0))
}

// Score is how long the tail is: the p99 of all values over their median. It is
// NaN where there are fewer values than a p99 needs.
func Score(clusters []Sample) float64 {
	pooled := Pool(clusters)
	if pooled.N() < int64(Need(0.99, Level)) {
		return math.NaN()
	}
	return pooled.Quantile(0.99) / pooled.Quantile(0.5)
}
