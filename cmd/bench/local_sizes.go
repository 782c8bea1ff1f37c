package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// sizeFlags fix how many environments there are: a count, or a pilot for a
// precision, within a budget of time.
type sizeFlags struct {
	environments int
	precision    string
	maxTime      time.Duration
}

// defaultBudget is that of a pilot without one: it could ask for days.
const defaultBudget = 20 * time.Minute

// gateTime is about what holding one variant to the contract takes.
const gateTime = 6 * time.Second

func (f *sizeFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.environments, "environments", 0, fmt.Sprintf("new environments per runtime and memory size (default: %d)", config.Defaults().Environments))
	flags.StringVar(&f.precision, "precision", "", `let a pilot fix the number of environments for medians within ±this, such as "3%", at least 36`)
	flags.DurationVar(&f.maxTime, "max-time", 0, fmt.Sprintf("take no more environments than fit into this time (with --precision: %s)", roughly(defaultBudget)))
}

// apply puts what was asked for into the plan.
func (f sizeFlags) apply(plan *bench.Plan) error {
	w := &plan.Workload
	switch {
	case f.environments < 0:
		return fault.Usage("use --environments 36, or leave it out", "--environments %d: not a number of environments", f.environments)
	case f.environments > 0 && f.precision != "":
		return fault.Usage("leave one of them out", "--environments and --precision both fix the number of environments")
	case f.maxTime < 0:
		return fault.Usage("use --max-time 20m, or leave it out", "--max-time %s: not a length of time", f.maxTime)
	case f.environments > 0:
		*plan = plan.Resized(f.environments)
		w.TunedEnvironments = f.environments
	case f.precision != "":
		text, percent := strings.CutSuffix(strings.TrimSpace(f.precision), "%")
		value, err := strconv.ParseFloat(text, 64)
		if percent {
			value /= 100
		}
		if err != nil || !(value >= 0.005 && value <= 0.5) {
			return fault.Usage(`use a share of the median from 0.5% to 50%, such as --precision 3%`, "--precision %s: not a precision", f.precision)
		}
		plan.Sizing.Precision = value
		w.Environments = config.Defaults().Environments
		if f.maxTime == 0 {
			f.maxTime = defaultBudget
		}
	}
	plan.Sizing.Budget = f.maxTime
	return nil
}

// expectations are what an earlier run here has shown; none if there was none.
func expectations(root string) bench.Expectations {
	document, err := results.Load(filepath.Join(root, "results", "latest", "results.json"))
	if err != nil || document.Source.Kind != results.Local {
		return nil // there is none, or another version's, or AWS's: then it is guessed
	}
	return bench.Expect(&document)
}

// planned is the sentence about what is about to happen.
func planned(plan bench.Plan, expected time.Duration) string {
	runtimes, layers := 0, 0
	for _, c := range plan.Configurations {
		if c.Runtime.Variants[c.Variant].Kind.Layer() {
			layers++
		} else {
			runtimes++
		}
	}
	parts := []string{plural(runtimes, "configuration", "configurations")}
	if layers > 0 {
		parts[0] += " + " + plural(layers, "layer below", "layers below")
	}
	parts = append(parts, plural(len(plan.Steps()), "environment", "environments"))
	if n := plan.LoadedConfigurations(); n > 0 {
		parts = append(parts, plural(n, "load", "loads"))
	}
	return fmt.Sprintf("planned: %s, about %s", strings.Join(parts, ", "), roughly(expected))
}

// fit cuts the plan to its budget, of which some has been used. Sizes that a
// person gave as a number are not cut but refused.
func (a *app) fit(plan bench.Plan, known bench.Expectations, ahead time.Duration, counted bool, document *results.Document) (bench.Plan, error) {
	left := plan.Sizing.Budget - ahead
	expected := plan.Project(known)
	if plan.Sizing.Budget == 0 || expected <= left {
		return plan, nil
	}
	wanted := plan.Workload.Environments
	fitting, ok := plan.Fit(known, left)
	if !ok || counted {
		why := fmt.Sprintf("%d fit", fitting.Workload.Environments)
		if !ok {
			why = fmt.Sprintf("not even the %d that an interval needs fit", bench.MinEnvironments)
		}
		return plan, fault.Usage("give it more time, fewer runtimes (--runtime), --layers none or --no-load",
			"--max-time %s: %s per configuration would take about %s, %s", roughly(plan.Sizing.Budget), plural(wanted, "environment", "environments"), roughly(ahead+expected), why)
	}
	warning := fmt.Sprintf("%d environments per configuration would have taken about %s; within %s there is time for %d.",
		wanted, roughly(ahead+expected), roughly(plan.Sizing.Budget), fitting.Workload.Environments)
	a.ui.Warn("%s", warning)
	document.Warnings = append(document.Warnings, warning)
	return fitting, nil
}

// pilot measures a few environments of each configuration, fixes the sizes by
// them and throws them away.
func (a *app) pilot(ctx context.Context, runner bench.Runner, document *results.Document) (bench.Plan, bench.Expectations, error) {
	plan := runner.Plan
	runner.Plan = plan.Pilot()
	steps := len(runner.Plan.Steps())
	bar := a.ui.Bar("pilot", steps)
	defer bar.End()
	runner.Progress = func(_, _ int, c target.Config) { bar.Step(c.Runtime.DisplayName) }
	runner.Save, runner.LoadProgress = nil, nil
	pilot := results.Document{Runtimes: document.Runtimes}
	if err := runner.Run(ctx, &pilot); err != nil {
		return plan, nil, err
	}
	if ctx.Err() != nil {
		return plan, nil, context.Cause(ctx)
	}
	needs := bench.Needs(&pilot, plan.Sizing.Precision)
	if len(needs) == 0 {
		return plan, nil, fault.New("see what is wrong with: bench local --quick", "the pilot has no figures: %w", pilotTrouble(&pilot))
	}
	size := max(needs[0].Environments, config.Defaults().Environments)
	of := fmt.Sprintf("%s needs %d for its cold start and %d for its warm calls", needs[0].Key, needs[0].Cold, needs[0].Warm)
	a.ui.Say("pilot of %d environments each: ±%g%% takes %d; %s", bench.PilotEnvironments, plan.Sizing.Precision*100, size, of)
	return plan.Resized(size), bench.Expect(&pilot), nil
}

func pilotTrouble(pilot *results.Document) error {
	var errs []error
	for _, c := range pilot.Configurations {
		errs = append(errs, fmt.Errorf("%s: %s", c.Key(), c.Reason))
	}
	return errors.Join(errs...)
}
