package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What tuning does to a tail and to a cost: two estimates of two samples, whose
// difference and ratio must hold as often as the estimates themselves.
func TestIntervalsOfTwoEstimatesCover(t *testing.T) {
	const factor = 1.3
	tail := func(s shape, r *rand.Rand, g int, scale float64) Summary {
		clusters := s.clusters(r, g, 40)
		for _, c := range clusters {
			for i := range c {
				c[i].Value *= scale
			}
		}
		return Tail(clusters, 0.99)
	}
	mean := func(s shape, r *rand.Rand, n int, scale float64) Summary {
		values := make([]float64, n)
		for i := range values {
			values[i] = scale * s.draw(r, s.env(r))
		}
		return Mean(values)
	}
	for _, c := range []struct {
		what     string
		shape    shape
		of       func(shape, *rand.Rand, int, float64) Summary
		a, b     int
		quantile float64 // of the shape, without the factor
	}{
		{"p99", skewed, tail, 36, 36, skewed.quantile(0.99)},
		{"p99", heavy, tail, 36, 36, heavy.quantile(0.99)},
		{"p99", bimodal, tail, 36, 30, bimodal.quantile(0.99)},
		{"p99", clustered(0.05, 0.15), tail, 90, 80, clustered(0.05, 0.15).quantile(0.99)},
		{"mean", skewed, mean, 10, 10, math.Exp(0.5 * 0.5 / 2)},
		{"mean", skewed, mean, 36, 12, math.Exp(0.5 * 0.5 / 2)},
		{"mean", clustered(0.15, 0.15), mean, 36, 10, math.Exp((0.15*0.15 + 0.15*0.15) / 2)},
	} {
		got := simulate(runs, 12, func(r *rand.Rand) string {
			a, b := c.of(c.shape, r, c.a, factor), c.of(c.shape, r, c.b, 1)
			return covers(Apart(a, b), (factor-1)*c.quantile) + "/" + covers(Quotient(a, b), factor)
		})
		refused := got["refused/refused"]
		if refused > runs/5 {
			t.Errorf("%s, %s: refused %d of %d", c.what, c.shape.name, refused, runs)
		}
		known := float64(runs - refused)
		difference := float64(got["covered/covered"]+got["covered/missed"]+got["covered/refused"]) / known
		ratio := float64(got["covered/covered"]+got["missed/covered"]) / known
		if difference < 0.92 || ratio < 0.92 {
			t.Errorf("%s, %s, %d and %d: the difference covered %.3f, the ratio %.3f; want 0.92 at least", c.what, c.shape.name, c.a, c.b, difference, ratio)
		}
	}
}

func TestTwoEstimatesByHand(t *testing.T) {
	a, b := Summary{Center: 10, Lo: 7, Hi: 14, N: 36}, Summary{Center: 5, Lo: 2, Hi: 9, N: 12}
	got := Apart(a, b) // 3 and 4 below, 4 and 3 above
	if got.Center != 5 || got.Lo != 0 || got.Hi != 10 || got.N != 12 {
		t.Errorf("got %+v, want 5 [0, 10] of 12", got)
	}
	exact := Summary{Center: 5, Lo: 5, Hi: 5, N: 1}
	if got := Quotient(a, exact); math.Abs(got.Center-2) > 1e-12 || math.Abs(got.Lo-1.4) > 1e-12 || math.Abs(got.Hi-2.8) > 1e-12 {
		t.Errorf("got %+v, want a's interval over what is exact", got)
	}
	there, back := Quotient(a, b), Quotient(b, a)
	if math.Abs(there.Center*back.Center-1) > 1e-12 || math.Abs(there.Lo*back.Hi-1) > 1e-12 {
		t.Errorf("got %+v and %+v, want one the other way round of the other", there, back)
	}
}

func TestTwoEstimatesRefuse(t *testing.T) {
	known, small := Summary{Center: 10, Lo: 7, Hi: 14, N: 36}, Mean([]float64{1, 2})
	for name, got := range map[string]Summary{"first": Apart(small, known), "second": Quotient(known, small), "around zero": Quotient(known, Summary{Center: 1, Lo: -1, Hi: 3, N: 10})} {
		if got.Valid() || len(got.Warnings) != 1 {
			t.Errorf("%s: got %+v, want no number and why", name, got)
		}
	}
}
