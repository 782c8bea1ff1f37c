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

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// addCold adds what says how cold starts come to be.
func addCold(cmd *cobra.Command, cold *plan.Cold) {
	flags := cmd.Flags()
	flags.StringSliceVar(&cold.Kinds, "cold", []string{string(results.Forced)}, "kinds of cold start, which take turns: "+plan.KindNames(results.KindsInAWS()))
	flags.DurationVar(&cold.Idle, "idle", plan.DefaultIdle, "how long nobody calls a function before an idle cold start")
	flags.DurationVar(&cold.Age, "age", plan.DefaultAge, "how old a version is when it is restored as an aged one")
	flags.IntVar(&cold.Burst, "burst", plan.DefaultBurst, "how many calls leave at once over the warm environment, for a scale-out; with --scale, from each worker")
	flags.IntVar(&cold.Workers, "scale", 0, "send bursts from so many workers in Lambda, of which every cold start counts, for thousands of them (cdk deploy -c load=true)")
	flags.DurationVar(&cold.Lead, "lead", plan.DefaultLead, "how long workers have to start before a burst")
}

// plan is what was asked for, of nothing yet: what is measured is what will be found.
func (f awsFlags) plan() (chosen bench.Plan, err error) {
	if f.choices.Seed, err = plan.Seed(f.choices.Seed, rand.Uint64N); err != nil {
		return chosen, err
	}
	return f.choices.Plan()
}

// awsOutlook says what is about to happen, and what it can cost.
func awsOutlook(account *aws.Account, environment string, run *awsRun) []string {
	cold := run.cold
	var names []string
	for _, c := range run.plan.Configurations {
		if name := shownName(c); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	region, prices := pricesOf(account.Region)
	timeout := func(c target.Config) time.Duration { return run.target.Timeout(c.Runtime.Name) }
	ahead := cold.Outlook(run.plan, region, timeout, run.through != nil)
	if run.workers != nil {
		run.workers.addTo(&ahead, account.Region)
	}
	change := fmt.Sprintf("changed and put back: the configuration of the functions' $LATEST, %d times", ahead.Changes)
	if run.through != nil {
		change = "nothing is changed: the API is called as its users call it"
	}
	return slices.Concat([]string{
		fmt.Sprintf("%s in account %s, %s: %s", environment, account.Masked(), account.Region, strings.Join(names, ", ")),
		fmt.Sprintf("planned: %s, about %d calls, about %s", run.planned(), ahead.Calls, phrase.Roughly(cold.Expected(run.plan))),
		change,
	}, cold.Schedule(run.plan, time.Now()), []string{
		fmt.Sprintf("costs at most %s USD, which is if every call took its whole timeout; with 100 ms a call %s USD (list of %s, prices of %s, without taxes)",
			usd(ahead.Most), usd(ahead.Usual), cost.Latest().Date, prices),
	})
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
