package loadtest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Late is how far behind the schedule a call may leave before it counts as late.
const Late = 10 * time.Millisecond

// patience is how long an answer is waited for: longer than API Gateway does.
const patience = time.Minute

// attempts to make an item: a first call may take longer than the gateway waits, and the
// next one be answered.
const attempts = 3

// Sender sends a scenario's calls to an API. Each leaves when its time has come,
// whatever became of those before (an open loop).
type Sender struct {
	Base     string // the runtimes answer under /NAME
	Key      string // API key; "" for none
	Runtimes []string
	Scenario Scenario
	Recorder *Recorder
	// Part of the calls, where several senders share the scenario; the zero value sends all.
	Part Part
	// Begin is asked when everything is prepared, and says when the schedule begins; nil
	// for at once.
	Begin func(context.Context) (time.Time, error)
	// Progress hears of each call whose time has come; may be nil.
	Progress func()

	client *http.Client
	items  map[string][]string

	mu       sync.Mutex // over what follows
	test     results.LoadTest
	inFlight int
	record   error
}

// Send runs the scenario to its end, or until the context's, and removes what it made.
func (s *Sender) Send(ctx context.Context) (test results.LoadTest, err error) {
	n := int(s.Part.count(int64(s.Scenario.MaxInFlight)))
	s.client = &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{MaxIdleConns: n, MaxIdleConnsPerHost: n, ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer s.client.CloseIdleConnections()
	s.items = map[string][]string{}
	s.test = results.LoadTest{Tool: "bench load", Schedule: s.Scenario.Text(), Parts: 1, Iterations: new(int64), Dropped: new(int64), Late: new(int64), PeakInFlight: new(int64)}
	order := NewOrder(s.Scenario.Seed, s.Runtimes, s.Scenario.Mix)
	defer s.removeAll(context.WithoutCancel(ctx))
	for _, runtime := range s.Runtimes {
		for k := range s.Part.of(int64(max(s.Scenario.Items, s.Part.Of))) {
			id, why := "", "-"
			for attempt := 0; attempt < attempts && why != "" && ctx.Err() == nil; attempt++ {
				id, why = s.make(context.WithoutCancel(ctx), runtime, order.Call(k).Body) // whose answer tells what to remove
			}
			if why == "" {
				s.items[runtime] = append(s.items[runtime], id)
			}
			if ctx.Err() != nil {
				return s.test, context.Cause(ctx)
			}
			if why != "" {
				return s.test, fault.New("is that the API's base URL, and does this runtime answer there?", "make an item of %s at %s: %s", runtime, s.Base, why)
			}
		}
	}
	var under sync.WaitGroup
	defer under.Wait() // before what they use is removed
	began := time.Now()
	if s.Begin != nil {
		if began, err = s.Begin(ctx); err != nil {
			return s.test, err
		}
	}
	s.Recorder.From(began)
	for k := range s.Part.of(s.Scenario.Calls()) {
		due := began.Add(s.Scenario.Start(k))
		if err := clock.Until(ctx, due); err != nil {
			break // what was counted by then is kept
		}
		if s.Progress != nil {
			s.Progress()
		}
		if !s.begin(time.Since(due), n) {
			continue
		}
		under.Go(func() {
			s.iterate(context.WithoutCancel(ctx), order.Call(k)) // what has left comes to its end
			s.mu.Lock()
			s.inFlight--
			s.mu.Unlock()
		})
	}
	if err := clock.Until(ctx, began.Add(s.Scenario.Length())); err != nil && ctx.Err() == nil {
		return s.test, err
	}
	under.Wait()
	return s.test, s.record
}

// begin counts a call that is due, and reports whether it may leave.
func (s *Sender) begin(behind time.Duration, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight >= most {
		*s.test.Dropped++
		return false
	}
	s.inFlight++
	*s.test.Iterations++
	*s.test.PeakInFlight = max(*s.test.PeakInFlight, int64(s.inFlight))
	if behind > Late {
		*s.test.Late++
	}
	return true
}

// nobody is an item that does not exist.
const nobody = "00000000-0000-4000-8000-000000000000"

// iterate sends one call with its upkeep, as test/k6/lib/suite.js does: a create's item
// is removed behind it, a delete's made before it.
func (s *Sender) iterate(ctx context.Context, c Call) {
	items := s.items[c.Runtime]
	id := items[int(c.Pick)%len(items)]
	if config.Operation(c.Operation) == config.Delete {
		made, why := s.make(ctx, c.Runtime, c.Body)
		if id = made; why != "" {
			id = nobody // its delete is answered wrongly, and counts so
		}
	}
	answer := s.do(ctx, c.Runtime, requestOf(c, id))
	s.note(c, answer)
	if config.Operation(c.Operation) == config.Create && answer.item.ID != "" {
		s.do(ctx, c.Runtime, deletion(answer.item.ID))
	}
}

// note counts what came of a call.
func (s *Sender) note(c Call, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := Seen{Time: a.ended, Runtime: c.Runtime, Operation: c.Operation, Took: a.took, Wrong: a.wrong, Cold: a.cold}
	if err := s.Recorder.Add(seen); err != nil && s.record == nil {
		s.record = err
	}
	for phase, took := range a.phases {
		if err := s.Recorder.AddPhase(c.Runtime, Phase(phase), took); err != nil && s.record == nil {
			s.record = err
		}
	}
}

func (s *Sender) make(ctx context.Context, runtime, body string) (id, wrong string) {
	a := s.do(ctx, runtime, request{method: http.MethodPost, path: "/items", body: body, status: http.StatusCreated, holds: isItemOf(body)})
	return a.item.ID, a.wrong
}

func (s *Sender) removeAll(ctx context.Context) {
	for runtime, ids := range s.items {
		for _, id := range ids {
			s.do(ctx, runtime, deletion(id))
		}
	}
}

// request is what is sent, and what its answer must be.
type request struct {
	method, path, body string
	status             int
	holds              func(text []byte) bool
}

func deletion(id string) request {
	return request{method: http.MethodDelete, path: "/items/" + id, status: http.StatusNoContent, holds: func(text []byte) bool { return len(text) == 0 }}
}

func requestOf(c Call, id string) request {
	switch config.Operation(c.Operation) {
	case config.Create:
		return request{method: http.MethodPost, path: "/items", body: c.Body, status: http.StatusCreated, holds: isItemOf(c.Body)}
	case config.Update:
		return request{method: http.MethodPut, path: "/items/" + id, body: c.Body, status: http.StatusOK, holds: isItemOf(c.Body)}
	case config.Delete:
		return deletion(id)
	case config.List:
		return request{method: http.MethodGet, path: "/items", status: http.StatusOK, holds: func(text []byte) bool {
			var page struct{ Items []item }
			return json.Unmarshal(text, &page) == nil && len(page.Items) > 0
		}}
	default:
		return request{method: http.MethodGet, path: "/items/" + id, status: http.StatusOK, holds: func(text []byte) bool {
			var got item
			return json.Unmarshal(text, &got) == nil && got.ID == id
		}}
	}
}

type item struct {
	ID, Name, Description string
	Price                 float64
}

// isItemOf checks that an answer is the item that was sent.
func isItemOf(sent string) func([]byte) bool {
	return func(text []byte) bool {
		var want, got item
		if json.Unmarshal([]byte(sent), &want) != nil || json.Unmarshal(text, &got) != nil || got.ID == "" {
			return false
		}
		want.ID = got.ID
		return got == want
	}
}

// answer is what came back, and how long it took: as k6's http_req_duration, from the
// first byte sent to the last received, with the parts of making a connection beside it.
type answer struct {
	ended  time.Time
	took   time.Duration
	phases [3]time.Duration // by Phase
	wrong  string
	cold   bool
	item   item // of a create
}

// timing is when a request got how far. Some of it is told by a connection's own
// goroutine, which may outlive the request if another connection was free earlier.
type timing struct {
	sync.Mutex
	asked, connected, dialled, shook time.Time
	phases                           [3]time.Duration
}

func (t *timing) trace() *httptrace.ClientTrace {
	at := func(mark *time.Time) {
		t.Lock()
		*mark = time.Now()
		t.Unlock()
	}
	since := func(phase Phase, mark *time.Time) {
		t.Lock()
		t.phases[phase] = time.Since(*mark)
		t.Unlock()
	}
	return &httptrace.ClientTrace{
		GetConn:           func(string) { at(&t.asked) },
		GotConn:           func(httptrace.GotConnInfo) { at(&t.connected) },
		ConnectStart:      func(string, string) { at(&t.dialled) },
		ConnectDone:       func(string, string, error) { since(Connecting, &t.dialled) },
		TLSHandshakeStart: func() { at(&t.shook) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { since(Handshake, &t.shook) },
	}
}

// finish fills in the times of an answer that has come to its end.
func (t *timing) finish(a *answer) {
	t.Lock()
	defer t.Unlock()
	a.ended = time.Now()
	if t.connected.IsZero() { // it never left
		t.connected = t.asked
	}
	a.took, a.phases = a.ended.Sub(t.connected), t.phases
	a.phases[Blocked] = max(t.connected.Sub(t.asked)-t.phases[Connecting]-t.phases[Handshake], 0)
}

func (s *Sender) do(ctx context.Context, runtime string, q request) (a answer) {
	t := timing{asked: time.Now()}
	defer func() { t.finish(&a) }()
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, t.trace()), q.method, s.Base+"/"+runtime+q.path, body)
	if err != nil {
		a.wrong = err.Error()
		return a
	}
	r.Header.Set("Accept", "application/json")
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.Key != "" {
		r.Header.Set("X-Api-Key", s.Key)
	}
	response, err := s.client.Do(r)
	if err != nil {
		a.wrong = err.Error()
		return a
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	a.cold = response.Header.Get("X-Cold-Start") == "true"
	switch {
	case err != nil:
		a.wrong = err.Error()
	case response.StatusCode != q.status:
		a.wrong = fmt.Sprintf("status %d instead of %d: %.200s", response.StatusCode, q.status, text)
	case !q.holds(text):
		a.wrong = fmt.Sprintf("the answer is not as the API promises: %.200s", text)
	}
	if response.StatusCode == http.StatusCreated {
		_ = json.Unmarshal(text, &a.item) // what is no item was named above
	}
	return a
}
