package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type invokerFunc func(ctx context.Context, function string, payload []byte, o InvokeOptions) (Result, error)

func (f invokerFunc) Invoke(ctx context.Context, function string, payload []byte, o InvokeOptions) (Result, error) {
	return f(ctx, function, payload, o)
}

// answering gives every invocation the same payload.
func answering(payload string) Invoker {
	return invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) {
		return Result{Payload: []byte(payload)}, nil
	})
}

func failing(err error) Invoker {
	return invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) { return Result{}, err })
}

// options have ids that count and a clock that stands still.
func options(invoker Invoker) Options {
	var mu sync.Mutex
	n := 0
	return Options{
		Routes: []Route{
			below("/go", "fn-go"), below("/node", "fn-node"), below("/typescript", "fn-node"), below("/go/deep", "fn-deep"),
		},
		Runtimes: []string{"go", "node"},
		Invoker:  invoker,
		Now:      func() time.Time { return noon },
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			n++
			return fmt.Sprintf("id-%d", n)
		},
	}
}

// below leads everything below a prefix to a function, behind a REST API.
func below(prefix, function string) Route {
	return Route{Resource: prefix + "/{proxy+}", Function: function, API: API{Kind: REST, Stage: "dev"}}
}

func call(o Options, method, target, body string) *http.Response {
	recorder := httptest.NewRecorder()
	New(o).ServeHTTP(recorder, httptest.NewRequest(method, target, strings.NewReader(body)))
	return recorder.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRoutes(t *testing.T) {
	tests := []struct{ method, path, want string }{
		{"GET", "/go/items", "fn-go"},
		{"GET", "/go/items/", "fn-go"},
		{"GET", "/go//items", "fn-go"},
		{"GET", "//go/items", "fn-go"},
		{"GET", "/go/deep", "fn-go"},
		{"GET", "/go/deep/x", "fn-deep"},
		{"GET", "/go/health", "fn-go"},
		{"PATCH", "/node/items", "fn-node"},
		{"OPTIONS", "/typescript/items", "fn-node"},
		{"HEAD", "/go/items", "fn-go"},
		{"GET", "/go", ""},
		{"GET", "/go/", ""},
		{"GET", "/go//", ""},
		{"GET", "/goitems", ""},
		{"GET", "/%67o/items", ""},
		{"GET", "/", ""},
		{"GET", "/items", ""},
		{"GET", "/rust/items", ""},
		{"TRACE", "/go/items", ""},
		{"PURGE", "/go/items", ""},
		{"POST", "/health", ""},
		{"HEAD", "/health", ""},
		{"GET", "/health/x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := ""
			response := call(options(invokerFunc(func(_ context.Context, function string, _ []byte, _ InvokeOptions) (Result, error) {
				got = function
				return Result{Payload: []byte(`{"statusCode":200}`)}, nil
			})), tt.method, "http://localhost"+tt.path, "")
			if got != tt.want {
				t.Errorf("got the function %q, want %q", got, tt.want)
			}
			if unknown := response.StatusCode == http.StatusNotFound; unknown != (tt.want == "") {
				t.Errorf("got status %d for the function %q", response.StatusCode, tt.want)
			}
		})
	}
}

