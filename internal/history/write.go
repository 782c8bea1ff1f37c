package history

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/compare"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
)

// Writer writes one form of a history.
type Writer func(io.Writer, History) error

// ByName returns the writer of that format: text, html or json.
func ByName(format string) (Writer, error) {
	switch format {
	case "text":
		return Text, nil
	case "html":
		return HTML, nil
	case "json":
		return JSON, nil
	}
	return nil, fault.Usage("formats: text, html, json", "unknown format %q", format)
}

// JSON writes the history as it is.
func JSON(w io.Writer, h History) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(h); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// Text lists the runs, and the trend of each figure of the variants that stand for
// their runtimes: a mark a run, a dot for a gap, a bar where a new series begins.
func Text(w io.Writer, h History) error {
	out := bufio.NewWriter(w)
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "#\tSTARTED\tSOURCE\tMACHINE\tCOMMIT\tSTATUS\tFILE")
	for i, r := range h.Runs {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, r.Started, r.Source, r.Machine, short(r.Commit), r.Status, r.File)
	}
	_ = table.Flush() // kept by out; see Flush below
	for i, r := range h.Runs {
		if r.Apart != "" {
			fmt.Fprintf(out, "\nRun %d begins another series: %s.", i+1, r.Apart)
		}
	}
	for _, s := range h.Skipped {
		fmt.Fprintf(out, "\nLeft out: %s: %s.", s.File, s.Reason)
	}
	if len(h.Skipped) > 0 || slices.ContainsFunc(h.Runs, func(r Run) bool { return r.Apart != "" }) {
		fmt.Fprintln(out)
	}
	metric := ""
	for _, t := range h.Trends {
		if !t.Main {
			continue
		}
		if t.Metric != metric {
			metric = t.Metric
			_ = table.Flush() // as above
			fmt.Fprintf(out, "\n%s\n", t.heading())
		}
		first, last := t.ends()
		fmt.Fprintf(table, "  %s\t%s\t%s → %s\t%s\n", t.Configuration, h.spark(t), text(first.Figure), text(last.Figure), t.changes())
	}
	_ = table.Flush() // as above
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func (t Trend) heading() string {
	if t.Unit == "" {
		return t.Name
	}
	return t.Name + ", " + t.Unit
}

// ends are the first and the last point that has a figure.
func (t Trend) ends() (first, last Point) {
	found := false
	for _, p := range t.Points {
		if p.Gap != "" {
			continue
		}
		if !found {
			first, found = p, true
		}
		last = p
	}
	return first, last
}

// span is between the smallest and the largest figure.
func (t Trend) span() (lo, hi float64) {
	first, _ := t.ends()
	lo, hi = *first.Figure.Center, *first.Figure.Center
	for _, p := range t.Points {
		if p.Gap == "" {
			lo, hi = min(lo, *p.Figure.Center), max(hi, *p.Figure.Center)
		}
	}
	return lo, hi
}

var levels = []rune("▁▂▃▄▅▆▇█")

// spark draws a trend in one line. Its lowest mark is the smallest figure, its highest
// the largest, but at least a tenth above: noise is drawn flat.
func (h History) spark(t Trend) string {
	lo, hi := t.span()
	hi = max(hi, lo*1.1)
	var marks strings.Builder
	for _, p := range t.Points {
		if p.Run > 0 && h.Runs[p.Run].Apart != "" {
			marks.WriteRune('|')
		}
		if p.Gap != "" {
			marks.WriteRune('·')
			continue
		}
		level := 0
		if hi > lo {
			level = min(int((*p.Figure.Center-lo)/(hi-lo)*float64(len(levels))), len(levels)-1)
		}
		marks.WriteRune(levels[level])
	}
	return marks.String()
}

// changes tells in which runs the figure changed by more than can be noise.
func (t Trend) changes() string {
	var words []string
	for _, p := range t.Points {
		if p.Verdict == compare.Better || p.Verdict == compare.Worse {
			words = append(words, fmt.Sprintf("%s ×%.2f in run %d", p.Verdict, *p.Ratio.Center, p.Run+1))
		}
	}
	return strings.Join(words, ", ")
}

func text(f compare.Figure) string {
	if f.Center == nil {
		return "–"
	}
	return format.Number(*f.Center)
}

func short(commit string) string {
	if len(commit) < 12 {
		return commit
	}
	if strings.HasSuffix(commit, "+") {
		return commit[:7] + "+"
	}
	return commit[:7]
}
