package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
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

	environment string // "" before Cold
	calls       int
	items       []string // paths of those that live
}

// SourceIP is what the events carry: a documentation address (RFC 5737).
const SourceIP = "203.0.113.7"

// Cold forces a new environment. It comes to be with its first call, whose REPORT has
// its init. More than one at a time can't be told apart: Invoke does not say which
// environment has answered.
func (s *session) Cold(ctx context.Context, kind results.ColdKind, n int) ([]target.Environment, error) {
	if kind != results.Forced || n != 1 {
		return nil, fault.Usage("in AWS there is "+string(results.Forced)+", one at a time", "%d cold starts of kind %q can't be made at once", n, kind)
	}
	now, err := s.target.account.Look(ctx, s.function.Name)
	if err != nil {
		return nil, err
	}
	before := maps.Clone(now.Variables)
	delete(before, mark)
	wanted := maps.Clone(s.function.Variables)
	delete(wanted, mark)
	if !maps.Equal(before, wanted) || now.CodeSHA256 != s.function.CodeSHA256 {
		return nil, fault.New("measure again when nobody deploys there", "somebody else has changed %s in the meantime", s.function.Name)
	}
	s.target.changes++
	wanted[mark] = fmt.Sprintf("%s-%d", s.target.run, s.target.changes)
	if _, err := s.target.account.configure(ctx, now, s.memoryMB, wanted); err != nil {
		return nil, err
	}
	s.environment, s.calls = s.function.Name+"/"+wanted[mark], 0
	return []target.Environment{{ID: s.environment}}, nil
}

// Do calls the function. A throttle, a fault of the service and an answer without its
// REPORT are failures of the environment: it does not count. What can't get better by
// itself, such as credentials that have expired, is an error.
func (s *session) Do(ctx context.Context, environment string, r target.Request) (target.Reply, error) {
	if environment != s.environment || environment == "" {
		return target.Reply{}, fmt.Errorf("environment %s is not of this session", environment)
	}
	payload, err := s.event(r)
	if err != nil {
		return target.Reply{}, err
	}
	reply := target.Reply{Environment: environment, Cold: s.calls == 0}
	s.calls++
	began := time.Now()
	answer, err := s.target.account.calls.Invoke(ctx, &lambda.InvokeInput{FunctionName: &s.function.Name, Payload: payload, LogType: types.LogTypeTail})
	reply.Client = time.Since(began)
	if err != nil {
		return s.unanswered(ctx, reply, err)
	}
	log, err := base64.StdEncoding.DecodeString(sdk.ToString(answer.LogResult))
	if err != nil {
		return reply, fmt.Errorf("read the log's tail of %s: %w", s.function.Name, err)
	}
	reply.Log = log
	reply.RequestID, _ = awsmiddleware.GetRequestIDMetadata(answer.ResultMetadata)
	switch {
	case answer.FunctionError != nil:
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
		s.remember(r, reply)
	}
	if why := s.read(&reply, log); why != "" {
		reply.Failure, reply.Dead = why, true
	}
	return reply, nil
}

// unanswered sorts calls that brought no answer.
func (s *session) unanswered(ctx context.Context, reply target.Reply, err error) (target.Reply, error) {
	if ctx.Err() != nil {
		return reply, context.Cause(ctx)
	}
	var throttled *types.TooManyRequestsException
	var answered *awshttp.ResponseError
	switch {
	case errors.As(err, &throttled):
		reply.Failure = fmt.Sprintf("throttled: %s", throttled.Reason)
	case errors.As(err, &answered) && answered.HTTPStatusCode() >= http.StatusInternalServerError:
		reply.Failure = fmt.Sprintf("Lambda answered %d", answered.HTTPStatusCode())
	default:
		return reply, deployed.Explain(err, s.target.account.Region, "call "+s.function.Name, "lambda:InvokeFunction on it")
	}
	reply.Dead = true
	return reply, nil
}

// read takes the clocks from the call's own REPORT, or says why they are not known.
func (s *session) read(reply *target.Reply, log []byte) (why string) {
	line, err := report.ForCall(string(log), reply.RequestID)
	if err != nil {
		return err.Error()
	}
	reply.Cold, reply.Duration = line.Init > 0, line.Duration
	reply.Memory.Peak = int64(line.MaxMemoryUsedMB) << 20
	reply.Report = &target.Report{RequestID: line.RequestID, Init: line.Init, Duration: line.Duration, Billed: line.Billed, MaxMemory: reply.Memory.Peak}
	again := slices.ContainsFunc(report.Scan(string(log)), func(l report.Line) bool { return l.Kind == report.Init && (l.Status != "" || l.Phase == "invoke") })
	if line.Init == 0 && again {
		reply.Cold = true // but how long its init takes is not known
		return "its init failed, or took longer than Lambda waits: it was made again within the call"
	}
	if line.MemorySizeMB != s.memoryMB {
		return fmt.Sprintf("it ran with %d MB instead of %d", line.MemorySizeMB, s.memoryMB)
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

// remember keeps the paths of items that live.
func (s *session) remember(r target.Request, reply target.Reply) {
	switch {
	case r.Method == http.MethodPost && reply.Status == http.StatusCreated:
		location := reply.Header.Get("Location") // relative, "items/{id}"
		s.items = append(s.items, r.Path+"/"+location[strings.LastIndex(location, "/")+1:])
	case r.Method == http.MethodDelete && reply.Status == http.StatusNoContent:
		s.items = slices.DeleteFunc(s.items, func(path string) bool { return path == r.Path })
	}
}

// tidying bounds how long a session's items are deleted for.
const tidying = 30 * time.Second

// Close deletes the items that its calls made, by the function itself. What can't be
// deleted is counted, and goes by its time to live.
func (s *session) Close(ctx context.Context) ([]target.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, tidying)
	defer cancel()
	for len(s.items) > 0 {
		left := len(s.items)
		_, err := s.Do(ctx, s.environment, target.Request{Method: http.MethodDelete, Path: s.items[0], Header: http.Header{"Accept": {"application/json"}}})
		if err != nil || len(s.items) == left {
			s.target.Left += left
			break
		}
	}
	s.items = nil
	return nil, nil
}
