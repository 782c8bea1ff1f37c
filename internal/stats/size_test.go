package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSizeForReachesThePrecision plays pilot and run many times: the sizes that
// pilots give must bring the intervals near the wish, neither far wider nor at
// many times the effort.
func TestSizeForReachesThePrecision(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, spread float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 50 * math.Exp(spread*random.NormFloat64())
		}
		return values
	}
	for _, spread := range []float64{0.05, 0.1, 0.25} {
		var sizes, reached []float64
		for range 400 {
			n := SizeFor(draw(12, spread), 0.03)
			sizes = append(sizes, float64(n))
			reached = append(reached, Median(draw(n, spread)).Precision())
		}
		slices.Sort(sizes)
		slices.Sort(reached)
		// By the normal approximation, 1.96 · 1.2533 · spread / √n = 3 %.
		want := math.Pow(1.96*1.2533*spread/0.03, 2)
		if got := Quantile(sizes, 0.5); got < want*0.7 || got > want*1.6 {
			t.Errorf("spread %v: got a size of %v in the middle, want about %.0f", spread, got, want)
		}
		if got := Quantile(reached, 0.5); got < 0.02 || got > 0.036 {
			t.Errorf("spread %v: got ±%.1f %% in the middle, want about 3 %%", spread, got*100)
		}
	}
}

func TestSizeForOfUselessPilots(t *testing.T) {
	for name, pilot := range map[string][]float64{"too few": {1, 2, 3, 4, 5}, "a zero": {0, 0, 0, 0, 0, 0}} {
		if got := SizeFor(pilot, 0.03); got != 0 {
			t.Errorf("%s: got %d, want 0", name, got)
		}
	}
	if got := SizeFor([]float64{5, 5, 5, 5, 5, 5, 5}, 0.03); got != 6 {
		t.Errorf("got %d for values without a spread, want the least, 6", got)
	}
}
