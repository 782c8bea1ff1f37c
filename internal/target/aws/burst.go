package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Workers send calls from many places at one moment.
type Workers interface {
	// Burst has all workers together send a call so many times. What went wrong is in
	// problems, beside the answers to everything else.
	Burst(ctx context.Context, run string, call invoke.Call, calls int) (answers []invoke.Answer, problems []string, err error)
	// N is how many they are.
	N() int
}

// throttled begins the failure of calls that Lambda did not run.
const throttled = "throttled: "

// burst sends a request so many times at once: one finds the warm environment, for the
// others Lambda makes new ones. The first in the order of sending that was cold by its
// own REPORT is the sample, whatever it took. Throttles and calls without a REPORT are
// counted and are none.
func (s *session) burst(ctx context.Context, r target.Request) (target.Reply, error) {
	replies, err := s.together(ctx, r)
	if err != nil {
		return target.Reply{}, err
	}
	burst := s.counted(replies, len(replies))
	if len(burst.Cold) == 0 {
		return target.Reply{Environment: s.environment, Burst: &burst.Counted, Failure: burst.Rest(), Dead: true}, nil
	}
	reply := burst.Cold[0]
	reply.Burst = &burst.Counted
	return reply, nil
}

// together sends a request so many times at once, from here.
func (s *session) together(ctx context.Context, r target.Request) ([]target.Reply, error) {
	replies, errs := make([]target.Reply, s.target.options.Burst), make([]error, s.target.options.Burst)
	var left sync.WaitGroup
	for i := range replies {
		left.Go(func() { replies[i], errs[i] = s.call(ctx, r) })
	}
	left.Wait()
	return replies, firstError(errs...)
}

// counted sorts the replies to a burst of so many calls; those that brought no reply are
// refused.
func (s *session) counted(replies []target.Reply, calls int) target.Burst {
	burst := target.Burst{Counted: results.Burst{Calls: calls, Refused: calls - len(replies)}}
	for _, reply := range replies {
		switch {
		case strings.HasPrefix(reply.Failure, throttled):
			burst.Counted.Throttled++
		case reply.Report == nil || reply.Dead:
			burst.Counted.Refused++
		case reply.Cold:
			burst.Counted.Cold++
			burst.Cold = append(burst.Cold, reply)
		default:
			burst.Counted.Warm++
		}
	}
	return burst
}

// mostReasons are told of a burst: where each call has one of its own, the first say enough.
const mostReasons = 5

// ofOne is what words about a call say of it alone: its request's id and its connection.
var ofOne = regexp.MustCompile(`(?i)request ?id: [0-9a-f-]{36}[, ]*|:\d+->`)

// ofAll is the reason of a call in words that all calls have which have the same.
func ofAll(reason string) string {
	return ofOne.ReplaceAllStringFunc(reason, func(one string) string {
		if strings.HasSuffix(one, "->") {
			return "->"
		}
		return ""
	})
}

// Burst has the workers send a request at once. Each call that was cold by its own REPORT
// is an environment's first.
func (s *session) Burst(ctx context.Context, r target.Request) (target.Burst, error) {
	workers := s.target.options.Workers
	if workers == nil {
		return target.Burst{}, fmt.Errorf("send a burst to %s: there are no workers", s.function.Name)
	}
	event, err := s.event(r)
	if err != nil {
		return target.Burst{}, err
	}
	run := "burst-" + s.environment[strings.LastIndex(s.environment, "/")+1:]
	answers, problems, err := workers.Burst(ctx, run, invoke.Call{Function: s.function.Name, Event: event}, s.target.options.Burst)
	s.target.called(s.function.Name, s.memoryMB)
	replies := make([]target.Reply, len(answers))
	refused := map[string]int{}
	for i, answer := range answers {
		replies[i] = s.reply(r, answer) // also behind an error: it knows the item that was made
		if replies[i].Dead && !answer.Throttled {
			refused[ofAll(replies[i].Failure)]++
		}
	}
	if err != nil {
		return target.Burst{}, err
	}
	burst := s.counted(replies, s.target.options.Burst)
	for i := range burst.Cold {
		burst.Cold[i].Environment = fmt.Sprintf("%s/%d", s.environment, i+1)
	}
	burst.Counted.Workers = workers.N()
	for i, why := range slices.SortedFunc(maps.Keys(refused), func(a, b string) int { return cmp.Or(refused[b]-refused[a], strings.Compare(a, b)) }) {
		if i == mostReasons {
			problems = append(problems, fmt.Sprintf("calls of the burst for %d reasons more", len(refused)-i))
			break
		}
		problems = append(problems, fmt.Sprintf("%d of %d calls of the burst: %s", refused[why], burst.Counted.Calls, why))
	}
	burst.Problems = problems
	return burst, nil
}
