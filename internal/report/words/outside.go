package words

import (
	"fmt"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// TrafficLead says what the figures of traffic are.
func TrafficLead(t *results.Traffic) string {
	text := fmt.Sprintf("What %s knows of the functions from %s to %s UTC, with whatever traffic there was.", t.Source, t.From.UTC().Format("2006-01-02 15:04"), t.To.UTC().Format("2006-01-02 15:04"))
	period := time.Duration(t.PeriodSeconds * float64(time.Second))
	if period < t.To.Sub(t.From) {
		text += fmt.Sprintf(" Of the periods of %v, calls and units are added up; of other figures the lowest and the highest are shown.", period)
	}
	return text + " – is not known: CloudWatch has no value where nothing was recorded, not even zero. Runtimes had different calls and are not ranked."
}

// CapacityText is for a column of calls per second.
func CapacityText(r *view.Row) string {
	if p, ok := r.Capacity(); ok {
		return format.Number(p.Rate)
	}
	if len(r.Load) > 0 {
		return "none held"
	}
	return "–"
}

// Objective is the SLO in words: p99 ≤ 100 ms.
func Objective(slo results.SLO) string {
	return fmt.Sprintf("p%s ≤ %s\u00a0ms", format.Plain(slo.Percentile), format.Plain(slo.ResponseMs))
}

// ObjectiveText says what a load test had to hold.
func ObjectiveText(slo results.SLO) string {
	return fmt.Sprintf("p%s below %s ms, less than %s of the calls answered wrongly, none dropped", format.Plain(slo.Percentile), format.Plain(slo.ResponseMs), format.Percent(slo.ErrorShare))
}

// LoadTestText says what was sent, in sentences.
func LoadTestText(doc *results.Document) string {
	t := doc.LoadTest
	text := "Calls over HTTP, as " + t.Tool + " saw them"
	if t.Scenario != "" {
		text += "; scenario " + t.Scenario
	}
	if t.Schedule != "" {
		text += ", " + t.Schedule
	}
	if t.Parts > 1 {
		text += fmt.Sprintf("; %d instances together", t.Parts)
	}
	text += "."
	if doc.Plan.Pacing.Mode == "open" {
		text += " An open loop: calls leave on schedule, whatever became of those before."
	}
	known := func(n *int64, what string) string {
		if n == nil {
			return what + " not known"
		}
		return what + " " + format.Count(*n)
	}
	text += fmt.Sprintf(" %s, %s, %s, %s.", format.Capital(known(t.Iterations, "iterations begun:")), known(t.Dropped, "dropped:"), known(t.Late, "late:"), known(t.PeakInFlight, "at a time at most:"))
	return text
}
