package report

import (
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// outsideTable has what a load test saw in every call, a row for each runtime.
func outsideTable(rows []*view.Row) htmlTable {
	t := htmlTable{Caption: "Every call", Sortable: true, Heads: outsideHeads,
		Note: "Cold calls are among them. The figures are of this run’s calls, without an interval; what may be concluded about others stands in the ranking."}
	exact := func(label string, n int64) htmlCell {
		return htmlCell{Label: label, Text: format.Count(n), Sorted: true, Key: fmt.Sprint(n)}
	}
	for _, r := range rows {
		o := r.Outside
		t.Rows = append(t.Rows, htmlRow{Swatch: r.Runtime, Name: r.Name, Cells: []htmlCell{exact("Calls", o.Calls), exact("Wrong", o.Errors),
			milliseconds("p50", o.P50), milliseconds("p95", o.P95), milliseconds("p99", o.P99), milliseconds("Longest", o.Max), exact("Cold calls", o.Cold), milliseconds("Cold p50", o.ColdP50)}})
	}
	return t
}

var outsideHeads = []htmlHead{{Text: "Runtime", Left: true}, {Text: "Calls"}, {Text: "Wrong"}, {Text: "p50", Unit: "ms"}, {Text: "p95", Unit: "ms"}, {Text: "p99", Unit: "ms"}, {Text: "Longest", Unit: "ms"}, {Text: "Cold calls"}, {Text: "Cold p50", Unit: "ms"}}

// milliseconds is a time without an interval; a dash where it is not known.
func milliseconds(label string, v float64) htmlCell {
	cell := htmlCell{Label: label + ", ms", Text: format.Number(v), Sorted: true, Key: format.Plain(v)}
	if v != v {
		cell.Text, cell.Class, cell.Key = "–", "none", ""
	}
	return cell
}

// htmlOutside is the page's section on a load test.
type htmlOutside struct {
	Lead, Alt string
	Legend    []htmlLegend
	Misses    []string
	Held      bool // there was an objective, and nothing missed it
	Errors    bool // some call was answered wrongly
	Table     htmlTable
	Connect   *htmlTable // nil where nothing is known of connections
}

func outsideView(m *view.Model, c view.Contest) *htmlOutside {
	rows := m.OutsideRows()
	if len(rows) == 0 {
		return nil
	}
	missed := words.Misses(m)
	section := &htmlOutside{Lead: words.LoadTestText(m.Doc), Misses: missed, Held: m.Doc.Plan.SLO != (results.SLO{}) && len(missed) == 0, Table: outsideTable(rows)}
	section.Alt = words.AltText(c, "Latency over the run", (*view.Row).ShortName, "warmP50", "warmP99")
	connect := htmlTable{Caption: "Making connections", Note: "Medians, apart from the calls’ own time: waiting for a free connection is of every call, the handshakes of those that made a new one.",
		Heads: []htmlHead{{Text: "Runtime", Left: true}, {Text: "Waiting", Unit: "ms"}, {Text: "TCP", Unit: "ms"}, {Text: "TLS", Unit: "ms"}}}
	for i, r := range rows {
		o := r.Outside
		section.Legend = append(section.Legend, htmlLegend{Name: r.Name, Swatch: r.Runtime, Dash: dashText(dashes[i%len(dashes)])})
		section.Errors = section.Errors || o.Errors > 0
		if o.Blocked >= 0 || o.Connecting >= 0 || o.Handshake >= 0 { // not NaN
			connect.Rows = append(connect.Rows, htmlRow{Swatch: r.Runtime, Name: r.Name, Cells: []htmlCell{
				milliseconds("Waiting", o.Blocked), milliseconds("TCP", o.Connecting), milliseconds("TLS", o.Handshake)}})
		}
	}
	if connect.Rows != nil {
		section.Connect = &connect
	}
	return section
}

// chartOutside is a runtime's line over the run; a metric without a value there is null.
type chartOutside struct {
	chartStyle
	Points []chartOutsidePoint `json:"points"`
}

type chartOutsidePoint struct {
	Seconds float64  `json:"seconds"`
	Rate    float64  `json:"rate"`
	P50     *float64 `json:"p50"`
	P99     *float64 `json:"p99"`
	Errors  int64    `json:"errors"`
}

func chartOutsideOf(m *view.Model) []chartOutside {
	var lines []chartOutside
	known := func(v float64) *float64 {
		if v != v {
			return nil
		}
		return new(format.Round(v, 3))
	}
	for i, r := range m.OutsideRows() {
		line := chartOutside{chartStyle: styleOf(r.Name, r.Color, i)}
		for _, w := range r.Outside.Windows {
			line.Points = append(line.Points, chartOutsidePoint{w.Seconds, format.Round(w.Rate, 3), known(w.P50), known(w.P99), w.Errors})
		}
		lines = append(lines, line)
	}
	return lines
}

// outside shows what a load test saw, in every call.
func (t *terminal) outside() {
	rows := t.model.OutsideRows()
	if len(rows) == 0 {
		return
	}
	m := t.model
	t.line("")
	t.say("", "", words.LoadTestText(m.Doc))
	figure := func(of func(*view.Outside) float64) func(*view.Row) string {
		return func(r *view.Row) string { return milliseconds("", of(r.Outside)).Text }
	}
	exact := func(of func(*view.Outside) int64) func(*view.Row) string {
		return func(r *view.Row) string { return format.Count(of(r.Outside)) }
	}
	tabulate(t, []column[*view.Row]{
		{head: "every call", left: true, cell: (*view.Row).ShortName},
		{head: "calls", cell: exact(func(o *view.Outside) int64 { return o.Calls })},
		{head: "wrong", cell: exact(func(o *view.Outside) int64 { return o.Errors })},
		{head: "p50 ms", cell: figure(func(o *view.Outside) float64 { return o.P50 })},
		{head: "p95", drop: 3, cell: figure(func(o *view.Outside) float64 { return o.P95 })},
		{head: "p99", cell: figure(func(o *view.Outside) float64 { return o.P99 })},
		{head: "longest", drop: 2, cell: figure(func(o *view.Outside) float64 { return o.Max })},
		{head: "cold calls", drop: 1, cell: exact(func(o *view.Outside) int64 { return o.Cold })},
		{head: "cold p50", drop: 1, cell: figure(func(o *view.Outside) float64 { return o.ColdP50 })},
	}, rows)
	missed := words.Misses(m)
	for _, miss := range missed {
		t.say("not held: ", bold, miss+".")
	}
	if slo := m.Doc.Plan.SLO; slo != (results.SLO{}) && len(missed) == 0 {
		t.say("held: ", bold, words.ObjectiveText(slo)+".")
	}
}

// markdownOutside is the same as a table.
func markdownOutside(print func(string, ...any), m *view.Model) {
	rows := m.OutsideRows()
	if len(rows) == 0 {
		return
	}
	print("\n### Load test\n\n%s\n", format.Markdown(words.LoadTestText(m.Doc)))
	print("| runtime | calls | wrong | p50 | p95 | p99 | longest | cold calls | cold p50 |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, row := range outsideTable(rows).Rows {
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
