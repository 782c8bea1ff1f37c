// Package report is the line that Lambda writes at the end of every invocation,
// in both of its forms: the tab-separated REPORT line and the platform.report
// event of JSON logging. One Line, a writer and a parser for either, so that one
// parser reads what this engine wrote and what CloudWatch Logs delivers.
//
// It refuses to guess: a line of another kind is not an error but "no line", and
// a figure that is missing stays zero. It refuses to add anything up: a
// RESTORE_REPORT stands beside its REPORT and must not be counted as a call.
//
//	line, ok := report.Parse("REPORT RequestId: 8f5…\tDuration: 1.23 ms\t…")
//	line.AppendText(nil) // the same text again
package report

import (
	"math"
	"time"
)

// Kind says which of Lambda's three report lines a Line is.
type Kind string

// INIT_REPORT is written when init failed or exceeded its limit (and always
// with SnapStart), RESTORE_REPORT when a snapshot was restored. Their time is
// not part of a REPORT's Duration: only Invoke lines may be counted as calls.
const (
	Invoke  Kind = "REPORT"
	Init    Kind = "INIT_REPORT"
	Restore Kind = "RESTORE_REPORT"
)

// Resolutions of durations in the two forms. Billed ones are whole ms in both.
const (
	TextResolution = 10 * time.Microsecond
	JSONResolution = time.Microsecond
)

// Line is one report. Zero means that the line has no such field.
type Line struct {
	Kind      Kind
	RequestID string // "" for INIT_REPORT and RESTORE_REPORT

	Duration time.Duration // event out until the next /next
	Billed   time.Duration // whole ms; includes init since August 2025

	MemorySizeMB    int
	MaxMemoryUsedMB int

	Init          time.Duration // of INIT_REPORT too
	Restore       time.Duration // of RESTORE_REPORT too
	BilledRestore time.Duration // whole ms; part of Billed

	Phase     string // of INIT_REPORT: "init" or "invoke"
	Status    string // "timeout", "error", "failure"; "" is success
	ErrorType string // e.g. Runtime.ExitError

	XRay Trace
}

// Trace is the X-Ray part of a traced function's report.
type Trace struct {
	TraceID   string
	SegmentID string
	Sampled   bool
}

// Bill is the sum of what is billed, rounded up to whole ms: init and duration,
// each as exact as it was measured. Source: AWS Compute Blog, "AWS Lambda
// standardizes billing for INIT phase", in force since 1 August 2025.
func Bill(parts ...time.Duration) time.Duration {
	var sum time.Duration
	for _, part := range parts {
		sum += part
	}
	return (sum + time.Millisecond - 1).Truncate(time.Millisecond)
}

// milliseconds converts a printed figure. Anything that is no duration is 0.
func milliseconds(ms float64) time.Duration {
	if !printable(ms) {
		return 0
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

// printable tells whether a figure can be a duration in ms.
func printable(ms float64) bool {
	const most = float64(math.MaxInt64) / float64(time.Millisecond) / 2
	return ms >= 0 && ms <= most // false for what is no number
}
