package table

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// Outside has what a load test saw in every call, a row for each runtime.
func Outside(rows []*view.Row) Table {
	t := Table{Caption: "Every call", Sortable: true, Heads: outsideHeads,
		Note: "Cold calls are among them. The figures are of this run’s calls, without an interval; what may be concluded about others stands in the ranking."}
	exact := func(label string, n int64) Cell {
		return Cell{Label: label, Text: format.Count(n), Sorted: true, Key: fmt.Sprint(n)}
	}
	for _, r := range rows {
		o := r.Outside
		t.Rows = append(t.Rows, Row{Swatch: r.Runtime, Name: r.Name, Cells: []Cell{exact("Calls", o.Calls), exact("Wrong", o.Errors),
			Milliseconds("p50", o.P50), Milliseconds("p95", o.P95), Milliseconds("p99", o.P99), Milliseconds("Longest", o.Max), exact("Cold calls", o.Cold), Milliseconds("Cold p50", o.ColdP50)}})
	}
	return t
}

var outsideHeads = []Head{{Text: "Runtime", Left: true}, {Text: "Calls"}, {Text: "Wrong"}, {Text: "p50", Unit: "ms"}, {Text: "p95", Unit: "ms"}, {Text: "p99", Unit: "ms"}, {Text: "Longest", Unit: "ms"}, {Text: "Cold calls"}, {Text: "Cold p50", Unit: "ms"}}

// Milliseconds is a time without an interval; a dash where it is not known.
func Milliseconds(label string, v float64) Cell {
	cell := Cell{Label: label + ", ms", Text: format.Number(v), Sorted: true, Key: format.Plain(v)}
	if v != v {
		cell.Text, cell.Class, cell.Key = "–", "none", ""
	}
	return cell
}
