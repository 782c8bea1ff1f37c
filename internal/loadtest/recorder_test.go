package loadtest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// TestNoCallIsLostWhateverTheirTimes records calls over up to a month, in any order.
func TestNoCallIsLostWhateverTheirTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		span := rapid.Int64Range(1, 30*24*3600).Draw(t, "seconds")
		r := NewRecorder(time.Second)
		type tally struct{ right, wrong, cold int64 }
		want := map[string]tally{}
		for range rapid.IntRange(1, 300).Draw(t, "calls") {
			s := Seen{
				Time:    start.Add(time.Duration(rapid.Int64Range(-span, span).Draw(t, "second")) * time.Second),
				Runtime: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "runtime"), Operation: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "operation"),
				Took: time.Duration(rapid.IntRange(0, 1e6).Draw(t, "µs")) * time.Microsecond, Cold: rapid.IntRange(0, 9).Draw(t, "cold") == 0,
			}
			one := want[s.Runtime]
			if rapid.IntRange(0, 4).Draw(t, "wrong") == 0 {
				s.Wrong = "no"
				one.wrong++
			} else {
				one.right++
			}
			if s.Cold {
				one.cold++
			}
			want[s.Runtime] = one
			if err := r.Add(s); err != nil {
				t.Fatal(err)
			}
		}
		doc := r.Document(About{Tool: results.Tool{Version: "1"}, Test: results.LoadTest{Tool: "k6", Parts: 1}})
		if err := doc.Check(); err != nil {
			t.Fatal(err)
		}
		got := map[string]tally{}
		for _, c := range doc.Configurations {
			all, err := c.Outside()
			if err != nil {
				t.Fatal(err)
			}
			one := tally{right: all.N, wrong: all.Errors}
			for _, w := range c.Windows {
				if w.Cold != nil {
					one.cold += w.Cold.N + w.Cold.Errors
				}
				if w.Index < 0 || w.Index >= maxWindows {
					t.Fatalf("got the window %d, want fewer than %d", w.Index, maxWindows)
				}
			}
			got[c.Runtime] = one
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestOperationsAreBounded(t *testing.T) {
	r := NewRecorder(time.Second)
	for i := range 500 {
		if err := r.Add(Seen{Time: time.Unix(1, 0), Runtime: "a", Operation: fmt.Sprint(i), Took: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	doc := r.Document(About{Test: results.LoadTest{Tool: "k6", Parts: 1}})
	operations := doc.Configurations[0].Windows[0].Operations
	if len(operations) != maxOperations+1 || operations["others"].N != 500-maxOperations {
		t.Errorf("got %d operations, %d calls among the others", len(operations), operations["others"].N)
	}
}

func TestRuntimesOfManifestsKeepTheirNames(t *testing.T) {
	r := NewRecorder(time.Second)
	for _, name := range []string{"go", "mine"} {
		if err := r.Add(Seen{Time: time.Unix(1, 0), Runtime: name, Operation: "read", Took: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	known := results.Runtime{Name: "go", DisplayName: "Go", Color: "#00add8", Variants: []results.Variant{{ID: "stock", Kind: results.KindAPI, Class: results.Stock, Default: true}}}
	doc := r.Document(About{Runtimes: []results.Runtime{known}, MemoryMB: 512, Arch: "arm64", Test: results.LoadTest{Tool: "k6", Parts: 1}})
	if got := doc.Configurations[0].Key(); got != "go/stock/512/arm64" || doc.Runtimes[0].DisplayName != "Go" {
		t.Errorf("got %s, called %s", got, doc.Runtimes[0].DisplayName)
	}
	if got := doc.Configurations[1].Key(); got != "mine/api/512/arm64" || doc.Runtimes[1].Variants[0].Kind != results.KindGuest {
		t.Errorf("got %s of the kind %s", got, doc.Runtimes[1].Variants[0].Kind)
	}
	if doc.Seed != 0 || doc.Plan.SLO != (results.SLO{}) || doc.Host.Cores != 0 {
		t.Errorf("got a seed, an objective or a machine that nobody named: %+v", doc.Plan)
	}
}
