package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// bootstrap is what Tail does without: it finds the p-quantile of clusters that
// count several times or not at all, again and again. Its entries are sorted
// once, from the top, so that a draw looks at the tail only.
type bootstrap struct {
	p       float64
	entries []bootstrapEntry // descending by value
	sizes   []int64
}

type bootstrapEntry struct {
	value   float64
	count   int64
	cluster int
}

func newBootstrap(clusters []Sample, p float64) *bootstrap {
	b := &bootstrap{p: p}
	for i, c := range clusters {
		for _, bucket := range c {
			b.entries = append(b.entries, bootstrapEntry{bucket.Value, bucket.Count, i})
		}
		b.sizes = append(b.sizes, c.N())
	}
	slices.SortFunc(b.entries, func(x, y bootstrapEntry) int { return cmp.Compare(y.value, x.value) })
	return b
}

func (b *bootstrap) quantile(weights []int64) float64 {
	var n int64
	for i, w := range weights {
		n += w * b.sizes[i]
	}
	h := b.p * float64(n-1)
	rank := int64(h)
	high, seen := math.NaN(), int64(0)
	for _, e := range b.entries {
		seen += e.count * weights[e.cluster]
		if seen > n-2-rank && math.IsNaN(high) {
			high = e.value
		}
		if seen > n-1-rank {
			return e.value + (h-float64(rank))*(high-e.value)
		}
	}
	return math.NaN()
}

// tail is the bias-corrected and accelerated interval (BCa; Efron and
// Tibshirani, An Introduction to the Bootstrap, 14.3).
func (b *bootstrap) tail(r *rand.Rand) Summary {
	const draws = 500
	g := len(b.sizes)
	ones := slices.Repeat([]int64{1}, g)
	center := b.quantile(ones)
	estimates, weights, below := make([]float64, draws), make([]int64, g), 0.5
	for i := range estimates {
		clear(weights)
		for range g {
			weights[r.IntN(g)]++
		}
		estimates[i] = b.quantile(weights)
		if estimates[i] < center {
			below++
		}
	}
	slices.Sort(estimates)
	left, mean := make([]float64, g), 0.0
	for i := range left {
		ones[i] = 0
		left[i] = b.quantile(ones)
		ones[i] = 1
		mean += left[i] / float64(g)
	}
	var squares, cubes float64
	for _, v := range left {
		squares += (mean - v) * (mean - v)
		cubes += (mean - v) * (mean - v) * (mean - v)
	}
	acceleration := 0.0
	if squares > 0 {
		acceleration = cubes / (6 * math.Pow(squares, 1.5))
	}
	bias := distuv.UnitNormal.Quantile(below / (draws + 1))
	bound := func(tail float64) float64 {
		z := bias + distuv.UnitNormal.Quantile(tail)
		return Quantile(estimates, distuv.UnitNormal.CDF(bias+z/(1-acceleration*z)))
	}
	return Summary{Center: center, Lo: bound(0.025), Hi: bound(0.975), N: g}
}

// This is why Tail is no bootstrap: with 30 environments that differ as much as
// their calls do, BCa covers less than 92 %, and Tail covers more.
func TestTailCoversWhereTheBootstrapDoesNot(t *testing.T) {
	s := clustered(0.15, 0.15)
	truth := s.quantile(0.95)
	got := simulate(runs/2, 7, func(r *rand.Rand) string {
		clusters := s.clusters(r, 30, 40)
		return covers(newBootstrap(clusters, 0.95).tail(r), truth) + " " + covers(Tail(clusters, 0.95), truth)
	})
	count := func(key string) (n float64) {
		for outcome, times := range got {
			if strings.Contains(outcome, key) {
				n += float64(times)
			}
		}
		return n
	}
	if share := count("covered ") / (runs / 2); share >= 0.92 {
		t.Errorf("the bootstrap covered %.3f, want below 0.92: use it instead", share)
	}
	if share := count(" covered") / (count(" covered") + count(" missed")); share < 0.92 {
		t.Errorf("Tail covered %.3f of those it reported, want 0.92", share)
	}
}
