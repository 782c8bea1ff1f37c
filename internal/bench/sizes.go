package bench

import (
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// PilotEnvironments of each configuration (but layers below the API) fix the sizes of a run
// that has a wish for its precision. They are not counted in the run: a sample
// that decided how many follow it would be no part of a sample fixed beforehand.
const PilotEnvironments = 12

// MinEnvironments is what a median's interval needs.
var MinEnvironments = stats.Need(0.5, stats.Level)

// Sizing says what fixed the sizes, for the result document.
type Sizing struct {
	Precision float64       // what a pilot aimed at; 0: there was none
	Budget    time.Duration // 0: none was given
}

// Expectation is what environments of one configuration are expected to take.
type Expectation struct {
	Start time.Duration // init and first call
	Call  time.Duration // one warm call
}

// Expectations by Key.
type Expectations map[string]Expectation

// Expect takes the means of an earlier document, or of a pilot's.
func Expect(document *results.Document) Expectations {
	all := Expectations{}
	for _, c := range document.Configurations {
		var start, call, calls float64 // ms
		for _, e := range c.Environments {
			start += e.Init.WallMs + first(e)
			for _, p := range e.Curve {
				if p.DurationMs != nil {
					call += *p.DurationMs
					calls++
				}
			}
		}
		if n := float64(len(c.Environments)); n > 0 {
			all[c.Key()] = Expectation{Start: milliseconds(start / n), Call: milliseconds(call / max(calls, 1))}
		}
	}
	return all
}

// of c, or a guess where nothing is known: a runtime that starts slowly, and
// gets slower with its share of a CPU.
func (e Expectations) of(c target.Config) Expectation {
	if known, ok := e[Key(c)]; ok {
		return known
	}
	slowdown := max(config.DefaultMemoryMB/float64(c.MemoryMB), 1)
	if kind(c) == config.Bare {
		return Expectation{Start: 100 * time.Millisecond, Call: time.Millisecond}
	}
	return Expectation{
		Start: 200*time.Millisecond + time.Duration(slowdown*float64(150*time.Millisecond)),
		Call:  time.Duration(slowdown * float64(5*time.Millisecond)),
	}
}

const (
	// around is what an environment takes besides: its cage, its end, and the
	// machine's settling.
	around = 150 * time.Millisecond
	// usualSteps is how many rates a search takes from a good guess.
	usualSteps = 5
)

// Project is how long the plan's environments and loads are expected to take.
func (p Plan) Project(known Expectations) time.Duration {
	var total time.Duration
	w := p.Workload
	for _, c := range p.Configurations {
		e := known.of(c)
		total += time.Duration(p.Environments(c)) * (around + e.Start + time.Duration(w.WarmCalls)*(w.Pacing+e.Call))
		if p.Loaded(c) {
			// Rates that fail are cut short, those of slow functions are stretched.
			step := min(max(w.Load.Step, results.MinLoadCalls*e.Call), w.Load.LongestStep)
			total += around + e.Start + w.Load.WarmUp + min(usualSteps, time.Duration(w.Load.Steps))*step*3/4
		}
	}
	return total
}

// Remaining is Project of what an interrupted run has still to do.
func (p Plan) Remaining(document *results.Document, known Expectations) time.Duration {
	all, steps := p.Project(known), len(p.Steps())
	rest := p
	rest.Workload.Load.Steps = 0
	environments := rest.Project(known)
	done, loads, loaded := 0, p.LoadedConfigurations(), 0
	for _, c := range p.Configurations {
		for i := range document.Configurations {
			if record := &document.Configurations[i]; record.Key() == Key(c) {
				done += len(record.Environments) + int(coldRejections(record))
				if p.Loaded(c) && len(record.Load) > 0 && !p.pendingLoad(c, record, document.Plan.SLO) {
					loaded++
				}
			}
		}
	}
	left := time.Duration(float64(environments) * float64(max(steps-done, 0)) / float64(max(steps, 1)))
	return left + time.Duration(float64(all-environments)*float64(loads-loaded)/float64(max(loads, 1)))
}

// Resized is the plan with so many environments per configuration, and at most
// as many of a tuned variant beside its stock one and of a layer below the API.
func (p Plan) Resized(environments int) Plan {
	p.Workload.TunedEnvironments = min(p.Workload.TunedEnvironments, environments)
	p.Workload.LayerEnvironments = min(p.Workload.LayerEnvironments, environments)
	p.Workload.Environments = environments
	return p
}

// Fit is the plan with at most its number of environments that is expected to
// take no longer than budget; false where not even MinEnvironments fit.
func (p Plan) Fit(known Expectations, budget time.Duration) (Plan, bool) {
	for n := p.Workload.Environments; n >= MinEnvironments; n-- {
		if resized := p.Resized(n); resized.Project(known) <= budget {
			return resized, true
		}
	}
	return p, false
}

// Pilot is the plan of the pilot: the same calls, no layers below the API, no load, another seed.
func (p Plan) Pilot() Plan {
	p.Seed ^= 0x70696c6f74 // "pilot"
	p.Workload.Environments, p.Workload.TunedEnvironments, p.Workload.LayerEnvironments = PilotEnvironments, PilotEnvironments, 0
	p.Workload.Load = config.Load{LateShare: p.Workload.Load.LateShare, Late: p.Workload.Load.Late}
	p.Configurations = slices.DeleteFunc(slices.Clone(p.Configurations), func(c target.Config) bool { return kind(c).Layer() })
	return p
}

// Need is how many environments a configuration needs for a wish, and why.
type Need struct {
	Key          string
	Cold, Warm   int // for the median of cold totals, and of the environments' warm medians
	Environments int // the larger
}

// Needs are the sizes that the pilot's document asks for, the largest first.
// Configurations with too small a pilot are left out.
func Needs(pilot *results.Document, precision float64) []Need {
	var needs []Need
	for _, c := range pilot.Configurations {
		var cold, warm []float64
		for _, e := range c.Environments {
			cold = append(cold, e.Init.WallMs+first(e))
			var calls []float64
			for _, p := range e.Curve {
				if p.ResponseMs != nil {
					calls = append(calls, *p.ResponseMs)
				}
			}
			if len(calls) > 0 {
				slices.Sort(calls)
				warm = append(warm, stats.Quantile(calls, 0.5))
			}
		}
		need := Need{Key: c.Key(), Cold: stats.SizeFor(cold, precision), Warm: stats.SizeFor(warm, precision)}
		if need.Environments = max(need.Cold, need.Warm); need.Environments > 0 {
			needs = append(needs, need)
		}
	}
	slices.SortStableFunc(needs, func(a, b Need) int { return b.Environments - a.Environments })
	return needs
}

func first(e results.Environment) float64 {
	if e.FirstCall.DurationMs != nil {
		return *e.FirstCall.DurationMs
	}
	return 0
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
