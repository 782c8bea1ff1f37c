package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// confirm says what workers in Lambda are about to do and what that can cost, finds what
// would keep them from it, and asks. Workers of this machine need no yes.
func (a *app) confirm(ctx context.Context, w *workers, sender *loadtest.Sender, in io.Reader, yes bool) error {
	if w == nil || w.fleet == nil {
		return nil
	}
	account, err := aws.Open(ctx, w.settings)
	if err != nil {
		return err
	}
	load := fleetLoad{workers: w.n, scenario: sender.Scenario}
	if load.worker, err = account.Look(ctx, config.FunctionName(config.LoadPart, w.environment)); err != nil {
		return err
	}
	for _, runtime := range sender.Runtimes {
		f, err := account.Look(ctx, config.FunctionName(runtime, w.environment))
		if err != nil {
			return err
		}
		load.functions = append(load.functions, f)
	}
	room, known, err := account.Room(ctx)
	if err != nil {
		return err
	}
	a.ui.Say("%s in account %s, %s: %s", w.environment, account.Masked(), account.Region, strings.Join(sender.Runtimes, ", "))
	for _, line := range load.lines(account.Region) {
		a.ui.Say("%s", line)
	}
	if known {
		warning, err := load.fits(room, account.Region)
		if err != nil {
			return err
		}
		if warning != "" {
			a.ui.Warn("%s", warning)
		}
	}
	a.warnOfLimit(ctx, w.settings, sender.Base, sender.Scenario.Peak())
	if yes {
		return nil
	}
	return a.ask(ctx, in)
}

// fleetLoad is a load that workers in Lambda are about to send.
type fleetLoad struct {
	workers   int
	scenario  loadtest.Scenario
	worker    aws.Function
	functions []aws.Function // of the runtimes
}

// environments are how many of each function the highest rate takes at least, however
// fast they are.
func (l fleetLoad) environments() int {
	calls, _ := l.scenario.Requests(len(l.functions), l.workers)
	rate := l.scenario.Peak() * float64(calls) / float64(l.scenario.Calls()) / float64(len(l.functions))
	return max(1, int(math.Ceil(rate/cost.RequestsPerEnvironment)))
}

// fits finds what would keep the load from being answered, where so many functions
// without reserved concurrency may run at a time. The warning is a whole sentence, or "".
func (l fleetLoad) fits(room int, region string) (warning string, err error) {
	each, shared := l.environments(), 0
	for i, f := range append([]aws.Function{l.worker}, l.functions...) {
		takes := each
		if i == 0 {
			takes = l.workers
		}
		switch {
		case f.Reserved == nil:
			shared += takes
		case int(*f.Reserved) < takes:
			return "", fault.New("reserve more, or say a lower --rate or fewer workers", "%s may run %d times at once, which its reserved concurrency is: got a load that takes %d at least", f.Name, *f.Reserved, takes)
		}
	}
	if shared > room {
		return "", fault.New("say fewer workers or a lower --rate, or ask for a higher limit in Service Quotas: Concurrent executions",
			"only %d functions may run at once in %s: got a load that takes %d at least, %d of them workers", room, region, shared, l.workers)
	}
	if most := l.workers + l.scenario.MaxInFlight; most > room {
		warning = fmt.Sprintf("Up to %d calls are under way at a time, beside %s, and %d functions may run at once in %s: where calls take longer than 100 ms, some may be throttled, which counts as a wrong answer.",
			l.scenario.MaxInFlight, phrase.Plural(l.workers, "worker", "workers"), room, region)
	}
	return warning, nil
}

// lines say what is about to happen, and what it can cost.
func (l fleetLoad) lines(region string) []string {
	prices, priced := pricesOf(region)
	calls, items := l.scenario.Requests(len(l.functions), l.workers)
	most, usual := l.dollars(prices)
	return []string{
		fmt.Sprintf("planned: %s in Lambda, %d calls in %s, with what belongs to them at most %d requests, behind a minute to prepare",
			phrase.Plural(l.workers, "worker", "workers"), l.scenario.Calls(), phrase.Roughly(l.scenario.Length()), calls+items),
		fmt.Sprintf("costs at most %s USD, which is if every call took as long as it can; with 100 ms a call %s USD (list of %s, prices of %s, without Step Functions, S3 and taxes)",
			usd(most), usd(usual), cost.Latest().Date, priced),
	}
}

// dollars are the most that the load can cost, and what it does with 100 ms a call. The
// functions can't be busy for longer than the calls that the scenario allows at a time;
// the dearest of them may be the one that is.
func (l fleetLoad) dollars(prices cost.Region) (most, usual float64) {
	calls, items := l.scenario.Requests(len(l.functions), l.workers)
	length := l.scenario.Length()
	for _, f := range l.functions {
		c := sized(f)
		longest := min(f.Timeout, time.Duration(l.scenario.MaxInFlight)*(length+f.Timeout)/time.Duration(calls))
		most = max(most, plan.Dollars(prices, c, int(calls), longest, true)+plan.Dollars(prices, c, int(items), f.Timeout, true))
		usual += plan.Dollars(prices, c, int(calls+items), 100*time.Millisecond, true) / float64(len(l.functions))
	}
	worker := sized(l.worker)
	return most + plan.Dollars(prices, worker, l.workers, l.worker.Timeout, false), usual + plan.Dollars(prices, worker, l.workers, stepfunctions.Lead+length, false)
}

// sized is what a function is paid by.
func sized(f aws.Function) target.Config { return target.Config{MemoryMB: f.MemoryMB, Arch: f.Arch} }

// pricesOf are a region's, or those of another one where the list has none, and how they
// are called.
func pricesOf(id string) (region cost.Region, called string) {
	region, err := cost.Latest().Region(id)
	if err == nil {
		return region, id
	}
	region, _ = cost.Latest().Region(cost.DefaultRegion) // it is in every list
	return region, cost.DefaultRegion + ", since the list has none of " + id
}

// usd is a sum with the two digits that an estimate has.
func usd(sum float64) string {
	if sum >= 100 {
		return fmt.Sprintf("%.0f", sum)
	}
	return fmt.Sprintf("%.2g", sum)
}
