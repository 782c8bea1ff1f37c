// Package terminal writes a report as a screenful of text for a person.
package terminal

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// defaultWidth is that of a terminal whose width is not known.
const defaultWidth = 100

// Style is what a terminal can show.
type Style struct {
	Color bool // the caller has looked at NO_COLOR and at where the text goes
	Width int  // columns; 0 is 100
}

// Write writes a screenful for a person: the answers, the ranking, what was
// not measured and why. Narrow terminals get fewer columns, and are told which.
func Write(w io.Writer, m *view.Model, style Style) error {
	if style.Width <= 0 {
		style.Width = defaultWidth
	}
	out := bufio.NewWriter(w)
	t := &terminal{out: out, style: style, model: m}
	t.write()
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

type terminal struct {
	out     *bufio.Writer
	style   Style
	model   *view.Model
	noisy   bool     // some interval was marked
	tied    bool     // some rank was shared
	alike   bool     // some gain can't be told from none
	dropped []string // columns that did not fit
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
	t.say("", "", strings.Join([]string{"Lambda runtimes, measured " + view.SourceName(m.Doc.Source), m.Doc.Started.UTC().Format("2006-01-02 15:04 UTC"), "run " + m.Doc.ID}, " · "))
	for i, c := range m.Contests {
		if i == 0 {
			t.line("")
			t.answers(c)
		}
		if m.Besides(c) {
			continue // its figures are among the gains
		}
		switch {
		case i > 0 && m.Swept(c): // its figures are in the table by memory
		case i > 0 && c.Kind.Layer():
			t.line("")
			t.layersAlone(c)
		default:
			t.line("")
			t.contest(c)
		}
		t.layers(c)
		t.gains(c)
	}
	t.outside()
	t.traffic()
	for _, sweep := range m.Sweeps {
		t.sweep(sweep)
	}
	for _, set := range view.AllVariantSets(m) {
		t.variants(set)
	}
	t.line("")
	t.doubts()
}

// doubts are what a reader must know beside the figures. Everything is in every
// other form of the report; here the first few lines have to do.
func (t *terminal) doubts() {
	m := t.model
	var marks []string
	if t.noisy {
		marks = append(marks, "! wider than ±5 %: noisy")
	}
	if t.tied {
		marks = append(marks, "= shares its rank: can’t be told apart")
	}
	if t.alike {
		marks = append(marks, "~ can’t be told from none")
	}
	if marks != nil {
		t.say("", dim, strings.Join(marks, " · "))
	}
	if len(t.dropped) > 0 {
		t.say("", dim, "(a wider terminal also shows: "+strings.Join(format.Unique(t.dropped), ", ")+")")
	}
	t.aws()
	t.some("not measured: ", bold, words.NotMeasured(m))
	t.rejected()
	if p50, p99, cpu, n := view.DatabaseFigures(m.Doc.Host.Database); n > 0 {
		t.say("noise: ", dim, fmt.Sprintf("the database took %s ms at p50, %s at p99, %s ms of CPU a call", format.Number(p50), format.Number(p99), format.Number(cpu)))
	}
	t.some("warning: ", yellow, words.Warnings(m))
	t.say("note: ", dim, words.Note(m))
}

// most is how many lines of a kind a screen has room for.
const most = 4

func (t *terminal) some(label, code string, texts []string) {
	for i, text := range texts {
		if i == most-1 && len(texts) > most {
			t.say(label, code, fmt.Sprintf("and %d more; see the other formats.", len(texts)-i))
			return
		}
		t.say(label, code, text)
	}
}

// rejected has what the first of a kind left below it.
func (t *terminal) rejected() {
	var texts []string
	missing := strings.Join(words.NotMeasured(t.model), "\n")
	for i, r := range words.RejectedSummary(t.model) {
		if strings.Contains(missing, r.Reason) {
			continue // it is why something was not measured, which is said
		}
		texts = append(texts, r.Text)
		if r.Evidence == "" || i >= most-1 {
			continue
		}
		t.some("rejected: ", bold, texts)
		texts = nil
		for line := range strings.SplitSeq(r.Evidence, "\n") {
			t.say("  | ", dim, strings.ReplaceAll(line, "\t", " "))
		}
	}
	t.some("rejected: ", bold, texts)
}

func (t *terminal) answers(c view.Contest) {
	for _, a := range words.Answers(c) {
		t.say(fmt.Sprintf("%-16s", a.Question), bold, words.AnswerText(a))
	}
	t.say(fmt.Sprintf("%-16s", "How sure"), bold, strings.Join(words.Sureness(c), " "))
}

func (t *terminal) contest(c view.Contest) {
	t.line(t.paint(bold, c.Title()+t.model.LimitsMark()))
	var measured, others []*view.Row
	for _, r := range c.Rows {
		if r.Measured() && r.N > 0 {
			measured = append(measured, r)
		} else {
			others = append(others, r)
		}
	}
	if len(measured) > 0 {
		tabulate(t, t.columns(c, (*view.Row).ShortName, view.Value.Itself), measured)
	}
	for _, r := range others {
		t.say("–  "+r.Name+": ", "", view.StatusWords[r.Status]+".") // and why, further down
	}
}

// columns of a ranking: of runtimes, or of variants among themselves.
func (t *terminal) columns(c view.Contest, name func(*view.Row) string, among func(view.Value) view.Value) []column[*view.Row] {
	columns := []column[*view.Row]{
		{head: "#", cell: func(r *view.Row) string { return t.rank(among(r.Value("coldTotal"))) }},
		{head: "runtime", left: true, cell: name},
		{head: "cold ms", cell: cell("coldTotal")},
		{head: "[95 %]", left: true, drop: 2, cell: t.bounds("coldTotal")},
		{head: "±", drop: 4, cell: func(r *view.Row) string { return format.Percent(r.Value("coldTotal").Precision()) }},
		{head: "init", drop: 4, cell: cell("init")},
		{head: "first call", drop: 4, cell: cell("firstCall")},
		{head: "floor", drop: 8, cell: func(r *view.Row) string {
			if floor := c.Layer(r, results.KindBare); floor != nil {
				return format.Center(floor.Value("coldTotal").Summary)
			}
			return "–"
		}},
		{head: "#", cell: func(r *view.Row) string { return t.rank(among(r.Value("warmP50"))) }},
		{head: "warm p50 ms", cell: cell("warmP50")},
		{head: "[95 %]", left: true, drop: 5, cell: t.bounds("warmP50")},
		{head: "p95", drop: 7, cell: cell("warmP95")},
		{head: "p99", drop: 6, cell: cell("warmP99")},
		{head: "CPU ms", drop: 9, cell: cell("warmCpu")},
		{head: "capacity", drop: 2, cell: words.CapacityText},
		{head: "peak MB", drop: 3, cell: cell("memoryPeak")},
		{head: "$ per 1M", drop: 1, cell: cell(view.MetricCost)},
		{head: "zip", drop: 10, cell: func(r *view.Row) string { return format.Bytes(r.Packed) }},
	}
	if view.Leading(c.Rows) != "coldTotal" {
		known := []string{"runtime", "warm p50 ms", "p95", "p99"}
		columns = slices.DeleteFunc(columns[8:], func(column column[*view.Row]) bool {
			return !slices.Contains(known, column.head) && column.head != "#" && column.head != "[95 %]"
		})
		columns = slices.Insert(columns, 1, column[*view.Row]{head: "runtime", left: true, cell: name})
	}
	return slices.DeleteFunc(columns, func(column column[*view.Row]) bool {
		return column.head == "floor" && len(c.Layers(results.KindBare)) == 0 || column.head == "$ per 1M" && !view.HasAny(c, view.MetricCost) || column.head == "capacity" && len(view.ByCapacity(c)) == 0
	})
}

// sweep shows both medians of each memory size in a cell.
func (t *terminal) sweep(s view.Sweep) {
	t.line("")
	t.say("", "", "By memory, cold total / warm p50 in ms: "+s.Title())
	columns := []column[*view.Row]{{head: "runtime", left: true, cell: (*view.Row).ShortName}}
	var rows []*view.Row
	at := map[*view.Row]map[int]*view.Row{}
	for _, line := range s.Lines {
		first := line.Rows[0]
		rows, at[first] = append(rows, first), map[int]*view.Row{}
		for _, r := range line.Rows {
			at[first][r.Memory] = r
		}
	}
	for i, memory := range s.Memories {
		columns = append(columns, column[*view.Row]{head: format.Count(memory) + " MB", drop: i, cell: func(first *view.Row) string {
			r := at[first][memory]
			switch {
			case r == nil:
				return "–"
			case r.N == 0:
				return view.StatusWords[r.Status]
			}
			return format.Center(r.Value("coldTotal").Summary) + " / " + format.Center(r.Value("warmP50").Summary)
		}})
	}
	tabulate(t, columns, rows)
}

func (t *terminal) variants(set view.VariantSet) {
	t.line("")
	t.say("", "", "Variants of "+set.Runtime+", "+set.Contest.Title())
	var measured []*view.Row
	for _, r := range set.Rows {
		if r.N > 0 {
			measured = append(measured, r)
		}
	}
	tabulate(t, t.columns(view.Contest{Rows: set.Rows}, (*view.Row).VariantName, view.Value.AmongVariants), measured)
}

func tabulate[T any](t *terminal, columns []column[T], rows []T) {
	lines, dropped := textTable(columns, rows, t.style.Width)
	for i, line := range lines {
		if i == 0 {
			line = t.paint(dim, line)
		}
		t.line(line)
	}
	t.dropped = append(t.dropped, dropped...)
}

func (t *terminal) rank(v view.Value) string {
	t.tied = t.tied || v.Tied
	return v.RankText()
}

func (t *terminal) bounds(metric string) func(*view.Row) string {
	return func(r *view.Row) string {
		v := r.Value(metric)
		text := format.Interval(v.Summary)
		if v.Noisy() {
			t.noisy = true
			text += "!"
		}
		return text
	}
}

func cell(metric string) func(*view.Row) string {
	return func(r *view.Row) string { return format.Center(r.Value(metric).Summary) }
}
