package aws

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// burst sends a request so many times at once: one finds the warm environment, for the
// others Lambda makes new ones. The first in the order of sending that was cold by its
// own REPORT is the sample, whatever it took. Throttles and calls without a REPORT are
// counted and are none.
func (s *session) burst(ctx context.Context, r target.Request) (target.Reply, error) {
	replies, errs := make([]target.Reply, s.target.options.Burst), make([]error, s.target.options.Burst)
	var left sync.WaitGroup
	for i := range replies {
		left.Go(func() { replies[i], errs[i] = s.call(ctx, r) })
	}
	left.Wait()
	counted := &results.Burst{Calls: len(replies)}
	sample := -1
	for i, reply := range replies {
		if errs[i] != nil {
			return reply, errs[i]
		}
		switch {
		case strings.HasPrefix(reply.Failure, throttled):
			counted.Throttled++
		case reply.Report == nil || reply.Dead:
			counted.Refused++
		case reply.Cold:
			counted.Cold++
			if sample < 0 {
				sample = i
			}
		default:
			counted.Warm++
		}
	}
	if sample < 0 {
		why := fmt.Sprintf("%d warm, %d throttled, %d without a report", counted.Warm, counted.Throttled, counted.Refused)
		return target.Reply{Environment: s.environment, Burst: counted, Failure: why, Dead: true}, nil
	}
	reply := replies[sample]
	reply.Burst = counted
	return reply, nil
}
