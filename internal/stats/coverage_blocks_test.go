package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// schedule draws a run: in each of its blocks the machine has a factor of its own,
// and drifts through the run; each function has one environment in those of the
// blocks that it is planned in.
type schedule struct {
	blocks       int
	block, drift float64 // standard deviation of a block, and the whole drift, on the scale of logarithms
}

func (s schedule) machine(r *rand.Rand) []float64 {
	factors := make([]float64, s.blocks)
	for i := range factors {
		factors[i] = math.Exp(s.block*r.NormFloat64() + s.drift*float64(i)/float64(s.blocks))
	}
	return factors
}

func (s shape) series(r *rand.Rand, machine []float64, times float64, planned func(block int) bool) Series {
	var out Series
	for block, factor := range machine {
		if planned(block) {
			out.Values = append(out.Values, times*factor*s.draw(r, s.env(r)))
			out.Blocks = append(out.Blocks, block)
		}
	}
	return out
}

func always(int) bool { return true }

// everyNth lays n environments out over the blocks as bench does.
func everyNth(n, blocks int) func(int) bool {
	return func(block int) bool { return (block+1)*n/blocks > block*n/blocks }
}

// oneSided is skewed to the right on the scale of logarithms, too.
var oneSided = shape{"one-sided", alike, func(r *rand.Rand, _ float64) float64 { return 1 + 0.3*r.ExpFloat64() }, func(x float64) float64 { return 1 - math.Exp(-(x-1)/0.3) }}

// steady hardly varies.
var steady = shape{"steady", alike, func(r *rand.Rand, _ float64) float64 { return math.Exp(0.05 * r.NormFloat64()) }, logNormal(0, 0.05)}

// often: of ten environments, three are slow as a whole.
var often = slowKind(0.3, 2.7)

// pairsOfShapes are functions that vary alike, and such that do not.
var pairsOfShapes = [][2]shape{{skewed, skewed}, {bimodal, bimodal}, {oneSided, oneSided}, {clustered(0.15, 0.15), skewed}, {bimodal, skewed}, {oneSided, steady}, {often, steady}}

// medianRatio is the median of the ratios of two functions' values, from many.
func medianRatio(a, b shape) float64 {
	r := rand.New(rand.NewPCG(20, 20))
	ratios := make([]float64, 400_001)
	for i := range ratios {
		ratios[i] = a.draw(r, a.env(r)) / b.draw(r, b.env(r))
	}
	return Quantile(sorted(ratios), 0.5)
}

// The interval within blocks keeps its word for few blocks and many, functions of
// one shape and of two, on a machine that drifts, and where a side has fewer.
func TestIntervalsWithinBlocksCover(t *testing.T) {
	for _, pair := range pairsOfShapes {
		truth := 1.3 * medianRatio(pair[0], pair[1])
		for _, c := range []struct {
			schedule
			theirs int // environments of the other side
			level  float64
		}{
			{schedule{6, 0, 0}, 6, 0.95}, {schedule{36, 0.1, 0.3}, 7, 0.95}, {schedule{36, 0.1, 0.3}, 16, 0.95},
			{schedule{36, 0.1, 0.3}, 36, 0.95}, {schedule{9, 0.1, 0.3}, 9, 0.995}, {schedule{36, 0.1, 0.3}, 36, 0.995},
		} {
			got := simulate(runs, 12, func(r *rand.Rand) string {
				machine := c.machine(r)
				a, b := pair[0].series(r, machine, 1.3, always), pair[1].series(r, machine, 1, everyNth(c.theirs, c.blocks))
				return covers(Ratio(a, b, c.level), truth)
			})
			if share := float64(got["covered"]) / runs; share < c.level-0.015 {
				t.Errorf("%s and %s, %d and %d environments at %v: covered %.4f, want no less", pair[0].name, pair[1].name, c.blocks, c.theirs, c.level, share)
			}
		}
	}
}

// What a layer adds is a difference of six pairs.
func TestDifferencesWithinBlocksCover(t *testing.T) {
	for _, s := range []shape{skewed, bimodal, clustered(0.15, 0.15)} {
		for _, n := range []int{6, 12, 36} {
			got := simulate(runs, 13, func(r *rand.Rand) string {
				var a, b Series
				for block := range n {
					v := s.draw(r, s.env(r))
					a.Values, a.Blocks = append(a.Values, 7+s.draw(r, s.env(r))+v), append(a.Blocks, block)
					b.Values, b.Blocks = append(b.Values, s.draw(r, s.env(r))+v), append(b.Blocks, block)
				}
				return covers(Difference(a, b, Level), 7)
			})
			if share := float64(got["covered"]) / runs; share < Level-0.015 {
				t.Errorf("%s, %d blocks: covered %.4f, want no less", s.name, n, share)
			}
		}
	}
}

