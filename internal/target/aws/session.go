package aws

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// session is one function at one memory size, with one environment at a time.
type session struct {
	target    *Target
	function  Function // as it was found
	memoryMB  int
	api       gateway.API
	resources []string
	prefix    string // of the runtime's paths

	kind        results.ColdKind
	environment string // "" before Cold
	version     string // that is called, "" for the unpublished one
	calls       int    // to the environment

	mu    sync.Mutex // a burst's calls end at once
	items []string   // paths of those that live
}

// SourceIP is what the events carry: a documentation address (RFC 5737).
const SourceIP = "203.0.113.7"

// Do calls the function. A throttle, a fault of the service and an answer without its
// REPORT are failures of the environment: it does not count. What can't get better by
// itself, such as credentials that have expired, is an error.
func (s *session) Do(ctx context.Context, environment string, r target.Request) (target.Reply, error) {
	if environment != s.environment || environment == "" {
		return target.Reply{}, fmt.Errorf("environment %s is not of this session", environment)
	}
	first := s.calls == 0
	s.calls++
	if first && s.kind == results.ScaleOut {
		return s.burst(ctx, r)
	}
	reply, err := s.call(ctx, r)
	reply.Cold = reply.Cold || first && reply.Report == nil && reply.Failure != "" // not known: its failure is the reason
	if err == nil && first && s.kind == results.Provisioned {
		s.ready(&reply)
	}
	if err == nil && first && s.kind.FromSnapshot() && reply.Report != nil && reply.Report.Restore == 0 {
		reply.Failure, reply.Dead = "it was not restored from a snapshot", true
	}
	return reply, err
}

// call sends one request, and reads the answer's REPORT.
func (s *session) call(ctx context.Context, r target.Request) (target.Reply, error) {
	payload, err := s.event(r)
	if err != nil {
		return target.Reply{}, err
	}
	answer, err := invoke.Once(ctx, s.target.account.calls, invoke.Call{Function: s.function.Name, Version: s.version, Event: payload})
	if s.version == "" {
		s.target.called(s.function.Name, s.memoryMB)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return target.Reply{Environment: s.environment}, context.Cause(ctx)
	case err != nil:
		return target.Reply{Environment: s.environment}, deployed.Explain(err, s.target.account.Region, "call "+s.function.Name, "lambda:InvokeFunction on it")
	}
	return s.reply(r, answer), nil
}

// reply is what an answer says of its call.
func (s *session) reply(r target.Request, answer invoke.Answer) target.Reply {
	reply := target.Reply{Environment: s.environment, Client: answer.Took, Log: answer.Log, RequestID: answer.RequestID}
	switch {
	case answer.Unrun != "":
		reply.Failure, reply.Dead = answer.Unrun, true
		return reply
	case answer.Failed:
		reply.Failure, reply.Dead = string(answer.Payload), true
	case r.Event != nil:
		reply.Body = answer.Payload
	default:
		response, err := s.api.Response(answer.Payload, r.Header.Get("Accept"))
		if err != nil {
			reply.Failure, reply.Body = err.Error(), answer.Payload
			break
		}
		reply.Status, reply.Header, reply.Body = response.StatusCode, response.Header, response.Body
		s.mu.Lock()
		s.items = remember(s.items, r, reply)
		s.mu.Unlock()
	}
	if why := s.read(&reply, answer.Log); why != "" {
		reply.Failure, reply.Dead = why, true
	}
	return reply
}

// read takes the clocks from the call's own REPORT, or says why they are not known.
func (s *session) read(reply *target.Reply, log []byte) (why string) {
	line, err := report.ForCall(string(log), reply.RequestID)
	if err != nil {
		return err.Error()
	}
	reply.Cold, reply.Duration = line.Init > 0 || line.Restore > 0, line.Duration
	reply.Memory.Peak = int64(line.MaxMemoryUsedMB) << 20
	reply.Report = &target.Report{RequestID: line.RequestID, Init: line.Init, Restore: line.Restore, Duration: line.Duration, Billed: line.Billed, MaxMemory: reply.Memory.Peak}
	again := slices.ContainsFunc(report.Scan(string(log)), func(l report.Line) bool { return l.Kind == report.Init && (l.Status != "" || l.Phase == "invoke") })
	if line.Init == 0 && again {
		reply.Cold = true // but how long its init takes is not known
		return "its init failed, or took longer than Lambda waits: it was made again within the call"
	}
	if line.MemorySizeMB != s.memoryMB {
		return fmt.Sprintf("it ran with %d MB instead of %d", line.MemorySizeMB, s.memoryMB)
	}
	if before := line.Init + line.Restore; before > 0 && reply.Client < before+line.Duration && s.kind != results.Provisioned {
		return "Lambda had initialised it ahead of the call, which took less than its init and its duration"
	}
	return ""
}

func (s *session) event(r target.Request) ([]byte, error) {
	if r.Event != nil {
		return r.Event, nil
	}
	resource, _ := gateway.Match(s.resources, r.Path)
	id, now := uuid.NewString(), time.Now()
	event, err := s.api.Event(gateway.Request{
		Method: r.Method, RawPath: r.Path, RawQuery: r.Query, Host: s.target.host, Header: r.Header, Body: r.Body,
		SourceIP: SourceIP, Resource: resource, RequestID: id, TraceID: gateway.NewTraceID(id, now), Time: now,
	})
	if err != nil {
		return nil, fmt.Errorf("make the event of %s %s: %w", r.Method, r.Path, err)
	}
	return event, nil
}

// tidying bounds how long a session's items are deleted for, tidyingBursts where workers
// have made thousands.
const (
	tidying       = 30 * time.Second
	tidyingBursts = 5 * time.Minute
)

// Close deletes the items that its calls made, by the function itself, and the version
// that it published. Items that can't be deleted are counted, and go by their time to
// live; a version is tried again in the end.
func (s *session) Close(ctx context.Context) ([]target.Report, error) {
	limit := tidying
	if s.target.options.Workers != nil {
		limit = tidyingBursts
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	s.tidy(ctx)
	if s.version != "" {
		_ = s.target.account.unpublish(ctx, s.function.Name, s.version, s.kind == results.Provisioned) // End does it again
	}
	return nil, nil
}

// deletions are how many items are deleted at once behind a burst by workers, which makes
// many: as many as any account may run functions at once.
const deletions = 10

// tidy deletes the items until none of those that it tries at once can be. One that could
// not be is tried again behind the others: it keeps none of them.
func (s *session) tidy(ctx context.Context) {
	atOnce := 1
	if s.target.options.Workers != nil {
		atOnce = deletions
	}
	for len(s.items) > 0 {
		left := len(s.items)
		next := slices.Clone(s.items[:min(atOnce, left)])
		var deleted sync.WaitGroup
		for _, path := range next {
			deleted.Go(func() {
				_, _ = s.call(ctx, target.Request{Method: http.MethodDelete, Path: path, Header: http.Header{"Accept": {"application/json"}}}) // it is seen by what is left
			})
		}
		deleted.Wait()
		if len(s.items) == left {
			s.target.Left += left
			break
		}
		kept := len(next) - (left - len(s.items)) // they stand first, as before
		s.items = slices.Concat(s.items[kept:], s.items[:kept])
	}
	s.items = nil
}
