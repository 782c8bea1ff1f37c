package main

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
)

// burstWorkers send the bursts of a run.
type burstWorkers struct {
	n        int
	lead     time.Duration
	fleet    *stepfunctions.Fleet
	function aws.Function // the worker's
}

// burstWorkers are those that --scale asks for, nil without it.
func (f awsFlags) burstWorkers(ctx context.Context, settings sdk.Config, account *aws.Account, environment string) (*burstWorkers, error) {
	n := f.choices.Cold.Workers
	switch {
	case n == 0:
		return nil, nil
	case n > stepfunctions.MaxWorkers:
		return nil, fault.Usage("such as --scale 20", "--scale %d: got no number of workers from 1 to %d", n, stepfunctions.MaxWorkers)
	}
	fleet, err := stepfunctions.Find(ctx, settings, environment)
	if err != nil {
		return nil, err
	}
	w := &burstWorkers{n: n, lead: f.choices.Cold.Lead, fleet: fleet}
	if w.function, err = account.Look(ctx, config.FunctionName(config.LoadPart, environment)); err != nil {
		return nil, err
	}
	if reserved := w.function.Reserved; reserved != nil && int(*reserved) < n {
		return nil, fault.New("reserve more, or say fewer workers", "%s may run %d times at once, which its reserved concurrency is: got --scale %d", w.function.Name, *reserved, n)
	}
	return w, nil
}

// unreserved is how many of them share their room with other functions.
func (w *burstWorkers) unreserved() int {
	if w == nil || w.function.Reserved != nil { // which is large enough
		return 0
	}
	return w.n
}

// N is how many they are.
func (w *burstWorkers) N() int { return w.n }

// mostNamed are the workers of a burst that are named with what went wrong: of hundreds that
// were late, each by another time, a report would have nothing else.
const mostNamed = 5

// Burst has all of them together send a call so many times.
func (w *burstWorkers) Burst(ctx context.Context, run string, call invoke.Call, calls int) (answers []invoke.Answer, problems []string, err error) {
	answers, failures, err := w.fleet.Burst(ctx, stepfunctions.Burst{
		Run: run, Workers: w.n, Function: call.Function, Version: call.Version, Event: call.Event, Calls: calls,
	}, w.lead)
	for i, f := range failures {
		if i == mostNamed {
			problems = append(problems, phrase.Plural(len(failures)-i, "worker more has", "workers more have")+" sent nothing that is known")
			break
		}
		problems = append(problems, fmt.Sprintf("%s has sent nothing that is known: %v", f.Part, f.Err))
	}
	if err != nil && ctx.Err() == nil && len(answers)+len(failures) > 0 { // what they were read from could not be removed
		problems, err = append(problems, err.Error()), nil
	}
	return answers, problems, err
}

// firstCall is how long a worker waits for the answers of a burst, about.
const firstCall = 5 * time.Second

// addTo adds what the workers cost.
func (w *burstWorkers) addTo(o *plan.Outlook, region string) {
	prices, _ := pricesOf(region)
	o.AddWorkers(prices, sized(w.function), w.n, w.lead+firstCall, w.function.Timeout)
}

// planned says how many environments a run makes, and by what.
func (r *awsRun) planned() string {
	environments := 0
	for _, c := range r.plan.Configurations {
		environments += r.plan.Environments(c)
	}
	text := phrase.Plural(environments, "environment", "environments")
	if r.plan.Burst > 0 {
		text += fmt.Sprintf(" in %s of %d calls, each sent by %s in Lambda", phrase.Plural(len(r.plan.Steps()), "burst", "bursts"), r.cold.Together(), phrase.Plural(r.cold.Workers, "worker", "workers"))
	}
	return text
}

// stepName is what a run's progress counts.
func (r *awsRun) stepName() string {
	if r.plan.Burst > 0 {
		return "bursts"
	}
	return "environments"
}
