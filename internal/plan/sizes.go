package plan

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// gateTime is about what holding one variant to the contract takes.
const gateTime = 6 * time.Second

// Ahead is about what comes before the first sample: the contract gate.
func Ahead(plan bench.Plan) time.Duration {
	gated := map[string]bool{}
	for _, c := range plan.Configurations {
		if c.Runtime.Variants[c.Variant].Contract != config.ContractNone {
			gated[c.Runtime.Name+" "+c.Variant] = true
		}
	}
	return time.Duration(len(gated)) * gateTime
}

// Text is the sentence about what is about to happen.
func Text(plan bench.Plan, expected time.Duration) string {
	runtimes, layers := 0, 0
	for _, c := range plan.Configurations {
		if c.Runtime.Variants[c.Variant].Kind.Layer() {
			layers++
		} else {
			runtimes++
		}
	}
	parts := []string{phrase.Plural(runtimes, "configuration", "configurations")}
	if layers > 0 {
		parts[0] += " + " + phrase.Plural(layers, "layer below", "layers below")
	}
	parts = append(parts, phrase.Plural(len(plan.Steps()), "environment", "environments"))
	if n := plan.LoadedConfigurations(); n > 0 {
		parts = append(parts, phrase.Plural(n, "load", "loads"))
	}
	return fmt.Sprintf("planned: %s, about %s", strings.Join(parts, ", "), phrase.Roughly(expected))
}

// Fit cuts the plan to its budget, of which some is used by what lies ahead of the first
// sample, and says so in a sentence; "" where all of it fits. Sizes that a person gave as a
// number (counted) are not cut but refused.
func Fit(plan bench.Plan, known bench.Expectations, ahead time.Duration, counted bool) (fitting bench.Plan, warning string, err error) {
	left := plan.Sizing.Budget - ahead
	expected := plan.Project(known)
	if plan.Sizing.Budget == 0 || expected <= left {
		return plan, "", nil
	}
	wanted := plan.Workload.Environments
	fitting, ok := plan.Fit(known, left)
	if !ok || counted {
		why := fmt.Sprintf("%d fit", fitting.Workload.Environments)
		if !ok {
			why = fmt.Sprintf("not even the %d that an interval needs fit", bench.MinEnvironments)
		}
		return plan, "", fault.Usage("give it more time, fewer runtimes (--runtime), --layers none or --no-load",
			"--max-time %s: %s per configuration would take about %s, %s", phrase.Roughly(plan.Sizing.Budget), phrase.Plural(wanted, "environment", "environments"), phrase.Roughly(ahead+expected), why)
	}
	return fitting, fmt.Sprintf("%d environments per configuration would have taken about %s; within %s there is time for %d.",
		wanted, phrase.Roughly(ahead+expected), phrase.Roughly(plan.Sizing.Budget), fitting.Workload.Environments), nil
}

// ByPilot is the plan with the number of environments that a pilot's document asks for, and
// a sentence that says why.
func ByPilot(plan bench.Plan, pilot *results.Document) (sized bench.Plan, why string, err error) {
	needs := bench.Needs(pilot, plan.Sizing.Precision)
	if len(needs) == 0 {
		return plan, "", fault.New("see what is wrong with: bench local --quick", "the pilot has no figures: %w", pilotTrouble(pilot))
	}
	size := max(needs[0].Environments, config.Defaults().Environments)
	of := fmt.Sprintf("%s needs %d for its cold start and %d for its warm calls", needs[0].Key, needs[0].Cold, needs[0].Warm)
	return plan.Resized(size), fmt.Sprintf("pilot of %d environments each: ±%g%% takes %d; %s", bench.PilotEnvironments, plan.Sizing.Precision*100, size, of), nil
}

func pilotTrouble(pilot *results.Document) error {
	var errs []error
	for _, c := range pilot.Configurations {
		errs = append(errs, fmt.Errorf("%s: %s", c.Key(), c.Reason))
	}
	return errors.Join(errs...)
}
