package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNeed(t *testing.T) {
	for p, want := range map[float64]int{0.5: 6, 0.9: 36, 0.95: 72, 0.99: 368, 0.05: 72} {
		if got := Need(p, 0.95); got != want {
			t.Errorf("Need(%v): got %d, want %d", p, got, want)
		}
	}
}

func TestTooSmallIsNoNumber(t *testing.T) {
	for _, test := range []struct {
		name string
		got  Summary
		want string
	}{
		{"median of 5", Median(referenceValues(5, 0)), "n too small: 5 of the 6 values that p50 needs"},
		{"median of none", Median(nil), "n too small: 0 of the 6 values that p50 needs"},
		{"p90 of 35", Percentile(referenceValues(35, 0), 0.9, Level), "n too small: 35 of the 36 values that p90 needs"},
		{"tail of 29", Tail(equalClusters(29, 100), 0.95), "n too small: 29 of the 30 environments that the interval of p95 needs"},
		{"p99 of 30 × 12", Tail(equalClusters(30, 12), 0.99), "n too small: 360 of the 368 calls that p99 needs"},
		{"difference", Difference(Series{Values: referenceValues(40, 0)}, Series{Values: referenceValues(5, 0)}, Level), "n too small: 5 of the 6 values that a difference of medians needs"},
		{"ratio", Ratio(Series{Values: referenceValues(5, 0)}, Series{Values: referenceValues(40, 0)}, Level), "n too small: 5 of the 6 values that a ratio of medians needs"},
		{"ratio within blocks", Ratio(series(referenceValues(8, 0)), series(referenceValues(40, 0)), Adjusted(10)), "n too small: 8 of the 9 blocks that a comparison needs"},
	} {
		if test.got.Valid() || !slices.Equal(test.got.Warnings, []string{test.want}) {
			t.Errorf("%s: got %+v, want no number and the warning %q", test.name, test.got, test.want)
		}
	}
}

// Where every environment repeats one value, 1,440 calls know no more than 36.
func TestTailKnowsThatCallsOfAnEnvironmentAreAlike(t *testing.T) {
	var clusters []Sample
	for i := range 36 {
		clusters = append(clusters, Sample{{Value: float64(i), Count: 40}})
	}
	got := Tail(clusters, 0.95)
	if got.Valid() || !strings.Contains(strings.Join(got.Warnings, " "), "of the 72 independent calls that p95 needs (1440 calls") {
		t.Errorf("got %+v, want no number since there are 36 values in truth", got)
	}
	if want := "about 61 environments like these would have them"; !strings.HasSuffix(got.Warnings[0], want) {
		t.Errorf("got %q, want %q at its end", got.Warnings[0], want)
	}
}

func equalClusters(g, m int) []Sample {
	clusters := make([]Sample, g)
	for i := range clusters {
		clusters[i] = Of(referenceValues(m, 0))
	}
	return clusters
}

func TestName(t *testing.T) {
	for p, want := range map[float64]string{0.5: "p50", 0.95: "p95", 0.99: "p99", 0.999: "p99.9"} {
		if got := Name(p); got != want {
			t.Errorf("Name(%v): got %s, want %s", p, got, want)
		}
	}
}

func TestNoiseMark(t *testing.T) {
	for _, test := range []struct {
		s    Summary
		want bool
	}{
		{Summary{Center: 100, Lo: 96, Hi: 106}, false},
		{Summary{Center: 100, Lo: 96, Hi: 106.1}, true},
		{Summary{Center: 0, Lo: 0, Hi: 0}, false},
		{tooSmall(1, 6, "p50", "values"), false},
	} {
		if got := test.s.Noisy(); got != test.want {
			t.Errorf("%+v: got noisy %v (±%v), want %v", test.s, got, test.s.Precision(), test.want)
		}
	}
}

func TestOrderIntervalsEncloseTheirCentre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.001, 1e6), 6, 120).Draw(t, "values")
		before := slices.Clone(values)
		s := Median(values)
		if !slices.Equal(values, before) {
			t.Fatal("got the caller's values changed")
		}
		if !(s.Lo <= s.Center && s.Center <= s.Hi) || s.N != len(values) {
			t.Fatalf("got %+v of %d values, want lo ≤ centre ≤ hi", s, len(values))
		}
		if lo := slices.Min(values); s.Lo < lo || s.Hi > slices.Max(values) {
			t.Fatalf("got %+v outside the values", s)
		}
	})
}

