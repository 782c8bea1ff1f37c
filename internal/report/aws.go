package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// AWSTitle names the table: cold total, 1,769 MB, x86_64 (in AWS arm64).
func AWSTitle(t view.AWSTable) string {
	name := format.Capital(t.Metric.Name)
	if len(t.Lines) > 0 && t.Lines[0].Row.Kind.Layer() {
		name += " of the " + view.LayerNames[t.Lines[0].Row.Kind]
	}
	text := name + ", " + format.Count(t.Memory) + " MB, " + t.Arch
	if t.Elsewhere != "" {
		text += " (in AWS " + t.Elsewhere + ")"
	}
	return text
}

// Orders says how far the two orders agree.
func Orders(t view.AWSTable) string {
	names := func(lines []view.AWSLine) []string {
		var list []string
		for _, line := range lines {
			list = append(list, line.Row.Name)
		}
		return list
	}
	here := slices.SortedStableFunc(slices.Values(t.Lines), func(a, b view.AWSLine) int { return cmp.Compare(a.Here.Center, b.Here.Center) })
	a, b := names(here), names(t.Lines)
	text := "The same order, " + strings.Join(a, ", ")
	if !slices.Equal(a, b) {
		text = "Here " + strings.Join(a, ", ") + "; in AWS " + strings.Join(b, ", ")
	}
	return text + ". Kendall’s " + agreement(t.Agreement) + "."
}

// MoreThere prints the difference in AWS; where nothing is known of its doubt, with
// no more digits than the figure itself.
func MoreThere(l view.AWSLine) (text, bounds string) {
	if l.MoreThere.Valid() && l.MoreThere.Lo == l.MoreThere.Hi {
		return format.Signed(format.Like(l.MoreThere.Center, l.There.Center)), ""
	}
	return moreParts(l.MoreThere)
}

// agreement prints Kendall's τ with its interval.
func agreement(s stats.Summary) string {
	if !s.Valid() {
		return fmt.Sprintf("τ: n too small (%d of %d)", s.N, stats.MinRanked)
	}
	return fmt.Sprintf("τ %.2f [%.2f, %.2f]", s.Center, s.Lo, s.Hi)
}

// more prints a difference with its interval: +212 [205, 220].
func more(s stats.Summary) string {
	text, bounds := moreParts(s)
	return strings.TrimSpace(text + " " + bounds)
}

// moreParts are the two parts of it.
func moreParts(s stats.Summary) (text, bounds string) {
	if !s.Valid() {
		return format.Center(s), ""
	}
	if s.Lo != s.Hi {
		bounds = format.Interval(s)
	}
	return format.Signed(format.Number(s.Center)), bounds
}

// awsLead says how to read the comparison.
const awsLead = "Cold starts are compared by differences in milliseconds, never by ratios: AWS adds to each of them a common part that no other machine has, so that distances travel and ratios do not. The functions differ, too: believe orders and sizes of differences, not single values."

// awsNone says that there is nothing to compare with.
const awsNone = "Nothing that was published has two of these runtimes at one of these memory sizes."

// aws has room for one comparison: the main contest's, of cold starts of as many
// functions as there are.
func (t *terminal) aws() {
	var most view.AWSTable
	for _, table := range t.model.AWS {
		if main := t.model.Contests[0]; table.Metric.ID == "coldTotal" && table.Memory == main.Memory && table.Arch == main.Arch && table.Leads() && len(table.Lines) > len(most.Lines) {
			most = table
		}
	}
	if most.Lines == nil {
		return
	}
	var parts []string
	for _, line := range most.Lines[1:] {
		here, _ := moreParts(line.MoreHere)
		there, _ := MoreThere(line)
		parts = append(parts, line.Row.Name+" "+here+" (in AWS "+there+")")
	}
	t.say("against AWS: ", bold, "cold ms over "+most.Lines[0].Row.Name+": "+strings.Join(parts, ", ")+"; "+agreement(most.Agreement)+". More: html, markdown.")
}

// markdownAWS has every comparison that leads, by reference.
func markdownAWS(print func(string, ...any), m *view.Model) {
	if m.Doc.Source.Kind != results.Local {
		return
	}
	if len(m.AWS) == 0 {
		print("\n### Against AWS\n\n%s", awsNone)
		return
	}
	print("\n### Against AWS\n\n%s", format.Markdown(awsLead))
	for _, r := range m.References() {
		print("\n#### %s\n\n%s", format.Markdown(r.Name), format.Markdown(ReferenceFacts(r)+" What differs: "+strings.Join(r.Differs, "; ")+"."))
		for _, t := range m.AWS {
			if t.Reference != r || !t.Leads() {
				continue
			}
			than := format.Markdown(t.Lines[0].Row.Name)
			print("\n| %s | in AWS | here, ms | here, more than %s | in AWS, ms | in AWS, more than %s |\n|---|---|--:|--:|--:|--:|", format.Markdown(AWSTitle(t)), than, than)
			for i, line := range t.Lines {
				here, there := "", ""
				if i > 0 {
					text, bounds := MoreThere(line)
					here, there = more(line.MoreHere), strings.TrimSpace(text+" "+bounds)
				}
				print("| %s | %s | %s | %s | %s | %s |", format.Markdown(line.Row.Name), format.Markdown(line.Version), view.Full(view.Value{Summary: line.Here}), here, view.Full(view.Value{Summary: line.There}), there)
			}
			print("\n%s", format.Markdown(Orders(t)))
		}
		for _, text := range Together(m, r) {
			print("\n%s", format.Markdown(text))
		}
	}
}
