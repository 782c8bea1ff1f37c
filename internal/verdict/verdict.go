// Package verdict says of a run that has come to its end what is missing in it, what was
// answered wrongly, and which figures it has too few values for. It is pure.
package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Of is the error of a run, whose folder is dir, in which something that was asked for is
// missing or failed. Only runs of this machine can be taken up again.
func Of(document *results.Document, dir string) error {
	if document.Status == results.Interrupted {
		hint := "go on with it: bench local --resume " + dir
		if document.Source.Kind == results.AWS {
			hint = "its report is in " + filepath.Join(dir, "report.html")
		}
		got, planned := document.Counted()
		return fault.New(hint, "the run was interrupted after %d of %d environments; these are kept", got, planned)
	}
	var missing []string
	for _, c := range document.Configurations {
		if c.Status != results.Measured {
			missing = append(missing, fmt.Sprintf("%s: %s%s", name(c), c.Reason, evidence(c, "")))
		} else if c.LoadReason != "" {
			missing = append(missing, fmt.Sprintf("%s: %s%s", name(c), c.LoadReason, evidence(c, results.InLoad)))
		}
	}
	if len(missing) > 0 {
		return fault.New("the report names what is missing; leave a runtime out with --runtime", "not everything was measured:\n  %s", strings.Join(missing, "\n  "))
	}
	if wrong := wrongCalls(document); len(wrong) > 0 {
		return fault.New("correct the function, or what its request file wants (status, expect); the report has it by operation", "not every call was answered as it should:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}

func name(c results.Configuration) string {
	return fmt.Sprintf("%s %s at %d MB", c.Runtime, c.Variant, c.Memory)
}

// evidence is what the last reason for refusing samples left, in lines below it.
func evidence(c results.Configuration, phase results.RejectionPhase) string {
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
			for _, operation := range slices.Sorted(maps.Keys(e.Operations)) {
				o := e.Operations[operation]
				wrong, all = wrong+o.Errors, all+o.Errors+o.N
				if first == "" && o.Wrong != "" {
					first = operation + ": " + o.Wrong
				}
			}
		}
		if wrong > 0 {
			lines = append(lines, fmt.Sprintf("%s answered %d of %s wrongly; the first, %s", name(c), wrong, phrase.Plural(int(all), "warm call", "warm calls"), first))
		}
	}
	return lines
}

// Few are sentences with the single values of configurations that have too few environments
// of a kind of cold start for any interval: the report has no figure of theirs. Of those
// that workers made by bursts, the bursts are what counts.
func Few(document *results.Document) (sentences []string) {
	for _, c := range document.Configurations {
		var kinds []results.ColdKind
		colds, blocks, bursts := map[results.ColdKind][]float64{}, map[results.ColdKind][]int{}, map[results.ColdKind]bool{}
		for _, e := range c.Environments {
			if call := cmp.Or(e.FirstCall.DurationMs, e.FirstCall.ResponseMs, e.FirstCall.ClientMs); call != nil {
				if colds[e.Kind] == nil {
					kinds = append(kinds, e.Kind)
				}
				colds[e.Kind], blocks[e.Kind] = append(colds[e.Kind], e.Init.WallMs+*call), append(blocks[e.Kind], e.Block)
				bursts[e.Kind] = bursts[e.Kind] || e.Burst != nil && e.Burst.Workers > 0
			}
		}
		for _, kind := range kinds {
			values, what := colds[kind], "Cold starts"
			if bursts[kind] {
				values, what = medians(values, blocks[kind]), "The medians of bursts"
			}
			median := stats.Median(values)
			if median.Valid() {
				continue
			}
			var each []string
			for _, cold := range values {
				each = append(each, fmt.Sprintf("%.3g", cold))
			}
			which := ""
			if len(kinds) > 1 {
				which = " of kind " + string(kind)
			}
			sentences = append(sentences, fmt.Sprintf("%s has no figure, since it has no interval: %s. %s%s took %s ms.", name(c), strings.Join(median.Warnings, "; "), what, which, strings.Join(each, ", ")))
		}
	}
	return sentences
}

// medians are those of each block's values, which stand behind each other.
func medians(values []float64, blocks []int) (all []float64) {
	begin := 0
	for i := range values {
		if i+1 == len(values) || blocks[i+1] != blocks[i] {
			all = append(all, stats.Quantile(slices.Sorted(slices.Values(values[begin:i+1])), 0.5))
			begin = i + 1
		}
	}
	return all
}
