package stats

import "math"

// MinRanked is the smallest number of things whose rank agreement has an interval:
// of four, even the same order both times may be chance.
const MinRanked = 5

// Kendall is the rank agreement of two measurements of the same things, x[i] and
// y[i]: Kendall's tau, 1 where both put them in the same order, -1 where in opposite
// ones, 0 where one says nothing of the other. A pair that ties in either counts as
// half in order.
//
// The interval inverts the exact distribution of the number of pairs out of order in
// Mallows' model (Non-null ranking models, 1957), in which that number is all that
// matters: the taus that don't make what was seen a chance of less than 2.5 % on
// either side. Unlike those that assume a normal distribution, it holds for few
// things, and at a tau of one.
func Kendall(x, y []float64) Summary {
	n := len(x)
	if n < MinRanked {
		return tooSmall(n, MinRanked, "the interval of Kendall’s τ", "things")
	}
	pairs, disorder := n*(n-1)/2, 0.0
	for i := range n {
		for j := range i {
			switch product := (x[i] - x[j]) * (y[i] - y[j]); {
			case product < 0:
				disorder++
			case product == 0:
				disorder += 0.5
			}
		}
	}
	s := Summary{Center: 1 - 2*disorder/float64(pairs), Lo: -1, Hi: 1, N: n}
	// The more the model keeps to the order (the higher its tau), the fewer pairs are
	// out of it.
	const tail = (1 - Level) / 2
	if most := int(math.Ceil(disorder)); most < pairs {
		s.Lo = mallowsTau(n, func(p []float64) bool { return sum(p[:most+1]) < tail })
	}
	if least := int(math.Floor(disorder)); least > 0 {
		s.Hi = mallowsTau(n, func(p []float64) bool { return sum(p[least:]) > tail })
	}
	return s
}

// mallowsTau is the tau of the model at which a property of its distribution, which
// it has below and not above, is lost.
func mallowsTau(n int, below func(p []float64) bool) float64 {
	low, high := -20.0, 20.0 // of -log q: the order's strength
	for range 50 {
		if middle := (low + high) / 2; below(mallows(n, middle)) {
			low = middle
		} else {
			high = middle
		}
	}
	p := mallows(n, low)
	mean := 0.0
	for d, share := range p {
		mean += float64(d) * share
	}
	return 1 - 2*mean/float64(len(p)-1)
}

// mallows is the distribution of how many pairs of n things are out of order. Each
// thing is put into the order of those before it, past k of them with a chance that
// falls as exp(-strength k).
func mallows(n int, strength float64) []float64 {
	p := []float64{1}
	for j := 2; j <= n; j++ {
		weights := make([]float64, j)
		for k := range weights {
			weights[k] = math.Exp(-strength * float64(k))
			if strength < 0 {
				weights[k] = math.Exp(strength * float64(j-1-k)) // the same, within what can be counted
			}
		}
		total := sum(weights)
		next := make([]float64, len(p)+j-1)
		for d, share := range p {
			for k, weight := range weights {
				next[d+k] += share * weight / total
			}
		}
		p = next
	}
	return p
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
