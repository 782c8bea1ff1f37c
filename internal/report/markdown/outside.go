package markdown

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// outside is the same as a table.
func outside(print func(string, ...any), m *view.Model) {
	rows := m.OutsideRows()
	if len(rows) == 0 {
		return
	}
	print("\n### Load test\n\n%s\n", format.Markdown(words.LoadTestText(m.Doc)))
	print("| runtime | calls | wrong | p50 | p95 | p99 | longest | cold calls | cold p50 |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, row := range table.Outside(rows).Rows {
		text := "| " + format.Markdown(row.Name) + " |"
		for _, cell := range row.Cells {
			text += " " + cell.Text + " |"
		}
		print("%s", text)
	}
	for _, miss := range words.Misses(m) {
		print("\n**Not held:** %s.", format.Markdown(miss))
	}
}

// traffic is the same as tables.
func traffic(print func(string, ...any), m *view.Model) {
	if m.Doc.Traffic == nil {
		return
	}
	print("\n### Traffic\n\n%s\n", format.Markdown(words.TrafficLead(m.Doc.Traffic)))
	each, together := view.SplitTraffic(view.TrafficRows(m.Doc.Traffic))
	head, rule := "| figure | unit |", "|---|---|"
	columns := view.TrafficColumns(m)
	for _, r := range columns {
		head, rule = head+" "+format.Markdown(r.DisplayName)+" |", rule+"--:|"
	}
	print("%s\n%s", head, rule)
	for _, row := range each {
		cells := []string{format.Markdown(row.Figure), format.Markdown(row.Unit)}
		for _, r := range columns {
			cells = append(cells, row.Value(r.Name))
		}
		print("| %s |", strings.Join(cells, " | "))
	}
	if len(together) > 0 {
		print("\n| all together | unit | value |\n|---|---|--:|")
	}
	for _, row := range together {
		print("| %s | %s | %s |", format.Markdown(row.Figure), format.Markdown(row.Unit), row.Value(""))
	}
}
