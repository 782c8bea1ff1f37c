package markdown

import (
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// bills have every line of what a million requests cost.
func bills(print func(string, ...any), m *view.Model, c view.Contest) {
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
	for _, r := range c.Ranked(view.MetricCost) {
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

func needs(print func(string, ...any), c view.Contest) {
	rows := view.Billed(c)
	if len(rows) == 0 {
		return
	}
	var heads []string
	for _, rate := range cost.Rates {
		heads = append(heads, format.Count(int(rate))+" calls/s")
	}
	print("\n<details><summary>How many environments a rate of calls needs in AWS</summary>\n\n%s\n", format.Markdown(words.NeedsNote))
	print("| runtime | mean time, ms | %s |\n|---|--:|%s", strings.Join(heads, " | "), strings.Repeat("--:|", len(heads)))
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		text := "| " + format.Markdown(r.Name) + " | " + format.Number(bill.MeanMs) + " |"
		for _, rate := range cost.Rates {
			n := bill.Need(rate)
			text += " " + words.NeedText(n) + ", " + words.MonthText(n) + " |"
		}
		print("%s", text)
	}
	print("\n</details>")
}
