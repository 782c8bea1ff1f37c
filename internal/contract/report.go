package contract

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Status is how a case went.
type Status string

// The statuses.
const (
	Passed Status = "passed"
	Failed Status = "failed"
	// Skipped cases need something that the caller did not offer.
	Skipped Status = "skipped"
	// KnownToFail cases failed, as was said before.
	KnownToFail Status = "known to fail"
	// DeclaredToDiffer cases went as the runtime's declared differences say.
	DeclaredToDiffer Status = "differ as declared"
)

// Result is how one case went.
type Result struct {
	Case   string
	About  string
	Status Status
	// Failure says what was got and what was wanted, in several lines; for
	// Skipped what was needed, for KnownToFail the reason as well, for
	// DeclaredToDiffer what an API's user sees.
	Failure string
	// Exchanges are the requests and answers, for Differences.
	Exchanges []Exchange
}

// Exchange is a request and its answer.
type Exchange struct {
	Request  Request
	Response Response
}

// Report is how a runtime did.
type Report struct {
	Runtime string
	Variant string // "" for the runtime's default one, or where nobody knows
	Results []Result
}

// Name is the runtime's, with its variant: "go", "go primed".
func (r Report) Name() string { return strings.TrimSpace(r.Runtime + " " + r.Variant) }

// Count tells how many cases have a status.
func (r Report) Count(s Status) (n int) {
	for _, result := range r.Results {
		if result.Status == s {
			n++
		}
	}
	return n
}

// Failed tells whether any case failed that was not known to, or passed that
// was.
func (r Report) Failed() bool { return r.Count(Failed) > 0 }

// Summary is one line: "go: 240 passed, 1 failed, 3 skipped".
func (r Report) Summary() string {
	parts := []string{fmt.Sprintf("%d passed", r.Count(Passed))}
	for _, s := range []Status{Failed, DeclaredToDiffer, KnownToFail, Skipped} {
		if n := r.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return r.Name() + ": " + strings.Join(parts, ", ")
}

// PrintCounts writes one line per runtime with a column per status.
func PrintCounts(w io.Writer, reports ...Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	statuses := []Status{Passed, Failed, DeclaredToDiffer, KnownToFail, Skipped}
	fmt.Fprint(table, "runtime\t")
	for _, s := range statuses {
		fmt.Fprintf(table, "%s\t", s)
	}
	fmt.Fprintln(table)
	for _, r := range reports {
		fmt.Fprintf(table, "%s\t", r.Name())
		for _, s := range statuses {
			fmt.Fprintf(table, "%d\t", r.Count(s))
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the contract's counts: %w", err)
	}
	return nil
}

// Print writes every case that failed, with what was got and wanted, and the
// summary.
func (r Report) Print(w io.Writer) error {
	var out strings.Builder
	for _, result := range r.Results {
		if result.Status != Failed {
			continue
		}
		fmt.Fprintf(&out, "✗ %s: %s\n", r.Name(), result.Case)
		if result.About != "" {
			fmt.Fprintf(&out, "  (%s)\n", result.About)
		}
		fmt.Fprintf(&out, "  %s\n\n", strings.ReplaceAll(result.Failure, "\n", "\n  "))
	}
	fmt.Fprintln(&out, r.Summary())
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("print the contract's report: %w", err)
	}
	return nil
}
