package plan

import (
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Outlook is what a plan does in AWS, before anything is known, and what that can cost in
// USD.
type Outlook struct {
	Calls, Changes int // changes of functions' configurations
	// Bursts that workers send, and how many they are with every spare one.
	Bursts, MostBursts int
	Usual, Most        float64
}

// AddWorkers adds what the workers cost that send the bursts. Each works for so long, or
// at most until its timeout.
func (o *Outlook) AddWorkers(region cost.Region, worker target.Config, workers int, usual, timeout time.Duration) {
	o.Usual += Dollars(region, worker, o.Bursts*workers, usual, false)
	o.Most += Dollars(region, worker, o.MostBursts*workers, timeout, false)
}

// usualCall is what calls are priced with beside their timeout.
const usualCall = 100 * time.Millisecond

// Outlook of a plan at a region's prices: Usual with 100 ms a call, Most with each call's
// timeout and every spare environment used. throughAPI adds API Gateway's price.
func (f Cold) Outlook(plan bench.Plan, region cost.Region, timeout func(target.Config) time.Duration, throughAPI bool) (o Outlook) {
	for _, c := range plan.Configurations {
		for _, kind := range plan.KindsOf(c) {
			steps, each := plan.StepsOfEachKind(c), f.calls(plan, kind)
			o.Changes += f.changes(plan, kind, steps)
			o.Calls += steps * each
			o.Bursts += steps * min(f.Workers, 1)
			o.MostBursts += (steps + Spare(plan)) * min(f.Workers, 1)
			o.Usual += Dollars(region, c, steps*each, usualCall, throughAPI)
			o.Most += Dollars(region, c, (steps+Spare(plan))*each, timeout(c), throughAPI)
		}
		beside := f.snapshots(region, plan, c) + f.ready(region, plan, c)
		o.Usual += beside
		o.Most += beside
	}
	return o
}

// calls are those of one environment: the first, the warm ones, and those that delete
// the items that are left.
func calls(w config.Workload) int {
	left := 1
	for _, share := range w.Mix {
		switch share.Operation {
		case config.Create:
			left += w.WarmCalls * share.Percent / 100
		case config.Delete:
			left -= w.WarmCalls * share.Percent / 100
		}
	}
	return 1 + w.WarmCalls + left
}

// logBytes is more than what a call leaves in the log.
const logBytes = 4 << 10

// Dollars are what so many calls cost that take so long each, with a read and a write of
// the table for each, and with the API where they go through it, in USD.
func Dollars(region cost.Region, c target.Config, calls int, each time.Duration, throughAPI bool) float64 {
	ms := results.Ms(each)
	bill := region.Bill(cost.Usage{
		Memory: c.MemoryMB, Arch: c.Arch, Environments: []cost.Billed{{First: ms, Warm: ms}}, Writes: 1, Reads: 1, LogBytes: logBytes,
	}, 0)
	api, _ := bill.Line(cost.LineAPI)
	if throughAPI {
		api.USD = 0
	}
	return (bill.Total - api.USD) * float64(calls) / cost.Requests
}
