// Package words has the sentences of reports: answers, caveats, warnings, and what the
// figures of each section are and are not. They are pure functions of the view, so that
// all reports say the same.
package words

import (
	"fmt"
	"math"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Answer is a question that a reader has, and what this run says to it.
type Answer struct {
	Question string
	Names    []string // the winners; several are a tie, none: can't be told
	Colors   []string // theirs
	Figure   string   // the first winner's figure with its unit
	Interval string   // its interval
	Of       string   // what the figure is of, where the question doesn't say it
	Detail   string   // the distance to the next, or why there is no answer

	Metric, Unit string // of the figure
}

// Name is the answer in a word or two.
func (a Answer) Name() string {
	if len(a.Names) == 0 {
		return "Can't be told"
	}
	return format.List(a.Names)
}

// questions that a contest answers, in order.
var questions = []struct{ metric, question, unit, further string }{
	{"coldTotal", "Starts fastest", "ms", "takes %s ms longer"}, // see view.OfColdStart
	{"warmP50", "Fastest warm", "ms", "takes %s× as long"},
	{view.MetricCost, "Cheapest", "USD", "costs %s× as much"},
	{"memoryPeak", "Least memory", "MB", "needs %s× as much"},
}

// Answers are the contest's answers. Where nothing could be priced, nobody is
// asked for the cheapest.
func Answers(c view.Contest) []Answer {
	var answers []Answer
	for _, q := range questions {
		if view.Leading(c.Rows) != "coldTotal" && q.metric != "warmP50" {
			continue // a load test sees nothing of it
		}
		if q.metric != view.MetricCost || slices.ContainsFunc(c.Rows, func(r *view.Row) bool { return len(r.Bills) > 0 }) {
			answers = append(answers, answer(c, q.metric, q.question, q.unit, q.further))
		}
	}
	return answers
}

func answer(c view.Contest, metric, question, unit, further string) Answer {
	a := Answer{Question: question, Metric: metric, Unit: unit}
	rows := slices.DeleteFunc(c.Ranked(metric), func(r *view.Row) bool { return !r.Value(metric).Valid() })
	ranked := slices.DeleteFunc(slices.Clone(rows), func(r *view.Row) bool { return r.Value(metric).Rank == 0 })
	switch {
	case len(rows) == 0:
		a.Detail = "no runtime has enough samples for this"
		return a
	case len(c.Rows) == 1:
		a.Detail = "only one runtime was measured, so there is nothing to compare it with"
		ranked = rows
	case len(ranked) < 2:
		a.Detail = "fewer than two runtimes have enough samples to be compared"
		return a
	}
	var next *view.Row
	for _, r := range ranked {
		if r.Value(metric).Rank <= 1 {
			a.Names, a.Colors = append(a.Names, r.Name), append(a.Colors, r.Color)
		} else if next == nil {
			next = r
		}
	}
	best := ranked[0].Value(metric)
	a.Figure, a.Interval = format.Center(best.Summary)+" "+unit, format.Interval(best.Summary)
	if metric == view.MetricCost {
		a.Figure, a.Of = format.USD(best.Center), "compute per million requests"
	}
	if next == nil {
		if a.Detail == "" {
			a.Detail = "none of them can be told from the others"
		}
		return a
	}
	distance := stats.Ratio
	if view.OfColdStart(metric) {
		distance = stats.Difference
	}
	a.Detail = fmt.Sprintf("next: %s "+further, next.Name, format.Number(distance(next.Sample(metric), ranked[0].Sample(metric), stats.Level).Center))
	if metric == view.MetricCost {
		a.Detail += wholeBills(ranked[0], next)
	}
	return a
}

// Sureness says how far the contest's verdicts can be trusted, in sentences.
func Sureness(c view.Contest) []string {
	var widest *view.Row
	least, most, noisy, total := math.MaxInt, 0, 0, 0
	for _, r := range c.Rows {
		if !r.Measured() {
			continue
		}
		least, most = min(least, r.N), max(most, r.N)
		v := r.Value(view.Leading(c.Rows))
		if !v.Valid() {
			continue
		}
		total++
		if v.Noisy() {
			noisy++
		}
		if widest == nil || v.Precision() > widest.Value(view.Leading(c.Rows)).Precision() {
			widest = r
		}
	}
	if most == 0 {
		return []string{"Nothing was measured."}
	}
	lead, unit, what := view.Leading(c.Rows), "new environment", "cold"
	if lead != "coldTotal" {
		unit, what = "window", "warm"
	}
	n := format.Plural(most, unit)
	if least < most {
		n = fmt.Sprintf("%s to %s", format.Count(least), n)
	}
	order := "in shuffled order."
	if lead != "coldTotal" {
		order = "all called side by side."
	}
	if lead == "coldTotal" && !slices.ContainsFunc(c.Rows, func(r *view.Row) bool { return r.Measured() && !r.Blocked }) {
		order = "in shuffled blocks."
	}
	if few, many := bursted(c.Rows, lead); many > 0 {
		times := format.Plural(many, "burst")
		if few < many {
			times = fmt.Sprintf("%s to %s", format.Count(few), times)
		}
		order = fmt.Sprintf("by %s in shuffled order, whose medians are compared.", times)
	}
	sentences := []string{n + " of each runtime, " + order}
	if total == 0 {
		return append(sentences, "That is too few for any interval.")
	}
	sentences = append(sentences, fmt.Sprintf("The least certain %s median is known to ±%s (%s).", what, format.Percent(widest.Value(lead).Precision()), widest.Name))
	if noisy > 0 {
		sentences = append(sentences, fmt.Sprintf("%d of %d are wider than ±5 %% and marked noisy.", noisy, total))
	}
	if total > 1 {
		sentences = append(sentences, "All comparisons in a column hold together with 95 % confidence.")
	}
	return sentences
}

// bursted is by how many bursts of workers a row was measured, at least and at most.
func bursted(rows []*view.Row, lead string) (few, many int) {
	for _, r := range rows {
		if n := r.Value(lead).N; r.Measured() && r.Burst.Workers > 0 {
			if few == 0 || n < few {
				few = n
			}
			many = max(many, n)
		}
	}
	return few, many
}

// LeagueWords say whose figures lead.
var LeagueWords = map[results.Class]string{
	results.Stock: "These are stock functions: what a team gets from the libraries as they are published and documented.",
	results.Tuned: "These are tuned functions: what a specialist makes of the libraries. They are never ranked with stock ones.",
}

// AnswerText is an answer in one line.
func AnswerText(a Answer) string {
	text := a.Name()
	if len(a.Names) > 1 {
		text += " (tie)"
	}
	if a.Figure != "" {
		text += ", " + a.Figure + " " + a.Interval
	}
	if a.Of != "" {
		text += " of " + a.Of
	}
	if a.Detail != "" {
		text += "; " + a.Detail
	}
	return text
}

// wholeBills compares two rows' whole bills in words; "" where they aren't known.
func wholeBills(best, next *view.Row) string {
	a, ok := best.Bill(cost.TypicalColdShare)
	b, okNext := next.Bill(cost.TypicalColdShare)
	if !ok || !okNext {
		return ""
	}
	return fmt.Sprintf("; whole bills: %s and %s", format.USD(a.Total), format.USD(b.Total))
}
