package report

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// needTable is nil where nothing could be priced.
func needTable(c view.Contest) *htmlTable {
	t := htmlTable{Caption: "How many environments a rate of calls needs in AWS", Note: words.NeedsNote, Heads: []htmlHead{{Text: "Runtime", Left: true}, {Text: "Mean time", Unit: "ms"}}}
	for _, rate := range cost.Rates {
		t.Heads = append(t.Heads, htmlHead{Text: format.Count(int(rate)), Unit: "calls/s"})
	}
	for _, r := range view.Billed(c) {
		bill, _ := r.Bill(cost.TypicalColdShare)
		row := htmlRow{Swatch: r.Runtime, Name: r.Name, Cells: []htmlCell{{Label: "Mean time, ms", Text: format.Number(bill.MeanMs)}}}
		for _, rate := range cost.Rates {
			n := bill.Need(rate)
			row.Cells = append(row.Cells, htmlCell{Label: format.Count(int(rate)) + " calls/s", Text: words.NeedText(n), Small: words.MonthText(n)})
		}
		t.Rows = append(t.Rows, row)
	}
	if t.Rows == nil {
		return nil
	}
	return &t
}

func markdownNeeds(print func(string, ...any), c view.Contest) {
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
