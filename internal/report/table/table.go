// Package table has tables as plain data: what a cell says, what stands small below it,
// and what is doubtful about it. Tables that several reporters show are made here.
package table

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// Table is a table; its first column names the rows.
type Table struct {
	Caption, Mark, Note, Class string
	Sortable                   bool
	Heads                      []Head
	Rows                       []Row
}

// Head is what stands over a column.
type Head struct {
	Text, Unit string
	Left       bool
}

// Row is a row: its name, with the runtime whose colour stands before it and what
// is said below, and its cells.
type Row struct {
	Swatch, Name, Sub string
	Cells             []Cell
	Reason            *Reason // instead of cells
}

// Reason is why a row has no cells.
type Reason struct {
	Status, Text string
	Span         int
}

// Cell is a cell: its text, what stands small below, and what is doubtful. Label
// is its column's head, for pages too narrow for columns.
type Cell struct {
	Label, Text, Small, More, Doubt, Class, Title string
	Sorted                                        bool
	Key                                           string // to sort by; "" comes last
}

// Value is a figure with its interval below and what is doubtful about it.
func Value(label string, v view.Value) Cell {
	cell := Cell{Label: label, Text: format.Center(v.Summary), Sorted: true, Key: format.Plain(v.Center)}
	switch {
	case !v.Valid():
		cell.Class = "none"
		cell.Title = strings.Join(v.Warnings, "; ")
	case v.Lo != v.Hi:
		cell.Small = format.Interval(v.Summary)
		if v.Noisy() {
			cell.Doubt = "noisy, ±" + format.Percent(v.Precision())
		}
	}
	return cell
}
