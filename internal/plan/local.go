package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Local is what can be chosen on this machine.
type Local struct {
	Choices
	Host     string   // this machine's architecture
	Arch     string   // the one that was asked for; "" is Host
	Variants []string // words such as python:primed, see Variants
	Layers   string   // all, floor or none; "" is all, or with Quick the floor
	Tuned    string   // yes or no; "" is yes, or with Quick no
	Code     string   // where a cold start reads it: warm, cold or both; "" is warm
	NoLoad   bool
}

// Plan is what is measured of the runtimes. It has no requests of guests yet, see
// bench.LoadGuests.
func (l Local) Plan(runtimes []config.Runtime) (bench.Plan, error) {
	plan, err := l.sized()
	if err != nil {
		return plan, err
	}
	if l.Quick || l.NoLoad {
		plan.Workload.Load.Steps = 0
	}
	if plan.ColdKinds, err = l.coldKinds(); err != nil {
		return plan, err
	}
	arch := cmp.Or(l.Arch, l.Host)
	if arch != l.Host {
		return plan, fault.Usage("leave --arch out, or measure it in AWS", "--arch %s: this machine runs %s only", arch, l.Host)
	}
	layers, err := l.layers()
	if err != nil {
		return plan, err
	}
	tuned, err := l.tuned()
	if err != nil {
		return plan, err
	}
	asked, err := Variants(l.Variants, runtimes)
	if err != nil {
		return plan, err
	}
	for _, size := range l.sizesOf(runtimes...) {
		for _, r := range runtimes {
			own := l.sizesOf(r)
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
				plan.Configurations = append(plan.Configurations, target.Config{Runtime: r, Variant: name, MemoryMB: size, Arch: arch})
			}
		}
	}
	return plan, nil
}

// coldKinds are those that take turns; none is a spawn alone.
func (l Local) coldKinds() ([]results.ColdKind, error) {
	switch l.Code {
	case "", "warm":
		return nil, nil
	case "cold":
		return []results.ColdKind{results.Disk}, nil
	case "both":
		return []results.ColdKind{results.Spawn, results.Disk}, nil
	}
	return nil, fault.Usage("use --code warm, cold or both", "--code %s: not a place of the code", l.Code)
}

// layers are those below the API that are measured as well.
func (l Local) layers() ([]config.Kind, error) {
	switch {
	case l.Layers == "floor" || l.Layers == "" && l.Quick:
		return []config.Kind{config.Bare}, nil
	case l.Layers == "all" || l.Layers == "":
		return config.Layers(), nil
	case l.Layers == "none":
		return nil, nil
	}
	return nil, fault.Usage("use --layers all, floor or none", "--layers %s: not a choice of layers", l.Layers)
}

// tuned reports whether tuned variants are measured beside the stock ones.
func (l Local) tuned() (bool, error) {
	switch l.Tuned {
	case "":
		return !l.Quick, nil
	case "yes", "no":
		return l.Tuned == "yes", nil
	}
	return false, fault.Usage("use --tuned yes or --tuned no", "--tuned %s: neither yes nor no", l.Tuned)
}

// sizesOf are the memory sizes to measure at: those asked for, or else each runtime's own.
func (l Local) sizesOf(runtimes ...config.Runtime) []int {
	if len(l.Memory) > 0 {
		return once(l.Memory)
	}
	var sizes []int
	for _, r := range runtimes {
		sizes = append(sizes, OwnMemory(r))
	}
	return once(sizes)
}

// OwnMemory is the size of a guest's manifest in MB. The API's runtimes are compared at one
// size, whatever each is deployed with.
func OwnMemory(r config.Runtime) int {
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

// Variants reads words such as python:primed: the variants of each runtime that was named,
// all of which run on this machine.
func Variants(words []string, runtimes []config.Runtime) (map[string][]string, error) {
	asked := map[string][]string{}
	for _, word := range once(words) {
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
