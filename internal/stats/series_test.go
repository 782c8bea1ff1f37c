package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// series puts value i into block i.
func series(values []float64) Series { return Series{Values: values, Blocks: ints(len(values))} }

// drawSeries draws values above zero in some of forty blocks, in any order, or
// without blocks.
func drawSeries(t *rapid.T) Series {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	s := Series{Values: rapid.SliceOfN(rapid.Float64Range(1, 20), n, n).Draw(t, "values")}
	if rapid.Float64Range(0, 1).Draw(t, "blocked") < 0.8 {
		s.Blocks = rapid.Permutation(ints(40)).Draw(t, "blocks")[:n]
	}
	return s
}

func TestOnlyBlocksWithBothAreCompared(t *testing.T) {
	a := Series{Values: []float64{30, 10, 20, 40}, Blocks: []int{3, 1, 2, 9}}
	b := Series{Values: []float64{2, 3, 7}, Blocks: []int{2, 3, 7}}
	as, bs := Within(a, b)
	if !slices.Equal(as, []float64{30, 20}) || !slices.Equal(bs, []float64{3, 2}) {
		t.Errorf("got %v and %v, want the values of blocks 3 and 2", as, bs)
	}
}

// What all of a block's values have in common, such as a machine that was slow
// then, is in no comparison; nor is the order in which values are listed.
func TestBlocksCancel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSeries(t), drawSeries(t)
		if !blocked(a, b) {
			return
		}
		factors := rapid.SliceOfN(rapid.Float64Range(0.5, 2), 40, 40).Draw(t, "factors")
		moved := func(s Series) Series {
			out := Series{Values: slices.Clone(s.Values), Blocks: slices.Clone(s.Blocks)}
			for i, block := range s.Blocks {
				out.Values[i] *= factors[block]
			}
			slices.Reverse(out.Values)
			slices.Reverse(out.Blocks)
			return out
		}
		want, got := Ratio(a, b, Level), Ratio(moved(a), moved(b), Level)
		if want.Valid() != got.Valid() || want.N != got.N {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		back := Ratio(b, a, Level)
		for _, pair := range [][3]float64{{got.Center, want.Center, back.Center}, {got.Lo, want.Lo, back.Hi}, {got.Hi, want.Hi, back.Lo}} {
			if want.Valid() && (math.Abs(pair[0]/pair[1]-1) > 1e-9 || math.Abs(pair[1]*pair[2]-1) > 1e-9) {
				t.Fatalf("got %+v of moved blocks and %+v the other way round, want %+v and its reciprocal", got, back, want)
			}
		}
		if want.Valid() && !(want.Lo <= want.Center && want.Center <= want.Hi) {
			t.Fatalf("got %+v, want a center in its interval", want)
		}
	})
}

func TestRatioOfZerosWithinBlocksIsNone(t *testing.T) {
	zeros := series(make([]float64, 10))
	for _, other := range []Series{zeros, series(referenceValues(10, 0))} {
		if got := Ratio(zeros, other, Level); got.Valid() || len(got.Warnings) != 1 {
			t.Errorf("got %+v, want no number and a warning", got)
		}
	}
	if got := Difference(zeros, zeros, Level); got.Center != 0 || got.Lo != 0 || got.Hi != 0 {
		t.Errorf("got %+v, want no difference", got)
	}
}

// measured are the values of a real run's five stock functions, 36 environments of
// each, value i of block i, in milliseconds.
func measured(t *testing.T) map[string]map[string][]float64 {
	t.Helper()
	data, err := os.ReadFile("testdata/blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	var run struct {
		Run     string
		Figures map[string]map[string][]float64
	}
	if err := json.Unmarshal(data, &run); err != nil {
		t.Fatal(err)
	}
	if len(run.Figures) != 4 {
		t.Fatalf("got %d figures, want four", len(run.Figures))
	}
	return run.Figures
}

// What comparing within blocks is for: the same run's intervals of ratios, at the
// level of ten comparisons, are narrower than those of two independent medians.
// With -v it prints by how much.
func TestBlocksNarrowARealRun(t *testing.T) {
	for figure, most := range map[string]float64{"coldTotal": 0.8, "init": 0.95, "warmP50": 0.8, "warmCpu": 0.95} {
		var widths []float64
		for name, a := range measured(t)[figure] {
			for other, b := range measured(t)[figure] {
				if name < other {
					x, y := series(a), series(b)
					within, without := Ratio(x, y, Adjusted(10)), Ratio(x.Unblocked(), y.Unblocked(), Adjusted(10))
					widths = append(widths, math.Log(within.Hi/within.Lo)/math.Log(without.Hi/without.Lo))
				}
			}
		}
		s := sorted(widths)
		t.Logf("%s: width within blocks over width without, median of %d pairs: %.2f (%.2f to %.2f)", figure, len(s), Quantile(s, 0.5), s[0], s[len(s)-1])
		if got := Quantile(s, 0.5); len(s) != 10 || got > most {
			t.Errorf("%s: got %v times the width in %d pairs, want %v at most of ten", figure, got, len(s), most)
		}
	}
}

// A real run's function against itself, with all the drift that the machine had:
// of two neighbouring blocks one goes to either side, by lot.
func TestRealRunIsNotToldFromItself(t *testing.T) {
	for figure, runtimes := range measured(t) {
		for name, values := range runtimes {
			alarms := simulate(1000, 11, func(r *rand.Rand) string {
				var a, b []float64
				for i := 0; i+1 < len(values); i += 2 {
					first := r.IntN(2)
					a, b = append(a, values[i+first]), append(b, values[i+1-first])
				}
				if slices.Max(Compare([]Series{series(a), series(b)}).Rank) > 1 {
					return "alarm"
				}
				return "quiet"
			})["alarm"]
			if alarms > 65 { // 5 %, and what chance adds in one of forty
				t.Errorf("%s of %s: told from itself in %d of 1,000, want 5 %% at most", figure, name, alarms)
			}
		}
	}
}
