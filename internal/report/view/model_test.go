package view

import (
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func names(rows []*Row) []string {
	var list []string
	for _, r := range rows {
		list = append(list, r.Runtime)
	}
	return list
}

func TestRowsAreRankedWithTies(t *testing.T) {
	c := Build(reporttest.Fixture("ties")).Contests[0]
	ranks := map[string]string{}
	for _, r := range c.Rows {
		ranks[r.Runtime] = r.Value("coldTotal").RankText()
	}
	if ranks["go"] != "=1" || ranks["rust"] != "=1" || ranks["python"] != "3" {
		t.Errorf("got ranks %v, want two first and a third", ranks)
	}
}

func TestRowsWithoutFiguresComeLast(t *testing.T) {
	m := Build(reporttest.Fixture("missing"))
	got := names(m.Contests[0].Rows)
	if want := []string{"go", "node", "python", "rust", "kotlin"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: ranked ones first, then the manifests' order", got, want)
	}
}

func TestColdTotalIsInitAndFirstCall(t *testing.T) {
	doc := reporttest.Fixture("two")
	row := Build(doc).Contests[0].Rows[0]
	c := reporttest.Configuration(&doc, row.Runtime, row.Variant)
	for i, e := range c.Environments {
		if got, want := row.ColdSamples[i], e.Init.WallMs+*e.FirstCall.DurationMs; got != want {
			t.Fatalf("environment %d: got %v, want %v", i, got, want)
		}
	}
	if got, want := row.Value("coldTotal").N, len(c.Environments); got != want {
		t.Errorf("got n = %d, want %d", got, want)
	}
}

func TestAWSRanksByTheClient(t *testing.T) {
	doc := results.Document{Source: results.Source{Kind: results.AWS}}
	times := results.Times{ClientMs: new(30.0), ResponseMs: new(10.0), DurationMs: new(11.0)}
	if got := *clockOf(doc.Source).time(times); got != 30 {
		t.Errorf("got %v in AWS, want the client's 30", got)
	}
	if got := *clockOf(results.Source{Kind: results.Local}).time(times); got != 10 {
		t.Errorf("got %v locally, want the response's 10", got)
	}
}

func TestWithoutLimitsNothingBelowOneVCPU(t *testing.T) {
	m := Build(reporttest.Fixture("unlimited"))
	for _, r := range m.Rows {
		if r.Memory < fullMemory {
			t.Errorf("got a row at %d MB, want none below %d", r.Memory, fullMemory)
		}
	}
	if len(m.Missing) != 11 {
		t.Errorf("got %d missing, want eleven cells named", len(m.Missing))
	}
}

func TestMainContestComesFirst(t *testing.T) {
	m := Build(reporttest.Fixture("sweep"))
	var got []int
	for _, c := range m.Contests {
		got = append(got, c.Memory)
	}
	if want := []int{1769, 3008, 512, 128}; !slices.Equal(got, want) {
		t.Errorf("got %v, want one vCPU first, then from the largest", got)
	}
}

// Ranks never mix memory sizes: each contest has a first of its own.
func TestEveryContestHasItsOwnRanks(t *testing.T) {
	for _, c := range Build(reporttest.Fixture("sweep")).Contests {
		if got := c.Rows[0].Value("coldTotal").Rank; got != 1 {
			t.Errorf("%s: got rank %d for the fastest, want 1", c.Title(), got)
		}
	}
}

func TestColdKindsAreNotMixed(t *testing.T) {
	doc := reporttest.Fixture("two")
	doc.Configurations = slices.Clone(doc.Configurations)
	c := reporttest.Configuration(&doc, "go", "stock")
	c.Environments = slices.Clone(c.Environments)
	for i := range c.Environments {
		if i >= 20 {
			c.Environments[i].Kind = results.Restored
		}
	}
	n := map[results.ColdKind]int{}
	for _, r := range Build(doc).Rows {
		if r.Key == c.Key() {
			n[r.ColdKind] = r.N
		}
	}
	if n[results.Spawn] != 20 || n[results.Restored] != 16 {
		t.Errorf("got %v, want 20 spawned and 16 restored apart", n)
	}
}

func TestTooFewSamplesGiveNoNumber(t *testing.T) {
	m := Build(reporttest.Fixture("small"))
	for _, r := range m.Rows {
		for _, metric := range Metrics {
			if v := r.Value(metric.ID); v.Valid() || v.Rank != 0 {
				t.Errorf("%s, %s: got %+v from %d environments, want no number and no rank", r.Key, metric.ID, v, r.N)
			}
		}
	}
}

func TestFiguresWithoutLimitsAreMarked(t *testing.T) {
	for name, want := range map[string]string{"unlimited": ", without limits", "two": ""} {
		if got := Build(reporttest.Fixture(name)).LimitsMark(); got != want {
			t.Errorf("%s: got the mark %q, want %q", name, got, want)
		}
	}
}

func TestSettledAt(t *testing.T) {
	curve := func(values ...float64) []CurvePoint {
		var points []CurvePoint
		for i, v := range values {
			points = append(points, CurvePoint{Index: i + 1, Relative: v})
		}
		return points
	}
	for _, test := range []struct {
		points []CurvePoint
		want   int
	}{
		{curve(3, 2, 1.5, 1, 1, 1), 4},
		{curve(1, 1, 1), 1},
		{curve(1, 1, 1, 1.3, 1, 1), 1}, // a single point does not decide
		{curve(1, 1, 2, 2), -1},
		{nil, -1},
	} {
		if got := settledAt(test.points); got != test.want {
			t.Errorf("%v: got %d, want %d", test.points, got, test.want)
		}
	}
}

// Operations of different cost in any order leave no trace in the curve.
func TestCurveComparesEachCallWithItsOperation(t *testing.T) {
	var environments []results.Environment
	for e := range 10 {
		var points []results.CurvePoint
		for i := range 20 {
			operation, ms := "cheap", 1.0
			if (i+e)%2 == 0 {
				operation, ms = "dear", 10
			}
			if i == 0 {
				ms *= 3
			}
			points = append(points, results.CurvePoint{Index: i + 1, Operation: operation, Times: results.Times{ResponseMs: &ms}})
		}
		environments = append(environments, results.Environment{Curve: points})
	}
	points, settled := curve(environments, clockOf(results.Source{Kind: results.Local}))
	if len(points) != 20 || points[0].Relative != 3 {
		t.Fatalf("got %+v, want twenty points from 3× on", points)
	}
	for _, p := range points[1:] {
		if p.Relative != 1 || p.N != 10 {
			t.Errorf("got %+v, want 1× of 10 environments", p)
		}
	}
	if settled != 2 && settled != 1 {
		t.Errorf("got settled at %d, want at once", settled)
	}
}
