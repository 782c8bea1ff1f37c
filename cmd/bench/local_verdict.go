package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// verdict is the error of a run in which something that was asked for is
// missing or failed.
func verdict(document *results.Document, dir string) error {
	var missing []string
	got, planned := 0, 0
	for _, c := range document.Configurations {
		got += len(c.Environments)
		planned += c.Planned
		if c.Status != results.Measured {
			missing = append(missing, fmt.Sprintf("%s %s at %d MB: %s%s", c.Runtime, c.Variant, c.Memory, c.Reason, evidenceOf(c, "")))
		} else if c.LoadReason != "" {
			missing = append(missing, fmt.Sprintf("%s %s at %d MB: %s%s", c.Runtime, c.Variant, c.Memory, c.LoadReason, evidenceOf(c, results.InLoad)))
		}
	}
	switch {
	case document.Status == results.Interrupted:
		return fault.New("go on with it: bench local --resume "+dir, "the run was interrupted after %d of %d environments; these are kept", got, planned)
	case len(missing) > 0:
		return fault.New("the report names what is missing; leave a runtime out with --runtime", "not everything was measured:\n  %s", strings.Join(missing, "\n  "))
	}
	if wrong := wrongCalls(document); len(wrong) > 0 {
		return fault.New("correct the function, or what its request file wants (status, expect); the report has it by operation", "not every call was answered as it should:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}

// evidenceOf is what the last reason for refusing samples left, in lines below it.
func evidenceOf(c results.Configuration, phase results.RejectionPhase) string {
	var last string
	for _, r := range c.Rejected {
		if r.Phase == phase {
			last = r.Evidence
		}
	}
	if last == "" {
		return ""
	}
	return "\n    | " + strings.ReplaceAll(last, "\n", "\n    | ")
}

// wrongCalls are the warm calls that were answered wrongly, by configuration. They are in
// no figure.
func wrongCalls(document *results.Document) []string {
	var lines []string
	for _, c := range document.Configurations {
		var wrong, all int64
		first := ""
		for _, e := range c.Environments {
			for _, name := range slices.Sorted(maps.Keys(e.Operations)) {
				o := e.Operations[name]
				wrong, all = wrong+o.Errors, all+o.Errors+o.N
				if first == "" && o.Wrong != "" {
					first = name + ": " + o.Wrong
				}
			}
		}
		if wrong > 0 {
			lines = append(lines, fmt.Sprintf("%s %s at %d MB answered %d of %s wrongly; the first, %s", c.Runtime, c.Variant, c.Memory, wrong, plural(int(all), "warm call", "warm calls"), first))
		}
	}
	return lines
}

// sayFew gives the single values of configurations with too few environments of a kind
// of cold start for any interval: the report has no figure of theirs.
func (a *app) sayFew(document *results.Document) {
	for _, c := range document.Configurations {
		var kinds []results.ColdKind
		colds := map[results.ColdKind][]float64{}
		for _, e := range c.Environments {
			if call := cmp.Or(e.FirstCall.DurationMs, e.FirstCall.ResponseMs, e.FirstCall.ClientMs); call != nil {
				if colds[e.Kind] == nil {
					kinds = append(kinds, e.Kind)
				}
				colds[e.Kind] = append(colds[e.Kind], e.Init.WallMs+*call)
			}
		}
		for _, kind := range kinds {
			median := stats.Median(colds[kind])
			if median.Valid() {
				continue
			}
			var each []string
			for _, cold := range colds[kind] {
				each = append(each, fmt.Sprintf("%.3g", cold))
			}
			which := ""
			if len(kinds) > 1 {
				which = " of kind " + string(kind)
			}
			a.ui.Warn("%s %s at %d MB has no figure, since it has no interval: %s. Cold starts%s took %s ms.", c.Runtime, c.Variant, c.Memory, strings.Join(median.Warnings, "; "), which, strings.Join(each, ", "))
		}
	}
}
