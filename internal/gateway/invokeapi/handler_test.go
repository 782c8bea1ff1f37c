package invokeapi

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

type invokerFunc func(ctx context.Context, function string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error)

func (f invokerFunc) Invoke(ctx context.Context, function string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	return f(ctx, function, payload, o)
}

// call is one that the fake saw.
type call struct {
	function, payload string
	options           gateway.InvokeOptions
}

// recorder answers with result and err, and remembers the calls.
type recorder struct {
	calls  []call
	result gateway.Result
	err    error
}

func (r *recorder) Invoke(_ context.Context, function string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	r.calls = append(r.calls, call{function, string(payload), o})
	return r.result, r.err
}

func options(invoker gateway.Invoker) Options {
	return Options{
		Invoker: invoker,
		Exists:  func(function, _ string) bool { return function != "unknown" },
		Now:     func() time.Time { return time.Unix(0, 0) },
		NewID:   func() string { return "id" },
	}
}

// post sends a request to the invocations of name, which may have a query, with
// headers as pairs.
func post(h http.Handler, name, body string, headers ...string) *http.Response {
	name, query, _ := strings.Cut(name, "?")
	request := httptest.NewRequest("POST", "/2015-03-31/functions/"+name+"/invocations?"+query, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response := httptest.NewRecorder()
	h.ServeHTTP(response, request)
	return response.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestNames(t *testing.T) {
	tests := []struct{ name, function, qualifier string }{
		{"fn", "fn", ""},
		{"my-fn_1.x", "my-fn_1.x", ""},
		{"fn:3", "fn", "3"},
		{"fn?Qualifier=live", "fn", "live"},
		{"fn:live?Qualifier=live", "fn", "live"},
		{"fn%3A%24LATEST", "fn", "$LATEST"},
		{"function:fn:live", "fn", "live"},
		{"123456789012:function:fn", "fn", ""},
		{"arn:aws:lambda:eu-west-1:123456789012:function:fn", "fn", ""},
		{"arn%3Aaws%3Alambda%3Aus-gov-west-1%3A123456789012%3Afunction%3Afn%3A7", "fn", "7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := &recorder{}
			h := New(options(fake))
			defer h.Close()
			response := post(h, tt.name, "")
			if response.StatusCode != 200 || len(fake.calls) != 1 {
				t.Fatalf("got %d %s and %d calls", response.StatusCode, text(t, response), len(fake.calls))
			}
			if got := fake.calls[0]; got.function != tt.function || got.options.Qualifier != tt.qualifier {
				t.Errorf("got %q, qualifier %q; want %q, %q", got.function, got.options.Qualifier, tt.function, tt.qualifier)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	const arn = "arn:aws:lambda:us-east-1:000000000000:function:"
	tests := []struct {
		name     string
		err      error
		function string
		body     string
		headers  []string
		status   int
		code     string
		want     string // the answer
	}{
		{
			name: "no such function", err: fmt.Errorf("look up: %w", gateway.ErrNotFound), function: "fn",
			status: 404, code: "ResourceNotFoundException", want: `{"Message":"Function not found: ` + arn + `fn:$LATEST","Type":"User"}`,
		},
		{
			name: "no such version", err: gateway.ErrNotFound, function: "fn:9",
			status: 404, code: "ResourceNotFoundException", want: `{"Message":"Function not found: ` + arn + `fn:9","Type":"User"}`,
		},
		{
			name: "throttled", err: fmt.Errorf("pool: %w", gateway.ErrThrottled), function: "fn",
			status: 429, code: "TooManyRequestsException",
			want: `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`,
		},
		{
			name: "too large for the invoker", err: gateway.ErrTooLarge, function: "fn",
			status: 413, code: "RequestEntityTooLargeException",
			want: `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`,
		},
		{
			name: "anything else", err: errors.New("disk full"), function: "fn",
			status: 500, code: "ServiceException", want: `{"Message":"disk full","Type":"Service"}`,
		},
		{
			name: "too large", function: "fn", body: `"` + strings.Repeat("x", maxSyncPayload) + `"`,
			status: 413, code: "RequestEntityTooLargeException",
			want: `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`,
		},
		{
			name: "too large an event", function: "fn", body: `"` + strings.Repeat("x", maxEventPayload) + `"`,
			headers: []string{"X-Amz-Invocation-Type", "Event"},
			status:  413, code: "RequestEntityTooLargeException",
			want: `{"Message":"Request must be smaller than 1048576 bytes for the InvokeFunction operation"}`,
		},
		{
			name: "not JSON", function: "fn", body: `nope`, status: 400, code: "InvalidRequestContentException",
			want: `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: invalid character 'o' in literal null (expecting 'u')"}`,
		},
		{
			name: "not UTF-8", function: "fn", body: "\"\x87\"", status: 400, code: "InvalidRequestContentException",
			want: `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: invalid UTF-8"}`,
		},
		{
			name: "two qualifiers", function: "fn:a?Qualifier=b", status: 400, code: "InvalidParameterValueException",
			want: `{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}`,
		},
		{
			name: "an unknown type", function: "fn", headers: []string{"X-Amz-Invocation-Type", "event"},
			status: 400, code: "ValidationException",
			want: `{"message":"1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, Event, DryRun]"}`,
		},
		{
			name: "an unknown log type", function: "fn", headers: []string{"X-Amz-Log-Type", "All"},
			status: 400, code: "ValidationException",
			want: `{"message":"1 validation error detected: Value 'All' at 'logType' failed to satisfy constraint: Member must satisfy enum value set: [None, Tail]"}`,
		},
		{
			name: "a client context that is no base64", function: "fn", headers: []string{"X-Amz-Client-Context", "{}"},
			status: 400, code: "InvalidRequestContentException",
			want: `{"Type":"User","message":"Client context must be a valid Base64-encoded JSON object of at most 3583 bytes."}`,
		},
		{
			name: "a client context that is no JSON", function: "fn", headers: []string{"X-Amz-Client-Context", "aGk="},
			status: 400, code: "InvalidRequestContentException",
			want: `{"Type":"User","message":"Client context must be a valid Base64-encoded JSON object of at most 3583 bytes."}`,
		},
		{
			name: "an event for nobody", function: "unknown", headers: []string{"X-Amz-Invocation-Type", "Event"},
			status: 404, code: "ResourceNotFoundException", want: `{"Message":"Function not found: ` + arn + `unknown:$LATEST","Type":"User"}`,
		},
		{
			name: "a dry run for nobody", function: "unknown", headers: []string{"X-Amz-Invocation-Type", "DryRun"},
			status: 404, code: "ResourceNotFoundException", want: `{"Message":"Function not found: ` + arn + `unknown:$LATEST","Type":"User"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var logged []Entry
			o := options(&recorder{err: tt.err})
			o.Log = func(e Entry) { logged = append(logged, e) }
			h := New(o)
			defer h.Close()
			response := post(h, tt.function, tt.body, tt.headers...)
			if got := text(t, response); response.StatusCode != tt.status || got != tt.want {
				t.Errorf("got %d %s\nwant %d %s", response.StatusCode, got, tt.status, tt.want)
			}
			if got := response.Header.Get("X-Amzn-Errortype"); got != tt.code {
				t.Errorf("got the error type %q, want %q", got, tt.code)
			}
			wantRetry := ""
			if tt.status == 429 {
				wantRetry = "1"
			}
			if got := response.Header.Get("Retry-After"); got != wantRetry {
				t.Errorf("got Retry-After %q, want %q", got, wantRetry)
			}
			if len(logged) != 1 || logged[0].Status != tt.status || logged[0].Err == nil {
				t.Errorf("got the log %+v, want one entry with status %d and an error", logged, tt.status)
			}
		})
	}
}

func TestInvalidName(t *testing.T) {
	h := New(options(&recorder{}))
	defer h.Close()
	response := post(h, "arn:aws:lambda:us-east-1:1234@function:fn", "")
	if got, want := text(t, response), "at 'functionName' failed to satisfy constraint"; response.StatusCode != 400 || !strings.Contains(got, want) {
		t.Errorf("got %d %s, want 400 with %q", response.StatusCode, got, want)
	}
}

func TestOtherOperations(t *testing.T) {
	h := New(options(&recorder{}))
	defer h.Close()
	for _, request := range []string{
		"GET /2015-03-31/functions/fn/invocations", "GET /2015-03-31/functions", "GET /2021-11-15/functions/fn/response-streaming-invocations", "POST /2021-11-15/functions/fn/invocations", "GET /",
	} {
		method, path, _ := strings.Cut(request, " ")
		response := httptest.NewRecorder()
		h.ServeHTTP(response, httptest.NewRequest(method, path, nil))
		if got, want := response.Header().Get("X-Amzn-Errortype"), "UnknownOperationException"; response.Code != 404 || got != want {
			t.Errorf("%s: got %d %q, want 404 %q", request, response.Code, got, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	log := strings.Repeat("0123456789abcdef", 512)
	fake := &recorder{result: gateway.Result{
		Payload: []byte(`{"errorMessage":"boom"}`), FunctionError: "Unhandled", LogTail: []byte(log), ExecutedVersion: "7",
	}}
	h := New(options(fake))
	defer h.Close()
	response := post(h, "fn", ` [1] `,
		"X-Amz-Log-Type", "Tail", "X-Amz-Client-Context", base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)), "X-Amzn-Trace-Id", "Root=1-1-1")
	if got, want := text(t, response), `{"errorMessage":"boom"}`; response.StatusCode != 200 || got != want {
		t.Errorf("got %d %s, want 200 %s", response.StatusCode, got, want)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Amz-Function-Error": "Unhandled", "X-Amz-Executed-Version": "7",
		"X-Amz-Log-Result": base64.StdEncoding.EncodeToString([]byte(log[len(log)-4096:])),
		"X-Amzn-Requestid": "id", "X-Amzn-Trace-Id": "Root=1-1-1",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	want := call{"fn", ` [1] `, gateway.InvokeOptions{RequestID: "id", TraceID: "Root=1-1-1", ClientContext: `{"a":1}`}}
	if len(fake.calls) != 1 || !reflect.DeepEqual(fake.calls[0], want) {
		t.Errorf("got the calls %+v, want %+v", fake.calls, want)
	}
}

func TestPlainAnswer(t *testing.T) {
	fake := &recorder{result: gateway.Result{Payload: []byte(`null`), LogTail: []byte("START")}}
	h := New(options(fake))
	defer h.Close()
	response := post(h, "fn", "")
	for name, want := range map[string]string{
		"X-Amz-Executed-Version": "$LATEST", "X-Amz-Function-Error": "", "X-Amz-Log-Result": "",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got, want := fake.calls[0].payload, "{}"; got != want {
		t.Errorf("an empty payload: the function got %q, want %q", got, want)
	}
}

// TestClientGone: a caller that hangs up does not stop the function.
func TestClientGone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	h := New(options(invokerFunc(func(ctx context.Context, _ string, _ []byte, _ gateway.InvokeOptions) (gateway.Result, error) {
		cancel()
		return gateway.Result{}, ctx.Err()
	})))
	defer h.Close()
	response := httptest.NewRecorder()
	h.ServeHTTP(response, httptest.NewRequest("POST", "/2015-03-31/functions/fn/invocations", nil).WithContext(ctx))
	if got := response.Code; got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

func TestDryRun(t *testing.T) {
	fake := &recorder{}
	h := New(options(fake))
	defer h.Close()
	response := post(h, "fn", "{}", "X-Amz-Invocation-Type", "DryRun")
	if response.StatusCode != 204 || len(fake.calls) != 0 {
		t.Errorf("got %d and the calls %+v, want 204 and none", response.StatusCode, fake.calls)
	}
}

// TestEvent: the answer comes before the function is done, a throttled function is
// tried again after 1 s and 2 s. Time in the bubble is fake.
func TestEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		var logged []Entry
		o := options(invokerFunc(func(_ context.Context, _ string, payload []byte, _ gateway.InvokeOptions) (gateway.Result, error) {
			at = append(at, time.Since(start))
			if len(at) < 3 {
				return gateway.Result{}, gateway.ErrThrottled
			}
			time.Sleep(time.Minute)
			return gateway.Result{FunctionError: "Unhandled", Cold: true}, nil
		}))
		o.Now = time.Now
		o.Log = func(e Entry) { logged = append(logged, e) }
		h := New(o)
		response := post(h, "fn", `{}`, "X-Amz-Invocation-Type", "Event", "X-Amz-Log-Type", "Tail")
		if got := text(t, response); response.StatusCode != 202 || got != "" {
			t.Errorf("got %d %q, want 202 and no body", response.StatusCode, got)
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("the answer took %s", got)
		}
		time.Sleep(2 * time.Minute)
		h.Close()
		if got, want := fmt.Sprint(at), "[0s 1s 3s]"; got != want {
			t.Errorf("got calls at %s, want %s", got, want)
		}
		want := Entry{
			Function: "fn", Type: "Event", RequestID: "id", Status: 202, FunctionError: "Unhandled", Cold: true,
			Duration: 63 * time.Second,
		}
		if len(logged) != 1 || logged[0] != want {
			t.Errorf("got the log %+v, want %+v", logged, want)
		}
	})
}

// TestClose drops what waits and waits for what runs.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := false
		var mu sync.Mutex
		var logged []Entry
		o := options(invokerFunc(func(_ context.Context, function string, _ []byte, _ gateway.InvokeOptions) (gateway.Result, error) {
			if function == "throttled" {
				return gateway.Result{}, gateway.ErrThrottled
			}
			time.Sleep(10 * time.Minute)
			finished = true
			return gateway.Result{}, nil
		}))
		o.Log = func(e Entry) {
			mu.Lock()
			defer mu.Unlock()
			logged = append(logged, e)
		}
		h := New(o)
		post(h, "throttled", `{}`, "X-Amz-Invocation-Type", "Event")
		post(h, "slow", `{}`, "X-Amz-Invocation-Type", "Event")
		synctest.Wait()
		h.Close()
		if !finished {
			t.Error("a running event was not waited for")
		}
		if len(logged) != 2 || logged[0].Function != "throttled" || !errors.Is(logged[0].Err, gateway.ErrThrottled) {
			t.Errorf("got the log %+v, want the dropped event first", logged)
		}
	})
}

// TestTooManyEvents: the queue has an end, in events and in bytes, and room again
// once they have run.
func TestTooManyEvents(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		fit     int
	}{
		"small": {`{}`, maxEvents},
		"large": {`"` + strings.Repeat("x", 1<<20-2) + `"`, 64},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged []Entry
				var mu sync.Mutex
				release := make(chan struct{})
				o := options(invokerFunc(func(context.Context, string, []byte, gateway.InvokeOptions) (gateway.Result, error) {
					<-release
					return gateway.Result{}, nil
				}))
				o.Log = func(e Entry) {
					mu.Lock()
					defer mu.Unlock()
					logged = append(logged, e)
				}
				h := New(o)
				send := func() *http.Response { return post(h, "fn", c.payload, "X-Amz-Invocation-Type", "Event") }
				for range c.fit {
					if got := send().StatusCode; got != 202 {
						t.Fatalf("got %d, want 202", got)
					}
				}
				refused := send()
				if got := text(t, refused); refused.StatusCode != 429 || refused.Header.Get("X-Amzn-Errortype") != "TooManyRequestsException" || !strings.Contains(got, "Rate Exceeded") {
					t.Errorf("one too many: got %d %s, want 429 TooManyRequestsException", refused.StatusCode, got)
				}
				if len(logged) != 1 || logged[0].Status != 429 || logged[0].Err == nil {
					t.Errorf("got the log %+v, want the refusal", logged)
				}
				close(release)
				synctest.Wait()
				if got := send().StatusCode; got != 202 {
					t.Errorf("after the others: got %d, want 202", got)
				}
				h.Close()
			})
		})
	}
}

// early is a function whose answer is there before it is done with the event.
func early(t *testing.T, answer gateway.Result, failure error, headers ...string) (got *http.Response, release func(), logged func() Entry) {
	t.Helper()
	done, entries := make(chan struct{}), make(chan Entry, 1)
	o := options(invokerFunc(func(_ context.Context, _ string, _ []byte, o gateway.InvokeOptions) (gateway.Result, error) {
		if o.Answered == nil {
			answer.LogTail = []byte("END")
			return answer, nil
		}
		o.Answered(answer)
		<-done
		return answer, failure
	}))
	o.Log = func(e Entry) { entries <- e }
	server := httptest.NewServer(New(o))
	release = sync.OnceFunc(func() { close(done) })
	t.Cleanup(server.Close)
	t.Cleanup(release)
	request, err := http.NewRequest(http.MethodPost, server.URL+"/2015-03-31/functions/fn/invocations", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if len(answer.Payload) > atOnce {
		release() // such an answer is sent in the end
	}
	if got, err = http.DefaultClient.Do(request); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Body.Close() })
	return got, release, func() Entry { return <-entries }
}

func TestACallerHasTheAnswerBeforeTheFunctionIsDone(t *testing.T) {
	got, release, logged := early(t, gateway.Result{Payload: []byte(`"here"`), Cold: true}, nil)
	if body := text(t, got); body != `"here"` || got.StatusCode != 200 || got.Header.Get("X-Amz-Executed-Version") != "$LATEST" {
		t.Errorf("got %d %s with %v", got.StatusCode, body, got.Header)
	}
	release()
	if e := logged(); e.Status != 200 || !e.Cold || e.Err != nil {
		t.Errorf("logged %+v", e)
	}
}

func TestTroubleBehindTheAnswerIsLogged(t *testing.T) {
	trouble := errors.New("the sandbox failed")
	got, release, logged := early(t, gateway.Result{Payload: []byte(`"here"`)}, trouble)
	if body := text(t, got); body != `"here"` {
		t.Errorf("got %s", body)
	}
	release()
	if e := logged(); e.Status != 200 || !errors.Is(e.Err, trouble) {
		t.Errorf("logged %+v, want the answer's status and the trouble", e)
	}
}

func TestALogIsWaitedFor(t *testing.T) {
	got, _, _ := early(t, gateway.Result{Payload: []byte(`"here"`)}, nil, "X-Amz-Log-Type", "Tail")
	if tail := got.Header.Get("X-Amz-Log-Result"); tail != base64.StdEncoding.EncodeToString([]byte("END")) {
		t.Errorf("got the log %q", tail)
	}
}

func TestALongAnswerIsSentOnce(t *testing.T) {
	long := strings.Repeat("x", 2*atOnce)
	got, _, _ := early(t, gateway.Result{Payload: []byte(long)}, nil)
	if body := text(t, got); body != long {
		t.Errorf("got %d bytes, want %d", len(body), len(long))
	}
}