// The unit and the order of values do not matter, whatever is measured.
func TestSummariesScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1000), 6, 60).Draw(t, "values")
		other := rapid.SliceOfN(rapid.Float64Range(1, 1000), 6, 60).Draw(t, "other")
		scaled := make([]float64, len(values))
		for i, v := range values {
			scaled[len(values)-1-i] = v * 4 // exact in binary
		}
		a, b := Median(values), Median(scaled)
		if b.Center != 4*a.Center || b.Lo != 4*a.Lo || b.Hi != 4*a.Hi {
			t.Fatalf("got %+v for fourfold values, want four times %+v", b, a)
		}
		there, back := Ratio(Series{Values: values}, Series{Values: other}, Level), Ratio(Series{Values: other}, Series{Values: values}, Level)
		for _, pair := range [][2]float64{{there.Center, back.Center}, {there.Lo, back.Hi}, {there.Hi, back.Lo}} {
			if math.Abs(pair[0]*pair[1]-1) > 1e-9 {
				t.Fatalf("got the ratios %+v and %+v, want reciprocals", there, back)
			}
		}
	})
}

func TestSamplesAreTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(0, 20), 0, 20), 1, 6).Draw(t, "lists")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		var all []float64
		var clusters []Sample
		for _, list := range lists {
			for i := range list {
				list[i] = math.Round(list[i]) // so that values repeat
			}
			all = append(all, list...)
			clusters = append(clusters, Of(list))
		}
		pooled := Pool(clusters)
		if pooled.N() != int64(len(all)) {
			t.Fatalf("got %d values, want %d", pooled.N(), len(all))
		}
		got, want := pooled.Quantile(p), Quantile(sorted(all), p)
		if got != want && !(math.IsNaN(got) && len(all) == 0) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestCenterIsTheMedianOfMedians(t *testing.T) {
	clusters := []Sample{nil} // an environment without calls of this kind does not count
	for i := 1; i <= 7; i++ {
		clusters = append(clusters, Sample{{Value: float64(i), Count: int64(100 * i)}, {Value: 1000, Count: 1}})
	}
	got := Center(clusters)
	if want := (Summary{Center: 4, Lo: 1, Hi: 7, N: 7}); got.Center != want.Center || got.Lo != want.Lo || got.Hi != want.Hi || got.N != want.N {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCompareRanksTiesAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	draw := func(n int, centre float64) Series {
		values := make([]float64, n)
		for i := range values {
			values[i] = centre * math.Exp(0.03*random.NormFloat64())
		}
		return series(values)
	}
	c := Compare([]Series{draw(36, 10), draw(36, 10.05), draw(36, 100), draw(36, 140), draw(3, 1), {}})
	if want := []int{1, 1, 3, 4, 0, 0}; !slices.Equal(c.Rank, want) {
		t.Errorf("got ranks %v, want %v", c.Rank, want)
	}
	if want := 1 - 0.05/15; c.Level != want {
		t.Errorf("got level %v, want %v: fifteen pairs", c.Level, want)
	}
	for pair, want := range map[[2]int]string{{0, 1}: "indistinguishable", {0, 4}: "can't be told"} {
		if got := c.Verdict(pair[0], pair[1]); got != want {
			t.Errorf("verdict of %v: got %q, want %q", pair, got, want)
		}
	}
	if got := c.Verdict(0, 2); !strings.HasSuffix(got, "× faster") {
		t.Errorf("got %q, want faster", got)
	}
	if got := c.Verdict(2, 0); !strings.HasSuffix(got, "× slower") {
		t.Errorf("got %q, want slower", got)
	}
}

// A difference below the margin is none, however sure it is.
func TestCompareKeepsTheMargin(t *testing.T) {
	level := func(centre float64) Series {
		values := make([]float64, 50)
		for i := range values {
			values[i] = centre + float64(i)/1e6
		}
		return series(values)
	}
	if c := Compare([]Series{level(100), level(101.9)}); c.Better[0][1] || c.Rank[1] != 1 {
		t.Errorf("got %+v for 1.9 %%, want a tie", c)
	}
	if c := Compare([]Series{level(100), level(102.1)}); !c.Better[0][1] || c.Better[1][0] || c.Rank[1] != 2 {
		t.Errorf("got %+v for 2.1 %%, want a difference", c)
	}
}

// The rule is one for ranks and for what changed: the whole interval lies beyond
// the margin, and whoever is asked first does not matter.
func TestBeyond(t *testing.T) {
	for _, test := range []struct {
		lo, hi float64
		want   int
	}{{1.021, 1.3, 1}, {1.02, 1.3, 0}, {0.99, 1.3, 0}, {0.7, 1, 0}, {0.7, 0.981, 0}, {0.7, 0.98, -1}, {1 / 1.3, 1 / 1.021, -1}} {
		if got := Beyond(Summary{Center: (test.lo + test.hi) / 2, Lo: test.lo, Hi: test.hi}, 0.02); got != test.want {
			t.Errorf("[%v, %v]: got %d, want %d", test.lo, test.hi, got, test.want)
		}
	}
	if got := Beyond(tooSmall(1, 6, "p50", "values"), 0.02); got != 0 {
		t.Errorf("got %d without a number, want 0", got)
	}
	if got := Adjusted(10); math.Abs(got-0.995) > 1e-12 || Adjusted(0) != Level {
		t.Errorf("got %v for ten intervals and %v for none, want 0.995 and %v", got, Adjusted(0), Level)
	}
}

// Ranks follow from the verdicts, whatever the samples, their blocks and their order.
func TestRanksFollowFromVerdicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		family := rapid.SliceOfN(rapid.Custom(drawSeries), 1, 6).Draw(t, "family")
		c := Compare(family)
		order := rapid.Permutation(ints(len(family))).Draw(t, "order")
		shuffled := make([]Series, len(family))
		for i, j := range order {
			shuffled[i] = family[j]
		}
		other := Compare(shuffled)
		for i := range family {
			want, compared := 1, false
			for j := range family {
				if i == j {
					continue
				}
				compared = compared || c.Ratios[i][j].Valid()
				if c.Better[j][i] {
					want++
				}
				if c.Better[i][j] && c.Better[j][i] {
					t.Fatalf("got %d and %d better than each other", i, j)
				}
				if better := Beyond(c.Ratios[i][j], Margin) < 0; better != c.Better[i][j] {
					t.Fatalf("%d and %d: got the verdict %v, and %v by the rule", i, j, c.Better[i][j], better)
				}
			}
			if !compared {
				want = 0
			}
			if c.Rank[i] != want {
				t.Fatalf("%d: got rank %d, want %d", i, c.Rank[i], want)
			}
		}
		for i, j := range order {
			if other.Rank[i] != c.Rank[j] {
				t.Fatalf("got rank %d in another order, want %d", other.Rank[i], c.Rank[j])
			}
		}
	})
}

