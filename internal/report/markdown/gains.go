package markdown

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// gains show what tuning gains, and what it took.
func gains(print func(string, ...any), c view.Contest) {
	gains := c.Gains()
	if gains == nil {
		return
	}
	print("\n#### What tuning gains\n\n%s", format.Markdown(words.GainsLead))
	for _, table := range view.GainMetrics {
		head, rule := "| runtime |", "|---|"
		for _, m := range table.Metrics {
			head += " " + format.Markdown(m.Head+", "+m.Unit) + " |"
			rule += "--:|"
		}
		print("\n%s\n%s", head, rule)
		for _, g := range gains {
			text := "| " + format.Markdown(g.Tuned.Name) + " |"
			for _, m := range table.Metrics {
				s := g.Step(m.Id)
				text += " " + strings.Join(format.NonEmpty(words.StepValues(s), words.StepDifference(s), words.StepRatio(s), words.StepDoubt(s)), "<br>") + " |"
			}
			print("%s", text)
		}
	}
	print("\n<details><summary>What it took</summary>\n")
	for _, g := range gains {
		print("- %s", format.Markdown(words.GainSummary(g)))
		for _, s := range g.Settings() {
			print("  - %s: %s", format.Markdown(s.What), format.Markdown(words.SettingReason(s)))
		}
	}
	print("\n</details>")
}
