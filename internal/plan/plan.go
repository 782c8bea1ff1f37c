// Package plan turns what a person chose into a plan of package bench: which runtimes,
// variants, layers and memory sizes, which kinds of cold start, how many environments, and
// how long that takes. Local is what can be chosen on this machine, AWS what can be where
// functions are deployed; what both have in common is Choices, with one rule for each. A
// fault names the flag that a person gave. Nothing is read, measured or printed here.
//
//	seed, err := plan.Seed(0, rand.Uint64N)
//	p, err := plan.Local{Choices: plan.Choices{Seed: seed, Quick: true}, Host: config.X8664}.Plan(runtimes)
package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Choices are what can be chosen wherever something is measured. What is zero was left to
// us.
type Choices struct {
	Seed         uint64 // see Seed
	Quick        bool
	Environments int           // of each runtime and memory size
	Precision    string        // such as "3%": a pilot fixes the number of environments
	MaxTime      time.Duration // with a Precision, DefaultBudget if it is zero
	Memory       []int         // MB; none: each runtime's own size
}

// What --quick measures: the fewest environments with which five runtimes can be ranked
// (ten pairs, each at 99.5 %), and a third of the calls.
const (
	quickEnvironments = 9
	quickCalls        = 20
)

// DefaultBudget is that of a pilot without one: it could ask for days.
const DefaultBudget = 20 * time.Minute

// Seed is the one that was asked for. If that is 0, it is drawn by draw, which returns a
// number from 0 to n-1.
func Seed(asked uint64, draw func(n uint64) uint64) (uint64, error) {
	if asked == 0 {
		return 1 + draw(results.MaxSeed), nil
	}
	if asked > results.MaxSeed {
		return 0, fault.Usage(fmt.Sprintf("use a seed from 1 to %d", uint64(results.MaxSeed)), "--seed %d is too large", asked)
	}
	return asked, nil
}

// sized is a plan of those sizes, of nothing yet.
func (c Choices) sized() (bench.Plan, error) {
	plan := bench.Plan{Seed: c.Seed, Workload: config.Defaults()}
	if c.Quick {
		plan = plan.Resized(quickEnvironments)
		plan.Workload.WarmCalls = quickCalls
	}
	switch {
	case c.Environments < 0:
		return plan, fault.Usage("use --environments 36, or leave it out", "--environments %d: not a number of environments", c.Environments)
	case c.Environments > 0 && c.Precision != "":
		return plan, fault.Usage("leave one of them out", "--environments and --precision both fix the number of environments")
	case c.MaxTime < 0:
		return plan, fault.Usage("use --max-time 20m, or leave it out", "--max-time %s: not a length of time", c.MaxTime)
	case c.Environments > 0: // a number is for what stands beside, too
		plan = plan.Resized(c.Environments)
		plan.Workload.TunedEnvironments = c.Environments
	case c.Precision != "":
		var err error
		if plan.Sizing.Precision, err = precision(c.Precision); err != nil {
			return plan, err
		}
		plan.Workload.Environments = config.Defaults().Environments
		if c.MaxTime == 0 {
			c.MaxTime = DefaultBudget
		}
	}
	plan.Sizing.Budget = c.MaxTime
	for _, size := range c.Memory {
		if size < config.MinMemoryMB || size > config.MaxMemoryMB {
			return plan, fault.Usage(fmt.Sprintf("Lambda takes %d to %d MB", config.MinMemoryMB, config.MaxMemoryMB), "--memory %d: not a memory size", size)
		}
	}
	return plan, nil
}

// precision reads 3%, or 0.03.
func precision(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	if percent {
		value /= 100
	}
	if err != nil || !(value >= 0.005 && value <= 0.5) {
		return 0, fault.Usage(`use a share of the median from 0.5% to 50%, such as --precision 3%`, "--precision %s: not a precision", text)
	}
	return value, nil
}

// once has each value where it came first.
func once[T comparable](values []T) []T {
	var kept []T
	for _, value := range values {
		if !slices.Contains(kept, value) {
			kept = append(kept, value)
		}
	}
	return kept
}

// Without moves the configurations that can't be measured, by what is said of each, from
// the plan into the document: they are named in the report, with the reason.
func Without(plan *bench.Plan, document *results.Document, say func(target.Config) (results.Status, string)) {
	var left []target.Config
	for _, c := range plan.Configurations {
		status, reason := say(c)
		if status == results.Measured {
			left = append(left, c)
			continue
		}
		document.Configurations = append(document.Configurations, results.Configuration{
			Runtime: c.Runtime.Name, Variant: c.Variant, Memory: c.MemoryMB, Arch: c.Arch,
			Status: status, Reason: reason, Planned: plan.Environments(c),
			Environments: []results.Environment{}, Rejected: []results.Rejection{}, Load: []results.LoadStep{},
		})
	}
	plan.Configurations = left
}
