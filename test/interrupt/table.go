package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table is kind × outcome.
type table struct {
	Seed  uint64   `json:"seed"`
	Rows  []*line  `json:"rows"`
	Wrong []string `json:"wrong"`
}

// line is what became of all moments of a kind.
type line struct {
	Kind      string         `json:"kind"`
	Moments   int            `json:"moments"`
	Late      int            `json:"late"` // the run had ended before
	Documents map[string]int `json:"documents"`
	Exits     map[string]int `json:"exits"`
	Longest   time.Duration  `json:"longest"` // ns, until the run had ended
	Wrong     int            `json:"wrong"`
}

func newTable(seed uint64, kinds []kind) *table {
	t := &table{Seed: seed, Wrong: []string{}}
	for _, k := range kinds {
		t.Rows = append(t.Rows, &line{Kind: k.name, Documents: map[string]int{}, Exits: map[string]int{}})
	}
	return t
}

func (t *table) add(k kind, e ending) {
	l := t.Rows[slices.IndexFunc(t.Rows, func(l *line) bool { return l.Kind == k.name })]
	l.Moments++
	l.Documents[e.Document]++
	if e.Exit != "" {
		l.Exits[e.Exit]++
	}
	if e.Late {
		l.Late++
	}
	l.Longest = max(l.Longest, e.Took)
	l.Wrong += len(e.Wrong)
	for _, w := range e.Wrong {
		t.Wrong = append(t.Wrong, k.name+": "+w)
	}
}

// documents are what a document may be after a disturbed run.
var documents = []string{"absent", "old", "interrupted", "complete", "broken"}

// Failed reports whether anything was left, or a document broken.
func (t *table) Failed() bool { return len(t.Wrong) > 0 }

// Print writes the table.
func (t *table) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "what happened\tmoments\ttoo late\t%s\twrong\tlongest end\t  exit codes\n", strings.Join(documents, "\t"))
	total := 0
	for _, l := range t.Rows {
		total += l.Moments
		fmt.Fprintf(w, "%s\t%d\t%d\t", l.Kind, l.Moments, l.Late)
		for _, d := range documents {
			fmt.Fprintf(w, "%d\t", l.Documents[d])
		}
		var exits []string
		for _, e := range slices.Sorted(maps.Keys(l.Exits)) {
			exits = append(exits, fmt.Sprintf("%s ×%d", e, l.Exits[e]))
		}
		fmt.Fprintf(w, "%d\t%.1f s\t  %s\n", l.Wrong, l.Longest.Seconds(), strings.Join(exits, ", "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, one := range t.Wrong {
		fmt.Fprintln(out, "WRONG:", one)
	}
	verdict := "Nothing was left behind, and no document was broken."
	if len(t.Wrong) > 0 {
		verdict = fmt.Sprintf("%d things are wrong.", len(t.Wrong))
	}
	_, err := fmt.Fprintf(out, "%d moments, seed %d: %s\n", total, t.Seed, verdict)
	return err
}
