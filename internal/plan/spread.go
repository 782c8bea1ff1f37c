package plan

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Spread gives each configuration those of the plan's kinds of cold start that it can
// have. Beside each other, hostings have different ones; without any, all that were asked
// for must be there.
func Spread(plan *bench.Plan, hosted bool, supports func(target.Config, results.ColdKind) error) error {
	had := map[results.ColdKind]bool{}
	refused := map[results.ColdKind]error{}
	for _, c := range plan.Configurations {
		var kinds []results.ColdKind
		var first error
		for _, kind := range plan.ColdKinds {
			err := supports(c, kind)
			if err == nil {
				kinds = append(kinds, kind)
				had[kind] = true
				continue
			}
			refused[kind] = err
			if first == nil {
				first = err
			}
		}
		if first != nil && (!hosted || len(kinds) == 0) {
			return first
		}
		if first != nil {
			if plan.Fewer == nil {
				plan.Fewer = map[string][]results.ColdKind{}
			}
			plan.Fewer[bench.Key(c)] = kinds
		}
	}
	for _, kind := range plan.ColdKinds {
		if !had[kind] {
			return refused[kind]
		}
	}
	return nil
}

// Left are the kinds of cold start that a configuration does not have.
func Left(plan bench.Plan, c target.Config) []results.ColdKind {
	return slices.DeleteFunc(slices.Clone(plan.ColdKinds), func(kind results.ColdKind) bool { return slices.Contains(plan.KindsOf(c), kind) })
}
