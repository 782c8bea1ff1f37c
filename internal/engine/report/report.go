// Package report is the line that Lambda writes at the end of every invocation,
// in both of its forms: the tab-separated REPORT line and the platform.report
// event of JSON logging. One Line, a writer and a parser for either, so that one
// parser reads what this engine wrote and what CloudWatch Logs delivers.
//
// It refuses to guess: a line of another kind is not an error but "no line", and
// a figure that is missing stays zero.
//
//	line, ok := report.Parse("REPORT RequestId: 8f5…\tDuration: 1.23 ms\t…")
//	line.AppendText(nil) // the same text again
package report

import "time"

// Kind says which of Lambda's three report lines a Line is.
type Kind string

// INIT_REPORT is written when init failed or exceeded its limit (and always
// with SnapStart), RESTORE_REPORT when a snapshot was restored. Their time is
// not part of a REPORT's Duration: only REPORT lines may be counted as calls.
const (
	Invoke  Kind = "REPORT"
	Init    Kind = "INIT_REPORT"
	Restore Kind = "RESTORE_REPORT"
)

// Resolution of every duration in a text line: 0.01 ms.
const Resolution = 10 * time.Microsecond

// Line is one report. Zero means that the line has no such field.
type Line struct {
	Kind      Kind
	RequestID string // "" for INIT_REPORT

	Duration time.Duration // event out until the next /next
	Billed   time.Duration // whole ms; includes init since August 2025

	MemorySizeMB    int
	MaxMemoryUsedMB int

	Init          time.Duration
	Restore       time.Duration
	BilledRestore time.Duration

	Phase     string // of init: "init" or "invoke"
	Status    string // "timeout", "error", "failure"; "" and "success" are fine
	ErrorType string // e.g. Runtime.ExitError

	XRay Trace
}

// Trace is the X-Ray part of a REPORT line of a traced function.
type Trace struct {
	TraceID   string
	SegmentID string
	Sampled   bool
}
