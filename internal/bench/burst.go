package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// burst makes environments of c by one burst, as many as are lacking at most: each call
// that was cold is the first, and only, one of another environment. Which of them a later
// call would meet can't be told. What does not count is in refused; the error is as that
// of measure.
func (r *Runner) burst(ctx context.Context, c target.Config, step Step, lacking int) (made []results.Environment, refused []rejected, err error) {
	session, err := r.Target.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	made, refused, err = r.firstCalls(ctx, session, c, step, lacking)
	if _, failed := session.Close(ctx); err == nil {
		err = failed
	}
	return made, refused, err
}

func (r *Runner) firstCalls(ctx context.Context, session target.Session, c target.Config, step Step, lacking int) (made []results.Environment, refused []rejected, err error) {
	burster, ok := session.(target.Burster)
	if !ok {
		return nil, nil, fmt.Errorf("plan bursts of %d: %T makes none", r.Plan.Burst, session)
	}
	kind := r.Plan.coldKind(step.Block)
	prepared, err := session.Cold(ctx, kind, 1)
	if err != nil {
		return nil, nil, err
	}
	if why := prepared[0].Failure; why != "" {
		return nil, nil, reject("init: %s", why)
	}
	seed := r.Plan.seed(step)
	client := r.Plan.traffic(c, seed)
	call := client.Calls(0, seed)[0]
	request, want := client.Request(call)
	burst, err := burster.Burst(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	for _, why := range burst.Problems {
		refused = append(refused, rejected{reason: why})
	}
	for _, reply := range burst.Cold[:min(lacking, len(burst.Cold))] {
		s := newSample(target.Environment{ID: reply.Environment}, kind, step)
		var refusal rejected
		switch err := s.take(answered{0, call, reply, want}); {
		case errors.As(err, &refusal):
			refused = append(refused, refusal)
			continue
		case err != nil:
			return made, refused, err
		}
		s.finish()
		made = append(made, s.record)
	}
	if len(burst.Cold) == 0 {
		why := burst.Rest()
		if len(burst.Problems) > 0 { // this is the last reason, which is told of a configuration that failed
			why += "; " + burst.Problems[0]
		}
		return nil, refused, reject("no call of the burst was cold: %s", why)
	}
	if len(made) > 0 {
		made[0].Burst = &burst.Counted
	}
	return made, refused, nil
}
