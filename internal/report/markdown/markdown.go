// Package markdown writes a report as tables for a pull request or a README.
package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// Write writes tables for a pull request or a README.
func Write(w io.Writer, m *view.Model) error {
	out := bufio.NewWriter(w)
	doc := m.Doc
	print := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	print("## Lambda runtimes, measured %s", view.SourceName(doc.Source))
	for i, c := range m.Contests {
		if i == 0 {
			print("")
			for _, a := range words.Answers(c) {
				print("- **%s:** %s", a.Question, format.Markdown(words.AnswerText(a)))
			}
			print("- **How sure:** %s", format.Markdown(strings.Join(words.Sureness(c), " ")))
			for _, text := range words.NotMeasured(m) {
				print("- **Not measured:** %s", format.Markdown(text))
			}
		}
		if m.Besides(c) {
			continue // its figures are among the gains
		}
		print("\n### %s%s\n", c.Title(), m.LimitsMark())
		if i == 0 && words.LeagueWords[c.Class] != "" {
			print("%s\n", format.Markdown(words.LeagueWords[c.Class]))
		}
		ranking(print, c.Rows, (*view.Row).ShortName, view.Value.RankText)
		if stacks := c.Stacks(); len(stacks) > 0 {
			layers(print, c, stacks)
		}
		gains(print, c)
		for _, set := range m.VariantSets(c) {
			print("\n#### Variants of %s\n", format.Markdown(set.Runtime))
			ranking(print, set.Rows, (*view.Row).VariantName, func(v view.Value) string { return v.AmongVariants().RankText() })
		}
		operations(print, c)
		bills(print, m, c)
		needs(print, c)
	}
	outside(print, m)
	traffic(print, m)
	against(print, m)
	print("\n%s", format.Markdown("Times in ms with intervals at 95 %; # is the rank, = shares it: indistinguishable, or closer than 2 %; ! marks an interval wider than 5 % of its median. Memory in MB of 2^20 bytes; capacity is the highest rate in calls a second of one environment that held "+words.Objective(doc.Plan.SLO)+"; compute is what Lambda asks for init and duration of a million requests at 0.1 % cold starts."))
	for _, texts := range [][]string{words.Warnings(m), words.Caveats(m)} {
		print("")
		for _, text := range texts {
			print("- %s", format.Markdown(text))
		}
	}
	if text := words.DatabaseNoise(m); text != "" {
		print("- %s", format.Markdown(text))
	}
	print("\n<details><summary>Run</summary>\n\n| | |\n|---|---|")
	for _, f := range append(words.RunFacts(m), words.HostFacts(m)...) {
		print("| %s | %s |", f.Label, format.Markdown(f.Value))
	}
	for _, a := range doc.Artifacts {
		print("| %s | `%s` |", format.Markdown(a.ID), a.SHA256)
	}
	print("\n</details>")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func ranking(print func(string, ...any), rows []*view.Row, name func(*view.Row) string, rank func(view.Value) string) {
	print("| # | runtime | cold total | init | first call | # | warm p50 | p95 | p99 | CPU per call | peak MB | zip | capacity | # | compute, USD |")
	print("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		if r.N == 0 {
			print("| – | %s | %s | | | | | | | | | | | | |", format.Markdown(name(r)), format.Markdown(view.StatusWords[r.Status]+". "+r.Reason))
			continue
		}
		print("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |",
			rank(r.Value("coldTotal")), format.Markdown(name(r)), view.Full(r.Value("coldTotal")), view.Full(r.Value("init")), view.Full(r.Value("firstCall")),
			rank(r.Value("warmP50")), view.Full(r.Value("warmP50")), view.Full(r.Value("warmP95")), view.Full(r.Value("warmP99")),
			view.Full(r.Value("warmCpu")), view.Full(r.Value("memoryPeak")), format.Bytes(r.Packed), words.CapacityText(r),
			rank(r.Value(view.MetricCost)), view.Full(r.Value(view.MetricCost)))
	}
}

// layers show what each layer adds to a cold start and to a warm call.
func layers(print func(string, ...any), c view.Contest, stacks []view.Stack) {
	names := c.StackNames(stacks)
	for _, m := range view.LayerMetrics[:2] {
		print("\n#### Layers: what each adds to the %s, %s\n", strings.ToLower(m.Caption[:1])+m.Caption[1:], m.Unit)
		print("| runtime | %s | in all |\n|---|%s--:|", strings.Join(names, " | "), strings.Repeat("--:|", len(names)))
		for _, s := range stacks {
			text := "| " + format.Markdown(s.API.Name) + " |"
			for _, name := range names {
				cell := table.Layer(s, name, m.Metric)
				text += " " + strings.TrimSpace(cell.Text+" "+cell.Small) + " |"
			}
			print("%s %s |", text, view.Full(s.API.Value(m.Metric)))
		}
	}
}

func operations(print func(string, ...any), c view.Contest) {
	if len(c.Operations) == 0 {
		return
	}
	print("\n<details><summary>Warm calls by operation</summary>\n")
	print("| operation | runtime | calls | errors | # | p50 | p95 | p99 | CPU per call | database per call |")
	print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, name := range c.Operations {
		for _, r := range c.Ranked("warmP50") {
			for _, o := range r.Operations {
				if o.Name == name {
					v := o.Value("p50")
					print("| `%s` | %s | %s | %s | %s | %s | %s | %s | %s | %s |", name, format.Markdown(r.Name), format.Count(o.Calls), format.Count(o.Errors), v.RankText(),
						view.Full(v), view.Full(o.Value("p95")), view.Full(o.Value("p99")), view.Full(o.Value("cpu")), view.Full(o.Value("db")))
				}
			}
		}
	}
	print("\n</details>")
}
