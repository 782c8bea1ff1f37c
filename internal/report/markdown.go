package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// full prints a figure with its interval and its mark.
func full(v Value) string {
	text := format.Center(v.Summary)
	if v.Valid() && v.Lo != v.Hi {
		text += " " + format.Interval(v.Summary) + format.NoiseMark(v.Summary)
	}
	return text
}

// limitsMark is put beside every figure that was measured without limits.
func (m *Model) limitsMark() string {
	if m.Doc.Source.Kind == results.Local && !m.Doc.Host.LimitsInForce {
		return ", without limits"
	}
	return ""
}

// answerText is an answer in one line.
func answerText(a Answer) string {
	text := a.Name()
	if len(a.Names) > 1 {
		text += " (tie)"
	}
	if a.Figure != "" {
		text += ", " + a.Figure + " " + a.Interval
	}
	if a.Of != "" {
		text += " of " + a.Of
	}
	if a.Detail != "" {
		text += "; " + a.Detail
	}
	return text
}

// Markdown writes tables for a pull request or a README.
func Markdown(w io.Writer, m *Model) error {
	out := bufio.NewWriter(w)
	doc := m.Doc
	print := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	print("## Lambda runtimes, measured %s", sourceName(doc.Source))
	for i, c := range m.Contests {
		if i == 0 {
			print("")
			for _, a := range c.Answers() {
				print("- **%s:** %s", a.Question, format.Markdown(answerText(a)))
			}
			print("- **How sure:** %s", format.Markdown(strings.Join(c.Sureness(), " ")))
			for _, text := range m.NotMeasured() {
				print("- **Not measured:** %s", format.Markdown(text))
			}
		}
		if m.besides(c) {
			continue // its figures are among the gains
		}
		print("\n### %s%s\n", c.Title(), m.limitsMark())
		if i == 0 && leagueWords[c.Class] != "" {
			print("%s\n", format.Markdown(leagueWords[c.Class]))
		}
		markdownTable(print, c.Rows, (*Row).named, Value.RankText)
		if stacks := c.Stacks(); len(stacks) > 0 {
			markdownLayers(print, c, stacks)
		}
		markdownGains(print, c)
		for _, set := range m.variantSets(c) {
			print("\n#### Variants of %s\n", format.Markdown(set.Runtime))
			markdownTable(print, set.Rows, (*Row).variant, func(v Value) string { return v.amongVariants().RankText() })
		}
		markdownOperations(print, c)
		markdownBills(print, m, c)
		markdownNeeds(print, c)
	}
	markdownOutside(print, m)
	markdownTraffic(print, m)
	markdownAWS(print, m)
	print("\n%s", format.Markdown("Times in ms with intervals at 95 %; # is the rank, = shares it: indistinguishable, or closer than 2 %; ! marks an interval wider than 5 % of its median. Memory in MB of 2^20 bytes; capacity is the highest rate in calls a second of one environment that held "+objective(doc.Plan.SLO)+"; compute is what Lambda asks for init and duration of a million requests at 0.1 % cold starts."))
	for _, texts := range [][]string{warnings(m), caveats(m)} {
		print("")
		for _, text := range texts {
			print("- %s", format.Markdown(text))
		}
	}
	if text := m.DatabaseNoise(); text != "" {
		print("- %s", format.Markdown(text))
	}
	print("\n<details><summary>Run</summary>\n\n| | |\n|---|---|")
	for _, f := range append(m.RunFacts(), m.HostFacts()...) {
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

func markdownTable(print func(string, ...any), rows []*Row, name func(*Row) string, rank func(Value) string) {
	print("| # | runtime | cold total | init | first call | # | warm p50 | p95 | p99 | CPU per call | peak MB | zip | capacity | # | compute, USD |")
	print("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		if r.N == 0 {
			print("| – | %s | %s | | | | | | | | | | | | |", format.Markdown(name(r)), format.Markdown(statusWords[r.Status]+". "+r.Reason))
			continue
		}
		print("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |",
			rank(r.Value("coldTotal")), format.Markdown(name(r)), full(r.Value("coldTotal")), full(r.Value("init")), full(r.Value("firstCall")),
			rank(r.Value("warmP50")), full(r.Value("warmP50")), full(r.Value("warmP95")), full(r.Value("warmP99")),
			full(r.Value("warmCpu")), full(r.Value("memoryPeak")), format.Bytes(r.Packed), capacityText(r),
			rank(r.Value(metricCost)), full(r.Value(metricCost)))
	}
}

// markdownLayers show what each layer adds to a cold start and to a warm call.
func markdownLayers(print func(string, ...any), c Contest, stacks []Stack) {
	names := c.stackNames(stacks)
	for _, m := range layerMetrics[:2] {
		print("\n#### Layers: what each adds to the %s, %s\n", strings.ToLower(m.caption[:1])+m.caption[1:], m.unit)
		print("| runtime | %s | in all |\n|---|%s--:|", strings.Join(names, " | "), strings.Repeat("--:|", len(names)))
		for _, s := range stacks {
			text := "| " + format.Markdown(s.API.Name) + " |"
			for _, name := range names {
				cell := layerCell(s, name, m.metric)
				text += " " + strings.TrimSpace(cell.Text+" "+cell.Small) + " |"
			}
			print("%s %s |", text, full(s.API.Value(m.metric)))
		}
	}
}

// markdownBills have every line of what a million requests cost.
func markdownBills(print func(string, ...any), m *Model, c Contest) {
	var ids []string
	names := map[string]string{}
	for _, r := range c.Rows {
		for _, bill := range r.Bills {
			for _, line := range bill.Lines {
				if names[line.ID] == "" {
					ids = append(ids, line.ID)
					names[line.ID] = line.Name
				}
			}
		}
	}
	if ids == nil {
		return
	}
	head, rule := "| runtime | cold starts |", "|---|--:|"
	for _, id := range ids {
		head += " " + format.Markdown(names[id]) + " |"
		rule += "--:|"
	}
	print("\n<details><summary>What a million requests cost, USD</summary>\n\n%s total |\n%s--:|", head, rule)
	var unpriced []string
	region := ""
	for _, r := range c.Ranked(metricCost) {
		for _, bill := range r.Bills {
			text := fmt.Sprintf("| %s | %s |", format.Markdown(r.Name), format.Share(bill.ColdShare))
			for _, id := range ids {
				if line, ok := bill.Line(id); ok {
					text += " " + format.Amount(line.USD) + " |"
				} else {
					text += " – |"
				}
			}
			print("%s %s |", text, format.Amount(bill.Total))
			unpriced, region = append(unpriced, bill.Unpriced...), bill.Region
		}
	}
	slices.Sort(unpriced)
	for _, text := range slices.Compact(unpriced) {
		print("\n%s", format.Markdown(text))
	}
	print("\n%s", format.Markdown(fmt.Sprintf("Prices of %s in %s: %s. Without free tier and data transfer.", m.Doc.Prices.Date, region, m.Doc.Prices.Source)))
	print("\n</details>")
}

func markdownOperations(print func(string, ...any), c Contest) {
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
						full(v), full(o.Value("p95")), full(o.Value("p99")), full(o.Value("cpu")), full(o.Value("db")))
				}
			}
		}
	}
	print("\n</details>")
}
