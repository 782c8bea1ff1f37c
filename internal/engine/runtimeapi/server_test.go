package runtimeapi_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// wire loads the bodies that the corpus has for the Runtime API.
func wire(t *testing.T) map[string]struct {
	Status int
	Text   string
} {
	t.Helper()
	data, err := os.ReadFile("../testdata/lambda-words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		Wire []struct {
			ID, Text string
			Status   int
		}
	}
	if err := yaml.Unmarshal(data, &corpus); err != nil {
		t.Fatal(err)
	}
	words := map[string]struct {
		Status int
		Text   string
	}{}
	for _, w := range corpus.Wire {
		words[w.ID] = struct {
			Status int
			Text   string
		}{w.Status, w.Text}
	}
	return words
}

// runtime is a client of the API under test.
type runtime struct {
	t      *testing.T
	server *runtimeapi.Server
	base   string
	client http.Client
}

func listen(t *testing.T, o runtimeapi.Options) *runtime {
	t.Helper()
	server, err := runtimeapi.Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return &runtime{t, server, "http://" + server.Addr() + "/2018-06-01/runtime/", http.Client{Transport: transport}}
}

func (r *runtime) send(method, path, body string, header ...string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequest(method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := r.client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(data))
}

type event struct {
	answer *http.Response
	body   string
	err    error
}

// next asks for an event in the background, as a runtime that blocks does.
func (r *runtime) next() <-chan event {
	got := make(chan event, 1)
	go func() {
		answer, err := r.client.Get(r.base + "invocation/next")
		if err != nil {
			got <- event{err: err}
			return
		}
		defer answer.Body.Close()
		data, err := io.ReadAll(answer.Body)
		got <- event{answer, string(data), err}
	}()
	return got
}

// exchange sends an event in the background, as an engine that waits does. The
// test's end interrupts it.
func (r *runtime) exchange(e runtimeapi.Event) <-chan runtimeapi.Exchanged {
	r.t.Helper()
	e.Deadline = time.Now().Add(time.Minute)
	over := make(chan runtimeapi.Exchanged, 1)
	var all sync.WaitGroup
	all.Go(func() {
		x, err := r.server.Exchange(e, time.Minute)
		if err != nil {
			r.t.Error(err)
		}
		over <- x
	})
	r.t.Cleanup(func() {
		r.server.Interrupt()
		all.Wait()
	})
	return over
}

// running brings a runtime to the point where it has an event.
func (r *runtime) running(id string) <-chan runtimeapi.Exchanged {
	r.t.Helper()
	got := r.next()
	if s := <-r.server.Signals(); s.Kind != runtimeapi.Ready {
		r.t.Fatalf("got signal %v, want Ready", s.Kind)
	}
	over := r.exchange(runtimeapi.Event{ID: id, Payload: []byte("{}")})
	if e := <-got; e.err != nil || e.answer.StatusCode != http.StatusOK {
		r.t.Fatalf("got event %+v, want one with 200", e)
	}
	return over
}

