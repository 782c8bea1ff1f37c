package markdown

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// against has every comparison that leads, by reference.
func against(print func(string, ...any), m *view.Model) {
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