func TestUnknownPath(t *testing.T) {
	response := call(options(failing(errors.New("must not be called"))), "GET", "/nowhere", "")
	want := `{"type":"about:blank","title":"Not Found","status":404,"detail":"The requested resource does not exist."}`
	if got := text(t, response); response.StatusCode != 404 || got != want {
		t.Errorf("got %d %s, want 404 %s", response.StatusCode, got, want)
	}
	for name, want := range map[string]string{
		"Content-Type":     "application/problem+json",
		"X-Amzn-Errortype": "MissingAuthenticationTokenException",
		"X-Amzn-Requestid": "id-1",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestHealth(t *testing.T) {
	for _, path := range []string{"/health", "/health/", "/health?x=1"} {
		response := call(options(failing(errors.New("must not be called"))), "GET", path, "")
		want := `{"status":"ok","runtimes":["go","node"]}`
		if got := text(t, response); response.StatusCode != 200 || got != want {
			t.Errorf("%s: got %d %s, want 200 %s", path, response.StatusCode, got, want)
		}
		if got := response.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: got the content type %q", path, got)
		}
	}
	o := options(answering(""))
	o.Runtimes, o.Invoker = nil, answering(`{}`)
	if got := call(o, "GET", "/health", "").StatusCode; got != http.StatusNotFound {
		t.Errorf("without runtimes: got %d, want no such path", got)
	}
	o.Routes = append(o.Routes, Route{Resource: "/{proxy+}", Function: "guest"})
	if got := call(o, "GET", "/health", "").StatusCode; got != http.StatusOK {
		t.Errorf("with a function that takes all: got %d, want its answer", got)
	}
}

func TestProxyAnswer(t *testing.T) {
	answer := `{"statusCode":201,"headers":{"Content-Type":"text/plain","X-Amzn-RequestId":"forged"},"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]},"body":"hi"}`
	response := call(options(answering(answer)), "POST", "/go/items", "{}")
	if got := text(t, response); response.StatusCode != 201 || got != "hi" {
		t.Errorf("got %d %q, want 201 hi", response.StatusCode, got)
	}
	want := http.Header{
		"Content-Length": {"2"}, "Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"},
		"X-Amz-Apigw-Id": {extendedID("id-1")}, "X-Amzn-Requestid": {"id-1"},
		"X-Amzn-Trace-Id": {NewTraceID("id-1", noon)},
	}
	if got := response.Header; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got the headers\n%q, want\n%q", got, want)
	}
}

func TestNoBody(t *testing.T) {
	tests := []struct{ method, answer, wantLength string }{
		{"HEAD", `{"statusCode":405,"body":"four"}`, "4"},
		{"GET", `{"statusCode":204,"body":"four"}`, ""},
		{"GET", `{"statusCode":304,"body":"four"}`, ""},
	}
	for _, tt := range tests {
		response := call(options(answering(tt.answer)), tt.method, "/go/items", "")
		if got := text(t, response); got != "" {
			t.Errorf("%s %s: got the body %q, want none", tt.method, tt.answer, got)
		}
		if got := response.Header.Get("Content-Length"); got != tt.wantLength {
			t.Errorf("%s %s: got the length %q, want %q", tt.method, tt.answer, got, tt.wantLength)
		}
	}
}