func TestEventCarriesLambdasHeaders(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	got := r.next()
	<-r.server.Signals()
	r.exchange(runtimeapi.Event{
		ID: "8f507cfc", Payload: []byte(`{"a":1}`),
		FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:f", TraceID: "Root=1-2;Sampled=0",
		ClientContext: `{"client":{}}`, CognitoIdentity: "{}\r\nX-Forged: 1",
	})
	e := <-got
	if e.err != nil {
		t.Fatal(e.err)
	}
	if e.body != `{"a":1}` {
		t.Errorf("got body %q, want the payload", e.body)
	}
	for name, want := range map[string]string{
		"Lambda-Runtime-Aws-Request-Id":       "8f507cfc",
		"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
		"Lambda-Runtime-Trace-Id":             "Root=1-2;Sampled=0",
		"Lambda-Runtime-Client-Context":       `{"client":{}}`,
		"Lambda-Runtime-Cognito-Identity":     "{}  X-Forged: 1",
		"Content-Type":                        "application/json",
		"X-Forged":                            "",
	} {
		if got := e.answer.Header.Get(name); got != want {
			t.Errorf("got %s: %q, want %q", name, got, want)
		}
	}
	ms, err := strconv.ParseInt(e.answer.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	if left := time.Until(time.UnixMilli(ms)); err != nil || left <= 0 || left > time.Minute {
		t.Errorf("got a deadline in %v, %v, want one within the minute", left, err)
	}
}

func TestResponseThenNextEndsTheInvocation(t *testing.T) {
	words := wire(t)
	r := listen(t, runtimeapi.Options{})
	first := r.running("1")
	if _, ok := r.server.Outcome(); ok {
		t.Error("got an outcome before one was posted")
	}
	status, body := r.send("POST", "invocation/1/response", `"done"`)
	if want := words["accepted"]; status != want.Status || body != want.Text {
		t.Errorf("got %d %s, want %d %s", status, body, want.Status, want.Text)
	}
	got := r.next()
	x := <-first
	outcome, ok := r.server.Outcome()
	if !x.Over || !ok || string(outcome.Payload) != `"done"` || outcome.Failed {
		t.Errorf("got %+v and outcome %+v, %v, want the response", x, outcome, ok)
	}
	if outcome.At.Before(x.Out) || x.Ready.Before(outcome.At) {
		t.Errorf("got %v, %v and %v, want event, response and next in this order", x.Out, outcome.At, x.Ready)
	}
	r.exchange(runtimeapi.Event{ID: "2"})
	if e := <-got; e.answer.Header.Get("Lambda-Runtime-Aws-Request-Id") != "2" || e.body != "" {
		t.Errorf("got event %+v, want the second, empty one", e)
	}
	if _, ok := r.server.Outcome(); ok {
		t.Error("got the first outcome for the second event")
	}
	select {
	case s := <-r.server.Signals():
		t.Errorf("got %+v, want no signal: the exchange has told it", s)
	default:
	}
}

// TestAnswersOverOtherConnections: a client that opens one for every request.
func TestAnswersOverOtherConnections(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.client.Transport.(*http.Transport).DisableKeepAlives = true
	over := r.running("1")
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Fatalf("got %d, want 202", status)
	}
	got := r.next()
	if x := <-over; x.Over {
		t.Errorf("got %+v, want to be told by a signal", x)
	}
	if s := <-r.server.Signals(); s.Kind != runtimeapi.Ready {
		t.Errorf("got %+v, want Ready", s)
	}
	r.exchange(runtimeapi.Event{ID: "2"})
	if e := <-got; e.err != nil || e.answer.Header.Get("Lambda-Runtime-Aws-Request-Id") != "2" {
		t.Errorf("got %+v, want the second event", e)
	}
}

// TestANewConnectionInterrupts: the old one stays open, and says nothing more.
func TestANewConnectionInterrupts(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	first, firstIn := raw(t, r)
	fmt.Fprint(first, get)
	<-r.server.Signals()
	over := r.exchange(runtimeapi.Event{ID: "1"})
	if answer, err := http.ReadResponse(firstIn, nil); err != nil || answer.StatusCode != 200 {
		t.Fatalf("got %v, %v, want the event", answer, err)
	}
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Fatalf("got %d, want 202", status)
	}
	r.next()
	if x := <-over; x.Over {
		t.Errorf("got %+v, want to be told by a signal", x)
	}
	<-r.server.Signals()
	// The old connection is served on.
	fmt.Fprint(first, "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	if answer, err := http.ReadResponse(firstIn, nil); err != nil || answer.StatusCode != 403 {
		t.Errorf("got %v, %v, want 403", answer, err)
	}
}

func TestInterrupt(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	over := r.running("1")
	r.server.Interrupt()
	if x := <-over; x.Over {
		t.Errorf("got %+v, want not to be over", x)
	}
	// The runtime does not notice.
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Errorf("got %d, want 202", status)
	}
	got := r.next()
	<-r.server.Signals()
	// An interruption before an exchange ends it too.
	r.server.Interrupt()
	if x := <-r.exchange(runtimeapi.Event{ID: "2"}); x.Over {
		t.Errorf("got %+v, want not to be over", x)
	}
	if e := <-got; e.err != nil || e.answer.Header.Get("Lambda-Runtime-Aws-Request-Id") != "2" {
		t.Errorf("got %+v, want the event none the less", e)
	}
}

func TestExchangeTimesOut(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	got := r.next()
	<-r.server.Signals()
	x, err := r.server.Exchange(runtimeapi.Event{ID: "1", Deadline: time.Now().Add(time.Minute)}, time.Millisecond)
	if err != nil || x.Over || x.Out.IsZero() {
		t.Errorf("got %+v, %v, want it not to be over", x, err)
	}
	<-got
}

