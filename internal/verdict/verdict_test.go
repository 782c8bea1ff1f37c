package verdict

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// environments of a kind whose cold starts took so long, in ms; each had ten warm calls.
func environments(kind results.ColdKind, wrong int64, colds ...float64) (all []results.Environment) {
	call := 10.0
	for _, cold := range colds {
		e := results.Environment{Kind: kind, Init: results.Init{WallMs: cold - call}, Operations: map[string]results.Operation{
			"a": {N: 5}, "b": {N: 5 - wrong, Errors: wrong},
		}}
		if wrong > 0 {
			e.Operations["b"] = results.Operation{N: 5 - wrong, Errors: wrong, Wrong: "status 404 instead of 200"}
		}
		e.FirstCall.DurationMs = &call
		all = append(all, e)
	}
	return all
}

func TestOf(t *testing.T) {
	measured := results.Configuration{Runtime: "go", Variant: "stock", Memory: 512, Status: results.Measured, Planned: 3, Environments: environments(results.Spawn, 0, 100, 110)}
	failed, unloaded, wrong := measured, measured, measured
	failed.Status, failed.Reason = results.Failed, "3 of 3 environments do not count."
	failed.Rejected = []results.Rejection{{Evidence: "an earlier one"}, {Evidence: "two\nlines"}, {Phase: results.InLoad, Evidence: "of the load"}}
	unloaded.LoadReason, unloaded.Rejected = "No rate held.", failed.Rejected
	wrong.Environments = environments(results.Spawn, 2, 100, 110)
	for name, tt := range map[string]struct {
		status         results.RunStatus
		source         results.SourceKind
		configurations []results.Configuration
		says, hint     string // "" if it is well
	}{
		"well":               {results.Complete, results.Local, []results.Configuration{measured}, "", ""},
		"nothing":            {results.Complete, results.Local, nil, "", ""},
		"interrupted":        {results.Interrupted, results.Local, []results.Configuration{measured, failed}, "the run was interrupted after 4 of 6 environments; these are kept", "go on with it: bench local --resume here"},
		"interrupted in AWS": {results.Interrupted, results.AWS, []results.Configuration{measured}, "the run was interrupted after 2 of 3 environments; these are kept", "its report is in here/report.html"},
		"failed":             {results.Complete, results.Local, []results.Configuration{measured, failed, wrong}, "not everything was measured:\n  go stock at 512 MB: 3 of 3 environments do not count.\n    | two\n    | lines", "the report names what is missing"},
		"no load":            {results.Complete, results.Local, []results.Configuration{unloaded}, "not everything was measured:\n  go stock at 512 MB: No rate held.\n    | of the load", "the report names what is missing"},
		"wrong":              {results.Complete, results.AWS, []results.Configuration{measured, wrong}, "not every call was answered as it should:\n  go stock at 512 MB answered 4 of 20 warm calls wrongly; the first, b: status 404 instead of 200", "correct the function"},
	} {
		document := results.Document{Status: tt.status, Source: results.Source{Kind: tt.source}, Configurations: tt.configurations}
		err := Of(&document, "here")
		if tt.says == "" {
			if err != nil {
				t.Errorf("%s: got %v, want nothing", name, err)
			}
			continue
		}
		if err == nil || err.Error() != tt.says || !strings.HasPrefix(fault.Hint(err), tt.hint) || fault.IsUsage(err) {
			t.Errorf("%s: got %q with the hint %q, want %q with %q", name, err, fault.Hint(err), tt.says, tt.hint)
		}
	}
}

func TestFew(t *testing.T) {
	enough := environments(results.Forced, 0, 100, 101, 102, 103, 104, 105)
	bursts := func(n int) []results.Environment { // of four environments each
		all := environments(results.Forced, 0, slices.Repeat([]float64{100, 104, 106, 190}, n)...)
		for i := range all {
			if all[i].Block = i / 4; i%4 == 0 {
				all[i].Burst = &results.Burst{Workers: 2, Calls: 4, Cold: 4}
			}
		}
		return all
	}
	for name, tt := range map[string]struct {
		environments []results.Environment
		want         string
	}{
		"none":            {nil, ""},
		"enough":          {enough, ""},
		"two":             {environments(results.Spawn, 0, 110, 123.4), "go stock at 512 MB has no figure, since it has no interval: n too small: 2 of the 6 values that p50 needs. Cold starts took 110, 123 ms."},
		"six bursts":      {bursts(6), ""},
		"two bursts":      {bursts(2), "go stock at 512 MB has no figure, since it has no interval: n too small: 2 of the 6 values that p50 needs. The medians of bursts took 105, 105 ms."},
		"two of one kind": {append(environments(results.Idle, 0, 110, 120), enough...), "go stock at 512 MB has no figure, since it has no interval: n too small: 2 of the 6 values that p50 needs. Cold starts of kind idle took 110, 120 ms."},
	} {
		document := results.Document{Configurations: []results.Configuration{{Runtime: "go", Variant: "stock", Memory: 512, Environments: tt.environments}}}
		if got := strings.Join(Few(&document), "\n"); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
