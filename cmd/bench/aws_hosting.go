package main

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// hostings are those that were asked for, by runtime.
func (f awsFlags) hostings(runtimes []config.Runtime) (map[string][]config.Hosting, error) {
	return config.ReadHostings("--hosting", f.hosting, runtimes)
}

// shownName tells a configuration's runtime, and how it is hosted where that is not how
// runtimes are deployed by themselves.
func shownName(c target.Config) string {
	name := c.Runtime.DisplayName
	if v := c.Runtime.Variants[c.Variant]; !v.Default {
		name += " " + c.Variant
	}
	if c.Arch != config.DefaultArchitecture {
		name += " on " + c.Arch
	}
	return name
}

// spread gives each configuration those of the plan's kinds of cold start that it can
// have. Beside each other, hostings have different ones; without any, all that were asked
// for must be there.
func spread(measured *bench.Plan, hosted bool, supports func(target.Config, results.ColdKind) error) error {
	had := map[results.ColdKind]bool{}
	refused := map[results.ColdKind]error{}
	for _, c := range measured.Configurations {
		var kinds []results.ColdKind
		var first error
		for _, kind := range measured.ColdKinds {
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
			if measured.Fewer == nil {
				measured.Fewer = map[string][]results.ColdKind{}
			}
			measured.Fewer[bench.Key(c)] = kinds
		}
	}
	for _, kind := range measured.ColdKinds {
		if !had[kind] {
			return refused[kind]
		}
	}
	return nil
}

// left names the kinds of cold start that a configuration does not have.
func left(measured bench.Plan, c target.Config) string {
	has := measured.KindsOf(c)
	return plan.KindNames(slices.DeleteFunc(slices.Clone(measured.ColdKinds), func(kind results.ColdKind) bool { return slices.Contains(has, kind) }))
}
