package plan

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// AWS is what can be chosen where functions are deployed: they are as they are, and nobody
// holds them to the contract first or asks one environment for a load.
type AWS struct {
	Choices
	Cold Cold
}

// Plan is the sizes and kinds that were chosen, of nothing yet: see Of.
func (a AWS) Plan() (bench.Plan, error) {
	plan, err := a.sized()
	if err != nil {
		return plan, err
	}
	plan.Ungated, plan.Workload.Load.Steps = true, 0
	if err := a.Cold.apply(&plan); err != nil {
		return plan, err
	}
	return plan, a.bursts(&plan)
}

// bursts fixes how many bursts of workers there are.
func (a AWS) bursts(plan *bench.Plan) error {
	if plan.Burst == 0 {
		return nil
	}
	if a.Environments == 0 {
		bursts := DefaultBursts
		if a.Quick {
			bursts = quickEnvironments
		}
		*plan = plan.Resized(bursts * plan.Burst)
		plan.Workload.TunedEnvironments = plan.Workload.Environments
	}
	if need := stats.Need(0.5, stats.Level) * plan.Burst; plan.Workload.Environments <= need-plan.Burst {
		return fault.Usage(fmt.Sprintf("say --environments %d, or a smaller --burst or --scale", need),
			"--environments %d: got fewer than %d bursts, which make up to %d environments each: those of one burst share a moment, so that bursts are what is compared", plan.Workload.Environments, need/plan.Burst, plan.Burst)
	}
	// The last burst would make what is left, perhaps one: its median would count like the
	// others'. Each makes about as many instead.
	n := plan.StepsFor(plan.Workload.Environments)
	plan.Burst = (plan.Workload.Environments + n - 1) / n
	return nil
}

// Of is what is deployed at each memory size that was chosen, or at its own.
func (a AWS) Of(deployed []target.Config) []target.Config {
	if len(a.Memory) == 0 {
		return deployed
	}
	var all []target.Config
	for _, size := range once(a.Memory) {
		for _, c := range deployed {
			c.MemoryMB = size
			all = append(all, c)
		}
	}
	return all
}
