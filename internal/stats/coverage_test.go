package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// runs is the number of repetitions of every simulation: with 2,000, a share of
// 95 % is known to half a point.
const runs = 2000

// simulate counts outcomes of runs repetitions, each with a generator of its
// own, so that the result does not depend on how many cores share the work.
func simulate(runs int, seed uint64, once func(r *rand.Rand) string) map[string]int {
	outcomes := make([]string, runs)
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < runs; i += workers {
				outcomes[i] = once(rand.New(rand.NewPCG(seed, uint64(i))))
			}
		})
	}
	wait.Wait()
	counts := map[string]int{}
	for _, o := range outcomes {
		counts[o]++
	}
	return counts
}

func covers(s Summary, truth float64) string {
	switch {
	case !s.Valid():
		return "refused"
	case s.Lo > truth || s.Hi < truth:
		return "missed"
	default:
		return "covered"
	}
}

// shape draws one value of an environment whose own part is env, and knows the
// share of all values below x.
type shape struct {
	name string
	env  func(r *rand.Rand) float64
	draw func(r *rand.Rand, env float64) float64
	cdf  func(x float64) float64
}

func (s shape) quantile(p float64) float64 {
	low, high := 0.0, 1e6
	for range 200 {
		if middle := (low + high) / 2; s.cdf(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func alike(*rand.Rand) float64 { return 0 }

func logNormal(centre, spread float64) func(float64) float64 {
	return distuv.LogNormal{Mu: centre, Sigma: spread}.CDF
}

var skewed = shape{"skewed", alike,
	func(r *rand.Rand, _ float64) float64 { return math.Exp(0.5 * r.NormFloat64()) }, logNormal(0, 0.5)}

var heavy = shape{"heavy-tailed", alike,
	func(r *rand.Rand, _ float64) float64 { return math.Exp(r.NormFloat64()) }, logNormal(0, 1)}

// bimodal: every tenth call waits, such as for the next period of the quota.
var bimodal = shape{"bimodal", alike,
	func(r *rand.Rand, _ float64) float64 {
		if r.IntN(10) == 0 {
			return math.Exp(1.5 + 0.1*r.NormFloat64())
		}
		return math.Exp(0.1 * r.NormFloat64())
	},
	func(x float64) float64 { return 0.9*logNormal(0, 0.1)(x) + 0.1*logNormal(1.5, 0.1)(x) }}

// clustered environments differ with a tenth, or half, of all variance.
func clustered(between, within float64) shape {
	return shape{fmt.Sprintf("clustered %v/%v", between, within),
		func(r *rand.Rand) float64 { return between * r.NormFloat64() },
		func(r *rand.Rand, env float64) float64 { return math.Exp(env + within*r.NormFloat64()) },
		logNormal(0, math.Hypot(between, within))}
}

// slowKind: a share of all environments is slow as a whole, by a factor.
func slowKind(share, factor float64) shape {
	return shape{fmt.Sprintf("slow kind %v × %v", share, factor),
		func(r *rand.Rand) float64 {
			if r.Float64() < share {
				return math.Log(factor)
			}
			return 0
		},
		func(r *rand.Rand, env float64) float64 { return math.Exp(env + 0.15*r.NormFloat64()) },
		func(x float64) float64 {
			return (1-share)*logNormal(0, 0.15)(x) + share*logNormal(math.Log(factor), 0.15)(x)
		}}
}

// spiky: environments differ a little, and a share of the calls, of whatever
// environment, is held up by something else.
func spiky(between, within, share, factor float64) shape {
	const held = 0.5 // σ of the logarithm of the time it is held up
	width := math.Hypot(between, within)
	return shape{fmt.Sprintf("spiky %v/%v, %v × %v", between, within, share, factor),
		func(r *rand.Rand) float64 { return between * r.NormFloat64() },
		func(r *rand.Rand, env float64) float64 {
			value := math.Exp(env + within*r.NormFloat64())
			if r.Float64() < share {
				value *= factor * math.Exp(held*r.NormFloat64())
			}
			return value
		},
		func(x float64) float64 {
			return (1-share)*logNormal(0, width)(x) + share*logNormal(math.Log(factor), math.Hypot(width, held))(x)
		}}
}

func (s shape) clusters(r *rand.Rand, g, m int) []Sample {
	clusters := make([]Sample, g)
	values := make([]float64, m)
	for i := range clusters {
		env := s.env(r)
		for j := range values {
			values[j] = s.draw(r, env)
		}
		clusters[i] = Of(values)
	}
	return clusters
}

func TestOrderIntervalsCoverTheirExactValue(t *testing.T) {
	for _, s := range []shape{skewed, bimodal, clustered(0.15, 0.15)} {
		for _, c := range []struct {
			n     int
			p     float64
			level float64
		}{{6, 0.5, 0.95}, {10, 0.5, 0.95}, {36, 0.5, 0.95}, {36, 0.5, 0.995}, {36, 0.9, 0.95}, {100, 0.95, 0.95}} {
			truth := s.quantile(c.p)
			got := simulate(runs, 1, func(r *rand.Rand) string {
				values := make([]float64, c.n)
				for i := range values {
					values[i] = s.draw(r, s.env(r)) // one value per environment
				}
				return covers(Percentile(values, c.p, c.level), truth)
			})
			lo, hi, _ := orderRanks(c.n, c.p, c.level)
			exact := orderCoverage(c.n, c.p, lo, hi)
			if share := float64(got["covered"]) / runs; math.Abs(share-exact) > 0.015 || exact < c.level {
				t.Errorf("%s, p%v of %d at %v: covered %.3f, want %.3f ± 0.015", s.name, c.p*100, c.n, c.level, share, exact)
			}
		}
	}
}

func TestTailIntervalsCover(t *testing.T) {
	for _, c := range []struct {
		shape      shape
		g          int
		p          []float64
		mostRefuse float64
	}{
		{skewed, 30, []float64{0.95, 0.99}, 0},
		{heavy, 30, []float64{0.95, 0.99}, 0},
		{bimodal, 30, []float64{0.95, 0.99}, 0},
		{clustered(0.05, 0.15), 30, []float64{0.95}, 0},
		{clustered(0.05, 0.15), 36, []float64{0.99}, 0.05},
		{clustered(0.08, 0.15), 36, []float64{0.99}, 0.45},
		{clustered(0.1, 0.15), 36, []float64{0.99}, 0.85},
		{clustered(0.1, 0.15), 60, []float64{0.99}, 0.1},
		{spiky(0.08, 0.15, 0.03, 2), 36, []float64{0.99}, 0.05},
		{spiky(0.15, 0.15, 0.02, 2), 36, []float64{0.99}, 0.7},
		{clustered(0.15, 0.15), 36, []float64{0.95}, 0.05},
	} {
		var truths []float64
		for _, p := range c.p {
			truths = append(truths, c.shape.quantile(p))
		}
		got := simulate(runs, 2, func(r *rand.Rand) string {
			clusters := c.shape.clusters(r, c.g, 40)
			var outcomes []string
			for i, p := range c.p {
				outcomes = append(outcomes, covers(Tail(clusters, p), truths[i]))
			}
			return strings.Join(outcomes, " ")
		})
		for i, p := range c.p {
			counts := map[string]float64{}
			for outcomes, n := range got {
				counts[strings.Fields(outcomes)[i]] += float64(n)
			}
			if share := counts["covered"] / (counts["covered"] + counts["missed"]); share < 0.92 || counts["refused"]/runs > c.mostRefuse {
				t.Errorf("%s, p%v of %d × 40: covered %.3f of those reported and refused %v of %d, want at least 0.92 and %v refused at most",
					c.shape.name, p*100, c.g, share, counts["refused"], runs, c.mostRefuse)
			}
		}
	}
}

// The hardest case: a rare kind of environment that is slow as a whole. A sample
// that has none of it can't know of it, whatever the formula (0.95^30 is 0.21); with
// one of it or more, the interval keeps its word. docs/methodology.md says so.
func TestTailCoversTheKindsOfEnvironmentsThatItHasSeen(t *testing.T) {
	for _, c := range []struct{ share, factor float64 }{{0.05, 2}, {0.1, 1.5}} {
		s := slowKind(c.share, c.factor)
		truth := s.quantile(0.95)
		got := simulate(runs, 9, func(r *rand.Rand) string {
			clusters := s.clusters(r, 30, 40)
			if slices.Max(Medians(clusters)) < math.Sqrt(c.factor) {
				return "unseen " + covers(Tail(clusters, 0.95), truth)
			}
			return covers(Tail(clusters, 0.95), truth)
		})
		if share := float64(got["covered"]) / float64(got["covered"]+got["missed"]); share < 0.92 {
			t.Errorf("%s: covered %.3f of the samples that have some of it, want 0.92: %v", s.name, share, got)
		}
		if unseen := float64(got["unseen covered"]+got["unseen missed"]+got["unseen refused"]) / runs; math.Abs(unseen-math.Pow(1-c.share, 30)) > 0.03 {
			t.Errorf("%s: got %.3f of the samples without any of it, want %.3f", s.name, unseen, math.Pow(1-c.share, 30))
		}
	}
}

// Where environments differ as much as calls, p99 is out of reach of 36.
func TestTailRefusesWhatItCannotKnow(t *testing.T) {
	s := clustered(0.3, 0.15)
	got := simulate(200, 3, func(r *rand.Rand) string { return covers(Tail(s.clusters(r, 36, 40), 0.99), 0) })
	if got["refused"] != 200 {
		t.Errorf("got %v, want all refused", got)
	}
}

func TestRatioIntervalsCoverWithoutBlocks(t *testing.T) {
	for _, s := range []shape{skewed, bimodal, clustered(0.15, 0.15)} {
		for _, level := range []float64{0.95, 0.995} {
			got := simulate(runs, 4, func(r *rand.Rand) string {
				a, b := make([]float64, 36), make([]float64, 36)
				for i := range a {
					a[i], b[i] = 1.3*s.draw(r, s.env(r)), s.draw(r, s.env(r))
				}
				return covers(Ratio(Series{Values: a}, Series{Values: b}, level), 1.3)
			})
			if share := float64(got["covered"]) / runs; share < level-0.015 {
				t.Errorf("%s at %v: covered %.4f, want no less", s.name, level, share)
			}
		}
	}
}

func TestDifferenceIntervalsCoverWithoutBlocks(t *testing.T) {
	for _, s := range []shape{skewed, bimodal, clustered(0.15, 0.15)} {
		for _, sizes := range [][2]int{{10, 10}, {36, 10}} {
			got := simulate(runs, 8, func(r *rand.Rand) string {
				a, b := make([]float64, sizes[0]), make([]float64, sizes[1])
				for i := range a {
					a[i] = 7 + s.draw(r, s.env(r))
				}
				for i := range b {
					b[i] = s.draw(r, s.env(r))
				}
				return covers(Difference(Series{Values: a}, Series{Values: b}, Level), 7)
			})
			if share := float64(got["covered"]) / runs; share < Level-0.015 {
				t.Errorf("%s, %v: covered %.4f, want no less", s.name, sizes, share)
			}
		}
	}
}

// A mean's interval leans on the central limit theorem: ten values of a skewed
// metric are enough for 92 %.
func TestMeanIntervalsCover(t *testing.T) {
	for _, c := range []struct {
		shape shape
		n     int
		truth float64
	}{
		{skewed, 10, math.Exp(0.5 * 0.5 / 2)},
		{skewed, 36, math.Exp(0.5 * 0.5 / 2)},
		{clustered(0.15, 0.15), 10, math.Exp((0.15*0.15 + 0.15*0.15) / 2)},
	} {
		got := simulate(runs, 8, func(r *rand.Rand) string {
			values := make([]float64, c.n)
			for i := range values {
				values[i] = c.shape.draw(r, c.shape.env(r))
			}
			return covers(Mean(values), c.truth)
		})
		if share := float64(got["covered"]) / runs; share < 0.92 || got["refused"] > 0 {
			t.Errorf("%s, %d values: covered %.3f, want 0.92 at least", c.shape.name, c.n, share)
		}
	}
}

// A gate at 5 % over five configurations of 36 environments with a spread of 5 %:
// it finds a slowdown of 12 %, and raises no alarm where nothing changed.
// docs/comparing-runs.md says so.
func TestGateFindsWhatItSays(t *testing.T) {
	gate := func(r *rand.Rand, slowdown float64) bool {
		alarm := false
		for i := range 5 {
			before, after := make([]float64, 36), make([]float64, 36)
			for j := range before {
				before[j], after[j] = math.Exp(0.05*r.NormFloat64()), math.Exp(0.05*r.NormFloat64())
				if i == 0 {
					after[j] *= slowdown
				}
			}
			alarm = alarm || Beyond(Ratio(Series{Values: after}, Series{Values: before}, Adjusted(5)), 0.05) > 0
		}
		return alarm
	}
	for _, c := range []struct {
		slowdown, least, most float64
	}{{1, 0, 0.001}, {1.05, 0, 0.05}, {1.12, 0.9, 1}} {
		got := simulate(runs, 10, func(r *rand.Rand) string { return fmt.Sprint(gate(r, c.slowdown)) })
		if share := float64(got["true"]) / runs; share < c.least || share > c.most {
			t.Errorf("a slowdown of %v: got an alarm in %.4f of the runs, want %v to %v", c.slowdown, share, c.least, c.most)
		}
	}
}
