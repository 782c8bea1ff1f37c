package plan

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Artifacts is each artifact of the configurations once, to be built.
func Artifacts(configurations []target.Config) []build.Request {
	var requests []build.Request
	for _, c := range configurations {
		request := build.Request{Runtime: c.Runtime, Artifact: c.Runtime.Variants[c.Variant].Artifact, Arch: c.Arch}
		if !slices.ContainsFunc(requests, func(r build.Request) bool { return r.ID() == request.ID() }) {
			requests = append(requests, request)
		}
	}
	return requests
}

// Held is what is held to its contract: the variants that words such as python:primed ask
// for, or each runtime's default one.
func Held(words []string, runtimes []config.Runtime, arch string) ([]target.Config, error) {
	asked, err := Variants(words, runtimes)
	if err != nil {
		return nil, err
	}
	var configurations []target.Config
	for _, r := range runtimes {
		names := asked[r.Name]
		if len(words) == 0 {
			names = []string{r.DefaultVariant().Name}
		}
		for _, name := range names {
			configurations = append(configurations, target.Config{Runtime: r, Variant: name, MemoryMB: config.DefaultMemoryMB, Arch: arch})
		}
	}
	return configurations, nil
}
