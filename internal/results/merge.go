package results

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

const hintMerge = "merge only runs of one plan, with the same artifacts, on the same machine; measure again otherwise"

// Merge puts two runs of the same plan, artifacts and machine together: their
// environments count as if one run had measured them. It refuses runs whose
// figures don't belong together. The sizes of the plan may differ.
func Merge(a, b Document) (Document, error) {
	if b.Started.Before(a.Started) {
		a, b = b, a
	}
	if err := mergeable(a, b); err != nil {
		return Document{}, err
	}
	out := a
	out.ID = a.ID + "+" + b.ID
	out.Status = Complete
	if a.Status != Complete || b.Status != Complete {
		out.Status = Interrupted
	}
	if b.Ended.After(a.Ended) {
		out.Ended = b.Ended
	}
	out.Plan.Sizes.Environments += b.Plan.Sizes.Environments
	out.Plan.Sizes.LayerEnvironments += b.Plan.Sizes.LayerEnvironments
	out.Plan.Sizes.TunedEnvironments += b.Plan.Sizes.TunedEnvironments
	out.Runtimes = union(a.Runtimes, b.Runtimes, func(r Runtime) string { return r.Name })
	out.Artifacts = union(a.Artifacts, b.Artifacts, func(x Artifact) string { return x.ID })
	out.Gate = mergeGates(a.Gate, b.Gate)
	out.Warnings = union(a.Warnings, b.Warnings, func(w string) string { return w })
	if a.Tool != b.Tool {
		out.Warnings = append(out.Warnings, fmt.Sprintf("The merged runs were made by two versions of the tool, %s and %s.", a.Tool.Version, b.Tool.Version))
	}
	if b.Prices != nil && (a.Prices == nil || b.Prices.Date > a.Prices.Date) {
		out.Prices = b.Prices
	}
	if x, y := a.Host.Database.Served, b.Host.Database.Served; x == nil || y == nil {
		out.Host.Database.Served = nil // of a part only
	} else {
		both, err := x.Add(*y)
		if err != nil {
			return Document{}, fmt.Errorf("merge %s and %s: %w", a.ID, b.ID, err)
		}
		out.Host.Database.Served = &both
	}
	blocks := a.Plan.Sizes.Environments // those of b come after all that a has or was to have
	for _, c := range a.Configurations {
		for _, e := range c.Environments {
			blocks = max(blocks, e.Block+1)
		}
	}
	out.Configurations = slices.Clone(a.Configurations)
	for _, c := range b.Configurations {
		c.Environments = slices.Clone(c.Environments)
		for i := range c.Environments {
			c.Environments[i].Block += blocks
		}
		i := slices.IndexFunc(out.Configurations, func(o Configuration) bool { return o.Key() == c.Key() })
		if i < 0 {
			out.Configurations = append(out.Configurations, c)
			continue
		}
		out.Configurations[i] = mergeConfigurations(out.Configurations[i], c)
	}
	if err := out.Check(); err != nil {
		return Document{}, fault.New("a run can't be merged with itself", "merge %s and %s: %w", a.ID, b.ID, err)
	}
	return out, nil
}

// mergeable says what keeps two runs apart.
func mergeable(a, b Document) error {
	refuse := func(what string, x, y any) error {
		return fault.New(hintMerge, "merge %s and %s: got %s %v and %v, wanted the same", a.ID, b.ID, what, x, y)
	}
	if a.LoadTest != nil || b.LoadTest != nil { // whose windows are of one time
		return fault.New("import what k6 wrote of all parts together: bench import k6 FILE...", "merge %s and %s: got load tests, wanted runs of bench", a.ID, b.ID)
	}
	if a.Traffic != nil || b.Traffic != nil {
		return fault.New("ask for both ranges at once: bench metrics --from … --to …", "merge %s and %s: got CloudWatch's statistics, wanted runs of bench", a.ID, b.ID)
	}
	if a.Source != b.Source {
		return refuse("sources", a.Source, b.Source)
	}
	planA, planB := a.Plan, b.Plan
	planA.Sizes, planB.Sizes = Sizes{}, Sizes{}
	if !reflect.DeepEqual(planA, planB) || a.Plan.Sizes.WarmCalls != b.Plan.Sizes.WarmCalls {
		return fault.New(hintMerge, "merge %s and %s: got two plans, wanted the same", a.ID, b.ID)
	}
	hostA, hostB := a.Host, b.Host
	hostA.EngineFloor, hostB.EngineFloor = nil, nil
	hostA.Database.Served, hostB.Database.Served = nil, nil
	if !reflect.DeepEqual(hostA, hostB) {
		return refuse("machines", hostA, hostB)
	}
	for _, y := range b.Artifacts {
		if x, ok := a.Artifact(y.ID); ok && x.SHA256 != y.SHA256 {
			return refuse("artifacts "+y.ID+" with the hashes", x.SHA256, y.SHA256)
		}
	}
	for _, y := range b.Configurations {
		for _, x := range a.Configurations {
			if x.Key() == y.Key() && x.Artifact != "" && y.Artifact != "" && x.Artifact != y.Artifact {
				return refuse(x.Key()+" from the artifacts", x.Artifact, y.Artifact)
			}
			for _, kind := range a.Plan.ColdKinds { // of which the plan does not tell
				if p, q := x.BurstCalls(kind), y.BurstCalls(kind); x.Key() == y.Key() && p > 0 && q > 0 && p != q {
					return refuse(x.Key()+" with calls in each burst", p, q)
				}
			}
		}
	}
	return nil
}

// statusOrder: a failure in one run is a result that the other can't undo;
// otherwise what was measured stands.
var statusOrder = []Status{Failed, Measured, Stopped, NotMeasurable, Unavailable, Missing}

func mergeConfigurations(a, b Configuration) Configuration {
	out := a
	if slices.Index(statusOrder, b.Status) < slices.Index(statusOrder, a.Status) {
		out.Status, out.Reason = b.Status, b.Reason
	}
	if out.Artifact == "" {
		out.Artifact = b.Artifact
	}
	out.Planned += b.Planned
	out.Environments = slices.Concat(a.Environments, b.Environments)
	out.Load = slices.Concat(a.Load, b.Load)
	out.Rejected = slices.Clone(a.Rejected)
	for _, r := range b.Rejected {
		if i := slices.IndexFunc(out.Rejected, func(o Rejection) bool { return o.Reason == r.Reason && o.Phase == r.Phase }); i >= 0 {
			out.Rejected[i].N += r.N
		} else {
			out.Rejected = append(out.Rejected, r)
		}
	}
	return out
}

// mergeGates keeps one answer per artifact: the failed one, if there is one.
func mergeGates(a, b []GateResult) []GateResult {
	key := func(g GateResult) string { return g.Runtime + "/" + g.Variant + "/" + g.Arch }
	out := slices.Clone(a)
	for _, g := range b {
		i := slices.IndexFunc(out, func(o GateResult) bool { return key(o) == key(g) })
		switch {
		case i < 0:
			out = append(out, g)
		case !g.Passed:
			out[i] = g
		}
	}
	return out
}

func union[T any](a, b []T, key func(T) string) []T {
	out := slices.Clone(a)
	for _, y := range b {
		if !slices.ContainsFunc(out, func(x T) bool { return key(x) == key(y) }) {
			out = append(out, y)
		}
	}
	return out
}
