package main

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// besideResume are the flags that say nothing about the plan of a run.
var besideResume = []string{"resume", "runtime", "json", "dynamodb", "dynamodb-endpoint", "zip", "handler", "lambda-runtime", "template", "function", "integration", "requests", "logs"}

// checkResume refuses flags that a resumed run can't follow.
func checkResume(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && cmd.InheritedFlags().Lookup(f.Name) == nil && !slices.Contains(besideResume, f.Name) {
			err = fault.Usage("leave it out, or measure anew without --resume", "--%s: a run that is resumed keeps its own plan", f.Name)
		}
	})
	return err
}

// resume opens the run in a folder to go on with it: same seed, plan and
// artifacts.
func (a *app) resume(ctx context.Context, f localFlags) (*localRun, error) {
	document, err := results.Load(filepath.Join(f.resume, "results.json"))
	if err != nil {
		return nil, err
	}
	if document.Source.Kind != results.Local {
		return nil, fault.Usage("name the folder of a run of bench local", "--resume %s: the run was made in %s", f.resume, document.Source.Kind)
	}
	p, err := a.openResumed(f, &document)
	if err != nil {
		return nil, err
	}
	plan, err := resumedPlan(&document, p.runtimes)
	if err != nil {
		return nil, fault.New(fault.Hint(err), "resume %s: %w", f.resume, err)
	}
	got, wanted := counted(&document)
	if document.Status == results.Complete || len(plan.Configurations) == 0 {
		return nil, fault.Usage("measure anew without --resume", "--resume %s: the run has come to its end, with %d of %d environments", f.resume, got, wanted)
	}
	behind := database{Options: dynamodb.Options{Kind: dynamodb.Kind(document.Host.Database.Kind)}, TLS: document.Host.Database.TLS}
	if f.database.endpoint != "" || behind.Kind == dynamodb.Endpoint {
		if f.database.endpoint == "" {
			return nil, fault.Usage("name it again: --dynamodb-endpoint URL", "--resume %s: the run used a database that bench does not start", f.resume)
		}
		chosen, err := f.database.options()
		if err != nil {
			return nil, err
		}
		behind.Options = chosen.Options
	}
	if err := a.sameArtifacts(ctx, p, plan, &document); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	document.Warnings = append(document.Warnings, fmt.Sprintf("The run was interrupted after %d of %d environments and taken up again at %s UTC.", got, wanted, now.Format("2006-01-02 15:04")))
	if tool := (results.Tool{Version: version(), Commit: commit(p.root)}); tool != document.Tool {
		document.Warnings = append(document.Warnings, fmt.Sprintf("It was begun by bench %s and taken up again by bench %s.", toolName(document.Tool), toolName(tool)))
	}
	a.ui.Say("going on with %s: %d of %d environments are there, seed %d", relative(p.root, f.resume), got, wanted, plan.Seed)
	output := &output{dir: f.resume}
	if dir, err := filepath.Abs(f.resume); err == nil && filepath.Dir(dir) == filepath.Join(p.root, "results") {
		output.latest = filepath.Join(p.root, "results", "latest")
	}
	return &localRun{project: p, plan: plan, document: &document, database: behind, out: output, resumed: true, began: now}, nil
}

// openResumed reads the runtimes of a run again. Guests have to be named again: a
// document does not say where they were.
func (a *app) openResumed(f localFlags, document *results.Document) (project, error) {
	names, folders := namesAndFolders(f.runtimes)
	if len(names) > 0 {
		return project{}, fault.Usage("leave it out; only folders outside of lambdas/ have to be named again", "--runtime %s: a run that is resumed keeps its own runtimes", names[0])
	}
	guests, err := a.guests(f.guest)
	if err != nil {
		return project{}, err
	}
	named := slices.Clone(guests)
	if len(folders) > 0 {
		p, err := a.openWith(folders, nil)
		if err != nil {
			return project{}, err
		}
		named = append(named, p.runtimes...)
	}
	words := folders
	for _, r := range document.Runtimes {
		if slices.ContainsFunc(named, func(n config.Runtime) bool { return n.Name == r.Name }) {
			continue
		}
		guest := slices.ContainsFunc(r.Variants, func(v results.Variant) bool { return v.Kind == results.KindGuest })
		if _, err := a.openWith([]string{r.Name}, nil); guest && err != nil { // one that is not in lambdas/
			return project{}, fault.Usage(begunWith(document, r.Name), "--resume %s: it measures %s, which has to be named again", f.resume, r.Name)
		}
		words = append(words, r.Name)
	}
	p, err := a.openWith(words, guests)
	if err != nil {
		return project{}, err
	}
	p.dist = f.guest.dist(p, words)
	return p, nil
}

