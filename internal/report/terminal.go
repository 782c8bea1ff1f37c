package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// defaultWidth is that of a terminal whose width is not known.
const defaultWidth = 100

// Terminal writes a screenful for a person: the answers, the ranking, what was
// not measured and why. Narrow terminals get fewer columns, and are told which.
func Terminal(w io.Writer, doc results.Document, style Style) error {
	if style.Width <= 0 {
		style.Width = defaultWidth
	}
	out := bufio.NewWriter(w)
	t := &terminal{out: out, style: style, model: Build(doc)}
	t.write()
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

type terminal struct {
	out   *bufio.Writer
	style Style
	model *Model
	noisy bool // some interval was marked
	tied  bool // some rank was shared
}

// The few attributes in use; colours of runtimes stay out of a terminal, whose
// background is not known.
const (
	bold   = "1"
	dim    = "2"
	yellow = "33"
)

func (t *terminal) paint(code, text string) string {
	if !t.style.Color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// line prints one line; errors surface in Flush.
func (t *terminal) line(text string) { fmt.Fprintln(t.out, text) }

// say prints text in lines that fit, the first behind a label.
func (t *terminal) say(label, code, text string) {
	for i, line := range wrap(label, text, t.style.Width) {
		if i == 0 {
			line = t.paint(code, label) + strings.TrimPrefix(line, label)
		}
		t.line(line)
	}
}

func (t *terminal) write() {
	m := t.model
	t.say("", "", strings.Join([]string{"Lambda runtimes, measured " + sourceName(m.Doc.Source), m.Doc.Started.UTC().Format("2006-01-02 15:04 UTC"), "run " + m.Doc.ID}, " · "))
	for i, c := range m.Contests {
		t.line("")
		if i == 0 {
			t.answers(c)
			t.line("")
		}
		t.contest(c)
	}
	t.line("")
	if t.noisy {
		t.say("! ", dim, "the median's interval at 95 % is wider than ±5 %: noisy")
	}
	if t.tied {
		t.say("= ", dim, "shares its rank: closer than 2 %, or not to be told apart with 95 % confidence")
	}
	for _, text := range m.NotMeasured() {
		t.say("not measured: ", bold, text)
	}
	for _, text := range m.RejectedSummary() {
		t.say("rejected: ", bold, text)
	}
	for _, text := range m.Warnings {
		t.say("warning: ", yellow, text)
	}
	t.say("note: ", dim, strings.Join(m.Caveats, " "))
}

func (t *terminal) answers(c Contest) {
	for _, a := range c.Answers() {
		t.say(fmt.Sprintf("%-16s", a.Question), bold, answerText(a))
	}
	t.say(fmt.Sprintf("%-16s", "How sure"), bold, strings.Join(c.Sureness(), " "))
}

func (t *terminal) contest(c Contest) {
	t.line(t.paint(bold, c.Title()+t.model.limitsMark()))
	var measured, others []*Row
	for _, r := range c.Rows {
		if r.Measured() && r.N > 0 {
			measured = append(measured, r)
		} else {
			others = append(others, r)
		}
	}
	columns := []column{
		{head: "#", cell: func(r *Row) string { return t.rank(r.Value("coldTotal")) }},
		{head: "runtime", left: true, cell: (*Row).Label},
		{head: "cold ms", cell: cell("coldTotal")},
		{head: "[95 %]", left: true, drop: 2, cell: t.bounds("coldTotal")},
		{head: "init", drop: 3, cell: cell("init")},
		{head: "first call", drop: 3, cell: cell("firstCall")},
		{head: "#", cell: func(r *Row) string { return t.rank(r.Value("warmP50")) }},
		{head: "warm p50 ms", cell: cell("warmP50")},
		{head: "[95 %]", left: true, drop: 4, cell: t.bounds("warmP50")},
		{head: "p95", drop: 6, cell: cell("warmP95")},
		{head: "p99", drop: 5, cell: cell("warmP99")},
		{head: "CPU ms", drop: 7, cell: cell("warmCpu")},
		{head: "peak MB", drop: 1, cell: cell("memoryPeak")},
		{head: "zip", drop: 8, cell: func(r *Row) string { return bytes(r.Packed) }},
	}
	if len(measured) > 0 {
		t.table(columns, measured)
	}
	for _, r := range others {
		t.say("–  "+r.Label()+": ", "", statusWords[r.Status]+". "+r.Reason)
	}
	if len(c.Floors) > 0 {
		t.line("")
		t.line(t.paint(bold, "Floors: the smallest handler, no framework, no SDK"))
		t.table(columns, c.Floors)
	}
	for _, set := range c.Variants {
		t.line("")
		t.line(t.paint(bold, "Variants of "+set.Runtime))
		variants := append([]column(nil), columns...)
		variants[0].cell = func(r *Row) string { return t.rank(r.Value("coldTotal").amongVariants()) }
		variants[1].cell = func(r *Row) string { return r.Variant }
		variants[6].cell = func(r *Row) string { return t.rank(r.Value("warmP50").amongVariants()) }
		t.table(variants, set.Rows)
	}
}

func (t *terminal) table(columns []column, rows []*Row) {
	lines, dropped := textTable(columns, rows, t.style.Width)
	for i, line := range lines {
		if i == 0 {
			line = t.paint(dim, line)
		}
		t.line(line)
	}
	if len(dropped) > 0 {
		t.say("", "", "(a wider terminal also shows: "+strings.Join(unique(dropped), ", ")+")")
	}
}

func (t *terminal) rank(v Value) string {
	t.tied = t.tied || v.Tied
	return v.RankText()
}

func (t *terminal) bounds(metric string) func(*Row) string {
	return func(r *Row) string {
		v := r.Value(metric)
		text := interval(v.Summary)
		if v.Noisy() {
			t.noisy = true
			text += "!"
		}
		return text
	}
}

func cell(metric string) func(*Row) string {
	return func(r *Row) string { return center(r.Value(metric).Summary) }
}

// noiseMark is "!" behind an interval that is too wide to build on.
func noiseMark(s stats.Summary) string {
	if s.Noisy() {
		return "!"
	}
	return ""
}

func unique(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}
