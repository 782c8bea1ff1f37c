package report

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// htmlTraffic is the page's section on it.
type htmlTraffic struct {
	Lead   string
	Tables []htmlTable
}

func trafficOf(m *view.Model) *htmlTraffic {
	if m.Doc.Traffic == nil {
		return nil
	}
	each, together := view.SplitTraffic(view.TrafficRows(m.Doc.Traffic))
	columns := view.TrafficColumns(m)
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
		line := htmlRow{Name: row.Figure + ", " + row.Unit}
		for _, r := range columns {
			line.Cells = append(line.Cells, cell(r.DisplayName, row.Value(r.Name)))
		}
		own.Rows = append(own.Rows, line)
	}
	section := &htmlTraffic{Lead: words.TrafficLead(m.Doc.Traffic), Tables: []htmlTable{own}}
	if len(together) > 0 {
		shared := htmlTable{Caption: "All together", Heads: []htmlHead{{Text: "Figure", Left: true}, {Text: "Value"}}}
		for _, row := range together {
			shared.Rows = append(shared.Rows, htmlRow{Name: row.Figure + ", " + row.Unit, Cells: []htmlCell{cell("Value", row.Value(""))}})
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
	t.say("", "", words.TrafficLead(m.Doc.Traffic))
	each, together := view.SplitTraffic(view.TrafficRows(m.Doc.Traffic))
	columns := []column[*view.TrafficRow]{
		{head: "of each runtime", left: true, cell: func(r *view.TrafficRow) string { return r.Figure }},
		{head: "", left: true, cell: func(r *view.TrafficRow) string { return r.Unit }},
	}
	for _, runtime := range view.TrafficColumns(m) {
		columns = append(columns, column[*view.TrafficRow]{head: runtime.DisplayName, cell: func(r *view.TrafficRow) string { return r.Value(runtime.Name) }})
	}
	tabulate(t, columns, each)
	if len(together) > 0 {
		t.line("")
		tabulate(t, []column[*view.TrafficRow]{
			{head: "all together", left: true, cell: func(r *view.TrafficRow) string { return r.Figure }},
			{head: "", left: true, cell: func(r *view.TrafficRow) string { return r.Unit }},
			{head: "value", cell: func(r *view.TrafficRow) string { return r.Value("") }},
		}, together)
	}
}

// markdownTraffic is the same as tables.
func markdownTraffic(print func(string, ...any), m *view.Model) {
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
