package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// summed are units whose values add up over periods. Others don't: of several periods the
// lowest and the highest are shown, since a mean of percentiles is no percentile.
var summed = []string{"calls", "request units", "ms billed"}

// trafficRows are the document's figures, those of runtimes first.
func trafficRows(t *results.Traffic) (rows []*trafficRow) {
	for _, s := range t.Series {
		i := slices.IndexFunc(rows, func(r *trafficRow) bool {
			_, shared := r.of[""]
			return r.figure == s.Figure && shared == (s.Runtime == "")
		})
		if i < 0 {
			i = len(rows)
			rows = append(rows, &trafficRow{figure: s.Figure, unit: s.Unit, of: map[string]string{}})
		}
		rows[i].of[s.Runtime] = trafficText(s)
	}
	return rows
}

func trafficText(s results.Series) string {
	if len(s.Points) == 0 {
		return "–"
	}
	low, high, sum := s.Points[0].Value, s.Points[0].Value, 0.0
	for _, p := range s.Points {
		low, high, sum = min(low, p.Value), max(high, p.Value), sum+p.Value
	}
	switch {
	case slices.Contains(summed, s.Unit):
		return format.Number(sum)
	case low == high:
		return format.Number(low)
	}
	return format.Number(low) + "–" + format.Number(high)
}

// trafficColumns are the runtimes in the order of tables.
func trafficColumns(m *Model) []results.Runtime {
	return slices.DeleteFunc(slices.Clone(m.Doc.Runtimes), func(r results.Runtime) bool {
		return !slices.ContainsFunc(m.Doc.Traffic.Series, func(s results.Series) bool { return s.Runtime == r.Name })
	})
}

// value is the figure of a runtime, or of all together for "".
func (r *trafficRow) value(runtime string) string {
	if text, ok := r.of[runtime]; ok {
		return text
	}
	return "–"
}

// split parts the figures of each runtime from those of all together.
func split(rows []*trafficRow) (each, together []*trafficRow) {
	for _, r := range rows {
		if _, shared := r.of[""]; shared {
			together = append(together, r)
		} else {
			each = append(each, r)
		}
	}
	return each, together
}

// trafficRow is a figure of each runtime, or of all together.
type trafficRow struct {
	figure, unit string
	of           map[string]string // by runtime; "" for all together
}

// trafficLead says what the figures of traffic are.
func trafficLead(t *results.Traffic) string {
	text := fmt.Sprintf("What %s knows of the functions from %s to %s UTC, with whatever traffic there was.", t.Source, t.From.UTC().Format("2006-01-02 15:04"), t.To.UTC().Format("2006-01-02 15:04"))
	period := time.Duration(t.PeriodSeconds * float64(time.Second))
	if period < t.To.Sub(t.From) {
		text += fmt.Sprintf(" Of the periods of %v, calls and units are added up; of other figures the lowest and the highest are shown.", period)
	}
	return text + " – is not known: CloudWatch has no value where nothing was recorded, not even zero. Runtimes had different calls and are not ranked."
}

// htmlTraffic is the page's section on it.
type htmlTraffic struct {
	Lead   string
	Tables []htmlTable
}

func trafficOf(m *Model) *htmlTraffic {
	if m.Doc.Traffic == nil {
		return nil
	}
	each, together := split(trafficRows(m.Doc.Traffic))
	columns := trafficColumns(m)
	own := htmlTable{Caption: "Of each runtime", Heads: []htmlHead{{Text: "Figure", Left: true}}}
	for _, r := range columns {
		own.Heads = append(own.Heads, htmlHead{Text: r.DisplayName})
	}
	cell := func(label, text string) htmlCell {
		c := htmlCell{Label: label, Text: text}
		if text == "–" {
			c.Class = "none"
		}
		return c
	}
	for _, row := range each {
		line := htmlRow{Name: row.figure + ", " + row.unit}
		for _, r := range columns {
			line.Cells = append(line.Cells, cell(r.DisplayName, row.value(r.Name)))
		}
		own.Rows = append(own.Rows, line)
	}
	section := &htmlTraffic{Lead: trafficLead(m.Doc.Traffic), Tables: []htmlTable{own}}
	if len(together) > 0 {
		shared := htmlTable{Caption: "All together", Heads: []htmlHead{{Text: "Figure", Left: true}, {Text: "Value"}}}
		for _, row := range together {
			shared.Rows = append(shared.Rows, htmlRow{Name: row.figure + ", " + row.unit, Cells: []htmlCell{cell("Value", row.value(""))}})
		}
		section.Tables = append(section.Tables, shared)
	}
	return section
}

// traffic shows what a monitoring system knows.
func (t *terminal) traffic() {
	m := t.model
	if m.Doc.Traffic == nil {
		return
	}
	t.line("")
	t.say("", "", trafficLead(m.Doc.Traffic))
	each, together := split(trafficRows(m.Doc.Traffic))
	columns := []column[*trafficRow]{
		{head: "of each runtime", left: true, cell: func(r *trafficRow) string { return r.figure }},
		{head: "", left: true, cell: func(r *trafficRow) string { return r.unit }},
	}
	for _, runtime := range trafficColumns(m) {
		columns = append(columns, column[*trafficRow]{head: runtime.DisplayName, cell: func(r *trafficRow) string { return r.value(runtime.Name) }})
	}
	tabulate(t, columns, each)
	if len(together) > 0 {
		t.line("")
		tabulate(t, []column[*trafficRow]{
			{head: "all together", left: true, cell: func(r *trafficRow) string { return r.figure }},
			{head: "", left: true, cell: func(r *trafficRow) string { return r.unit }},
			{head: "value", cell: func(r *trafficRow) string { return r.value("") }},
		}, together)
	}
}

// markdownTraffic is the same as tables.
func markdownTraffic(print func(string, ...any), m *Model) {
	if m.Doc.Traffic == nil {
		return
	}
	print("\n### Traffic\n\n%s\n", format.Markdown(trafficLead(m.Doc.Traffic)))
	each, together := split(trafficRows(m.Doc.Traffic))
	head, rule := "| figure | unit |", "|---|---|"
	columns := trafficColumns(m)
	for _, r := range columns {
		head, rule = head+" "+format.Markdown(r.DisplayName)+" |", rule+"--:|"
	}
	print("%s\n%s", head, rule)
	for _, row := range each {
		cells := []string{format.Markdown(row.figure), format.Markdown(row.unit)}
		for _, r := range columns {
			cells = append(cells, row.value(r.Name))
		}
		print("| %s |", strings.Join(cells, " | "))
	}
	if len(together) > 0 {
		print("\n| all together | unit | value |\n|---|---|--:|")
	}
	for _, row := range together {
		print("| %s | %s | %s |", format.Markdown(row.figure), format.Markdown(row.unit), row.value(""))
	}
}
