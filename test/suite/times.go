package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// outcome is what came of one step, and how long that took.
type outcome struct {
	step step
	got  count
	took time.Duration
}

// writeTimes lists the steps in the order in which they ran, and below them the parts: what to look
// at where the suite has become slow.
func writeTimes(out io.Writer, outcomes []outcome) {
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "TOOK\tTESTS\tPART\tSTEP")
	line := func(took time.Duration, n int, part, step string) {
		fmt.Fprintf(columns, "%s\t%d\t%s\t%s\n", took.Round(100*time.Millisecond), n, part, step)
	}
	var parts []string
	took, tests, steps := map[string]time.Duration{}, map[string]int{}, map[string]int{}
	for _, o := range outcomes {
		n := o.got.passed + o.got.failed
		line(o.took, n, o.step.part, o.step.name)
		if steps[o.step.part] == 0 {
			parts = append(parts, o.step.part)
		}
		took[o.step.part] += o.took
		tests[o.step.part] += n
		steps[o.step.part]++
	}
	for _, part := range parts {
		all := "1 step"
		if steps[part] > 1 {
			all = fmt.Sprintf("all %d steps", steps[part])
		}
		line(took[part], tests[part], part, all)
	}
	_ = columns.Flush() // out is the suite's output: who has closed it reads no errors
}
