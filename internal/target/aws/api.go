package aws

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// API measures the same functions through the API in front of them, as their users
// meet them: nothing is changed. Which environment answered, whether it was cold, and
// what Lambda saw of the call, its REPORT says, which is found in the logs by the ids
// that the API's access log puts beside each other.
type API struct {
	*Target
	client *http.Client
}

// requestTimeout is longer than API Gateway waits for a function (29 s).
const requestTimeout = 40 * time.Second

// Through is the API of a target whose functions were looked at by the alias that the
// API calls.
func (t *Target) Through() *API {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	return &API{Target: t, client: &http.Client{Transport: transport, Timeout: requestTimeout}}
}

// Close ends what is left of connections.
func (a *API) Close() { a.client.CloseIdleConnections() }

// Describe says where the functions run, and that their API was called.
func (a *API) Describe(ctx context.Context) (target.Description, error) {
	d, err := a.Target.Describe(ctx)
	d.Source.Vantage = results.HTTP
	return d, err
}

// Supports says why a configuration has no cold starts of a kind.
func (a *API) Supports(c target.Config, kind results.ColdKind) error {
	f, _ := a.function(c)
	front, ok := a.front(c)
	switch {
	case !ok:
		return fault.Usage("say --vantage invoke", "--vantage http: no route leads to %s", f.Name)
	case kind != results.Idle:
		return fault.Usage("say --cold idle, or --vantage invoke", "--cold %s: through the API, cold starts are those behind idling: what makes others would change what its users meet", kind)
	case c.MemoryMB != f.MemoryMB:
		return fault.Usage("leave --memory out, or say --vantage invoke", "--memory %d: the API calls %s as it is deployed, with %d MB", c.MemoryMB, f.Name, f.MemoryMB)
	case front.accessLogs == "":
		return fault.New("deploy with -c accessLogs=true, or say --vantage invoke", "the API of %s writes no access logs: nothing would tell which call of Lambda's a request was", a.options.Environment.Name)
	}
	return nil
}

// Open prepares to measure one configuration.
func (a *API) Open(_ context.Context, c target.Config) (target.Session, error) {
	if err := a.Supports(c, results.Idle); err != nil {
		return nil, err
	}
	f, _ := a.function(c)
	prefix := ""
	if len(c.Runtime.Prefixes) > 0 {
		prefix = c.Runtime.Prefixes[0]
	}
	front, _ := a.front(c)
	return &apiSession{api: a, function: f, prefix: prefix, front: front}, nil
}

// apiSession is one function behind the API.
type apiSession struct {
	api      *API
	function Function
	prefix   string
	front    front

	environment string // "" before Cold
	began       time.Time
	pending     []string // request ids of the environment's calls
	items       []string // paths of those that live
}

// Cold waits until nobody of this run has called the function for as long as was asked
// for, and makes the next call use a connection of its own.
func (s *apiSession) Cold(ctx context.Context, kind results.ColdKind, n int) ([]target.Environment, error) {
	if kind != results.Idle || n != 1 {
		return nil, fault.Usage("say --cold idle", "%d cold starts of kind %q can't be made through the API", n, kind)
	}
	t := s.api.Target
	environment := target.Environment{ID: s.function.Name + "/" + t.mark()}
	if _, called := t.used[s.function.Name]; !called {
		reply, err := s.send(ctx, target.Request{Method: http.MethodGet, Path: s.prefix + "/items", Header: http.Header{"Accept": {"application/json"}}})
		if err != nil {
			return nil, err
		}
		if reply.Failure != "" {
			environment.Failure = "the call that warms it: " + reply.Failure
			return []target.Environment{environment}, nil
		}
	}
	if err := t.wait(ctx, s.function.Name, t.used[s.function.Name].at.Add(t.options.Idle)); err != nil {
		return nil, err
	}
	s.api.client.CloseIdleConnections()
	s.environment, s.began, s.pending = environment.ID, t.options.Now(), nil
	return []target.Environment{environment}, nil
}

// Do sends one request. Its REPORT comes with Close.
func (s *apiSession) Do(ctx context.Context, environment string, r target.Request) (target.Reply, error) {
	if environment != s.environment || environment == "" {
		return target.Reply{}, fmt.Errorf("environment %s is not of this session", environment)
	}
	reply, err := s.send(ctx, r)
	if err != nil {
		return reply, err
	}
	if len(s.pending) > 0 {
		reply.Phases = nil
	}
	reply.Environment, reply.Pending = environment, true
	s.pending = append(s.pending, reply.RequestID)
	return reply, nil
}