// wilcoxon is what Ratio does without within blocks: Hodges and Lehmann's estimate
// with the signed-rank test's interval.
func wilcoxon(a, b Series, level float64) Summary {
	as, bs := Within(a, b)
	n := len(as)
	var means []float64
	for i := range as {
		for j := range i + 1 {
			means = append(means, (math.Log(as[i]/bs[i])+math.Log(as[j]/bs[j]))/2)
		}
	}
	ways := make([]float64, len(means)+1) // of each sum of ranks, of 2^n
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for sum := len(means); sum >= rank; sum-- {
			ways[sum] += ways[sum-rank]
		}
	}
	k, below := 0, 0.0
	for ; below+ways[k] <= (1-level)/2*math.Pow(2, float64(n)); k++ {
		below += ways[k]
	}
	slices.Sort(means)
	return Summary{Center: Quantile(means, 0.5), Lo: means[k-1], Hi: means[len(means)-k], N: n}.scaled(math.Exp)
}

// This is why Ratio is no signed-rank interval: that one is narrower still, but asks
// for differences that are symmetric. Two functions of different shapes have none,
// and the more environments, the less it covers.
func TestSignsCoverWhereSignedRanksDoNot(t *testing.T) {
	for _, pair := range [][2]shape{{oneSided, steady}, {often, steady}} {
		truth := medianRatio(pair[0], pair[1])
		for _, n := range []int{36, 100} {
			var covered [2]int
			for outcome, times := range simulate(runs, 14, func(r *rand.Rand) string {
				machine := schedule{n, 0.1, 0.3}.machine(r)
				a, b := pair[0].series(r, machine, 1, always), pair[1].series(r, machine, 1, always)
				return fmt.Sprint(covers(wilcoxon(a, b, Level), truth) == "covered", covers(Ratio(a, b, Level), truth) == "covered")
			}) {
				var ranks, signs bool
				if _, err := fmt.Sscan(outcome, &ranks, &signs); err != nil {
					t.Fatal(err)
				}
				if ranks {
					covered[0] += times
				}
				if signs {
					covered[1] += times
				}
			}
			if covered[0] >= runs*92/100 || covered[1] < runs*935/1000 {
				t.Errorf("%s and %s, %d blocks: signed ranks cover %d, signs %d of %d; want less than 92 %%, and 93.5 %% or more", pair[0].name, pair[1].name, n, covered[0], covered[1], runs)
			}
		}
	}
}

// A run that broke off for one function in its middle, on a machine that grew
// slower by two thirds: medians blame the other function for it, blocks do not.
func TestDriftIsNobodysFault(t *testing.T) {
	var told [2]int
	for outcome, times := range simulate(runs, 15, func(r *rand.Rand) string {
		machine := schedule{36, 0.02, 0.5}.machine(r)
		a, b := steady.series(r, machine, 1, always), steady.series(r, machine, 1, func(block int) bool { return block < 18 })
		return fmt.Sprint(Beyond(Ratio(a.Unblocked(), b.Unblocked(), Level), Margin) != 0, " ", Beyond(Ratio(a, b, Level), Margin) != 0)
	}) {
		var without, within bool
		if _, err := fmt.Sscan(outcome, &without, &within); err != nil {
			t.Fatal(err)
		}
		if without {
			told[0] += times
		}
		if within {
			told[1] += times
		}
	}
	if told[0] < runs/2 || told[1] > runs/20 {
		t.Errorf("told apart without blocks %d times of %d, within %d; want most, and 5 %% at most", told[0], runs, told[1])
	}
}

// Five equal runtimes: some pair is called different in at most 5 % of runs, with
// blocks and without.
func TestFamilyKeepsItsErrorRate(t *testing.T) {
	for _, within := range []bool{true, false} {
		got := simulate(runs, 5, func(r *rand.Rand) string {
			machine := schedule{36, 0.1, 0.3}.machine(r)
			if !within {
				machine = schedule{36, 0, 0}.machine(r)
			}
			var family []Series
			for range 5 {
				s := skewed.series(r, machine, 1, always)
				if !within {
					s = s.Unblocked()
				}
				family = append(family, s)
			}
			if slices.Max(Compare(family).Rank) > 1 {
				return "alarm"
			}
			return "quiet"
		})
		if got["alarm"] > runs/20 {
			t.Errorf("within blocks %v: got %d false alarms in %d families, want 5 %% at most", within, got["alarm"], runs)
		}
	}
}

// A slowdown of 10 % at a spread of 5 % is found, also on a machine whose blocks
// differ by 20 %, where it drowns without them.
func TestCompareFindsTenPercent(t *testing.T) {
	for _, c := range []struct {
		schedule
		within      bool
		least, most int
	}{{schedule{36, 0, 0}, false, runs * 9 / 10, runs}, {schedule{36, 0.2, 0.3}, true, runs * 9 / 10, runs}, {schedule{36, 0.2, 0.3}, false, 0, runs / 10}} {
		got := simulate(runs, 6, func(r *rand.Rand) string {
			machine := c.machine(r)
			var family []Series
			for i := range 5 {
				s := steady.series(r, machine, []float64{1, 1, 1, 1, 1.1}[i], always)
				if !c.within {
					s = s.Unblocked()
				}
				family = append(family, s)
			}
			if Compare(family).Rank[4] == 5 {
				return "found"
			}
			return "missed"
		})["found"]
		if got < c.least || got > c.most {
			t.Errorf("blocks that differ by %v, compared within them %v: found %d of %d, want %d to %d", c.block, c.within, got, runs, c.least, c.most)
		}
	}
}
