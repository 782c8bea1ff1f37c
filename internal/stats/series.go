package stats

import "math"

// Series are the values of one figure, one per environment, each with the block of
// the schedule that it was measured in.
type Series struct {
	Values []float64
	// Blocks has the block of each value, none twice. It is nil where there was no
	// such schedule: then nothing is known of who was measured beside whom.
	Blocks []int
}

// Unblocked is the series without its blocks, for sides that were not measured in
// turn.
func (s Series) Unblocked() Series { return Series{Values: s.Values} }

// Within are the values of both in the blocks where both have one, in a's order.
func Within(a, b Series) (as, bs []float64) {
	at := make(map[int]float64, len(b.Blocks))
	for i, block := range b.Blocks {
		at[block] = b.Values[i]
	}
	for i, block := range a.Blocks {
		if v, ok := at[block]; ok {
			as, bs = append(as, a.Values[i]), append(bs, v)
		}
	}
	return as, bs
}

// MedianSeries are the medians of the clusters that have values, with their blocks:
// cluster i is of block blocks[i].
func MedianSeries(clusters []Sample, blocks []int) Series {
	s := Series{Values: Medians(clusters)}
	for i, c := range clusters {
		if len(c) > 0 {
			s.Blocks = append(s.Blocks, blocks[i])
		}
	}
	return s
}

// blocked reports whether two series can be compared within blocks.
func blocked(a, b Series) bool { return a.Blocks != nil && b.Blocks != nil }

// interpolated is the median of differences with the sign test's interval at the
// level, drawn between neighbouring order statistics as Hettmansperger and Sheather
// do (Confidence intervals based on interpolated order statistics, 1986): their
// binomial steps alone are as wide as the range for few values. It asks for no shape
// and no symmetry of the differences.
func interpolated(differences []float64, level float64) Summary {
	s := sorted(differences)
	n := len(s)
	rank, _, ok := orderRanks(n, 0.5, level)
	if !ok {
		return tooSmall(n, Need(0.5, level), "a comparison", "blocks")
	}
	low, high := s[rank-1], s[n-rank]
	if 2*rank+1 < n { // there is a narrower pair
		wide, narrow := orderCoverage(n, 0.5, rank, n+1-rank), orderCoverage(n, 0.5, rank+1, n-rank)
		step := (wide - level) / (wide - narrow)
		share := float64(n-rank) * step / (float64(rank) + float64(n-2*rank)*step)
		low += share * (s[rank] - s[rank-1])
		high -= share * (s[n-rank] - s[n-rank-1])
	}
	return Summary{Center: Quantile(s, 0.5), Lo: low, Hi: high, N: n}
}

// paired is the difference within blocks on a scale that rises with the values.
func paired(a, b Series, scale func(float64) float64, level float64) Summary {
	as, bs := Within(a, b)
	differences := make([]float64, len(as))
	for i := range as {
		differences[i] = scale(as[i]) - scale(bs[i])
		if math.IsNaN(differences[i]) {
			return Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), N: len(as)}
		}
	}
	return interpolated(differences, level)
}
