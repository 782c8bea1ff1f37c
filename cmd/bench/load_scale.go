package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/processes"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// maxProcesses of this machine: more of them only wait for each other.
const maxProcesses = 64

// workers is a load that several send.
type workers struct {
	n     int
	fleet *stepfunctions.Fleet // nil for processes of this machine
	// Of a fleet: where it is.
	settings    sdk.Config
	environment string
}

// workers are those that --scale asks for: in Lambda for a deployed environment, unless a
// URL says otherwise.
func (f deployedFlags) workers(ctx context.Context, scale int, ownURL bool, s loadtest.Scenario) (*workers, error) {
	inAWS := f.environment != "" && !ownURL
	most := maxProcesses
	if inAWS {
		most = stepfunctions.MaxWorkers
	}
	switch {
	case scale == 0:
		return nil, nil
	case scale < 0 || scale > most:
		return nil, fault.Usage("such as --scale 8", "--scale %d: got no number of workers from 1 to %d", scale, most)
	case scale > s.MaxInFlight:
		return nil, fault.Usage("fewer workers, or a larger maxInFlight in the scenario", "--scale %d: got more workers than the %d calls that the scenario allows at a time", scale, s.MaxInFlight)
	case !inAWS:
		return &workers{n: scale}, nil
	case s.Length() > stepfunctions.MaxLength:
		return nil, fault.Usage("say a shorter --duration, or send it from one machine, without --scale", "%s takes %v: a worker in Lambda has %v for it", s.Name, s.Length(), stepfunctions.MaxLength)
	}
	settings, err := deployed.Connect(ctx, f.region)
	if err != nil {
		return nil, err
	}
	environment, err := f.name()
	if err != nil {
		return nil, err
	}
	fleet, err := stepfunctions.Find(ctx, settings, environment)
	if err != nil {
		return nil, err
	}
	return &workers{n: scale, fleet: fleet, settings: settings, environment: environment}, nil
}

// send has the workers send what sender would have sent alone. What was wrong with a share
// is in problems; whatever else was counted comes back beside it.
func (w *workers) send(ctx context.Context, ui *ui, sender *loadtest.Sender, window time.Duration) (recorder *loadtest.Recorder, test results.LoadTest, problems []string, err error) {
	job := loadtest.Job{
		Run: "load-" + time.Now().UTC().Format("20060102T150405.000"), Part: loadtest.Part{Of: w.n},
		Runtimes: sender.Runtimes, Scenario: sender.Scenario, WindowSeconds: window.Seconds(),
	}
	var shares []loadtest.Share
	var failures []loadtest.Failure
	if w.fleet != nil {
		ui.Say("%s in Lambda, which begin in a minute; Ctrl-C calls them off", phrase.Plural(w.n, "worker", "workers"))
		shares, failures, err = w.fleet.Run(ctx, job)
	} else {
		bar := ui.Bar("calls", int(sender.Scenario.Calls()))
		shares, failures, err = processes.Run(ctx, job, processes.Options{
			Base: sender.Base, Key: sender.Key,
			Progress: func(calls int64) {
				for range calls {
					bar.Step("")
				}
			},
		})
		bar.End()
	}
	if err != nil && len(shares) == 0 {
		return nil, test, nil, err
	}
	if err != nil {
		ui.Error(err)
	}
	recorder, test, problems, err = job.Merge(shares)
	slices.SortFunc(failures, func(a, b loadtest.Failure) int { return a.Index - b.Index })
	for _, f := range failures {
		missing := f.Part.String() + " is missing"
		if i := slices.Index(problems, missing); i >= 0 {
			problems[i] = fmt.Sprintf("%s: %v", missing, f.Err)
		}
	}
	return recorder, test, problems, err
}

// errShares tells that what was counted is not the whole load.
func errShares(problems []string) error {
	var all []error
	for _, p := range problems {
		all = append(all, errors.New(p))
	}
	return fault.New("the document holds the other shares and is marked as interrupted; send it again", "not all of the load was sent and counted: %w", errors.Join(all...))
}
