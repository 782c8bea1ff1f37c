package plan

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
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
	return plan, a.Cold.apply(&plan)
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
