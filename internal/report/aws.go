package report

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

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
		here, _ := words.MoreParts(line.MoreHere)
		there, _ := words.MoreThere(line)
		parts = append(parts, line.Row.Name+" "+here+" (in AWS "+there+")")
	}
	t.say("against AWS: ", bold, "cold ms over "+most.Lines[0].Row.Name+": "+strings.Join(parts, ", ")+"; "+words.Agreement(most.Agreement)+". More: html, markdown.")
}

// markdownAWS has every comparison that leads, by reference.
func markdownAWS(print func(string, ...any), m *view.Model) {
	if m.Doc.Source.Kind != results.Local {
		return
	}
	if len(m.AWS) == 0 {
		print("\n### Against AWS\n\n%s", words.AWSNone)
		return
	}
	print("\n### Against AWS\n\n%s", format.Markdown(words.AWSLead))
	for _, r := range m.References() {
		print("\n#### %s\n\n%s", format.Markdown(r.Name), format.Markdown(words.ReferenceFacts(r)+" What differs: "+strings.Join(r.Differs, "; ")+"."))
		for _, t := range m.AWS {
			if t.Reference != r || !t.Leads() {
				continue
			}
			than := format.Markdown(t.Lines[0].Row.Name)
			print("\n| %s | in AWS | here, ms | here, more than %s | in AWS, ms | in AWS, more than %s |\n|---|---|--:|--:|--:|--:|", format.Markdown(words.AWSTitle(t)), than, than)
			for i, line := range t.Lines {
				here, there := "", ""
				if i > 0 {
					text, bounds := words.MoreThere(line)
					here, there = words.More(line.MoreHere), strings.TrimSpace(text+" "+bounds)
				}
				print("| %s | %s | %s | %s | %s | %s |", format.Markdown(line.Row.Name), format.Markdown(line.Version), view.Full(view.Value{Summary: line.Here}), here, view.Full(view.Value{Summary: line.There}), there)
			}
			print("\n%s", format.Markdown(words.Orders(t)))
		}
		for _, text := range words.Together(m, r) {
			print("\n%s", format.Markdown(text))
		}
	}
}
