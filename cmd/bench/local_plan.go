package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// quickEnvironments are the fewest with which five runtimes can be ranked: ten pairs,
// each at 99.5 %.
const quickEnvironments = 9

// plan turns flags into what is measured.
func (f localFlags) plan(runtimes []config.Runtime) (bench.Plan, error) {
	plan := bench.Plan{Seed: f.seed, Workload: config.Defaults()}
	if err := drawSeed(&plan); err != nil {
		return plan, err
	}
	if f.quick {
		w := &plan.Workload
		w.Environments, w.TunedEnvironments, w.LayerEnvironments, w.WarmCalls = quickEnvironments, quickEnvironments, 6, 20
	}
	if f.quick || f.noLoad {
		plan.Workload.Load.Steps = 0
	}
	if err := f.sizes.apply(&plan); err != nil {
		return plan, err
	}
	switch f.code {
	case "warm":
	case "cold":
		plan.ColdKinds = []results.ColdKind{results.Disk}
	case "both":
		plan.ColdKinds = []results.ColdKind{results.Spawn, results.Disk}
	default:
		return plan, fault.Usage("use --code warm, cold or both", "--code %s: not a place of the code", f.code)
	}
	if err := checkMemory(f.memory); err != nil {
		return plan, err
	}
	arch := f.arch
	if arch == "" {
		arch = hostArch()
	}
	if arch != hostArch() {
		return plan, fault.Usage("leave --arch out, or measure it in AWS", "--arch %s: this machine runs %s only", arch, hostArch())
	}
	plan.Guests = map[string][]bench.GuestRequest{}
	layers, err := f.layerKinds()
	if err != nil {
		return plan, err
	}
	tuned, err := f.tunedToo()
	if err != nil {
		return plan, err
	}
	asked, err := askedVariants(f.variants, runtimes)
	if err != nil {
		return plan, err
	}
	for _, size := range f.sizesOf(runtimes...) {
		for _, r := range runtimes {
			own := f.sizesOf(r)
			if !slices.Contains(own, size) {
				continue
			}
			names := asked[r.Name]
			main := size == mainMemory(own)
			if len(names) == 0 {
				names = []string{r.DefaultVariant().Name}
				if beside, ok := r.Beside(); ok && tuned && main && beside.RunsLocally() {
					names = append(names, beside.Name)
				}
			}
			if main {
				names = withLayers(r, names, layers)
			}
			for _, name := range names {
				c := target.Config{Runtime: r, Variant: name, MemoryMB: size, Arch: arch}
				plan.Configurations = append(plan.Configurations, c)
				if v := r.Variants[name]; v.Kind == config.Guest {
					if plan.Guests[bench.Key(c)], err = bench.LoadGuestRequests(r, v); err != nil {
						return plan, err
					}
				}
			}
		}
	}
	return plan, nil
}

// drawSeed draws a plan's seed, unless one was asked for.
func drawSeed(plan *bench.Plan) error {
	if plan.Seed == 0 {
		plan.Seed = 1 + rand.Uint64N(results.MaxSeed)
	}
	if plan.Seed > results.MaxSeed {
		return fault.Usage(fmt.Sprintf("use a seed from 1 to %d", uint64(results.MaxSeed)), "--seed %d is too large", plan.Seed)
	}
	return nil
}

// checkMemory refuses sizes that Lambda does not have.
func checkMemory(sizes []int) error {
	for _, size := range sizes {
		if size < config.MinMemoryMB || size > config.MaxMemoryMB {
			return fault.Usage(fmt.Sprintf("Lambda takes %d to %d MB", config.MinMemoryMB, config.MaxMemoryMB), "--memory %d: not a memory size", size)
		}
	}
	return nil
}

// layerKinds are the layers below the API that are measured as well.
func (f localFlags) layerKinds() ([]config.Kind, error) {
	switch {
	case f.layers == "floor" || f.layers == "" && f.quick:
		return []config.Kind{config.Bare}, nil
	case f.layers == "all" || f.layers == "":
		return config.Layers(), nil
	case f.layers == "none":
		return nil, nil
	}
	return nil, fault.Usage("use --layers all, floor or none", "--layers %s: not a choice of layers", f.layers)
}

// tunedToo reports whether tuned variants are measured beside the stock ones.
func (f localFlags) tunedToo() (bool, error) {
	switch f.tuned {
	case "":
		return !f.quick, nil
	case "yes", "no":
		return f.tuned == "yes", nil
	}
	return false, fault.Usage("use --tuned yes or --tuned no", "--tuned %s: neither yes nor no", f.tuned)
}

// sizesOf are the memory sizes to measure at: those asked for, or else each runtime's own.
func (f localFlags) sizesOf(runtimes ...config.Runtime) []int {
	if len(f.memory) > 0 {
		return f.memory
	}
	var sizes []int
	for _, r := range runtimes {
		if size := ownMemory(r); !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// ownMemory is the size of a guest's manifest. The API's runtimes are compared at one
// size, whatever each is deployed with.
func ownMemory(r config.Runtime) int {
	if r.DefaultVariant().Kind == config.Guest {
		return cmp.Or(r.Memory.Default, config.DefaultMemoryMB)
	}
	return config.DefaultMemoryMB
}

// mainMemory is the size whose ranking the report begins with, and the only one
// that it takes apart into layers: one whole vCPU, or else the largest.
func mainMemory(sizes []int) int {
	if slices.Contains(sizes, config.DefaultMemoryMB) {
		return config.DefaultMemoryMB
	}
	return slices.Max(sizes)
}

// withLayers adds the runtime's layers to the names of its variants.
func withLayers(r config.Runtime, names []string, layers []config.Kind) []string {
	for _, kind := range layers {
		for _, name := range r.VariantNames() {
			if v := r.Variants[name]; v.Kind == kind && v.RunsLocally() && !slices.Contains(names, name) {
				names = append(slices.Clip(names), name)
			}
		}
	}
	return names
}

// askedVariants reads words such as python:primed: the variants of each runtime
// that was named.
func askedVariants(words []string, runtimes []config.Runtime) (map[string][]string, error) {
	asked := map[string][]string{}
	for _, word := range words {
		name, variant, ok := strings.Cut(word, ":")
		index := slices.IndexFunc(runtimes, func(r config.Runtime) bool { return r.Name == name })
		if index >= 0 && variant == "" {
			return nil, fault.Usage("variants of "+name+": "+strings.Join(runtimes[index].VariantNames(), ", "), "--variant %s: got a runtime without a variant, want %s:VARIANT", word, name)
		}
		if !ok || index < 0 {
			return nil, fault.Usage("write runtime:variant, such as "+runtimes[0].Name+":"+runtimes[0].DefaultVariant().Name, "--variant %s: there is no such runtime among those asked for", word)
		}
		v, err := runtimes[index].Variant(variant)
		if err != nil {
			return nil, err
		}
		if !v.RunsLocally() {
			return nil, fault.Usage("measure it in AWS", "--variant %s can't run on this machine", word)
		}
		asked[name] = append(asked[name], variant)
	}
	return asked, nil
}

func hostArch() string {
	if goruntime.GOARCH == "arm64" {
		return config.ARM64
	}
	return config.X8664
}
