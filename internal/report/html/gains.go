package html

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// gainsSection is the page's section on stock and tuned.
type gainsSection struct {
	Lead  string
	Parts []gainsPart
}

// gainsPart is that of one contest. Its title is "" where there is only one.
type gainsPart struct {
	Title   string
	Charts  []gainsChart
	Tables  []table.Table
	Took    []took
	Ranking *table.Table
}

type gainsChart struct {
	Title, Chart, Alt string
	Index             int
}

// took is what a step took.
type took struct {
	Summary  string
	Settings []setting
}

type setting struct{ What, Why string }

// withGains are the contests with a step from stock to tuned.
func withGains(m *view.Model) []view.Contest {
	var list []view.Contest
	for _, c := range m.Contests {
		if c.Gains() != nil {
			list = append(list, c)
		}
	}
	return list
}

func gainsOf(m *view.Model) *gainsSection {
	contests := withGains(m)
	if contests == nil {
		return nil
	}
	section := &gainsSection{Lead: words.GainsLead}
	for i, c := range contests {
		gains := c.Gains()
		part := gainsPart{}
		if len(contests) > 1 {
			part.Title = c.Where()
		}
		for _, chart := range gainCharts {
			part.Charts = append(part.Charts, gainsChart{Title: chart.title, Chart: chart.name, Alt: words.GainAlt(chart.title, chart.metric, gains), Index: i})
		}
		for t := range view.GainMetrics {
			part.Tables = append(part.Tables, gainTable(m, t, gains))
		}
		for _, g := range gains {
			took := took{Summary: words.GainSummary(g)}
			for _, s := range g.Settings() {
				took.Settings = append(took.Settings, setting{s.What, words.SettingReason(s)})
			}
			part.Took = append(part.Took, took)
		}
		for _, other := range m.Contests {
			if other.AnyClass() == c.AnyClass() && m.Besides(other) && len(other.Rows) > 1 {
				ranking := rankingTable(m, other, other.Title(), "", other.Rows, false)
				part.Ranking = &ranking
			}
		}
		section.Parts = append(section.Parts, part)
	}
	return section
}

// gainTable is one of GainMetrics; the last has the lines of code, too.
func gainTable(m *view.Model, group int, gains []view.Gain) table.Table {
	t := table.Table{Caption: "What tuning gains: " + strings.ToLower(view.GainMetrics[group].Caption), Mark: strings.TrimPrefix(m.LimitsMark(), ", "), Sortable: true, Class: "steps",
		Heads: []table.Head{{Text: "Runtime", Left: true}}}
	last := group == len(view.GainMetrics)-1
	for _, metric := range view.GainMetrics[group].Metrics {
		t.Heads = append(t.Heads, table.Head{Text: metric.Head, Unit: metric.Unit})
	}
	if last {
		t.Heads = append(t.Heads, table.Head{Text: "Our code", Unit: "lines"})
	}
	for _, g := range gains {
		row := table.Row{Swatch: g.Tuned.Runtime, Name: g.Tuned.Name}
		for _, metric := range view.GainMetrics[group].Metrics {
			row.Cells = append(row.Cells, stepCell(metric, g.Step(metric.Id)))
		}
		if last {
			lines, known := g.Lines()
			cell := table.Cell{Label: "Our code, lines", Text: words.GainLines(g), Sorted: true}
			if known {
				cell.Key = format.Plain(float64(lines))
				cell.Small = format.Count(g.Stock.Lines) + " → " + format.Count(g.Tuned.Lines)
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func stepCell(metric view.GainMetric, s view.Step) table.Cell {
	cell := table.Cell{Label: metric.Head + ", " + metric.Unit, Text: words.StepValues(s), Small: words.StepDifference(s), More: words.StepRatio(s), Doubt: words.StepDoubt(s), Sorted: true, Key: format.Plain(s.Ratio.Center)}
	if !s.Difference.Valid() {
		cell.Class, cell.Title = "none", strings.Join(s.Difference.Warnings, "; ")
	}
	return cell
}

// gainCharts are the two figures that are drawn.
var gainCharts = []struct{ title, name, metric string }{{"Cold total", "gainCold", "coldTotal"}, {"Warm p50", "gainWarm", "warmP50"}}

// chartGains are one contest's steps.
type chartGains struct {
	Cold []chartGain `json:"cold"`
	Warm []chartGain `json:"warm"`
}

type chartGain struct {
	chartStyle
	chartValue        // of the ratio
	Values     string `json:"values"`
	Told       bool   `json:"told"`
}

func chartGainsOf(m *view.Model) []chartGains {
	var charts []chartGains
	for _, c := range withGains(m) {
		gains := c.Gains()
		of := func(metric string) []chartGain {
			list := []chartGain{}
			for i, g := range gains {
				s := g.Step(metric)
				if v := chartValueOf(view.Value{Summary: s.Ratio}); v != nil {
					list = append(list, chartGain{styleOf(g.Tuned.Name, g.Tuned.Color, i), *v, words.StepValues(s), s.Told()})
				}
			}
			return list
		}
		charts = append(charts, chartGains{Cold: of("coldTotal"), Warm: of("warmP50")})
	}
	return charts
}
