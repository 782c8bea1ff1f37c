package report

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// needsNote says how many environments a rate of calls takes in AWS, and that what
// one of them holds here is something else.
var needsNote = fmt.Sprintf("In AWS one environment serves at most %d synchronous requests a second, however short they are: capacity beyond that is headroom, not traffic. A rate of calls keeps the larger of rate ÷ %d and rate × mean time (Little’s law) of them busy; bursts need more, and a new account has a concurrency of ten. Beside them what a month at that rate costs, at %s cold starts: Lambda’s compute, of the whole bill.",
	cost.RequestsPerEnvironment, cost.RequestsPerEnvironment, format.Share(cost.TypicalColdShare))

// needText prints how many environments a rate takes, and which rule decides: 12 by time.
func needText(n cost.Need) string {
	if n.Timed {
		return format.Count(n.Environments) + " by time"
	}
	return format.Count(n.Environments)
}

// monthText prints what a month at the rate costs: $24.1 of $1,138.
func monthText(n cost.Need) string { return format.USD(n.Compute) + " of " + format.USD(n.Total) }

// needTable is nil where nothing could be priced.
func needTable(c view.Contest) *htmlTable {
	t := htmlTable{Caption: "How many environments a rate of calls needs in AWS", Note: needsNote, Heads: []htmlHead{{Text: "Runtime", Left: true}, {Text: "Mean time", Unit: "ms"}}}
	for _, rate := range cost.Rates {
		t.Heads = append(t.Heads, htmlHead{Text: format.Count(int(rate)), Unit: "calls/s"})
	}
	for _, r := range view.Billed(c) {
		bill, _ := r.Bill(cost.TypicalColdShare)
		row := htmlRow{Swatch: r.Runtime, Name: r.Name, Cells: []htmlCell{{Label: "Mean time, ms", Text: format.Number(bill.MeanMs)}}}
		for _, rate := range cost.Rates {
			n := bill.Need(rate)
			row.Cells = append(row.Cells, htmlCell{Label: format.Count(int(rate)) + " calls/s", Text: needText(n), Small: monthText(n)})
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
	print("\n<details><summary>How many environments a rate of calls needs in AWS</summary>\n\n%s\n", format.Markdown(needsNote))
	print("| runtime | mean time, ms | %s |\n|---|--:|%s", strings.Join(heads, " | "), strings.Repeat("--:|", len(heads)))
	for _, r := range rows {
		bill, _ := r.Bill(cost.TypicalColdShare)
		text := "| " + format.Markdown(r.Name) + " | " + format.Number(bill.MeanMs) + " |"
		for _, rate := range cost.Rates {
			n := bill.Need(rate)
			text += " " + needText(n) + ", " + monthText(n) + " |"
		}
		print("%s", text)
	}
	print("\n</details>")
}