func TestRefusals(t *testing.T) {
	const processed = "The request could not be processed."
	tests := []struct {
		name    string
		invoker Invoker
		status  int
		title   string
		detail  string
		wantErr string
	}{
		{"malformed", answering(`"oops"`), 502, "Bad Gateway", processed, "malformed proxy answer"},
		{"function error", invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) {
			return Result{Payload: []byte(`{"statusCode":200}`), FunctionError: "Unhandled"}, nil
		}), 502, "Bad Gateway", processed, "function error Unhandled"},
		{"throttled", failing(fmt.Errorf("pool: %w", ErrThrottled)), 500, "Internal Server Error", processed, "concurrency limit"},
		{"no function", failing(ErrNotFound), 500, "Internal Server Error", processed, "not found"},
		{"anything else", failing(errors.New("disk full")), 500, "Internal Server Error", processed, "invoke fn-go: disk full"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var entry Entry
			o := options(tt.invoker)
			o.Log = func(e Entry) { entry = e }
			response := call(o, "GET", "/go/items", "")
			want := fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d,"detail":%q}`, tt.title, tt.status, tt.detail)
			if got := text(t, response); response.StatusCode != tt.status || got != want {
				t.Errorf("got %d %s, want %d %s", response.StatusCode, got, tt.status, want)
			}
			if got := response.Header.Get("X-Amzn-Errortype"); got != "InternalServerErrorException" {
				t.Errorf("got the error type %q", got)
			}
			if entry.Err == nil || !strings.Contains(entry.Err.Error(), tt.wantErr) {
				t.Errorf("got %v in the log, want %q", entry.Err, tt.wantErr)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	const want = `{"message":"Request Too Long"}`
	must := failing(errors.New("must not be called"))
	tests := []struct {
		name    string
		size    int
		invoker Invoker
		status  int
	}{
		{"as large as a body may be, but no event", MaxBody, must, 413},
		{"larger than a body may be", MaxBody + 1, must, 413},
		{"the invoker says so", 1, failing(ErrTooLarge), 413},
		{"fine", MaxPayload / 2, answering(`{"statusCode":200}`), 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response := call(options(tt.invoker), "POST", "/go/items", strings.Repeat("x", tt.size))
			got := text(t, response)
			if response.StatusCode != tt.status {
				t.Fatalf("got %d %s, want %d", response.StatusCode, got, tt.status)
			}
			if tt.status == 413 && (got != want || response.Header.Get("Content-Type") != "application/json") {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestTimeout: in the bubble time is fake, so 29 seconds take none.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var ranOn time.Duration
		o := options(invokerFunc(func(ctx context.Context, _ string, _ []byte, _ InvokeOptions) (Result, error) {
			select {
			case <-ctx.Done():
				t.Error("the function was cancelled")
			case <-time.After(DefaultTimeout + time.Second):
			}
			ranOn = time.Since(start)
			return Result{}, nil
		}))
		var entry Entry
		o.Now = time.Now
		o.Log = func(e Entry) { entry = e }
		response := call(o, "GET", "/go/items", "")
		want := `{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"The function did not answer in time."}`
		if got := text(t, response); response.StatusCode != 504 || got != want {
			t.Errorf("got %d %s, want 504 %s", response.StatusCode, got, want)
		}
		if got := time.Since(start); got != DefaultTimeout || entry.Duration != DefaultTimeout {
			t.Errorf("got an answer after %s (log: %s), want %s", got, entry.Duration, DefaultTimeout)
		}
		time.Sleep(2 * time.Second) // fake, too
		synctest.Wait()
		if ranOn != DefaultTimeout+time.Second {
			t.Errorf("the function ran for %s, want %s", ranOn, DefaultTimeout+time.Second)
		}
	})
}

func TestJustInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) {
			time.Sleep(DefaultTimeout - time.Millisecond)
			return Result{Payload: []byte(`{"statusCode":200}`)}, nil
		}))
		if got := call(o, "GET", "/go/items", "").StatusCode; got != 200 {
			t.Errorf("got %d, want 200", got)
		}
	})
}

// TestClientGone: a caller that hangs up does not stop the function.
func TestClientGone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := options(invokerFunc(func(ctx context.Context, _ string, _ []byte, _ InvokeOptions) (Result, error) {
		cancel()
		return Result{Payload: []byte(`{"statusCode":200}`)}, ctx.Err()
	}))
	recorder := httptest.NewRecorder()
	New(o).ServeHTTP(recorder, httptest.NewRequest("GET", "/go/items", nil).WithContext(ctx))
	if got := recorder.Code; got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

func TestLog(t *testing.T) {
	var got []Entry
	o := options(invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) {
		return Result{Payload: []byte(`{"statusCode":201}`), Cold: true}, nil
	}))
	ticks := 0
	o.Now = func() time.Time {
		ticks++
		return noon.Add(time.Duration(ticks) * time.Second)
	}
	o.Log = func(e Entry) { got = append(got, e) }
	call(o, "POST", "/typescript/a%2Fb?q=1", "")
	o.NewID = options(nil).NewID
	call(o, "GET", "/health", "")
	call(o, "GET", "/go", "")
	want := []Entry{
		{
			Method: "POST", Path: "/typescript/a%2Fb", Resource: "/typescript/{proxy+}", Function: "fn-node", Status: 201,
			Duration: time.Second, Cold: true, RequestID: "id-1", InvocationID: "id-2",
		},
		{Method: "GET", Path: "/health", Status: 200, Duration: time.Second, RequestID: "id-1"},
		{Method: "GET", Path: "/go", Status: 404, Duration: time.Second, RequestID: "id-2"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

// TestOverTheWire sends bytes, since Go's client would tidy the path up.
func TestOverTheWire(t *testing.T) {
	var event []byte
	var invocation InvokeOptions
	o := options(invokerFunc(func(_ context.Context, _ string, payload []byte, o InvokeOptions) (Result, error) {
		event, invocation = payload, o
		return Result{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, nil
	}))
	listener, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(New(o))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	defer func() {
		if err := errors.Join(server.Close(), <-done); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("got %v, want a closed server", err)
		}
	}()

	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	fmt.Fprintf(connection, "POST //go/a%%2Fb/../c/?q=%%2B HTTP/1.1\r\nHost: localhost:%s\r\nX-Forwarded-For: 1.2.3.4\r\n"+
		"Transfer-Encoding: chunked\r\nx-a: 1\r\nX-A: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", port)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, response); response.StatusCode != 200 || got != "ok" {
		t.Fatalf("got %d %q, want 200 ok", response.StatusCode, got)
	}

	got := decodeEvent(t, event)
	if got.Path != "/go/a%2Fb/../c/" || got.RequestContext.Path != "/dev//go/a%2Fb/../c/" {
		t.Errorf("got the paths %q and %q", got.Path, got.RequestContext.Path)
	}
	if got.Body != "hi" || got.QueryStringParameters["q"] != "+" {
		t.Errorf("got the body %q and the query %q", got.Body, got.QueryStringParameters)
	}
	wantHeaders := map[string][]string{
		"Host": {"localhost:" + port}, "X-A": {"1", "2"}, "X-Amzn-Trace-Id": {NewTraceID("id-1", noon)},
		"X-Forwarded-For": {"1.2.3.4, 127.0.0.1"}, "X-Forwarded-Port": {port}, "X-Forwarded-Proto": {"http"},
	}
	if fmt.Sprint(got.MultiValueHeaders) != fmt.Sprint(wantHeaders) {
		t.Errorf("got the headers\n%q, want\n%q", got.MultiValueHeaders, wantHeaders)
	}
	if got := got.RequestContext; got.Identity.SourceIP != "127.0.0.1" || got.DomainName != "localhost" || got.DomainPrefix != "localhost" {
		t.Errorf("got the context %+v", got)
	}
	want := InvokeOptions{RequestID: "id-2", TraceID: NewTraceID("id-1", noon)}
	invocation.Answered = nil // no function can be compared
	if !reflect.DeepEqual(invocation, want) {
		t.Errorf("got the options %+v, want %+v", invocation, want)
	}
}

func TestConcurrentRequests(t *testing.T) {
	handler := New(options(invokerFunc(func(_ context.Context, _ string, payload []byte, _ InvokeOptions) (Result, error) {
		var event struct{ Body string }
		if err := json.Unmarshal(payload, &event); err != nil {
			return Result{}, err
		}
		return Result{Payload: marshal(t, map[string]any{"statusCode": 200, "body": event.Body})}, nil
	})))
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			want := fmt.Sprintf("body %d", i)
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, httptest.NewRequest("POST", "/go/items", bytes.NewReader([]byte(want))))
			if got := recorder.Body.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	group.Wait()
}

func TestNewPanics(t *testing.T) {
	tests := map[string]Options{
		"no invoker":   {},
		"no slash":     {Invoker: answering(""), Routes: []Route{{Resource: "go"}}},
		"slash at end": {Invoker: answering(""), Routes: []Route{{Resource: "/go/"}}},
		"two in a row": {Invoker: answering(""), Routes: []Route{{Resource: "//go"}}},
		"two the same": {Invoker: answering(""), Routes: []Route{{Resource: "/go"}, {Resource: "/go"}}},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("got no panic")
				}
			}()
			New(o)
		})
	}
}

func TestAnAnswerLeavesBeforeItsFunctionIsDone(t *testing.T) {
	arrived := make(chan struct{})
	ended := make(chan struct{})
	server := httptest.NewServer(New(Options{
		Routes: []Route{{Function: "fn", API: API{Kind: REST}}},
		Invoker: invokerFunc(func(_ context.Context, _ string, _ []byte, o InvokeOptions) (Result, error) {
			defer close(ended)
			result := Result{Payload: []byte(`{"statusCode":200,"body":"here"}`)}
			o.Answered(result)
			<-arrived
			return result, nil
		}),
	}))
	t.Cleanup(server.Close)
	got, err := http.Get(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); err != nil || string(body) != "here" || got.StatusCode != 200 {
		t.Errorf("got %d %q, %v", got.StatusCode, body, err)
	}
	close(arrived)
	<-ended
}
