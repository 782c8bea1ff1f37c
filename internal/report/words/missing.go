package words

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// NotMeasured shortens the list of what is missing to one line per reason.
func NotMeasured(m *view.Model) []string {
	if len(m.Missing) == 0 {
		return []string{"Nothing that was asked for is missing."}
	}
	var reasons []string
	names := map[string][]string{}
	for _, missing := range m.Missing {
		reason := missing.Status + ". " + missing.Reason
		if names[reason] == nil {
			reasons = append(reasons, reason)
		}
		names[reason] = append(names[reason], missing.Name)
	}
	var lines []string
	for _, reason := range reasons {
		lines = append(lines, format.List(names[reason])+": "+reason)
	}
	return lines
}

// RejectedSummary counts refused samples, a line per reason.
func RejectedSummary(m *view.Model) []Refusal {
	var reasons []string
	total, names, evidence := map[string]int64{}, map[string][]string{}, map[string]string{}
	for _, r := range m.Rejected {
		if total[r.Reason] == 0 {
			reasons = append(reasons, r.Reason)
		}
		total[r.Reason] += r.N
		evidence[r.Reason] = cmp.Or(evidence[r.Reason], r.Evidence)
		names[r.Reason] = append(names[r.Reason], fmt.Sprintf("%s %s", r.Name, format.Count(r.N)))
	}
	var list []Refusal
	for _, reason := range reasons {
		list = append(list, Refusal{fmt.Sprintf("%s: %s (%s)", format.Plural(total[reason], "sample"), reason, strings.Join(names[reason], ", ")), reason, evidence[reason]})
	}
	return list
}

// Refusal is a reason for refusing samples, as a sentence without its point, and what
// the first of them left.
type Refusal struct{ Text, Reason, Evidence string }

// Unknown is what no run of this kind measures, in short; the caveats say more.
func Unknown(m *view.Model) []string {
	var list []string
	if m.Doc.Traffic != nil {
		return append(list, "Single calls: CloudWatch has statistics of periods alone.")
	}
	if m.Doc.LoadTest != nil {
		return append(list, "Init, CPU, memory and cost: a load generator sees nothing of them.", "Capacity: how many calls a second each runtime holds.")
	}
	if m.Unpriced != "" {
		list = append(list, "Cost: "+m.Unpriced)
	}
	if !slices.ContainsFunc(m.Rows, func(r *view.Row) bool { return len(r.Load) > 0 }) {
		list = append(list, "Load: how many calls a second each runtime holds.")
	}
	if sizes := m.Memories(); len(sizes) == 1 {
		list = append(list, fmt.Sprintf("Other memory sizes than %s MB, at which the order may be another.", format.Count(sizes[0])))
	}
	if m.Doc.Source.Kind == results.Local {
		list = append(list, "AWS itself: the placement of microVMs, the download of the code, the network, the real DynamoDB. Read the distances between runtimes, not the absolute times.")
	}
	return list
}
