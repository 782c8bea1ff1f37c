package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// load measures the highest rate that one environment of each configuration
// serves within the objective. It comes last, one configuration after the
// other, in an order of its own.
func (r *Runner) load(ctx context.Context, document *results.Document, measured []results.Configuration) error {
	order := make([]int, 0, len(measured))
	for i, c := range r.Plan.Configurations {
		if r.Plan.Loaded(c) && len(measured[i].Environments) > 0 {
			order = append(order, i)
		}
	}
	random := rand.New(rand.NewPCG(r.Plan.Seed, 0x6c6f6164)) // "load"
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for done, i := range order {
		l := loading{Runner: r, config: r.Plan.Configurations[i], record: &measured[i], slo: document.Plan.SLO, index: i}
		l.stepped = func(step results.LoadStep) {
			if r.LoadProgress != nil {
				r.LoadProgress(done, len(order), l.config, step)
			}
			r.saveNow(document, measured, false)
		}
		if err := l.run(ctx); err != nil {
			return err
		}
		if doubt := doubtful(l.record, l.slo); doubt != "" && !slices.Contains(document.Warnings, doubt) {
			document.Warnings = append(document.Warnings, doubt)
		}
		if r.Settle != nil {
			if err := r.Settle(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// doubtful is a sentence where a capacity lies far below what the environment
// served back to back, "" elsewhere: a queue does not explain that.
func doubtful(c *results.Configuration, slo results.SLO) string {
	if len(c.Load) == 0 {
		return ""
	}
	best, ok := c.Capacity(slo)
	if best.Rate*4 >= c.Load[0].Rate {
		return ""
	}
	held := "at no rate that was tried"
	if ok {
		held = fmt.Sprintf("at no more than %v", best.Rate)
	}
	return fmt.Sprintf("Back to back, %s at %d MB served about %.3g calls a second, but it held the objective %s: single calls took very long, be it the function's doing or that of something else on this machine.",
		c.Runtime, c.Memory, c.Load[0].Rate/nearCapacity, held)
}

// loading is the load of one configuration.
type loading struct {
	*Runner
	config  target.Config
	record  *results.Configuration
	slo     results.SLO
	index   int // of the configuration in the plan
	stepped func(results.LoadStep)

	session     target.Session
	environment string
	client      traffic
	capacity    float64 // calls a second that it served back to back
	failures    int     // environments in a row that did not live to see a step
}

// run tries rates until the highest that holds is known. Steps that the record
// has already, of a run that was interrupted, count as tried.
func (l *loading) run(ctx context.Context) (err error) {
	defer func() {
		err = errors.Join(err, l.end(ctx))
	}()
	l.record.LoadReason = ""
	for {
		rate, more := l.Plan.nextRate(l.record.Load, l.slo, l.capacity*nearCapacity)
		if !more {
			return nil
		}
		if l.session == nil {
			err := l.begin(ctx)
			var refusal rejected
			switch {
			case err == nil:
				l.failures = 0
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case errors.As(err, &refusal):
				refuse(l.record, refusal, results.InLoad)
				if l.failures++; l.failures == failuresUntilGivenUp {
					l.record.LoadReason = fmt.Sprintf("The load was given up after %d environments that failed before it began; the last reason: %s", l.failures, refusal.reason)
					return nil
				}
				if err := l.end(ctx); err != nil {
					return err
				}
			default:
				return fmt.Errorf("measure the load of %s: %w", Key(l.config), err)
			}
			continue
		}
		step, died, err := l.step(ctx, rate)
		switch {
		case ctx.Err() != nil: // half a step is none
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("measure the load of %s: %w", Key(l.config), err)
		}
		l.record.Load = append(l.record.Load, step)
		if died != nil {
			refuse(l.record, *died, results.InLoad)
			if err := l.end(ctx); err != nil {
				return err
			}
		}
		l.stepped(step)
	}
}

// nearCapacity is the first guess, as a share of what one environment serves
// back to back.
const nearCapacity = 0.9

// nextRate is the rate to try behind these steps, false when there is nothing
// more to learn. A step that failed through nothing but the generator's own
// lateness is tried once more before it counts.
func (p Plan) nextRate(steps []results.LoadStep, slo results.SLO, guess float64) (rate float64, more bool) {
	if len(steps) > 0 {
		guess = steps[0].Rate
	}
	search := NewSearch(guess, p.Workload.Load.Precision, p.Workload.Load.Steps)
	for i, step := range steps {
		if step.GeneratorLate(slo) && (i == 0 || steps[i-1].Rate != step.Rate) {
			if i == len(steps)-1 {
				return step.Rate, true
			}
			continue // the next one is its repetition
		}
		search.Record(step.Rate, step.Holds(slo))
	}
	return search.Next()
}

// begin makes an environment and warms it up.
func (l *loading) begin(ctx context.Context) (err error) {
	runtime.GC()
	if l.session, err = l.Target.Open(ctx, l.config); err != nil {
		return err
	}
	made, err := l.session.Cold(ctx, results.Spawn, 1)
	if err != nil {
		return err
	}
	if made[0].Failure != "" {
		return rejectWith(printed(made[0].Output, made[0].Hint), "init: %s", made[0].Failure)
	}
	l.environment = made[0].ID
	l.client = l.Plan.traffic(l.config, l.seed(0))
	return l.warmUp(ctx)
}

// warmUp sends calls back to back, few at a time, since a slow function's take
// long. How many a second were served is taken from the second half.
func (l *loading) warmUp(ctx context.Context) error {
	const chunk = 20 // holds the default mix exactly
	began, length := l.Now(), l.Plan.Workload.Load.WarmUp
	var half time.Time
	served := 0 // since then
	for done := 0; ; done += chunk {
		calls := l.client.Calls(chunk, l.seed(done))
		if done > 0 {
			calls = calls[1:]
		}
		for i, call := range calls {
			request, want := l.client.Request(call)
			reply, err := l.session.Do(ctx, l.environment, request)
			if err != nil {
				return err
			}
			if err := temperature(l.environment, done+i, reply); err != nil {
				return err
			}
			if why := want.wrong(reply); reply.Dead || why != "" {
				return rejectWith(evidence(reply), "warming up: %s", gone(want, reply))
			}
			l.client.Learn(call, request, reply)
		}
		now := l.Now()
		switch {
		case !half.IsZero():
			served += chunk
			if now.Sub(began) >= length {
				l.capacity = float64(served) / max(now.Sub(half), time.Microsecond).Seconds()
				return nil
			}
		case now.Sub(began) >= length/2:
			half = now
		}
	}
}

// step sends one schedule. died is why the environment is gone, nil if it lives.
func (l *loading) step(ctx context.Context, rate float64) (step results.LoadStep, died *rejected, err error) {
	sizes := l.Plan.Workload.Load
	seconds := min(max(sizes.Step.Seconds(), results.MinLoadCalls/rate), sizes.LongestStep.Seconds())
	pacer := Pacer{Rate: rate, Calls: max(int64(rate*seconds+0.5), 1)}
	step = results.LoadStep{
		Rate: rate, Seconds: results.Ms(pacer.Start(pacer.Calls)) / 1000, Planned: pacer.Calls, Environments: 1,
		HDR: results.HDR{
			ClientMs: results.NewHistogram(), ResponseMs: results.NewHistogram(), DurationMs: results.NewHistogram(),
			CPUMs: results.NewHistogram(), DBMs: results.NewHistogram(),
		},
	}
	calls := l.client.Calls(int(pacer.Calls), l.seed(len(l.record.Load)+1))[1:]
	limit := l.Plan.Workload.SLO.Latency
	var over int64
	runtime.GC()
	start := l.Now()
	free := start // since when the environment could take a call
	for k, call := range calls {
		intended := start.Add(pacer.Start(int64(k)))
		if wait, _ := pacer.Pace(l.Now().Sub(start), int64(k)); wait > 0 {
			if err := l.Until(ctx, intended); err != nil {
				return step, nil, err
			}
		}
		request, want := l.client.Request(call)
		left := l.Now()
		reply, err := l.session.Do(ctx, l.environment, request)
		if err != nil {
			return step, nil, err
		}
		now := l.Now()
		step.Sent++
		if min(left.Sub(intended), left.Sub(free)) > sizes.Late {
			step.Late++
		}
		free = now
		stranger := temperature(l.environment, 1, reply) // it inits again behind its death
		if reply.Dead || stranger != nil {
			step.Errors++
			died = &rejected{gone(want, reply), printed(string(reply.Log), reply.Hint)}
			if stranger != nil {
				died.reason = stranger.Error()
			}
			step.Ended = "the environment died"
			break
		}
		if want.wrong(reply) != "" {
			step.Errors++
		} else {
			waited := left.Sub(intended)
			if err := recordAll(step.HDR, now.Sub(intended), waited+reply.Response, reply); err != nil {
				return step, nil, err
			}
			if waited+reply.Response > limit {
				over++
			}
			l.client.Learn(call, request, reply)
		}
		if step.Sent < step.Planned && l.slo.Hopeless(step.Planned, step.Late, step.Errors, over) {
			step.Ended = fmt.Sprintf("hopeless after %d of %d calls", step.Sent, step.Planned)
			break
		}
	}
	step.Dropped = max(pacer.Due(l.Now().Sub(start))-step.Sent, 0)
	return step, died, nil
}

func recordAll(hdr results.HDR, client, response time.Duration, reply target.Reply) error {
	for _, one := range []struct {
		histogram *results.Histogram
		value     time.Duration
	}{
		{hdr.ClientMs, client}, {hdr.ResponseMs, response}, {hdr.DurationMs, reply.Duration},
		{hdr.CPUMs, reply.CPU}, {hdr.DBMs, reply.Database},
	} {
		if err := one.histogram.Record(one.value); err != nil {
			return err
		}
	}
	return nil
}

// seed of the calls: never that of a cold environment's.
func (l *loading) seed(part int) uint64 {
	return l.Plan.Seed ^ 1<<40 ^ uint64(part)<<16 ^ uint64(l.index)
}

// end closes the environment.
func (l *loading) end(ctx context.Context) error {
	if l.session == nil {
		return nil
	}
	_, err := l.session.Close(ctx)
	l.session = nil
	return err
}

// pendingLoad reports whether a configuration's load has not come to its end.
func (p Plan) pendingLoad(c target.Config, record *results.Configuration, slo results.SLO) bool {
	if !p.Loaded(c) || len(record.Environments) == 0 {
		return false
	}
	_, more := p.nextRate(record.Load, slo, lowestRate)
	return more
}

// LoadedConfigurations counts those of the plan that get the load.
func (p Plan) LoadedConfigurations() int {
	return len(slices.DeleteFunc(slices.Clone(p.Configurations), func(c target.Config) bool { return !p.Loaded(c) }))
}
