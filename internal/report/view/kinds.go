package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// burstOf adds up the bursts of environments.
func burstOf(environments []results.Environment) (sum results.Burst) {
	for _, e := range environments {
		if b := e.Burst; b != nil {
			sum.Workers = max(sum.Workers, b.Workers)
			sum.Calls += b.Calls
			sum.Cold += b.Cold
			sum.Warm += b.Warm
			sum.Throttled += b.Throttled
			sum.Refused += b.Refused
		}
	}
	return sum
}

// standIn lets a variant stand for its runtime among cold starts of a kind that what
// stands for it otherwise does not have, though it was measured: such as a snapshot's.
func standIn(rows []*Row) {
	league := func(a, b *Row) bool {
		return a.Runtime == b.Runtime && a.Memory == b.Memory && a.Arch == b.Arch && a.Kind == b.Kind && a.Class == b.Class && b.stands
	}
	for _, r := range rows {
		elsewhere := slices.ContainsFunc(rows, func(other *Row) bool { return league(r, other) && other.N > 0 })
		here := slices.ContainsFunc(rows, func(other *Row) bool { return league(r, other) && other.ColdKind == r.ColdKind })
		r.stands = r.stands || r.N > 0 && elsewhere && !here
	}
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
