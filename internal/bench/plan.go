// Package bench is the plan and what carries it out: which environments are
// made in which order, which calls each gets at which pace, and which samples
// count. It knows no machine (that is the target's) and derives no statistic
// (that is the report's).
//
//	plan := bench.Plan{Seed: 1, Workload: config.Defaults(), Configurations: chosen}
//	runner := bench.Runner{Target: t, Plan: plan, Now: time.Now, Wait: bench.Wait}
//	err := runner.Run(ctx, &document)
package bench

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Plan is what is asked for. It is fixed before the first sample: the benchmark
// never stops when an interval happens to look narrow.
type Plan struct {
	Seed           uint64
	Workload       config.Workload
	Configurations []target.Config
	Sizing         Sizing
	// ColdKinds take turns from block to block; none is Spawn alone.
	ColdKinds []results.ColdKind
	// Fewer are the kinds of configurations that have not all of ColdKinds, by Key.
	Fewer map[string][]results.ColdKind
	// Burst is how many environments a step makes at most, by a burst of first calls; 0: it
	// makes one, and calls it as often as the workload says.
	Burst int
	// Ungated plans hold nobody to the contract first.
	Ungated bool
	// Guests holds the requests of guest variants, by Key.
	Guests map[string][]GuestRequest
}

// traffic is what an environment of c gets.
func (p Plan) traffic(c target.Config, seed uint64) traffic {
	if requests, ok := p.Guests[Key(c)]; ok {
		return guest{requests}
	}
	return newItems(prefix(c.Runtime), p.Workload.Mix, kind(c) == config.Bare, seed)
}

// seed is that of a step's calls.
func (p Plan) seed(step Step) uint64 {
	return p.Seed ^ uint64(step.Block)<<16 ^ uint64(step.Configuration)
}

// Environments is how many new environments c gets, of all kinds of cold start.
func (p Plan) Environments(c target.Config) int {
	return max(len(p.KindsOf(c)), 1) * p.OfEachKind(c)
}

// KindsOf are the kinds of cold start that c has; none is Spawn alone.
func (p Plan) KindsOf(c target.Config) []results.ColdKind {
	if fewer, ok := p.Fewer[Key(c)]; ok {
		return fewer
	}
	return p.ColdKinds
}

// has reports whether c has the kind of cold start of a block.
func (p Plan) has(c target.Config, block int) bool {
	return len(p.ColdKinds) == 0 || slices.Contains(p.KindsOf(c), p.coldKind(block))
}

// OfEachKind is how many new environments c gets of each kind of cold start that it has.
func (p Plan) OfEachKind(c target.Config) int {
	switch {
	case kind(c).Layer():
		return p.Workload.LayerEnvironments
	case p.Beside(c):
		return p.Workload.TunedEnvironments
	}
	return p.Workload.Environments
}

// StepsFor is how many steps make so many environments.
func (p Plan) StepsFor(environments int) int {
	one := max(p.Burst, 1)
	return (environments + one - 1) / one
}

// StepsOfEachKind is how many steps make the environments of c of a kind.
func (p Plan) StepsOfEachKind(c target.Config) int { return p.StepsFor(p.OfEachKind(c)) }

// kinds is how many kinds of cold start there are.
func (p Plan) kinds() int { return max(len(p.ColdKinds), 1) }

// coldKind is that of a block: one for all that are compared in it.
func (p Plan) coldKind(block int) results.ColdKind {
	if len(p.ColdKinds) == 0 {
		return results.Spawn
	}
	return p.ColdKinds[block%len(p.ColdKinds)]
}

// got is how many environments there are of the kind of a block.
func (p Plan) got(c *results.Configuration, block int) int {
	n := 0
	for _, e := range c.Environments {
		if e.Kind == p.coldKind(block) {
			n++
		}
	}
	return n
}

// Beside reports whether c is a tuned variant that stands beside its runtime's
// stock one: measured to say what tuning gains, not to be ranked.
func (p Plan) Beside(c target.Config) bool {
	tuned, ok := c.Runtime.Beside()
	return ok && tuned.Name == c.Variant && slices.ContainsFunc(p.Configurations, func(other target.Config) bool {
		return other.Runtime.Name == c.Runtime.Name && other.MemoryMB == c.MemoryMB && other.Variant == c.Runtime.DefaultVariant().Name
	})
}

// Steps is the whole schedule. With several kinds of cold start each block stands
// there once for each of them.
func (p Plan) Steps() []Step {
	kinds := p.kinds()
	var steps []Step
	for kind := range kinds {
		sizes := make([]int, len(p.Configurations))
		for i, c := range p.Configurations {
			if p.has(c, kind) {
				sizes[i] = p.StepsOfEachKind(c)
			}
		}
		for _, step := range Order(sizes, p.Seed+uint64(kind)) {
			step.Block = step.Block*kinds + kind
			steps = append(steps, step)
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Block - b.Block })
	return steps
}

// Record is the plan as the result document keeps it. The families follow from
// all configurations of the document, see Runner.Run.
func (p Plan) Record() results.Plan {
	w := p.Workload
	phases := []string{"gate", "cold", "warm"}
	if p.Ungated {
		phases = phases[1:]
	}
	if w.Load.Steps > 0 {
		phases = append(phases, "load")
	}
	record := results.Plan{
		Phases: phases,
		Order:  results.ShuffledBlocks,
		Sizes: results.Sizes{
			Environments: w.Environments, TunedEnvironments: w.TunedEnvironments, LayerEnvironments: w.LayerEnvironments,
			WarmCalls: w.WarmCalls, FixedBy: "count",
		},
		Pacing: results.Pacing{Mode: "closed", GapMs: results.Ms(w.Pacing)},
		SLO: results.SLO{
			Percentile: w.SLO.Percentile, ResponseMs: results.Ms(w.SLO.Latency),
			LateShare: w.Load.LateShare, LateMs: results.Ms(w.Load.Late),
		},
		ColdKinds: p.ColdKinds,
		Mix:       []results.MixShare{},
		Families:  []results.Family{},
	}
	if p.Sizing.Precision > 0 {
		record.Sizes.FixedBy, record.Sizes.Precision, record.Sizes.PilotEnvironments = "pilot", &p.Sizing.Precision, PilotEnvironments
	}
	if p.Sizing.Budget > 0 {
		seconds := p.Sizing.Budget.Seconds()
		record.Sizes.BudgetSeconds = &seconds
	}
	for _, share := range w.Mix {
		record.Mix = append(record.Mix, results.MixShare{Operation: string(share.Operation), Weight: share.Percent})
	}
	return record
}

// Key names a configuration as the result document does.
func Key(c target.Config) string {
	return results.Key(c.Runtime.Name, c.Variant, c.MemoryMB, c.Arch)
}

func variant(c target.Config) config.Variant {
	return c.Runtime.Variants[c.Variant] // the plan's maker has checked the name
}

// Loaded reports whether c gets the load: layers below the API do not, nor does
// what stands beside.
func (p Plan) Loaded(c target.Config) bool {
	return p.Workload.Load.Steps > 0 && !kind(c).Layer() && !p.Beside(c)
}

func kind(c target.Config) config.Kind { return variant(c).Kind }
