package terminal

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// gains shows what tuning gains in a line for each step.
func (t *terminal) gains(c view.Contest) {
	gains := c.Gains()
	if gains == nil {
		return
	}
	t.line("")
	t.say("What tuning gains", bold, ", from stock to tuned: "+c.Where()+t.model.LimitsMark())
	columns := []column[view.Gain]{{head: "runtime", left: true, cell: func(g view.Gain) string { return g.Tuned.Name }}}
	for _, m := range []struct {
		id, head string
		drop     int
	}{
		{"coldTotal", "cold ms", 0}, {"init", "init", 8}, {"firstCall", "first call", 7}, {"warmP50", "warm p50 ms", 1}, {"warmP99", "p99", 6},
		{"coldCpu", "CPU cold", 3}, {"warmCpu", "CPU warm", 4}, {"memoryPeak", "peak MB", 5}, {view.MetricPackage, "zip MB", 9}, {view.MetricCost, "$ per 1M", 10},
	} {
		columns = append(columns, column[view.Gain]{head: m.head, drop: m.drop, cell: func(g view.Gain) string { return t.step(m.id, g.Step(m.id)) }})
	}
	columns = append(columns, column[view.Gain]{head: "our lines", drop: 2, cell: words.GainLines})
	tabulate(t, columns, gains)
}

// step prints both sides, and what part is left; of cold starts, whose ratios would
// be others in AWS, how much more it is.
func (t *terminal) step(metric string, s view.Step) string {
	text := words.StepValues(s)
	switch {
	case !s.Ratio.Valid():
		return text
	case words.StepDoubt(s) != "" && !s.Exact():
		t.alike = true
		text += " ~"
	default:
		text += " "
	}
	if view.OfColdStart(metric) {
		return text + format.Signed(format.Number(s.Difference.Center))
	}
	return text + "×" + format.Number(s.Ratio.Center)
}

// layersAlone shows layers that have nothing above them.
func (t *terminal) layersAlone(c view.Contest) {
	var parts []string
	for _, r := range c.Rows {
		if r.N > 0 {
			parts = append(parts, r.Name+" "+format.Center(r.Value("coldTotal").Summary))
		}
	}
	t.say(c.Title()+": ", bold, "cold ms, "+strings.Join(parts, "; "))
}

// layers shows what each layer adds to a cold start, a runtime after the other.
func (t *terminal) layers(c view.Contest) {
	stacks := c.Stacks()
	if stacks == nil {
		return
	}
	names := c.StackNames(stacks)
	var parts []string
	for _, s := range stacks {
		var figures []string
		for _, name := range names {
			figures = append(figures, table.Layer(s, name, "coldTotal").Text)
		}
		parts = append(parts, s.API.Name+" "+strings.Join(figures, " / "))
	}
	t.line("")
	t.say("layers: ", bold, "cold ms, "+strings.Join(names, " / ")+": "+strings.Join(parts, "; "))
}
