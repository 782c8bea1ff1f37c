package compare

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Writer writes one form of a comparison.
type Writer func(io.Writer, Result) error

var writers = []struct {
	name   string
	writer Writer
}{{"text", Text}, {"markdown", Markdown}, {"csv", CSV}, {"json", JSON}}

// ByName returns the writer of that format.
func ByName(format string) (Writer, error) {
	var names []string
	for _, w := range writers {
		if w.name == format {
			return w.writer, nil
		}
		names = append(names, w.name)
	}
	return nil, fault.Usage("formats: "+strings.Join(names, ", "), "unknown format %q", format)
}

// JSON writes the result as it is.
func JSON(w io.Writer, r Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// Text writes one table a metric, as benchstat does.
func Text(w io.Writer, r Result) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "old: %s\nnew: %s\n", r.Old.text(), r.New.text())
	for _, m := range r.Metrics {
		rows := [][]string{{m.heading(), "old", "new", "new/old", ""}}
		for _, c := range m.Changes {
			rows = append(rows, []string{c.Configuration, c.Old.text(), c.New.text(), strings.TrimSpace(times(c.Ratio) + " " + bounds(c.Ratio)), c.remark()})
		}
		fmt.Fprintln(out)
		for _, line := range format.Columns(rows, false) {
			fmt.Fprintln(out, line)
		}
	}
	fmt.Fprintf(out, "\n%s\n", r.legend())
	for _, list := range []struct {
		title string
		notes []Note
	}{{"Not compared:", r.Refused}, {"To know:", r.Notes}} {
		if len(list.notes) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s\n", list.title)
		for _, note := range list.notes {
			fmt.Fprintf(out, "  %s\n", note.text())
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// Markdown writes a comment for a pull request: what changed, and the rest where
// it does not take room.
func Markdown(w io.Writer, r Result) error {
	out := bufio.NewWriter(w)
	print := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	count := map[Verdict]int{}
	for _, m := range r.Metrics {
		for _, c := range m.Changes {
			count[c.Verdict]++
		}
	}
	print("## Benchmark: %d worse, %d better, %d indistinguishable", count[Worse], count[Better], count[Same])
	if len(r.Regressions) > 0 {
		print("")
		for _, text := range r.Regressions {
			print("- **Regression:** %s", format.Markdown(text))
		}
	}
	print("\nFrom %s to %s.", format.Markdown(r.Old.text()), format.Markdown(r.New.text()))
	r.table(print, func(v Verdict) bool { return v == Worse || v == Better })
	if count[Same]+count[Unknown] > 0 {
		print("\n<details><summary>%d more, indistinguishable or not judged</summary>", count[Same]+count[Unknown])
		r.table(print, func(v Verdict) bool { return v == Same || v == Unknown })
		print("\n</details>")
	}
	print("\n%s", format.Markdown(r.legend()))
	for _, list := range []struct {
		title string
		notes []Note
	}{{"Not compared", r.Refused}, {"To know", r.Notes}} {
		if len(list.notes) > 0 {
			print("")
		}
		for _, note := range list.notes {
			print("- %s: %s", list.title, format.Markdown(note.text()))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func (r Result) table(print func(string, ...any), wanted func(Verdict) bool) {
	head := false
	for _, m := range r.Metrics {
		for _, c := range m.Changes {
			if !wanted(c.Verdict) {
				continue
			}
			if !head {
				print("\n| configuration | metric | old | new | new/old | |\n|---|---|--:|--:|--:|---|")
				head = true
			}
			mark := c.remark()
			if c.Regression {
				mark = "**" + mark + "**"
			}
			print("| `%s` | %s | %s | %s | %s | %s |", c.Configuration, format.Markdown(m.heading()), c.Old.text(), c.New.text(),
				strings.TrimSpace(times(c.Ratio)+" "+bounds(c.Ratio)), mark)
		}
	}
}

// csvHead are the columns. What they hold is all that JSON holds; the first says
// what a line is: a change, or a sentence.
var csvHead = []string{
	"line", "old_id", "old_started", "old_source", "old_region", "old_vantage", "old_tool", "old_commit",
	"new_id", "new_started", "new_source", "new_region", "new_vantage", "new_tool", "new_commit", "level", "margin", "interleaved",
	"metric", "name", "unit", "higher_is_better", "metric_level", "configuration", "runtime", "variant", "memory", "arch", "cold_kind",
	"old_center", "old_lo", "old_hi", "old_n", "old_note", "new_center", "new_lo", "new_hi", "new_n", "new_note",
	"ratio_center", "ratio_lo", "ratio_hi", "ratio_n", "ratio_note", "verdict", "regression", "text",
}

// CSV writes one line per metric and configuration, and one per sentence.
func CSV(w io.Writer, r Result) error {
	out := csv.NewWriter(w)
	_ = out.Write(csvHead) // kept by the writer; see Error below
	base := append(append(r.Old.fields(), r.New.fields()...), number(r.Level), number(r.Margin), strconv.FormatBool(r.Interleaved))
	for _, m := range r.Metrics {
		for _, c := range m.Changes {
			line := append([]string{"change"}, base...)
			line = append(line, m.ID, m.Name, m.Unit, strconv.FormatBool(m.HigherIsBetter), number(m.Level),
				c.Configuration, c.Runtime, c.Variant, strconv.Itoa(c.Memory), c.Arch, c.ColdKind)
			for _, f := range []Figure{c.Old, c.New, c.Ratio} {
				line = append(line, pointer(f.Center), pointer(f.Lo), pointer(f.Hi), strconv.Itoa(f.N), f.Note)
			}
			_ = out.Write(append(line, string(c.Verdict), strconv.FormatBool(c.Regression), ""))
		}
	}
	sentence := func(kind, configuration, text string) {
		line := make([]string, len(csvHead))
		copy(line, append([]string{kind}, base...))
		line[slices.Index(csvHead, "configuration")], line[len(line)-1] = configuration, text
		_ = out.Write(line)
	}
	for _, note := range r.Refused {
		sentence("refused", note.Configuration, note.Text)
	}
	for _, note := range r.Notes {
		sentence("note", note.Configuration, note.Text)
	}
	for _, text := range r.Regressions {
		sentence("regression", "", text)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func (r Run) fields() []string {
	return []string{r.ID, r.Started, r.Source, r.Region, r.Vantage, r.Tool, r.Commit}
}

func (r Run) text() string {
	where := r.Source
	if r.Region != "" {
		where += " " + r.Region
	}
	return fmt.Sprintf("%s, %s, %s, bench %s", r.ID, strings.NewReplacer("T", " ", "Z", " UTC").Replace(r.Started), where, r.Tool)
}

func (m Metric) heading() string {
	if m.Unit == "" {
		return m.Name
	}
	return m.Name + ", " + m.Unit
}

func (n Note) text() string {
	if n.Configuration == "" {
		return n.Text
	}
	return n.Configuration + ": " + n.Text
}

// text prints a figure with its interval, or why there is none.
func (f Figure) text() string {
	if f.Center == nil {
		if strings.HasPrefix(f.Note, "n too small") {
			return "n too small"
		}
		return "–"
	}
	text := format.Number(*f.Center)
	if f.Lo != nil && f.Hi != nil && *f.Lo != *f.Hi {
		text += " " + format.Interval(stats.Summary{Center: *f.Center, Lo: *f.Lo, Hi: *f.Hi})
	}
	return text
}

// remark is the verdict, or why there is none.
func (c Change) remark() string {
	if c.Verdict != Unknown {
		return string(c.Verdict)
	}
	short, _, _ := strings.Cut(c.Ratio.Note, " that ") // n too small: 4 of the 6 values
	return short
}

func (r Result) legend() string {
	how := "They are those of the medians: old and new were not measured in turn."
	if r.Interleaved {
		how = "They are the medians of those within blocks: old and new were measured in turn."
	}
	return fmt.Sprintf("~ is indistinguishable, or closer than %s %%. Intervals at %s %%; those of a ratio hold for all configurations of a metric at once. %s",
		number(100*r.Margin), number(100*r.Level), how)
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e8)/1e8, 'f', -1, 64) }

func pointer(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}