func TestWrongStatesAreRefused(t *testing.T) {
	words := wire(t)
	refused := func(from, to string) string {
		text := words["wrong-state"].Text
		return strings.Replace(text, "from Ready to InvocationResponse", "from "+from+" to "+to, 1)
	}
	tests := []struct {
		name   string
		setUp  func(r *runtime)
		method string
		path   string
		status int
		body   string
	}{
		{"response before an event", nil, "POST", "invocation/1/response", 403, refused("Started", "InvocationResponse")},
		{"error before an event", nil, "POST", "invocation/1/error", 403, refused("Started", "InvocationErrorResponse")},
		{"init error during an event", func(r *runtime) { r.running("1") }, "POST", "init/error", 403, refused("Running", "InitError")},
		{"next without a response", func(r *runtime) { r.running("1") }, "GET", "invocation/next", 403, refused("Running", "Ready")},
		{"another event's response", func(r *runtime) { r.running("1") }, "POST", "invocation/2/response", 400, words["wrong-request-id"].Text},
		{"another event's error", func(r *runtime) { r.running("1") }, "POST", "invocation/2/error", 400, words["wrong-request-id"].Text},
		{"a second response", func(r *runtime) {
			r.running("1")
			r.send("POST", "invocation/1/response", "1")
		}, "POST", "invocation/1/response", 403, refused("RuntimeResponseSentState", "InvocationResponse")},
		{"next after an init error", func(r *runtime) { r.send("POST", "init/error", "{}") }, "GET", "invocation/next", 403, refused("InitError", "Ready")},
		{"an unknown path", nil, "GET", "invocation/last", 404, "404 page not found"},
		{"restore without snapshots", nil, "GET", "restore/next", 404, "404 page not found"},
		{"an unknown verb", nil, "POST", "invocation/1/answer", 404, "404 page not found"},
		{"a wrong method", nil, "POST", "invocation/next", 405, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := listen(t, runtimeapi.Options{})
			r.t = t
			if test.setUp != nil {
				test.setUp(r)
			}
			if status, body := r.send(test.method, test.path, ""); status != test.status || body != test.body {
				t.Errorf("got %d %s, want %d %s", status, body, test.status, test.body)
			}
		})
	}
}

func TestAWrongIDLeavesTheEventOpen(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	r.send("POST", "invocation/2/response", "0")
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Fatalf("got %d, want 202", status)
	}
	if o, ok := r.server.Outcome(); !ok || string(o.Payload) != "1" {
		t.Errorf("got %+v, %v, want the right response", o, ok)
	}
}

func TestErrorsArePosted(t *testing.T) {
	for posted, want := range map[string]string{
		"Runtime.MarshalError": "Runtime.MarshalError",
		"Function.lowercase":   "Function.Unknown",
		"ValueError":           "Runtime.Unknown",
		"":                     "Runtime.Unknown",
	} {
		r := listen(t, runtimeapi.Options{})
		r.running("1")
		body := `{"errorMessage":"boom","errorType":"ValueError"}`
		if status, _ := r.send("POST", "invocation/1/error", body, "Lambda-Runtime-Function-Error-Type", posted); status != 202 {
			t.Errorf("got %d, want 202", status)
		}
		o, ok := r.server.Outcome()
		if !ok || !o.Failed || o.ErrorType != want || string(o.Payload) != body {
			t.Errorf("got %+v, %v for %q, want type %s and the posted body", o, ok, posted, want)
		}
	}
}

func TestInitErrorIsSignalled(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.send("POST", "init/error", `{"errorType":"Runtime.ImportModuleError"}`, "Lambda-Runtime-Function-Error-Type", "Runtime.ImportModuleError")
	s := <-r.server.Signals()
	if s.Kind != runtimeapi.Failed || s.Failure.Type != "Runtime.ImportModuleError" || string(s.Failure.Payload) != `{"errorType":"Runtime.ImportModuleError"}` {
		t.Errorf("got %+v, want the failure as posted", s)
	}
}

