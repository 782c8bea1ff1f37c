package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// result is what a soak found. Workers write to it at the same time.
type result struct {
	Seed         uint64  `json:"seed"`
	Calls        int     `json:"calls"`
	Sent         int     `json:"sent"`
	Logged       int     `json:"logged"` // calls with exactly one START, END and REPORT
	Seconds      float64 `json:"seconds"`
	Environments int     `json:"environments"`
	Living       int     `json:"living"` // environments at a time
	Rows         int     `json:"rows"`
	Acknowledged int     `json:"acknowledged"` // rows that must be there
	InDoubt      int     `json:"inDoubt"`      // writes whose end nobody knows
	// Answers are how many calls ended how, by runtime, fault and outcome.
	Answers    map[string]map[string]map[string]int `json:"answers"`
	At         []int                                `json:"at"` // calls made at each sample
	Measures   []*measure                           `json:"measures"`
	Violations []string                             `json:"violations"` // the first of them
	Wrong      int                                  `json:"wrong"`      // all of them

	mu       sync.Mutex
	progress io.Writer
}

// mostViolations are kept in words: what is wrong with one call may be so with all.
const mostViolations = 20

func newResult(o options, progress io.Writer) *result {
	return &result{progress: progress, Seed: o.seed, Calls: o.calls, Answers: map[string]map[string]map[string]int{}, Measures: measures(), Violations: []string{}}
}

func (r *result) violate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Wrong++
	if len(r.Violations) < mostViolations {
		r.Violations = append(r.Violations, fmt.Sprintf(format, args...))
		fmt.Fprintf(r.progress, "WRONG: "+format+"\n", args...)
	}
}

func (r *result) count(runtime string, f fault, o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	faults := r.Answers[runtime]
	if faults == nil {
		faults = map[string]map[string]int{}
		r.Answers[runtime] = faults
	}
	if faults[f.String()] == nil {
		faults[f.String()] = map[string]int{}
	}
	faults[f.String()][o.String()]++
}

func (r *result) environment() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Environments++
}

func (r *result) sampled(calls int, values []float64) {
	r.At = append(r.At, calls)
	for i, v := range values {
		r.Measures[i].Values = append(r.Measures[i].Values, v)
	}
}

// faulty is how many calls had a fault.
func (r *result) faulty() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, byFault := range r.Answers {
		for f, byOutcome := range byFault {
			if f != none.String() {
				n += sum(byOutcome)
			}
		}
	}
	return n
}

func (r *result) wrong() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Wrong
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Failed reports whether a rule was broken.
func (r *result) Failed() bool { return len(r.Violations) > 0 }

// Print writes the table.
func (r *result) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	runtimes := slices.Sorted(maps.Keys(r.Answers))
	fmt.Fprintf(w, "outcome\t%s\tall\t\n", strings.Join(runtimes, "\t"))
	for _, o := range outcomeNames {
		row(w, o, runtimes, func(runtime string) (n int) {
			for _, byOutcome := range r.Answers[runtime] {
				n += byOutcome[o]
			}
			return n
		})
	}
	row(w, "calls", runtimes, func(runtime string) (n int) {
		for _, byOutcome := range r.Answers[runtime] {
			n += sum(byOutcome)
		}
		return n
	})
	fmt.Fprintln(w)
	fmt.Fprintf(w, "fault\t%s\tall\t  ended as\n", strings.Join(runtimes, "\t"))
	for _, f := range faultNames {
		ends := map[string]int{}
		for _, runtime := range runtimes {
			for o, n := range r.Answers[runtime][f] {
				ends[o] += n
			}
		}
		fmt.Fprintf(w, "%s\t", f)
		for _, runtime := range runtimes {
			fmt.Fprintf(w, "%d\t", sum(r.Answers[runtime][f]))
		}
		fmt.Fprintf(w, "%d\t  %s\n", sum(ends), words(ends))
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "measure\tfirst\tlast\tmost\tper 1,000 calls\tgrown\tallowed\tverdict\t")
	for _, m := range r.Measures {
		if len(m.Values) == 0 {
			continue
		}
		verdict := "does not grow"
		if m.Grows {
			verdict = "GROWS"
		}
		scale, unit, digits := 1.0, "", 0
		if m.Unit == "bytes" {
			scale, unit, digits = 1<<20, ", MiB", 1
		}
		fmt.Fprintf(w, "%s%s\t%.*f\t%.*f\t%.*f\t%+.4f\t%+.*f\t%.*f\t%s\t\n", m.Name, unit, digits, m.Values[0]/scale, digits, m.Values[len(m.Values)-1]/scale,
			digits, slices.Max(m.Values)/scale, m.Slope/scale, digits, m.Grown/scale, digits, m.Allowed/scale, verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	answered := 0
	for _, byFault := range r.Answers {
		for _, byOutcome := range byFault {
			answered += sum(byOutcome)
		}
	}
	fmt.Fprintf(out, "\n%d calls sent, %d answered, %d with exactly one START, END and REPORT; %d faults; %d environments; %.0f s.\n", r.Sent, answered, r.Logged, r.faulty(), r.Environments, r.Seconds)
	fmt.Fprintf(out, "%d rows in the table: %d acknowledged, and what became of %d writes that nobody could know the end of.\n", r.Rows, r.Acknowledged, r.InDoubt)
	for _, v := range r.Violations {
		fmt.Fprintln(out, "WRONG:", v)
	}
	verdict := "Each call is accounted for exactly once, and nothing grows."
	if r.Wrong > 0 {
		verdict = fmt.Sprintf("%d things are wrong.", r.Wrong)
	}
	_, err := fmt.Fprintf(out, "seed %d: %s\n", r.Seed, verdict)
	return err
}

func row(w io.Writer, name string, runtimes []string, count func(runtime string) int) {
	total := 0
	fmt.Fprintf(w, "%s\t", name)
	for _, runtime := range runtimes {
		n := count(runtime)
		total += n
		fmt.Fprintf(w, "%d\t", n)
	}
	fmt.Fprintf(w, "%d\t\n", total)
}

// words are counts, the largest first.
func words(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}
