package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestALoadTestIsRankedByItsWindows(t *testing.T) {
	m := Build(reporttest.Fixture("outside"))
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
	for _, metric := range []string{"coldTotal", "init", "firstCall", "warmCpu", "memoryPeak", MetricCost} {
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
