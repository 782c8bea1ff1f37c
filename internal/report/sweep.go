package report

import (
	"fmt"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Sweep is a set of runtimes at several memory sizes: what memory buys.
type Sweep struct {
	place          // but for its memory
	Memories []int // MB, ascending
	Lines    []SweepLine
}

// SweepLine is one runtime; its rows are by memory, ascending.
type SweepLine struct {
	Runtime, Name, Color string
	Rows                 []*Row
}

// sweeps joins contests that differ in memory only. The first one's is first.
func sweeps(contests []Contest) []Sweep {
	var all []Sweep
	for _, c := range contests {
		i := slices.IndexFunc(all, func(s Sweep) bool { return s.place == c.anySize() })
		if i < 0 {
			i = len(all)
			all = append(all, Sweep{place: c.anySize()})
		}
		s := &all[i]
		s.Memories = append(s.Memories, c.Memory)
		for _, r := range c.Rows {
			j := slices.IndexFunc(s.Lines, func(l SweepLine) bool { return l.Name == r.Name && l.Runtime == r.Runtime })
			if j < 0 {
				j = len(s.Lines)
				s.Lines = append(s.Lines, SweepLine{Runtime: r.Runtime, Name: r.Name, Color: r.Color})
			}
			s.Lines[j].Rows = append(s.Lines[j].Rows, r)
		}
	}
	for i := range all {
		slices.Sort(all[i].Memories)
		for _, line := range all[i].Lines {
			slices.SortFunc(line.Rows, func(a, b *Row) int { return a.Memory - b.Memory })
		}
	}
	return slices.DeleteFunc(all, func(s Sweep) bool { return len(s.Memories) < 2 })
}

// memories are the sizes in MB that have figures.
func (m *Model) memories() []int {
	var sizes []int
	for _, r := range m.Rows {
		if r.N > 0 && !slices.Contains(sizes, r.Memory) {
			sizes = append(sizes, r.Memory)
		}
	}
	return sizes
}

// swept reports whether the contest's rows are in a sweep.
func (m *Model) swept(c Contest) bool {
	return slices.ContainsFunc(m.Sweeps, func(s Sweep) bool { return s.place == c.anySize() })
}

// anySize is the place without its memory size.
func (p place) anySize() place {
	p.Memory = 0
	return p
}

// Title names the sweep: stock, 128 to 3,008 MB, x86_64.
func (s Sweep) Title() string {
	return s.titled(fmt.Sprintf("%s to %s MB", format.Count(s.Memories[0]), format.Count(s.Memories[len(s.Memories)-1])))
}

// Sentences say what memory buys each runtime, from its smallest size with a
// figure to its largest.
func (s Sweep) Sentences() []string {
	var sentences []string
	for _, line := range s.Lines {
		change := func(metric, what, unit string) string {
			var rows []*Row
			for _, r := range line.Rows {
				if r.Value(metric).Valid() {
					rows = append(rows, r)
				}
			}
			if len(rows) < 2 {
				return ""
			}
			a, b := rows[0], rows[len(rows)-1]
			factor := stats.Ratio(a.Sample(metric), b.Sample(metric), stats.Level)
			change := format.Number(factor.Center) + "× " + format.Interval(factor)
			if ofColdStart(metric) {
				less := stats.Difference(b.Sample(metric), a.Sample(metric), stats.Level)
				change = more(less) + " ms"
			}
			return fmt.Sprintf("%s %s %s at %s MB, %s at %s MB (%s)", what, format.Center(a.Value(metric).Summary), unit, format.Count(a.Memory),
				format.Center(b.Value(metric).Summary), format.Count(b.Memory), change)
		}
		cold, warm := change("coldTotal", "cold start", "ms"), change("warmP50", "warm median", "ms")
		switch {
		case cold != "" && warm != "":
			sentences = append(sentences, line.Name+": "+cold+"; "+warm+".")
		case cold+warm != "":
			sentences = append(sentences, line.Name+": "+cold+warm+".")
		}
	}
	return sentences
}

// htmlSweep is a sweep of the page; its charts are found by its place.
type htmlSweep struct {
	Index     int
	Title     string
	Sentences []string
	Tables    []htmlTable
}

func htmlSweeps(all []Sweep) []htmlSweep {
	var views []htmlSweep
	for i, s := range all {
		section := htmlSweep{Index: i, Title: s.Title(), Sentences: s.Sentences()}
		for _, metric := range Metrics {
			switch metric.ID {
			case "coldTotal", "warmP50", metricCost:
				if t := sweepTable(s, metric); t != nil {
					section.Tables = append(section.Tables, *t)
				}
			}
		}
		views = append(views, section)
	}
	return views
}

func sweepTable(s Sweep, metric Metric) *htmlTable {
	t := &htmlTable{Caption: format.Capital(metric.Name) + " by memory, " + metric.Unit, Sortable: true, Heads: []htmlHead{{Text: "Runtime", Left: true}}}
	for _, memory := range s.Memories {
		t.Heads = append(t.Heads, htmlHead{Text: format.Count(memory), Unit: "MB"})
	}
	any := false
	for _, line := range s.Lines {
		row := htmlRow{Swatch: line.Runtime, Name: line.Name}
		for _, memory := range s.Memories {
			label := format.Count(memory) + " MB"
			cell := htmlCell{Label: label, Text: "–", Class: "none", Sorted: true}
			for _, r := range line.Rows {
				if r.Memory == memory && r.N > 0 {
					cell = valueCell(label, r.Value(metric.ID))
					any = any || r.Value(metric.ID).Valid()
				} else if r.Memory == memory {
					cell.Text, cell.Title = statusWords[r.Status], r.Reason
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

func chartSweeps(all []Sweep) []chartSweep {
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
			c.Lines = append(c.Lines, chartSweepLine{chartStyle: styleOf(line.Name, line.Color, i), Cold: points("coldTotal"), Warm: points("warmP50"), Cost: points(metricCost)})
		}
		charts = append(charts, c)
	}
	return charts
}
