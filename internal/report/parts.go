package report

import "github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"

// What other reports of documents are made of, so that they count and print as
// this one does.

// MetricByID returns the figure called id, or false.
func MetricByID(id string) (Metric, bool) {
	for _, m := range Metrics {
		if m.ID == id {
			return m, true
		}
	}
	return Metric{}, false
}

// Figure prints a value with three significant digits.
func Figure(v float64) string { return number(v) }

// Interval prints the bounds of a figure, [12.1, 12.8]; "" where there are none.
func Interval(s stats.Summary) string { return interval(s) }

// MarkdownText keeps text from being read as Markdown's markup.
func MarkdownText(s string) string { return markdownText(s) }
