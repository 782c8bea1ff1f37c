package resume

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func runtimeOf(name string, kind config.Kind) config.Runtime {
	return config.Runtime{Name: name, Variants: map[string]config.Variant{"api": {Name: "api", Artifact: "zip", Kind: kind, Local: "yes", Default: true}}}
}

var runtimes = []config.Runtime{runtimeOf("go", config.API), runtimeOf("mine", config.Guest)}

// begun is a plan, and the document of its run, which has not measured anything yet.
func begun(t *testing.T, choices plan.Local) (bench.Plan, results.Document) {
	t.Helper()
	choices.Seed, choices.Host = 7, config.X8664
	p, err := choices.Plan(runtimes)
	if err != nil {
		t.Fatal(err)
	}
	if p.Guests, err = bench.LoadGuests(p.Configurations); err != nil {
		t.Fatal(err)
	}
	document := results.Document{Seed: p.Seed, Plan: p.Record()}
	for _, c := range p.Configurations {
		document.Configurations = append(document.Configurations, results.Configuration{
			Runtime: c.Runtime.Name, Variant: c.Variant, Memory: c.MemoryMB, Arch: c.Arch, Status: results.Stopped, Planned: p.Environments(c),
		})
	}
	return p, document
}

// A document has all that its plan was.
func TestPlan(t *testing.T) {
	for name, choices := range map[string]plan.Local{
		"by default":  {},
		"quick":       {Choices: plan.Choices{Quick: true}},
		"a number":    {Choices: plan.Choices{Environments: 50}, NoLoad: true},
		"a precision": {Choices: plan.Choices{Precision: "3%", MaxTime: 90 * time.Second}},
		"both kinds":  {Code: "both", Choices: plan.Choices{Memory: []int{512, 256}}},
	} {
		want, document := begun(t, choices)
		got, err := Plan(&document, runtimes)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want.Workload.Load.Steps == 0 { // what a load would be, is not recorded where there is none
			got.Workload.Load, want.Workload.Load = config.Load{}, config.Load{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v, want\n%+v", name, got, want)
		}
		if len(got.Steps()) == 0 || !slices.Equal(got.Steps(), want.Steps()) {
			t.Errorf("%s: got another order", name)
		}
	}
}

// What did not come past build and gate stays as it is.
func TestPlanOfWhatWasScheduled(t *testing.T) {
	for name, tt := range map[string]struct {
		status   results.Status
		rejected int
		want     bool
	}{
		"not built":          {results.Unavailable, 0, false},
		"not measurable":     {results.NotMeasurable, 0, false},
		"failed the gate":    {results.Failed, 0, false},
		"failed to start":    {results.Failed, 1, true},
		"measured":           {results.Measured, 0, true},
		"not yet come to":    {results.Missing, 0, true},
		"stopped on its way": {results.Stopped, 0, true},
	} {
		_, document := begun(t, plan.Local{})
		c := &document.Configurations[0]
		c.Status, c.Rejected = tt.status, make([]results.Rejection, tt.rejected)
		got, err := Plan(&document, runtimes)
		if err != nil || (len(got.Configurations) == 2) != tt.want {
			t.Errorf("%s: got %d configurations (%v), want it among them: %t", name, len(got.Configurations), err, tt.want)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change   func(*results.Document)
		runtimes []config.Runtime
		says     string
		hint     string
	}{
		"another version's": {func(d *results.Document) { d.Plan.Order = "sorted" }, runtimes, "its plan is not one that this version makes", "use the version of bench that began it"},
		"no such runtime":   {func(*results.Document) {}, runtimes[:1], "it measures mine, which is not here", "name its folder: --runtime ../mine"},
		"no such variant":   {func(d *results.Document) { d.Configurations[0].Variant = "gone" }, runtimes, `unknown variant "gone"`, "variants of go: api"},
	} {
		_, document := begun(t, plan.Local{})
		tt.change(&document)
		if _, err := Plan(&document, tt.runtimes); err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(fault.Hint(err), tt.hint) {
			t.Errorf("%s: got %v with the hint %q, want %q with %q", name, err, fault.Hint(err), tt.says, tt.hint)
		}
	}
}

func TestWarnings(t *testing.T) {
	at := time.Date(2026, 11, 29, 7, 5, 0, 0, time.UTC)
	document := results.Document{Tool: results.Tool{Version: "1.0", Commit: "0123456789abcdef"}, Configurations: []results.Configuration{{Planned: 3, Environments: make([]results.Environment, 2)}, {Planned: 2}}}
	const interrupted = "The run was interrupted after 2 of 5 environments and taken up again at 2026-11-29 07:05 UTC."
	for name, tt := range map[string]struct {
		tool results.Tool
		want []string
	}{
		"the same":  {document.Tool, []string{interrupted}},
		"a changed": {results.Tool{Version: "1.0", Commit: "0123456789abcdef+"}, []string{interrupted, "It was begun by bench 1.0 (0123456) and taken up again by bench 1.0 (0123456+)."}},
		"released":  {results.Tool{Version: "1.1"}, []string{interrupted, "It was begun by bench 1.0 (0123456) and taken up again by bench 1.1."}},
	} {
		if got := Warnings(&document, tt.tool, at); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestBegunWith(t *testing.T) {
	document := results.Document{Artifacts: []results.Artifact{
		{Runtime: "lamps", LambdaRuntime: "nodejs24.x", Handler: "index.handler"}, {Runtime: "shell", LambdaRuntime: "provided.al2023", Handler: "bootstrap"},
	}}
	const begun = "give what the run was begun with: --runtime FOLDER, --template FILE"
	for guest, want := range map[string]string{
		"lamps":   begun + " or --zip FILE --lambda-runtime nodejs24.x --handler index.handler, with the same --requests and --integration",
		"shell":   begun + " or --zip FILE --lambda-runtime provided.al2023, with the same --requests and --integration",
		"unbuilt": begun,
	} {
		if got := BegunWith(&document, guest); got != want {
			t.Errorf("%s: got %q, want %q", guest, got, want)
		}
	}
}

func TestDiffering(t *testing.T) {
	p, document := begun(t, plan.Local{Choices: plan.Choices{Memory: []int{512, 256}}})
	const measured, other = "aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb"
	document.Artifacts = []results.Artifact{{ID: runtimes[0].ArtifactID("zip", config.X8664), SHA256: measured}, {ID: runtimes[1].ArtifactID("zip", config.X8664), SHA256: measured}}
	for name, tt := range map[string]struct {
		hash func(build.Request) (string, error)
		want []string // how each line ends
	}{
		"the same": {func(build.Request) (string, error) { return measured, nil }, nil},
		"others":   {func(build.Request) (string, error) { return other, nil }, []string{": got bbbbbbbbbbbb, wanted aaaaaaaaaaaa", ": got bbbbbbbbbbbb, wanted aaaaaaaaaaaa"}},
		"none": {func(r build.Request) (string, error) {
			if r.Runtime.Name == "go" {
				return "", errors.New("no such file")
			}
			return measured, nil
		}, []string{": got nothing, wanted aaaaaaaaaaaa"}},
	} {
		lines, requests := Differing(p, &document, tt.hash)
		if len(lines) != len(tt.want) || len(requests) != len(tt.want) {
			t.Errorf("%s: got %q and %d to build, want %q", name, lines, len(requests), tt.want)
			continue
		}
		for i, line := range lines {
			if line != requests[i].ID()+tt.want[i] {
				t.Errorf("%s: got %q, want %s%s", name, line, requests[i].ID(), tt.want[i])
			}
		}
	}
	if err := Refuse(&document, nil); err != nil {
		t.Errorf("got %v of nothing", err)
	}
	for commit, hint := range map[string]string{"": "measure anew without --resume", "0123": "check out what was measured, commit 0123, or measure anew without --resume"} {
		document.Tool.Commit = commit
		if err := Refuse(&document, []string{"a", "b"}); err == nil || err.Error() != "the artifacts are not those that were measured:\n  a\n  b" || fault.Hint(err) != hint {
			t.Errorf("got %v with the hint %q, want %q", err, fault.Hint(err), hint)
		}
	}
}

func TestSameHost(t *testing.T) {
	began := results.Host{CPU: "one", Cores: 2, OS: "linux", Database: results.Database{Kind: "builtin", TLS: true, Served: &results.Served{}}}
	for says, change := range map[string]func(*results.Host){
		"":                             func(h *results.Host) { h.Database.Served, h.EngineFloor = nil, nil },
		"CPU: got another, wanted one": func(h *results.Host) { h.CPU = "another" },
		"Cores: got 4, wanted 2":       func(h *results.Host) { h.Cores = 4 },
		"Database: got ":               func(h *results.Host) { h.Database.TLS = false },
	} {
		now := began
		change(&now)
		err := SameHost(began, now)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), "the machine is not as it was: "+says)) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
