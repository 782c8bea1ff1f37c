package html

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// sweepSection is a sweep of the page; its charts are found by its place.
type sweepSection struct {
	Index     int
	Title     string
	Sentences []string
	Tables    []table.Table
}

func sweepSections(all []view.Sweep) []sweepSection {
	var views []sweepSection
	for i, s := range all {
		section := sweepSection{Index: i, Title: s.Title(), Sentences: words.SweepSentences(s)}
		for _, metric := range view.Metrics {
			switch metric.ID {
			case "coldTotal", "warmP50", view.MetricCost:
				if t := sweepTable(s, metric); t != nil {
					section.Tables = append(section.Tables, *t)
				}
			}
		}
		views = append(views, section)
	}
	return views
}

func sweepTable(s view.Sweep, metric view.Metric) *table.Table {
	t := &table.Table{Caption: format.Capital(metric.Name) + " by memory, " + metric.Unit, Sortable: true, Heads: []table.Head{{Text: "Runtime", Left: true}}}
	for _, memory := range s.Memories {
		t.Heads = append(t.Heads, table.Head{Text: format.Count(memory), Unit: "MB"})
	}
	any := false
	for _, line := range s.Lines {
		row := table.Row{Swatch: line.Runtime, Name: line.Name}
		for _, memory := range s.Memories {
			label := format.Count(memory) + " MB"
			cell := table.Cell{Label: label, Text: "–", Class: "none", Sorted: true}
			for _, r := range line.Rows {
				if r.Memory == memory && r.N > 0 {
					cell = table.Value(label, r.Value(metric.ID))
					any = any || r.Value(metric.ID).Valid()
				} else if r.Memory == memory {
					cell.Text, cell.Title = view.StatusWords[r.Status], r.Reason
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	if !any {
		return nil
	}
	return t
}

// chartSweep is what the curves are drawn from.
type chartSweep struct {
	Memories []int            `json:"memories"`
	Lines    []chartSweepLine `json:"lines"`
}

type chartSweepLine struct {
	chartStyle
	Cold []chartSweepPoint `json:"cold"`
	Warm []chartSweepPoint `json:"warm"`
	Cost []chartSweepPoint `json:"cost"`
}

type chartSweepPoint struct {
	Memory int `json:"memory"`
	chartValue
}

func chartSweeps(all []view.Sweep) []chartSweep {
	charts := []chartSweep{}
	for _, s := range all {
		c := chartSweep{Memories: s.Memories, Lines: []chartSweepLine{}}
		for i, line := range s.Lines {
			points := func(metric string) []chartSweepPoint {
				list := []chartSweepPoint{}
				for _, r := range line.Rows {
					if v := chartValueOf(r.Value(metric)); v != nil {
						list = append(list, chartSweepPoint{Memory: r.Memory, chartValue: *v})
					}
				}
				return list
			}
			c.Lines = append(c.Lines, chartSweepLine{chartStyle: styleOf(line.Name, line.Color, i), Cold: points("coldTotal"), Warm: points("warmP50"), Cost: points(view.MetricCost)})
		}
		charts = append(charts, c)
	}
	return charts
}