func ints(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestRatioOfZeroIsNone(t *testing.T) {
	zeros := make([]float64, 10)
	if got := Ratio(Series{Values: zeros}, Series{Values: referenceValues(10, 0)}, Level); got.Valid() || len(got.Warnings) != 1 {
		t.Errorf("got %+v, want no number and a warning", got)
	}
}

func TestRatioOfConstants(t *testing.T) {
	constant := func(v float64) []float64 { return slices.Repeat([]float64{v}, 10) }
	got := Ratio(Series{Values: constant(8)}, Series{Values: constant(4)}, Level)
	if math.Abs(got.Center-2) > 1e-12 || got.Lo != got.Center || got.Hi != got.Center {
		t.Errorf("got %+v, want 2 without doubt", got)
	}
}

func TestOutliersAreLabels(t *testing.T) {
	values := []float64{10, 11, 12, 13, 100, 12, 11, 10, 18, -50}
	got := FindOutliers(values)
	if !slices.Equal(got.Severe, []int{4, 9}) || !slices.Equal(got.Mild, []int{8}) {
		t.Errorf("got %+v, want severe 4 and 9, mild 8", got)
	}
	if got := FindOutliers(nil); got.Mild != nil || got.Severe != nil {
		t.Errorf("got %+v of no values, want none", got)
	}
}

func TestECDF(t *testing.T) {
	got := ECDF([]float64{3, 1, 2, 2})
	if want := []Point{{1, 0.25}, {2, 0.75}, {3, 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMultimodal(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	normal := func(n int, centre float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = centre + random.NormFloat64()
		}
		return values
	}
	if !Multimodal(append(normal(18, 0), normal(18, 8)...)) {
		t.Error("got one mode for two that lie 8 deviations apart")
	}
	if Multimodal(append(normal(5, 0), normal(5, 50)...)) {
		t.Error("got several modes from 10 values, too few to tell")
	}
	if Multimodal(slices.Repeat([]float64{10, 20}, 30)) {
		t.Error("got several modes from the ticks of a clock")
	}
	alarms := 0
	for range 500 {
		if Multimodal(normal(36, 0)) {
			alarms++
		}
	}
	if alarms > 10 {
		t.Errorf("got %d false alarms in 500, want 2 %% at most", alarms)
	}
	// Two halves, or a third far away; a rarer mode is for the outliers' labels.
	for _, c := range []struct {
		small    int
		distance float64
	}{{18, 6}, {12, 12}} {
		found := 0
		for range 500 {
			if Multimodal(append(normal(36-c.small, 0), normal(c.small, c.distance)...)) {
				found++
			}
		}
		if found < 450 {
			t.Errorf("found %d of 36 values %v deviations apart in %d of 500 samples, want 90 %%", c.small, c.distance, found)
		}
	}
	if o := FindOutliers(append(normal(33, 0), normal(3, 12)...)); len(o.Severe) != 3 {
		t.Errorf("got %v as severe outliers, want the three of a rare mode", o.Severe)
	}
}

func TestScore(t *testing.T) {
	if got := Score(equalClusters(4, 92)); got <= 1 {
		t.Errorf("got %v, want a tail above the median", got)
	}
	if got := Score(equalClusters(4, 91)); !math.IsNaN(got) {
		t.Errorf("got %v of 364 calls, want no number", got)
	}
}
