package cost_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
)

// Ten a second decide for short calls, Little's law for those above 100 ms.
func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		meanMs, rate float64
		environments int
		timed        bool
	}{
		{2, 1, 1, false}, {2, 10, 1, false}, {2, 11, 2, false}, {2, 1000, 100, false}, {100, 1000, 100, false},
		{250, 1000, 250, true}, {250, 10, 3, true}, {250, 1, 1, true},
	} {
		if n := (cost.Bill{MeanMs: test.meanMs}).Need(test.rate); n.Environments != test.environments || n.Timed != test.timed {
			t.Errorf("%v calls a second of %v ms: got %d environments (by time: %v), want %d (%v)", test.rate, test.meanMs, n.Environments, n.Timed, test.environments, test.timed)
		}
	}
}

// A month costs what its requests do; a snapshot is kept once, whatever the rate.
func TestNeedsCostTheirRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := cost.Latest()
		r, err := list.Region(rapid.SampledFrom(list.Known()).Draw(t, "region"))
		if err != nil {
			t.Fatal(err)
		}
		u := cost.Usage{Memory: 1024, Arch: config.X8664, LogBytes: 500, SnapshotCosts: true, Restored: rapid.Bool().Draw(t, "restored"),
			Environments: []cost.Billed{{Init: 300, First: 40, Warm: rapid.Float64Range(1, 900).Draw(t, "warm")}}}
		bill := r.Bill(u, cost.TypicalColdShare)
		rate := rapid.Float64Range(0.5, 5000).Draw(t, "rate")
		n := bill.Need(rate)
		months := rate * 30 * 24 * 3600 / cost.Requests
		kept := 0.0
		if line, ok := bill.Line(cost.LineCache); ok {
			kept = line.USD
		}
		for _, sum := range [][2]float64{{n.Compute, bill.Compute}, {n.Total, bill.Total}} {
			if want := (sum[1]-kept)*months + kept; sum[0] < want*(1-1e-9) || sum[0] > want*(1+1e-9) {
				t.Fatalf("got %v USD a month, want %v", sum[0], want)
			}
		}
		busy := rate * bill.MeanMs / 1000
		if e := float64(n.Environments); e < busy-1e-6 || e < rate/10-1e-6 || e > max(busy, rate/10)+1 {
			t.Fatalf("got %v environments for %v of Little’s and %v a tenth of the rate", e, busy, rate/10)
		}
		// A request takes its warm time, but for the share that starts one.
		if want := 0.999*u.Environments[0].Warm + 0.001*340; bill.MeanMs < want-1e-9 || bill.MeanMs > want+1e-9 {
			t.Fatalf("got a mean of %v ms, want %v", bill.MeanMs, want)
		}
	})
}
