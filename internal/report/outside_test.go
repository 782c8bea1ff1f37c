package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

func TestALoadTestIsRankedByItsWindows(t *testing.T) {
	m := Build(fixture("outside"))
	c := m.Contests[0]
	if got := c.Rows[0].Name + ", " + c.Rows[1].Name; got != "Go, Python" {
		t.Fatalf("got the order %s", got)
	}
	golang, python := c.Rows[0], c.Rows[1]
	// 182 s from the middle of a window on: the last one is a part, but more than half.
	if golang.N != 37 || len(golang.Outside.Windows) != 37 {
		t.Errorf("got %d units of %d windows, want 37 of 37", golang.N, len(golang.Outside.Windows))
	}
	if a, b := golang.Value("warmP50"), python.Value("warmP50"); a.Rank != 1 || b.Rank != 2 || !a.Valid() || a.Hi-a.Lo <= 0 {
		t.Errorf("got the ranks %d and %d, %+v", a.Rank, b.Rank, a.Summary)
	}
	for _, metric := range []string{"coldTotal", "init", "firstCall", "warmCpu", "memoryPeak", metricCost} {
		if v := golang.Value(metric); v.N != 0 || v.Valid() {
			t.Errorf("%s: got %+v, want nothing: no load generator knows it", metric, v.Summary)
		}
	}
	if o := python.Outside; o.Errors == 0 || o.Cold == 0 || o.ColdP50 < 300 || o.P99 > 20 || o.Max < 300 || !strings.Contains(o.Wrong, "503") {
		t.Errorf("got %+v", o)
	}
	if total := golang.Outside.Calls + python.Outside.Calls; total != 3640 {
		t.Errorf("got %d calls of two thirds of 5,460", total)
	}
}

// TestEdgesOfALoadTestAreNoUnits joins a beginning and an end of few calls to their neighbours.
func TestEdgesOfALoadTestAreNoUnits(t *testing.T) {
	for name, test := range map[string]struct {
		calls []int
		want  string
	}{
		"whole":  {[]int{10, 10, 10}, "[10 10 10]"},
		"edges":  {[]int{2, 10, 10, 4}, "[12 14]"},
		"both":   {[]int{2, 10, 4}, "[12 4]"},
		"halves": {[]int{5, 10, 10, 5}, "[5 10 10 5]"},
		"empty":  {[]int{10, 0, 10}, "[10 10]"},
		"short":  {[]int{1, 10}, "[1 10]"},
	} {
		c := results.Configuration{}
		for i, n := range test.calls {
			h := results.NewHistogram()
			for range n {
				if err := h.Record(time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			c.Windows = append(c.Windows, results.Window{Index: i, Operations: map[string]results.Operation{"read": {N: int64(n), HDR: results.HDR{ClientMs: h}}}})
		}
		var got []int64
		for _, unit := range unitsOf(&c) {
			got = append(got, unit.Operations["read"].HDR.ClientMs.N())
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%s: got %v, want %s", name, got, test.want)
		}
		if c.Windows[0].Operations["read"].N != int64(test.calls[0]) {
			t.Errorf("%s: the document was changed", name)
		}
	}
}

// outside is a load test of three minutes, as imported from k6: one runtime has wrong
// answers for a while, one no name here, and the run ends in the middle of a window.
func outside() results.Document {
	r := rand.New(rand.NewPCG(12, 1))
	recorder := loadtest.NewRecorder(5 * time.Second)
	start := time.Date(2026, 11, 24, 10, 0, 1, 0, time.UTC)
	order := loadtest.NewOrder(1, []string{"go", "python", "own"}, []results.MixShare{{Operation: "create", Weight: 2}, {Operation: "read", Weight: 5}})
	usual := map[string]float64{"go": 2, "python": 6, "own": 2.02}
	for k := range int64(182 * 30) {
		call := order.Call(k)
		at := start.Add(time.Duration(k) * time.Second / 30)
		ms := usual[call.Runtime] * (0.8 + 0.2*r.ExpFloat64())
		seen := loadtest.Seen{Time: at, Runtime: call.Runtime, Operation: call.Operation, Cold: k < 6 || k > 3000 && k < 3004}
		if seen.Cold {
			ms *= 80
		}
		if call.Runtime == "python" && k > 2000 && k < 2400 && k%5 == 0 {
			seen.Wrong = "status 503 instead of 200"
		}
		seen.Took = time.Duration(ms * float64(time.Millisecond))
		if err := recorder.Add(seen); err != nil {
			panic(err)
		}
		if err := recorder.AddPhase(call.Runtime, loadtest.Blocked, 12*time.Microsecond); err != nil {
			panic(err)
		}
	}
	known := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go", "python"}, Environments: 1, LayerEnvironments: 1, WarmCalls: 1})
	scenario := loadtest.Scenario{Name: "load", Seed: 1, Mix: []results.MixShare{{Operation: "create", Weight: 2}, {Operation: "read", Weight: 5}}, Objective: loadtest.Objective{ErrorShare: 0.01, P99Ms: 1000}}
	return recorder.Document(loadtest.About{
		Tool: results.Tool{Version: "0.1.0"}, Runtimes: known.Runtimes, Scenario: &scenario, MemoryMB: 1769,
		Test: results.LoadTest{Tool: "k6", Parts: 2, Iterations: new(int64(5460)), Dropped: new(int64(3))},
	})
}

func TestMissesAreSaid(t *testing.T) {
	got, want := misses(Build(fixture("outside"))), []string{"3 calls dropped", "python: "}
	if len(got) != 2 || !strings.HasPrefix(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
		t.Errorf("got the misses %q, want %q", got, want)
	}
}

func TestWhatALoadTestCannotKnowIsSaid(t *testing.T) {
	doc := fixture("outside")
	test := *doc.LoadTest
	test.Scenario = ""
	doc.Seed, doc.Plan.Pacing, doc.LoadTest = 0, results.Pacing{}, &test
	text := render(t, Markdown, Build(doc))
	for _, want := range []string{"| Seed | not known |", "| Pace | not known |", "late: not known", "| Machine | not known", "architecture not known"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in the report", want)
		}
	}
	if strings.Contains(text, "NaN") {
		t.Error("got NaN in the report")
	}
}
