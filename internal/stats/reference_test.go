package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// reference.json holds what SciPy, NumPy and diptest say; the command that
// wrote it is at the top of testdata/reference.py.
type reference struct {
	Quantiles []struct {
		N       int
		P, Want float64
	}
	Orders []struct {
		N                        int
		P, Level, Center, Lo, Hi float64
	}
	Ratios, Differences []struct {
		N, M                  int
		Level, Center, Lo, Hi float64
	}
	Signs []struct {
		N                     int
		Level, Center, Lo, Hi float64
	}
	Tails []struct {
		G, M              int
		P, Center, Lo, Hi float64
	}
	Means []struct {
		N              int
		Center, Lo, Hi float64
	}
	Scores []struct {
		G, M  int
		Score float64
	}
	Fences []struct{ N, Mild, Severe int }
	Dips   []struct {
		N        int
		Gap, Dip float64
	}
}

func loadReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Quantiles) == 0 || len(r.Orders) == 0 || len(r.Ratios) == 0 || len(r.Differences) == 0 || len(r.Signs) == 0 || len(r.Tails) == 0 || len(r.Dips) == 0 {
		t.Fatalf("got an empty part in %+v", r)
	}
	return r
}

// referenceValues are the skewed numbers that reference.py uses.
func referenceValues(n, shift int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = math.Exp(float64((i*37+shift)%101) / 40)
	}
	return values
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestQuantilesLikeNumPy(t *testing.T) {
	for _, r := range loadReference(t).Quantiles {
		values := referenceValues(r.N, 0)
		near(t, fmt.Sprintf("quantile %v of %d", r.P, r.N), Quantile(sorted(values), r.P), r.Want)
		near(t, fmt.Sprintf("quantile %v of a sample of %d", r.P, r.N), Of(values).Quantile(r.P), r.Want)
	}
}

func TestOrderStatisticsLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Orders {
		got := Percentile(referenceValues(r.N, 0), r.P, r.Level)
		what := fmt.Sprintf("p%v of %d at %v", r.P*100, r.N, r.Level)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
}

func TestRatiosLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Ratios {
		got := Ratio(Series{Values: referenceValues(r.N, 0)}, Series{Values: referenceValues(r.M, 11)}, r.Level)
		what := fmt.Sprintf("ratio of %d and %d at %v", r.N, r.M, r.Level)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
}

func TestDifferencesLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Differences {
		got := Difference(Series{Values: referenceValues(r.N, 0)}, Series{Values: referenceValues(r.M, 11)}, r.Level)
		what := fmt.Sprintf("difference of %d and %d at %v", r.N, r.M, r.Level)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
}

func TestSignIntervalsLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Signs {
		got := Difference(series(referenceValues(r.N, 0)), series(referenceValues(r.N, 11)), r.Level)
		what := fmt.Sprintf("%d blocks at %v", r.N, r.Level)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
}

func TestTailsLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Tails {
		var clusters []Sample
		for i := range r.G {
			values := referenceValues(r.M, 7*i)
			for j := range values {
				values[j] *= 1 + float64(i%5)/50
			}
			clusters = append(clusters, Of(values))
		}
		got := Tail(clusters, r.P)
		what := fmt.Sprintf("p%v of %d × %d", r.P*100, r.G, r.M)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
}

func TestMeansLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Means {
		got := Mean(referenceValues(r.N, 0))
		what := fmt.Sprintf("mean of %d", r.N)
		near(t, what, got.Center, r.Center)
		near(t, what+", low", got.Lo, r.Lo)
		near(t, what+", high", got.Hi, r.Hi)
	}
	if got := Mean(referenceValues(9, 0)); got.Valid() || !slices.Equal(got.Warnings, []string{"n too small: 9 of the 10 values that a mean needs"}) {
		t.Errorf("got %+v of 9 values, want no number", got)
	}
}

func TestScoresLikeNumPy(t *testing.T) {
	for _, r := range loadReference(t).Scores {
		var clusters []Sample
		for i := range r.G {
			clusters = append(clusters, Of(referenceValues(r.M, 7*i)))
		}
		near(t, fmt.Sprintf("score of %d × %d", r.G, r.M), Score(clusters), r.Score)
	}
}

func TestOutliersLikeSciPy(t *testing.T) {
	for _, r := range loadReference(t).Fences {
		values := referenceValues(r.N, 0)
		for i := range values {
			values[i] = math.Pow(values[i], 3)
		}
		if got := FindOutliers(values); len(got.Mild) != r.Mild || len(got.Severe) != r.Severe {
			t.Errorf("of %d: got %d mild and %d severe, want %d and %d", r.N, len(got.Mild), len(got.Severe), r.Mild, r.Severe)
		}
	}
}

func TestDipsLikeDiptest(t *testing.T) {
	for _, r := range loadReference(t).Dips {
		values := referenceValues(r.N, 0)
		for i := range values {
			values[i] += r.Gap * float64(i%2)
		}
		slices.Sort(values)
		near(t, fmt.Sprintf("dip of %d with a gap of %v", r.N, r.Gap), dip(values), r.Dip)
	}
}