func TestResponseSizes(t *testing.T) {
	words := wire(t)
	for _, chunked := range []bool{false, true} {
		for _, over := range []int{0, 1, 5 << 20} {
			t.Run(fmt.Sprintf("chunked=%v,over=%d", chunked, over), func(t *testing.T) {
				r := listen(t, runtimeapi.Options{})
				exchanged := r.running("1")
				var body io.Reader = bytes.NewReader(bytes.Repeat([]byte("x"), runtimeapi.MaxResponse+over))
				if chunked {
					body = io.MultiReader(body) // Hides the length.
				}
				answer, err := r.client.Post(r.base+"invocation/1/response", "application/json", body)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				data, _ := io.ReadAll(answer.Body)
				o, ok := r.server.Outcome()
				if over == 0 {
					if answer.StatusCode != 202 || !ok || o.TooLarge || len(o.Payload) != runtimeapi.MaxResponse {
						t.Errorf("got %d, %v, %d bytes, want all accepted", answer.StatusCode, ok, len(o.Payload))
					}
					return
				}
				want := words["response-too-large"]
				if got := strings.TrimSpace(string(data)); answer.StatusCode != want.Status || got != want.Text {
					t.Errorf("got %d %s, want %d %s", answer.StatusCode, got, want.Status, want.Text)
				}
				if !ok || !o.TooLarge || len(o.Payload) != 0 {
					t.Errorf("got %+v, %v, want a response that was too large", o, ok)
				}
				// The connection goes on, and so does the runtime.
				next := r.next()
				if x := <-exchanged; !x.Over {
					t.Errorf("got %+v, want the runtime to go on", x)
				}
				r.server.Close()
				<-next
			})
		}
	}
}

func TestAStreamIsBufferedAndItsTrailersRead(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	request, err := http.NewRequest("POST", r.base+"invocation/1/response", io.MultiReader(strings.NewReader("half ")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
	request.Trailer = http.Header{
		"Lambda-Runtime-Function-Error-Type": {"Runtime.StreamError"},
		"Lambda-Runtime-Function-Error-Body": {"eyJlcnJvclR5cGUiOiJFIn0="},
	}
	answer, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	o, ok := r.server.Outcome()
	if !ok || !o.Failed || o.ErrorType != "Runtime.StreamError" || string(o.Payload) != `{"errorType":"E"}` {
		t.Errorf("got %+v, %v, want the error of the trailers", o, ok)
	}
}

func TestAnUnknownResponseModeIsAnError(t *testing.T) {
	want := wire(t)["wrong-response-mode"]
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	status, body := r.send("POST", "invocation/1/response", "1", "Lambda-Runtime-Function-Response-Mode", "sideways")
	if status != want.Status || body != want.Text {
		t.Errorf("got %d %s, want %d %s", status, body, want.Status, want.Text)
	}
	if o, ok := r.server.Outcome(); !ok || o.ErrorType != "Runtime.InvalidResponseModeHeader" {
		t.Errorf("got %+v, %v, want Runtime.InvalidResponseModeHeader", o, ok)
	}
}

func TestRestore(t *testing.T) {
	r := listen(t, runtimeapi.Options{Restore: true})
	restored := make(chan int, 1)
	go func() {
		status, _ := r.send("GET", "restore/next", "")
		restored <- status
	}()
	if s := <-r.server.Signals(); s.Kind != runtimeapi.RestoreReady {
		t.Fatalf("got %v, want RestoreReady", s.Kind)
	}
	if err := r.server.Restored(); err != nil {
		t.Fatal(err)
	}
	if status := <-restored; status != 200 {
		t.Errorf("got %d, want 200", status)
	}
	if status, _ := r.send("POST", "restore/error", `{"errorType":"hook"}`, "Lambda-Runtime-Function-Error-Type", "Runtime.AfterRestoreError"); status != 202 {
		t.Errorf("got %d, want 202", status)
	}
	if s := <-r.server.Signals(); s.Kind != runtimeapi.Failed || s.Failure.Type != "Runtime.AfterRestoreError" {
		t.Errorf("got %+v, want the hook's failure", s)
	}
	if err := r.server.Restored(); err == nil {
		t.Error("got no error for a second restore")
	}
}

// raw is a connection without a client's manners.
func raw(t *testing.T, r *runtime) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", r.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, bufio.NewReader(c)
}

const get = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"

func TestExpectContinue(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	c, in := raw(t, r)
	fmt.Fprint(c, "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	line, err := in.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v, want 100 Continue before the body", line, err)
	}
	fmt.Fprint(c, "true")
	in.ReadString('\n') // The empty line of the 100.
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != 202 {
		t.Fatalf("got %v, %v, want 202", answer, err)
	}
	if o, ok := r.server.Outcome(); !ok || string(o.Payload) != "true" {
		t.Errorf("got %+v, %v, want true", o, ok)
	}
}

