package selftest

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// deviation of the delays between environments: with 36 of them, it alone makes
// the median's interval ±2.4 % wide, with 24 ±3 %.
const deviation = 0.05

// spread gives each of n environments its factor: the quantiles of a normal
// distribution around 1, shuffled. Their mean is exactly 1, and their median too.
func spread(n int, seed uint64) []float64 {
	factors := make([]float64, n)
	for i := range factors {
		factors[i] = 1 + deviation*distuv.UnitNormal.Quantile((float64(i)+0.5)/float64(n))
	}
	random := rand.New(rand.NewPCG(seed, 0x737072656164)) // "spread"
	random.Shuffle(n, func(i, j int) { factors[i], factors[j] = factors[j], factors[i] })
	return factors
}
