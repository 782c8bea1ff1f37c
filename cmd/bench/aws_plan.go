package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// plan is what was asked for, of nothing yet: what is measured is what will be found.
func (f awsFlags) plan() (chosen bench.Plan, err error) {
	if f.choices.Seed, err = plan.Seed(f.choices.Seed, rand.Uint64N); err != nil {
		return chosen, err
	}
	if chosen, err = f.choices.Plan(); err != nil {
		return chosen, err
	}
	return chosen, f.cold.apply(&chosen)
}

// awsSpare is how many blocks of each kind may replace refused environments: a quarter
// more.
func awsSpare(plan bench.Plan) int { return max(plan.Workload.Environments/4, 2) }

// What is expected of AWS, before anything is known: an update of a configuration until
// it holds, init with first call, and a call with its way there.
const (
	awsChange = 3 * time.Second
	awsStart  = 1500 * time.Millisecond
	awsCall   = 60 * time.Millisecond
)

// awsCalls are those of one environment: the first, the warm ones, and those that delete
// the items that are left.
func awsCalls(w config.Workload) int {
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

// awsOutlook says what is about to happen, and what it can cost.
func awsOutlook(account *aws.Account, environment string, run *awsRun) []string {
	t, plan, cold := run.target, run.plan, run.cold
	var names []string
	most, usual := 0.0, 0.0
	calls, changed := 0, 0
	region, err := cost.Latest().Region(account.Region)
	prices := account.Region
	if err != nil {
		prices = cost.DefaultRegion + ", since the list has none of " + account.Region
		region, _ = cost.Latest().Region(cost.DefaultRegion) // it is in every list
	}
	for _, c := range plan.Configurations {
		if !slices.Contains(names, c.Runtime.DisplayName) {
			names = append(names, c.Runtime.DisplayName)
		}
		for _, kind := range plan.ColdKinds {
			environments, each := plan.Environments(c)/len(plan.ColdKinds), cold.calls(plan, kind)
			changed += cold.changes(plan, kind, environments)
			calls += environments * each
			usual += dollars(region, c, environments*each, 100*time.Millisecond, run.through != nil)
			most += dollars(region, c, (environments+awsSpare(plan))*each, t.Timeout(c.Runtime.Name), run.through != nil)
		}
		usual += cold.snapshots(region, plan, c)
		most += cold.snapshots(region, plan, c)
	}
	change := fmt.Sprintf("changed and put back: the configuration of the functions' $LATEST, %d times", changed)
	if run.through != nil {
		change = "nothing is changed: the API is called as its users call it"
	}
	return slices.Concat([]string{
		fmt.Sprintf("%s in account %s, %s: %s", environment, account.Masked(), account.Region, strings.Join(names, ", ")),
		fmt.Sprintf("planned: %s, about %d calls, about %s", plural(len(plan.Steps()), "environment", "environments"), calls, roughly(cold.expected(plan))),
		change,
	}, cold.schedule(plan, time.Now()), []string{
		fmt.Sprintf("costs at most %.2g USD, which is if every call took its whole timeout; with 100 ms a call %.2g USD (list of %s, prices of %s, without taxes)",
			most, usual, cost.Latest().Date, prices),
	})
}

// awsLogBytes is more than what a call leaves in the log.
const awsLogBytes = 4 << 10

// dollars are what so many calls cost that take so long each, with a read and a write of
// the table for each, and with the API where they go through it.
func dollars(region cost.Region, c target.Config, calls int, each time.Duration, withAPI bool) float64 {
	ms := results.Ms(each)
	bill := region.Bill(cost.Usage{
		Memory: c.MemoryMB, Arch: c.Arch, Environments: []cost.Billed{{First: ms, Warm: ms}}, Writes: 1, Reads: 1, LogBytes: awsLogBytes,
	}, 0)
	api, _ := bill.Line(cost.LineAPI)
	if withAPI {
		api.USD = 0
	}
	return (bill.Total - api.USD) * float64(calls) / cost.Requests
}

// ask wants a yes from a person.
func (a *app) ask(ctx context.Context, in io.Reader) error {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return fault.Usage("say --yes where nobody can be asked", "nobody is there to say yes: standard input is no terminal")
	}
	a.ui.Say("go on? [y/N]")
	return yes(ctx, in)
}

// yes waits for an answer.
func yes(ctx context.Context, in io.Reader) error {
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n') // an end is no yes
		answered <- line
	}()
	select {
	case line := <-answered:
		if word := strings.ToLower(strings.TrimSpace(line)); word == "y" || word == "yes" {
			return nil
		}
		return fault.New("nothing was changed", "you did not say yes")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
