package cost_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
)

// A sweep as power tuning draws it: slow and cheap, a knee, then more money for
// nothing. 512 MB is beaten by 1,024 MB; the last size was not measured.
var sweep = []cost.Point{
	{Memory: 128, LatencyMs: 800, USD: 1.0},
	{Memory: 512, LatencyMs: 300, USD: 1.3},
	{Memory: 1024, LatencyMs: 100, USD: 1.2},
	{Memory: 1769, LatencyMs: 60, USD: 1.9},
	{Memory: 3008, LatencyMs: 60, USD: 3.2},
	{Memory: 4096, LatencyMs: math.NaN(), USD: math.NaN()},
}

func TestEfficient(t *testing.T) {
	if got, want := cost.Efficient(sweep), []int{3, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRecommend(t *testing.T) {
	got, ok := cost.Recommend(sweep)
	if want := (cost.Recommendation{Cheapest: 0, Fastest: 3, Balanced: 2}); !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	if _, ok := cost.Recommend(sweep[4:]); ok {
		t.Error("got a recommendation from one size, want none")
	}
}

func TestEfficientPointsAreBeatenByNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOf(rapid.Custom(func(t *rapid.T) cost.Point {
			return cost.Point{LatencyMs: float64(rapid.IntRange(1, 9).Draw(t, "ms")), USD: float64(rapid.IntRange(1, 9).Draw(t, "usd"))}
		})).Draw(t, "points")
		front := cost.Efficient(points)
		for i, p := range points {
			beaten := slices.ContainsFunc(points, func(q cost.Point) bool {
				return q.LatencyMs <= p.LatencyMs && q.USD <= p.USD && q != p
			})
			twin := slices.ContainsFunc(front, func(j int) bool { return points[j] == p })
			if beaten == twin {
				t.Fatalf("point %d of %v: beaten %v, on the front %v", i, points, beaten, twin)
			}
		}
	})
}
