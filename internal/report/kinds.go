package report

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// bursts is a sentence about what became of the calls that made environments by
// scale-out; "" where none did.
func bursts(c Contest) string {
	var parts []string
	for _, r := range c.Rows {
		if b := r.Burst; b.Calls > 0 {
			parts = append(parts, fmt.Sprintf("%s %d calls, of which %d were cold, %d warm, %d throttled and %d without a report", r.Name, b.Calls, b.Cold, b.Warm, b.Throttled, b.Refused))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": each cold start is the first that was cold of a burst over a warm environment; which environment would answer another call can't be told, so that there are no warm calls. In all: " + strings.Join(parts, "; ") + "."
}

// burstOf adds up the bursts of environments.
func burstOf(environments []results.Environment) (sum results.Burst) {
	for _, e := range environments {
		if b := e.Burst; b != nil {
			sum.Calls += b.Calls
			sum.Cold += b.Cold
			sum.Warm += b.Warm
			sum.Throttled += b.Throttled
			sum.Refused += b.Refused
		}
	}
	return sum
}

// leading is the kind of cold start that stands for a run in AWS: forced, which every
// function can be made to have, or else the first.
func (m *Model) leading() results.ColdKind {
	kinds := kindsOf(m.Rows)
	for _, kind := range kinds {
		if kind == results.Forced {
			return kind
		}
	}
	if len(kinds) == 0 {
		return results.Forced
	}
	return kinds[0]
}
