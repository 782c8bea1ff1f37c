package main

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
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

// leftOut tells which kinds of cold start configurations do not have.
func leftOut(measured bench.Plan) (lines []string) {
	for _, c := range measured.Configurations {
		if kinds := plan.Left(measured, c); len(kinds) > 0 {
			lines = append(lines, fmt.Sprintf("%s has no cold starts of the kind %s: left out", shownName(c), plan.KindNames(kinds)))
		}
	}
	return lines
}
