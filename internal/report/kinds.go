package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

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

// outside fills what lies between a client and the function, where it called through an
// API: the parts of its first call, and what a warm call takes longer than the
// function's own duration, which is an environment's median.
func (r *Row) outside(environments []results.Environment) {
	phase := func(of func(*results.Phases) *float64) func(results.Environment) *float64 {
		return func(e results.Environment) *float64 {
			if e.FirstCall.Client == nil {
				return nil
			}
			return of(e.FirstCall.Client)
		}
	}
	r.collect("firstCallDns", environments, phase(func(p *results.Phases) *float64 { return p.DNSMs }))
	r.collect("firstCallConnect", environments, phase(func(p *results.Phases) *float64 { return p.ConnectMs }))
	r.collect("firstCallHandshake", environments, phase(func(p *results.Phases) *float64 { return p.TLSMs }))
	r.collect("firstCallWait", environments, phase(func(p *results.Phases) *float64 { return p.FirstByteMs }))
	r.collect("warmOutside", environments, func(e results.Environment) *float64 {
		var beyond []float64
		for _, p := range e.Curve {
			if v := minus(p.ClientMs, p.DurationMs); v != nil {
				beyond = append(beyond, *v)
			}
		}
		if e.FirstCall.Client == nil || beyond == nil {
			return nil
		}
		slices.Sort(beyond)
		return new(stats.Quantile(beyond, 0.5))
	})
}

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

// client is a sentence about where the time of clients went; "" where they did not call
// through an API.
func client(c Contest) string {
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
