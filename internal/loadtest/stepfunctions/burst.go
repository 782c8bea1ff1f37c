package stepfunctions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

// Burst are calls of a function that leave at one moment, from all workers.
type Burst struct {
	Run      string          `json:"run"` // its own name
	Workers  int             `json:"workers"`
	Function string          `json:"function"`
	Version  string          `json:"version,omitempty"` // "" is the unpublished one
	Event    json.RawMessage `json:"event"`             // the same for each call
	Calls    int             `json:"calls"`             // of all workers together
}

// of is how many of the calls a worker sends: those from its index on, by the number of
// workers.
func (b Burst) of(index int) int { return (b.Calls - index + b.Workers - 1) / b.Workers }

func (b Burst) check(index int) error {
	switch {
	case b.Run == "" || b.Function == "" || len(b.Event) == 0:
		return fmt.Errorf("burst: got the run %q of the function %q with an event of %d bytes, wanted all three", b.Run, b.Function, len(b.Event))
	case b.Workers < 1 || index < 0 || index >= b.Workers:
		return fmt.Errorf("index: got %d of %d, wanted 0 to one less than there are", index, b.Workers)
	case b.Calls < b.Workers:
		return fmt.Errorf("calls: got %d for %d workers, wanted one for each at least", b.Calls, b.Workers)
	}
	return nil
}

// burstShare is what a worker has seen of a burst.
type burstShare struct {
	Run     string          `json:"run"`
	Index   int             `json:"index"`
	Answers []invoke.Answer `json:"answers"`
}

// burst sends a worker's calls of a burst, all at one moment. One that was called off
// before has none.
func (w Worker) burst(ctx context.Context, task Task, burst Burst) (Receipt, error) {
	if err := burst.check(task.Index); err != nil {
		return Receipt{}, err
	}
	part := loadtest.Part{Index: task.Index, Of: burst.Workers}
	begin, err := task.begin(part, "burst")
	if err != nil {
		return Receipt{}, err
	}
	share := burstShare{Run: burst.Run, Index: task.Index}
	waiting, end := w.untilCalledOff(ctx, burst.Run)
	defer end()
	start := time.NewTimer(time.Until(begin))
	defer start.Stop()
	select {
	case <-waiting.Done():
		return w.leave(ctx, burst.Run, part, share)
	case <-start.C:
	}
	client := invoke.Client(unconnected(w.Settings))
	call := invoke.Call{Function: burst.Function, Version: burst.Version, Event: burst.Event}
	share.Answers = make([]invoke.Answer, burst.of(task.Index))
	var left sync.WaitGroup
	for i := range share.Answers {
		left.Go(func() {
			answer, err := invoke.Once(ctx, client, call)
			if err != nil { // the others may have made items, which must be known
				answer.Unrun = "call " + burst.Function + ": " + err.Error()
			}
			share.Answers[i] = answer
		})
	}
	left.Wait()
	return w.leave(ctx, burst.Run, part, share)
}

// unconnected are settings with which each call makes a connection of its own: a worker that
// has sent a burst before would have some left, so that its client's times were of two kinds.
func unconnected(settings aws.Config) aws.Config {
	client, ok := settings.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		client = awshttp.NewBuildableClient()
	}
	settings.HTTPClient = client.WithTransportOptions(func(t *http.Transport) { t.DisableKeepAlives = true })
	return settings
}

// Burst has workers send a burst, for which they have so long to start, and collects the
// answers. A worker's answers are there as a whole or not at all, and then it is among the
// failures. When the context ends before the burst has begun, it is called off; what was
// answered comes back beside the error.
func (f *Fleet) Burst(ctx context.Context, burst Burst, lead time.Duration) (answers []invoke.Answer, failures []loadtest.Failure, err error) {
	shares, failures, err := carryOut[burstShare](ctx, f, execution{Job: Job{Burst: &burst}, LeadSeconds: lead.Seconds()}, burst.Run, burst.Workers)
	seen := map[int]bool{}
	for _, s := range shares {
		part := loadtest.Part{Index: s.Index, Of: burst.Workers}
		if s.Run != burst.Run || s.Index < 0 || s.Index >= burst.Workers || seen[s.Index] {
			failures = append(failures, loadtest.Failure{Part: part, Err: fmt.Errorf("is of the burst %q, or came twice", s.Run)})
			continue
		}
		seen[s.Index] = true
		answers = append(answers, s.Answers...)
		if n := burst.of(s.Index); len(s.Answers) != n && ctx.Err() == nil {
			failures = append(failures, loadtest.Failure{Part: part, Err: fmt.Errorf("has %d answers to its %d calls", len(s.Answers), n)})
		}
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return answers, failures, err
}