// begunWith tells how a guest may have been named.
func begunWith(document *results.Document, name string) string {
	hint := "give what the run was begun with: --runtime FOLDER, --template FILE"
	at := slices.IndexFunc(document.Artifacts, func(a results.Artifact) bool { return a.Runtime == name })
	if at < 0 {
		return hint
	}
	zip := "--zip FILE --lambda-runtime " + document.Artifacts[at].LambdaRuntime
	if handler := document.Artifacts[at].Handler; !strings.HasPrefix(document.Artifacts[at].LambdaRuntime, "provided") {
		zip += " --handler " + handler
	}
	return hint + " or " + zip + ", with the same --requests and --integration"
}

func counted(document *results.Document) (got, wanted int) {
	for _, c := range document.Configurations {
		got += len(c.Environments)
		wanted += c.Planned
	}
	return got, wanted
}

func toolName(t results.Tool) string {
	if len(t.Commit) >= 7 {
		return t.Version + " (" + t.Commit[:7] + strings.TrimLeft(t.Commit[7:], "0123456789abcdef") + ")"
	}
	return t.Version
}

// resumedPlan is the plan that a document was made by.
func resumedPlan(document *results.Document, runtimes []config.Runtime) (bench.Plan, error) {
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
		r := runtimes[at]
		if _, err := r.Variant(c.Variant); err != nil {
			return plan, err
		}
		plan.Configurations = append(plan.Configurations, target.Config{Runtime: r, Variant: c.Variant, MemoryMB: c.Memory, Arch: c.Arch})
	}
	var err error
	plan.Guests, err = bench.LoadGuests(plan.Configurations)
	return plan, err
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

// sameArtifacts sees to it that dist/ holds the very zips that were measured,
// building them only where it does not.
func (a *app) sameArtifacts(ctx context.Context, p project, plan bench.Plan, document *results.Document) error {
	differing := func() (names []string, requests []build.Request) {
		for _, c := range plan.Configurations {
			request := build.Request{Runtime: c.Runtime, Artifact: c.Runtime.Variants[c.Variant].Artifact, Arch: c.Arch}
			recorded, ok := document.Artifact(request.ID())
			built, err := build.Open(p.dist, c.Runtime, request.Artifact, c.Arch)
			if ok && err == nil && built.Meta.SHA256 == recorded.SHA256 {
				continue
			}
			if slices.ContainsFunc(requests, func(r build.Request) bool { return r.ID() == request.ID() }) {
				continue
			}
			requests = append(requests, request)
			got := "nothing"
			if err == nil {
				got = built.Meta.SHA256[:12]
			}
			names = append(names, fmt.Sprintf("%s: got %s, wanted %s", request.ID(), got, recorded.SHA256[:min(12, len(recorded.SHA256))]))
		}
		return names, requests
	}
	if _, requests := differing(); len(requests) > 0 {
		if _, err := a.buildToRun(ctx, p, requests); err != nil {
			return err
		}
	}
	if names, _ := differing(); len(names) > 0 {
		hint := "measure anew without --resume"
		if commit := document.Tool.Commit; commit != "" {
			hint = "check out what was measured, commit " + commit + ", or " + hint
		}
		return fault.New(hint, "the artifacts are not those that were measured:\n  %s", strings.Join(names, "\n  "))
	}
	return nil
}

// sameHost refuses to put the figures of two machines into one document.
func sameHost(began, now results.Host) error {
	began.EngineFloor, now.EngineFloor = nil, nil
	began.Database.Served, now.Database.Served = nil, nil
	a, b := reflect.ValueOf(began), reflect.ValueOf(now)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			return fault.New("measure anew without --resume", "the machine is not as it was: %s: got %v, wanted %v", a.Type().Field(i).Name, y, x)
		}
	}
	return nil
}

func fromMs(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Microsecond)
}
