package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestKendallOfKnownOrders(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for _, test := range []struct{ y, want []float64 }{ // τ and bounds as another program found them
		{[]float64{10, 20, 30, 40, 50}, []float64{1, 0.199806, 1}},
		{[]float64{50, 40, 30, 20, 10}, []float64{-1, -1, -0.199806}},
		{[]float64{20, 10, 30, 40, 50}, []float64{0.8, -0.095666, 0.994928}},
		{[]float64{2, 1, 4, 3, 6, 5, 8, 7, 9}, []float64{1 - 8.0/36, 0.31298, 0.944204}},
	} {
		got := Kendall(x[:len(test.y)], test.y)
		for i, value := range []float64{got.Center, got.Lo, got.Hi} {
			if math.Abs(value-test.want[i]) > 1e-5 {
				t.Errorf("%v: got %+v, want %v", test.y, got, test.want)
			}
		}
	}
	if got := Kendall(x[:4], x[:4]); got.Valid() || !slices.Equal(got.Warnings, []string{"n too small: 4 of the 5 things that the interval of Kendall’s τ needs"}) {
		t.Errorf("got %+v of four, want no number", got)
	}
}

// Turned round, an agreement is a disagreement as strong; which one is named first,
// the units, and the order of the things do not matter.
func TestKendallIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 12).Draw(t, "n")
		draw := func(name string) []float64 {
			return rapid.SliceOfN(rapid.Float64Range(1, 9), n, n).Draw(t, name)
		}
		x, y := draw("x"), draw("y")
		got, swapped := Kendall(x, y), Kendall(y, x)
		against := make([]float64, n)
		for i, v := range y {
			against[i] = -3 * v
		}
		mirrored := Kendall(x, against)
		for _, pair := range [][3]float64{{got.Center, swapped.Center, -mirrored.Center}, {got.Lo, swapped.Lo, -mirrored.Hi}, {got.Hi, swapped.Hi, -mirrored.Lo}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 || math.Abs(pair[0]-pair[2]) > 1e-6 {
				t.Fatalf("got %+v, swapped %+v, mirrored %+v", got, swapped, mirrored)
			}
		}
		if got.Lo > got.Center || got.Center > got.Hi || got.Lo < -1 || got.Hi > 1 {
			t.Fatalf("got %+v, want a center in its interval, and that within [-1, 1]", got)
		}
	})
}

// The model's distribution, against all permutations counted one by one.
func TestMallowsCountsPermutations(t *testing.T) {
	for _, strength := range []float64{-1.5, 0, 0.7} {
		const n = 5
		want := make([]float64, n*(n-1)/2+1)
		var permute func(order []int, rest []int)
		permute = func(order, rest []int) {
			if len(rest) == 0 {
				d := 0
				for i := range order {
					for j := range i {
						if order[j] > order[i] {
							d++
						}
					}
				}
				want[d] += math.Exp(-strength * float64(d))
			}
			for i := range rest {
				permute(append(slices.Clone(order), rest[i]), slices.Delete(slices.Clone(rest), i, i+1))
			}
		}
		permute(nil, ints(n))
		total := sum(want)
		for d, got := range mallows(n, strength) {
			near(t, fmt.Sprintf("strength %v, %d out of order", strength, d), got, want[d]/total)
		}
	}
}

// The interval covers tau also where the orders come from elsewhere: from two
// normal variables that correlate.
func TestKendallIntervalsCover(t *testing.T) {
	for _, n := range []int{5, 9, 12} {
		for _, tau := range []float64{0, 0.4, 0.8, 0.95} {
			rho := math.Sin(math.Pi / 2 * tau)
			got := simulate(runs/2, 16, func(r *rand.Rand) string {
				x, y := make([]float64, n), make([]float64, n)
				for i := range x {
					x[i] = r.NormFloat64()
					y[i] = rho*x[i] + math.Sqrt(1-rho*rho)*r.NormFloat64()
				}
				return covers(Kendall(x, y), tau)
			})
			if share := float64(got["covered"]) / (runs / 2); share < Level-0.015 {
				t.Errorf("%d things, tau %v: covered %.3f, want no less than %v", n, tau, share, Level)
			}
		}
	}
}
