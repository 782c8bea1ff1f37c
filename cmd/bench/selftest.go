package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/selftest"
)

// fullRepetitions are what the promise of at most 10 false alarms is about.
const fullRepetitions = 100

func (a *app) selftestCommand() *cobra.Command {
	var repetitions int
	var seed uint64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Let bench measure what it knows already, and say whether it is right",
		Long: `Measure a small function of bench's own through the whole chain: engine, tap, plan,
results, statistics. Passed means that

  - one artifact under two names is seldom told apart (10 of 100 times at most),
  - a known delay, in the function and in the database, lies in the reported
    intervals, which are no wider than ±5 %,
  - a planted slowdown of 10 % is found.

The full test takes about ten minutes on a machine with nothing else to do. It needs
no checkout and no database. Exit code 1 when it is not passed.`,
		Example: `  bench selftest
  bench selftest --repetitions 5
  bench selftest --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if repetitions < 1 {
				return fault.Usage("use --repetitions 100, or leave it out", "--repetitions %d: not a number of repetitions", repetitions)
			}
			drawn, err := plan.Seed(seed, rand.Uint64N)
			if err != nil {
				return err
			}
			return a.selftest(cmd.Context(), repetitions, drawn, asJSON)
		},
	}
	cmd.Flags().IntVar(&repetitions, "repetitions", fullRepetitions, "of one artifact against itself")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "seed of the orders (default: drawn, and printed)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func (a *app) selftest(ctx context.Context, repetitions int, seed uint64, asJSON bool) error {
	if goruntime.GOOS != "linux" {
		return fault.New("run it in a Linux virtual machine or container", "the engine that is tested can't run on %s", goruntime.GOOS)
	}
	if err := delegate(); err != nil {
		return err
	}
	a.ui.Say("self-test: a known delay, a planted slowdown, %s of one artifact against itself; seed %d", phrase.Plural(repetitions, "repetition", "repetitions"), seed)
	var progress *bar
	result, err := selftest.Run(ctx, selftest.Options{Repetitions: repetitions, Seed: seed, Version: version(), Progress: func(done, total int) {
		if progress == nil {
			progress = a.ui.Bar("self-test", total)
		}
		progress.Step("")
	}})
	if progress != nil {
		progress.End()
	}
	if err != nil {
		return err
	}
	if asJSON {
		if err := a.ui.JSON(result); err != nil {
			return err
		}
	} else {
		a.printSelftest(result)
	}
	if !result.Passed {
		return fault.New("try again with nothing else running, and compare; if it stays, the figures of this machine can't be trusted", "the self-test was not passed")
	}
	return nil
}

func (a *app) printSelftest(result selftest.Result) {
	say := func(passed bool, format string, args ...any) {
		word := "pass"
		if !passed {
			word = "FAIL"
		}
		fmt.Fprintf(a.ui.stdout, "%s  %s\n", word, fmt.Sprintf(format, args...))
	}
	for _, one := range result.Delays {
		say(one.Passed, "known delay %s: recorded %.2f ms, reported %s %.2f ms [%.2f, %.2f], ±%.1f %%",
			one.Made, one.Recorded, one.Metric, one.Center, one.Lo, one.Hi, one.HalfWidth*100)
	}
	say(result.Slowdown.Passed, "planted slowdown of %.0f %%: reported %.2f and %.2f ms", result.Slowdown.Planted*100, result.Slowdown.Fast, result.Slowdown.Slow)
	for _, one := range result.SameArtifact {
		say(one.Passed, "one artifact under two names, %s: told apart in %d of %d repetitions, allowed %d", one.Metric, one.False, one.Repetitions, one.Allowed)
	}
	for _, one := range result.Rejected {
		fmt.Fprintf(a.ui.stdout, "refused in %s: %d, %s\n", one.Part, one.N, one.Reason)
	}
	a.ui.Say("took %s", phrase.Roughly(time.Duration(result.Seconds*float64(time.Second))))
}