// send sends one request, and clocks where its time goes.
func (s *apiSession) send(ctx context.Context, r target.Request) (target.Reply, error) {
	at := s.front.url + r.Path
	if r.Query != "" {
		at += "?" + r.Query
	}
	clock := &phases{}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, clock.trace()), r.Method, at, bytes.NewReader(r.Body))
	if err != nil {
		return target.Reply{}, fmt.Errorf("make the request %s %s: %w", r.Method, at, err)
	}
	request.Header = r.Header.Clone()
	if err := s.front.admit(ctx, s.api.account, request, r.Body); err != nil {
		return target.Reply{}, err
	}
	reply := target.Reply{}
	began := time.Now()
	response, err := s.api.client.Do(request)
	if err == nil {
		reply.Body, err = io.ReadAll(response.Body)
		err = firstError(err, response.Body.Close())
	}
	reply.Client = time.Since(began)
	s.api.called(s.function.Name, s.function.MemoryMB)
	switch {
	case ctx.Err() != nil:
		return reply, context.Cause(ctx)
	case err != nil:
		reply.Failure, reply.Dead = "no answer: "+err.Error(), true
		return reply, nil
	}
	reply.Status, reply.Header, reply.RequestID = response.StatusCode, response.Header, response.Header.Get(s.front.requestID)
	reply.Phases = clock.record()
	switch {
	case reply.Status == http.StatusForbidden && s.front.signed:
		return reply, fault.New("allow execute-api:Invoke on it; the stack's output HostedHttpAddress tells which it is", "call %s %s: its HTTP API answered 403", r.Method, at)
	case reply.Status == http.StatusForbidden && reply.Header.Get("X-Amzn-Errortype") != "":
		return reply, fault.New("may your address call the API, and is its key the one that is deployed? bench verify tells more", "call %s %s: API Gateway answered 403 %s", r.Method, at, reply.Header.Get("X-Amzn-Errortype"))
	case reply.Status == http.StatusTooManyRequests:
		reply.Failure, reply.Dead = "throttled: by API Gateway", true
	case reply.Status >= http.StatusInternalServerError:
		reply.Failure, reply.Dead = fmt.Sprintf("the API answered %d", reply.Status), true
	case reply.RequestID == "":
		reply.Failure, reply.Dead = "the answer has no "+s.front.requestID, true
	default:
		s.items = remember(s.items, r, reply)
	}
	return reply, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Close deletes the items, and waits for the reports.
func (s *apiSession) Close(ctx context.Context) ([]target.Report, error) {
	tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidying)
	defer cancel()
	for len(s.items) > 0 {
		left := len(s.items)
		if _, err := s.send(tidy, target.Request{Method: http.MethodDelete, Path: s.items[0], Header: http.Header{"Accept": {"application/json"}}}); err != nil || len(s.items) == left {
			s.api.Left += left
			break
		}
	}
	s.items = nil
	if len(s.pending) == 0 || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.api.reports(ctx, s.front.accessLogs, s.function, s.pending, s.began)
}

// phases are the moments of a request.
type phases struct {
	lookup, found, dial, connected, handshake, secured, sent, first time.Time
}

func (p *phases) trace() *httptrace.ClientTrace {
	now := func(at *time.Time) { *at = time.Now() }
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { now(&p.lookup) }, DNSDone: func(httptrace.DNSDoneInfo) { now(&p.found) },
		ConnectStart: func(_, _ string) {
			if p.dial.IsZero() { // the first of several addresses
				now(&p.dial)
			}
		},
		ConnectDone: func(_, _ string, err error) {
			if err == nil && p.connected.IsZero() {
				now(&p.connected)
			}
		},
		TLSHandshakeStart:    func() { now(&p.handshake) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { now(&p.secured) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { now(&p.sent) },
		GotFirstResponseByte: func() { now(&p.first) },
	}
}

func (p *phases) record() *results.Phases {
	between := func(a, b time.Time) *float64 {
		if a.IsZero() || b.Before(a) {
			return nil
		}
		return new(results.Ms(b.Sub(a)))
	}
	return &results.Phases{
		DNSMs: between(p.lookup, p.found), ConnectMs: between(p.dial, p.connected), TLSMs: between(p.handshake, p.secured), FirstByteMs: between(p.sent, p.first),
	}
}

// remember are the paths of items that live, behind another answer.
func remember(items []string, r target.Request, reply target.Reply) []string {
	switch {
	case r.Method == http.MethodPost && reply.Status == http.StatusCreated:
		location := reply.Header.Get("Location") // relative, "items/{id}"
		return append(items, r.Path+"/"+location[strings.LastIndex(location, "/")+1:])
	case r.Method == http.MethodDelete && reply.Status == http.StatusNoContent:
		for i, path := range items {
			if path == r.Path {
				return append(items[:i:i], items[i+1:]...)
			}
		}
	}
	return items
}
