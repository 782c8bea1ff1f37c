// Package resume says whether an interrupted run can go on, and what it goes on with: the
// same plan, the same artifacts, the same machine.
//
//	p, err := resume.Plan(&document, runtimes)
//	lines, requests := resume.Differing(p, &document, hashOf)
//	err = resume.SameHost(document.Host, host)
package resume

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Plan is the one that a document was made by, of what came past build and gate. It reads
// the requests of guests again.
func Plan(document *results.Document, runtimes []config.Runtime) (bench.Plan, error) {
	recorded := document.Plan
	plan := bench.Plan{Seed: document.Seed, ColdKinds: recorded.ColdKinds, Workload: config.Defaults()}
	w := &plan.Workload
	w.Environments, w.TunedEnvironments, w.LayerEnvironments, w.WarmCalls = recorded.Sizes.Environments, recorded.Sizes.TunedEnvironments, recorded.Sizes.LayerEnvironments, recorded.Sizes.WarmCalls
	w.Pacing = fromMs(recorded.Pacing.GapMs)
	w.SLO = config.SLO{Percentile: recorded.SLO.Percentile, Latency: fromMs(recorded.SLO.ResponseMs)}
	w.Load.Late, w.Load.LateShare = fromMs(recorded.SLO.LateMs), recorded.SLO.LateShare
	if !slices.Contains(recorded.Phases, "load") {
		w.Load.Steps = 0
	}
	if recorded.Sizes.Precision != nil {
		plan.Sizing.Precision = *recorded.Sizes.Precision
	}
	if recorded.Sizes.BudgetSeconds != nil {
		plan.Sizing.Budget = time.Duration(*recorded.Sizes.BudgetSeconds * float64(time.Second))
	}
	w.Mix = nil
	for _, share := range recorded.Mix {
		w.Mix = append(w.Mix, config.Share{Operation: config.Operation(share.Operation), Percent: share.Weight})
	}
	same := plan.Record()
	same.Families = recorded.Families
	if !reflect.DeepEqual(same, recorded) {
		return plan, fault.New("use the version of bench that began it, or measure anew", "its plan is not one that this version makes")
	}
	for i := range document.Configurations {
		c := &document.Configurations[i]
		if !scheduled(c) {
			continue
		}
		at := slices.IndexFunc(runtimes, func(r config.Runtime) bool { return r.Name == c.Runtime })
		if at < 0 {
			return plan, fault.Usage("name its folder: --runtime ../"+c.Runtime, "it measures %s, which is not here", c.Runtime)
		}
		if _, err := runtimes[at].Variant(c.Variant); err != nil {
			return plan, err
		}
		plan.Configurations = append(plan.Configurations, target.Config{Runtime: runtimes[at], Variant: c.Variant, MemoryMB: c.Memory, Arch: c.Arch})
	}
	var err error
	plan.Guests, err = bench.LoadGuests(plan.Configurations)
	return plan, err
}

func fromMs(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Microsecond)
}

// scheduled reports whether the configuration came past build and gate.
func scheduled(c *results.Configuration) bool {
	switch c.Status {
	case results.Unavailable, results.NotMeasurable:
		return false
	case results.Failed:
		return len(c.Rejected) > 0
	}
	return true
}

// Warnings are what the document says from now on: where it was interrupted, and by which
// other version of bench it is taken up again.
func Warnings(document *results.Document, now results.Tool, at time.Time) []string {
	got, wanted := document.Counted()
	warnings := []string{fmt.Sprintf("The run was interrupted after %d of %d environments and taken up again at %s UTC.", got, wanted, at.UTC().Format("2006-01-02 15:04"))}
	if now != document.Tool {
		warnings = append(warnings, fmt.Sprintf("It was begun by bench %s and taken up again by bench %s.", toolName(document.Tool), toolName(now)))
	}
	return warnings
}

func toolName(t results.Tool) string {
	if len(t.Commit) >= 7 {
		return t.Version + " (" + t.Commit[:7] + strings.TrimLeft(t.Commit[7:], "0123456789abcdef") + ")"
	}
	return t.Version
}

// BegunWith tells how a guest may have been named when the run was begun: a document does
// not say where it was.
func BegunWith(document *results.Document, guest string) string {
	hint := "give what the run was begun with: --runtime FOLDER, --template FILE"
	at := slices.IndexFunc(document.Artifacts, func(a results.Artifact) bool { return a.Runtime == guest })
	if at < 0 {
		return hint
	}
	zip := "--zip FILE --lambda-runtime " + document.Artifacts[at].LambdaRuntime
	if handler := document.Artifacts[at].Handler; !strings.HasPrefix(document.Artifacts[at].LambdaRuntime, "provided") {
		zip += " --handler " + handler
	}
	return hint + " or " + zip + ", with the same --requests and --integration"
}