func TestARefusedClientIsNotWaitedFor(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	c, in := raw(t, r)
	fmt.Fprint(c, "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != 403 {
		t.Fatalf("got %v, %v, want 403", answer, err)
	}
	if _, err := io.ReadAll(in); err != nil {
		t.Errorf("got %v, want the connection closed", err)
	}
}

func TestGarbageIsRefused(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	c, in := raw(t, r)
	fmt.Fprint(c, "HELLO\r\n\r\n")
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != 400 {
		t.Fatalf("got %v, %v, want 400", answer, err)
	}
}

func TestABodyThatBreaksOffIsNoResponse(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	c, in := raw(t, r)
	fmt.Fprint(c, "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	c.(*net.TCPConn).CloseWrite()
	io.ReadAll(in) // Until the server has seen the end.
	if o, ok := r.server.Outcome(); ok {
		t.Errorf("got %+v, want no outcome", o)
	}
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Errorf("got %d for a second try, want 202", status)
	}
}

func TestARuntimeMayReconnect(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	first, firstIn := raw(t, r)
	fmt.Fprint(first, get)
	<-r.server.Signals()
	second, secondIn := raw(t, r)
	fmt.Fprint(second, get)
	// The newest request gets the event: the older connection is closed.
	if data, err := io.ReadAll(firstIn); len(data) > 0 {
		t.Fatalf("got %q, %v, want the older connection closed", data, err)
	}
	r.exchange(runtimeapi.Event{ID: "1"})
	answer, err := http.ReadResponse(secondIn, nil)
	if err != nil || answer.Header.Get("Lambda-Runtime-Aws-Request-Id") != "1" {
		t.Fatalf("got %v, %v, want the event", answer, err)
	}
}

func TestAnEventWaitsForARuntimeThatHungUp(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	c, _ := raw(t, r)
	fmt.Fprint(c, get)
	<-r.server.Signals()
	c.Close()
	if x := <-r.exchange(runtimeapi.Event{ID: "1"}); x.Over {
		t.Errorf("got %+v, want it not to be over", x)
	}
	e := <-r.next()
	if e.err != nil || e.answer.Header.Get("Lambda-Runtime-Aws-Request-Id") != "1" {
		t.Errorf("got %+v, want the event that waited", e)
	}
	if status, _ := r.send("POST", "invocation/1/response", "1"); status != 202 {
		t.Errorf("got %d, want 202", status)
	}
}

func TestExchangeNeedsAReadyRuntime(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	if _, err := r.server.Exchange(runtimeapi.Event{ID: "1"}, time.Minute); !errors.Is(err, runtimeapi.ErrNotReady) || !strings.Contains(err.Error(), "Started") {
		t.Errorf("got %v, want ErrNotReady and the state's name", err)
	}
}

func TestDrainKeepsTheLastBreath(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	r.running("1")
	c, _ := raw(t, r)
	body := strings.Repeat("x", 1<<20)
	fmt.Fprintf(c, "POST /2018-06-01/runtime/invocation/1/error HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(body))
	// A probe with a wrong id tells when the server has begun to read this one.
	for status := 400; status != 403; {
		status, _ = r.send("POST", "invocation/2/error", "")
	}
	go func() {
		io.WriteString(c, body)
		c.(*net.TCPConn).CloseWrite() // It dies without waiting for an answer.
	}()
	r.client.CloseIdleConnections()
	r.server.Interrupt() // As an engine does that has seen the process die.
	r.server.Drain(10 * time.Second)
	if o, ok := r.server.Outcome(); !ok || len(o.Payload) != len(body) {
		t.Errorf("got %d bytes, %v, want all %d", len(o.Payload), ok, len(body))
	}
}

func TestLargeEvents(t *testing.T) {
	r := listen(t, runtimeapi.Options{})
	got := r.next()
	<-r.server.Signals()
	payload := bytes.Repeat([]byte("y"), 6<<20)
	r.exchange(runtimeapi.Event{ID: "1", Payload: payload})
	if e := <-got; e.err != nil || len(e.body) != len(payload) {
		t.Errorf("got %d bytes, %v, want %d", len(e.body), e.err, len(payload))
	}
}
