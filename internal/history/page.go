package history

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/compare"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("history").Parse(pageText))

// HTML writes one page that needs nothing else: a graph of each figure, as drawn
// once, without scripts.
func HTML(w io.Writer, h History) error {
	view := pageView{History: h, Runs: make([]runView, len(h.Runs))}
	for i, r := range h.Runs {
		view.Runs[i] = runView{Run: r, Number: i + 1, Before: r.After + 1, Short: short(r.Commit)}
	}
	metric := ""
	for _, t := range h.Trends {
		if t.Metric != metric {
			metric = t.Metric
			view.Metrics = append(view.Metrics, metricView{Heading: t.heading(), ID: t.Metric, Better: better(t)})
		}
		m := &view.Metrics[len(view.Metrics)-1]
		g := h.graph(t)
		if t.Main {
			m.Main = append(m.Main, g)
		} else {
			m.Others = append(m.Others, g)
		}
	}
	var buffer bytes.Buffer // so that a fault of the template leaves no half page
	if err := page.Execute(&buffer, view); err != nil {
		return fmt.Errorf("render the history: %w", err)
	}
	if _, err := buffer.WriteTo(w); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

type pageView struct {
	History
	Runs    []runView
	Metrics []metricView
}

type runView struct {
	Run
	Number int
	Before int // the run that it is compared with, 0 for none
	Short  string
}

type metricView struct {
	ID, Heading, Better string
	Main, Others        []graph
}

func better(t Trend) string {
	if t.HigherIsBetter {
		return "more is better"
	}
	return "less is better"
}

// The graph's size in pixels; the margins are for labels.
const (
	graphWidth, graphHeight = 300, 110
	left, right, top, foot  = 44, 8, 8, 18
)

// graph is a trend as drawn.
type graph struct {
	Configuration, Text, Color string
	Lines                      []string // of the runs of one series that follow each other: points of a polyline
	Marks                      []mark
	Gaps                       []mark
	Breaks                     []mark // where another series begins
	Lo, Hi                     string
	LoY, HiY                   float64
	First, Last                int
}

type mark struct {
	X, Y, Lo, Hi float64
	Class        string // worse, better or ""
	Title        string
}

func (h History) graph(t Trend) graph {
	lo, hi := t.span()
	for _, p := range t.Points { // room for the intervals
		if p.Gap == "" && p.Figure.Lo != nil && p.Figure.Hi != nil {
			lo, hi = min(lo, *p.Figure.Lo), max(hi, *p.Figure.Hi)
		}
	}
	hi = max(hi, lo*1.1)
	if hi == lo {
		hi = lo + 1
	}
	x := func(run int) float64 {
		if len(h.Runs) == 1 {
			return (left + graphWidth - right) / 2
		}
		return left + float64(run)/float64(len(h.Runs)-1)*(graphWidth-left-right)
	}
	y := func(v float64) float64 { return graphHeight - foot - (v-lo)/(hi-lo)*(graphHeight-top-foot) }
	first, last := t.ends()
	g := graph{
		Configuration: t.Configuration, Color: t.Color, Lo: format.Number(lo), Hi: format.Number(hi), LoY: y(lo), HiY: y(hi), First: 1, Last: len(h.Runs),
		Text: fmt.Sprintf("%s → %s", text(first.Figure), text(last.Figure)),
	}
	lines := map[int][]string{} // by series
	var order []int
	cut := func(series int) {
		if len(lines[series]) > 1 {
			g.Lines = append(g.Lines, strings.Join(lines[series], " "))
		}
		lines[series] = nil
	}
	for _, p := range t.Points {
		run := h.Runs[p.Run]
		about := fmt.Sprintf("run %d, %s, %s", p.Run+1, run.Started, short(run.Commit))
		if p.Run > 0 && run.Apart != "" {
			g.Breaks = append(g.Breaks, mark{X: x(p.Run), Title: about + ": another series: " + run.Apart})
		}
		if p.Gap != "" {
			cut(run.Series)
			g.Gaps = append(g.Gaps, mark{X: x(p.Run), Y: graphHeight - foot, Title: about + ": no figure: " + p.Gap})
			continue
		}
		m := mark{X: x(p.Run), Y: y(*p.Figure.Center), Title: about + ": " + text(p.Figure) + " " + t.Unit}
		m.Lo, m.Hi = m.Y, m.Y
		if p.Figure.Lo != nil && p.Figure.Hi != nil {
			m.Lo, m.Hi = y(*p.Figure.Lo), y(*p.Figure.Hi)
			if *p.Figure.Lo != *p.Figure.Hi {
				m.Title += fmt.Sprintf(" [%s, %s]", format.Number(*p.Figure.Lo), format.Number(*p.Figure.Hi))
			}
		}
		if p.Verdict == compare.Worse || p.Verdict == compare.Better {
			m.Class = string(p.Verdict)
			m.Title += fmt.Sprintf(", %s: ×%.2f of run %d", p.Verdict, *p.Ratio.Center, p.After+1)
		}
		g.Marks = append(g.Marks, m)
		if _, known := lines[run.Series]; !known {
			order = append(order, run.Series)
		}
		lines[run.Series] = append(lines[run.Series], fmt.Sprintf("%.1f,%.1f", m.X, m.Y))
	}
	for _, series := range order {
		cut(series)
	}
	return g
}
