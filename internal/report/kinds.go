package report

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// bursts is a sentence about what became of the calls that made environments by
// scale-out; "" where none did.
func bursts(c view.Contest) string {
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

// client is a sentence about where the time of clients went; "" where they did not call
// through an API.
func client(c view.Contest) string {
	var parts []string
	for _, r := range c.Rows {
		var phases []string
		for _, one := range []struct{ metric, words string }{
			{"firstCallDns", "name %s"}, {"firstCallConnect", "connection %s"}, {"firstCallHandshake", "TLS %s"}, {"firstCallWait", "first byte %s"}, {"warmOutside", "outside the function of a warm call %s"},
		} {
			if v := r.Value(one.metric); v.N > 0 {
				phases = append(phases, fmt.Sprintf(one.words, format.Number(v.Center)))
			}
		}
		if r.Value("firstCallWait").N > 0 {
			parts = append(parts, r.Name+" "+strings.Join(phases, ", "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return c.Title() + ": where the client’s time went, medians in ms: " + strings.Join(parts, "; ") + "."
}
