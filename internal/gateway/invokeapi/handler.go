package invokeapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// Limits of the service in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxSyncPayload   = gateway.MaxPayload
	maxEventPayload  = 1 << 20
	maxLogTail       = 4 << 10
	maxClientContext = 3583
)

// The two enumerations of the operation, in the words of the service.
const (
	requestResponse = "RequestResponse"
	event           = "Event"
	dryRun          = "DryRun"
	tail            = "Tail"
	none            = "None"
)

// Options for New. Invoker is needed.
type Options struct {
	Invoker gateway.Invoker
	// Exists answers for DryRun and Event, which must know before anything runs. Where
	// it is nil every function is taken to exist.
	Exists func(function, qualifier string) bool
	// Log is called once for every invocation, from several goroutines: for an event
	// when it is over.
	Log func(Entry)
	// Now and NewID are for tests; nil is the real clock and random UUIDs.
	Now   func() time.Time
	NewID func() string
}

// Entry says how one invocation went.
type Entry struct {
	Function, Qualifier, Type string // Type is the invocation's: RequestResponse, Event or DryRun
	RequestID                 string
	Status                    int    // of the HTTP answer, 202 for an event
	FunctionError             string // "", Unhandled or Handled
	Duration                  time.Duration
	Cold                      bool
	Err                       error // why the function did not run
}

// Handler is the API. Close it, since events may still be under way.
type Handler struct {
	Options
	mux    *http.ServeMux
	events events
}

// New makes the API. It panics where there is no invoker.
func New(o Options) *Handler {
	if o.Invoker == nil {
		panic("invokeapi: Options.Invoker is nil")
	}
	if o.Exists == nil {
		o.Exists = func(string, string) bool { return true }
	}
	if o.Log == nil {
		o.Log = func(Entry) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = gateway.NewID
	}
	h := &Handler{Options: o, mux: http.NewServeMux(), events: newEvents()}
	h.mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", h.serveInvoke)
	h.mux.HandleFunc("/", h.serveUnknown)
	return h
}

// Close drops the events that wait for a throttled function and waits for those that
// run. The server must have stopped before.
func (h *Handler) Close() { h.events.close() }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func (h *Handler) serveUnknown(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", h.NewID())
	unknownOperation(r.Method + " " + r.URL.Path).write(w)
}

func (h *Handler) serveInvoke(w http.ResponseWriter, r *http.Request) {
	start := h.Now()
	entry := Entry{RequestID: h.NewID()}
	w.Header().Set("X-Amzn-Requestid", entry.RequestID)

	request, fault := parse(w, r)
	request.options.RequestID = entry.RequestID
	entry.Function, entry.Qualifier, entry.Type = request.function, request.options.Qualifier, request.kind
	if fault == nil && request.kind != requestResponse && !h.Exists(request.function, request.options.Qualifier) {
		fault = notFound(request.function, request.options.Qualifier)
	}
	switch {
	case fault != nil:
		entry.Err = fault
	case request.kind == dryRun:
		entry.Status = http.StatusNoContent
		w.WriteHeader(entry.Status)
	case request.kind == event:
		entry.Status = http.StatusAccepted
		accepted := h.events.start(func(wait waiter) {
			result, err := h.runEvent(request, wait)
			entry.Err, entry.FunctionError, entry.Cold = err, result.FunctionError, result.Cold
			entry.Duration = h.Now().Sub(start)
			h.Log(entry)
		})
		if accepted {
			w.WriteHeader(http.StatusAccepted)
			return // the entry belongs to the event now
		}
		fault = throttled("the API is shutting down or has too many events")
		entry.Err = fault
	default:
		// Lambda does not end an invocation whose caller hangs up.
		fault = h.runNow(context.WithoutCancel(r.Context()), w, request, &entry)
	}
	if fault != nil {
		entry.Status = fault.status
		fault.write(w)
	}
	entry.Duration = h.Now().Sub(start)
	h.Log(entry)
}

// invocation is a request that has the form of one.
type invocation struct {
	function string
	kind     string
	tail     bool
	payload  []byte
	options  gateway.InvokeOptions // without the request id
}

func parse(w http.ResponseWriter, r *http.Request) (invocation, *apiError) {
	var in invocation
	function, qualifier, fault := parseName(r.PathValue("name"), r.URL.Query().Get("Qualifier"))
	if fault != nil {
		return in, fault
	}
	in.function, in.options.Qualifier = function, qualifier
	in.options.TraceID = r.Header.Get("X-Amzn-Trace-Id")

	if in.kind, fault = oneOf(r, "X-Amz-Invocation-Type", "invocationType", requestResponse, event, dryRun); fault != nil {
		return in, fault
	}
	logType, fault := oneOf(r, "X-Amz-Log-Type", "logType", none, tail)
	if fault != nil {
		return in, fault
	}
	in.tail = logType == tail && in.kind == requestResponse

	if in.kind == requestResponse { // the only kind that passes a client context on
		if in.options.ClientContext, fault = clientContext(r.Header.Get("X-Amz-Client-Context")); fault != nil {
			return in, fault
		}
	}
	in.payload, fault = readPayload(w, r, in.kind)
	return in, fault
}

func readPayload(w http.ResponseWriter, r *http.Request, kind string) ([]byte, *apiError) {
	limit := int64(maxSyncPayload)
	if kind == event {
		limit = maxEventPayload
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(limit)
	case err != nil:
		return nil, notJSON(fmt.Errorf("read the payload: %w", err))
	case len(bytes.TrimSpace(payload)) == 0:
		return []byte("{}"), nil // a call without a payload
	}
	if err := checkJSON(payload); err != nil {
		return nil, notJSON(err)
	}
	return payload, nil
}

func checkJSON(payload []byte) error {
	if !utf8.Valid(payload) {
		return errors.New("invalid UTF-8")
	}
	var value json.RawMessage
	return json.Unmarshal(payload, &value)
}

func clientContext(header string) (string, *apiError) {
	if header == "" {
		return "", nil
	}
	if len(header) > maxClientContext {
		return "", badClientContext()
	}
	decoded, err := base64.StdEncoding.DecodeString(header)
	if err != nil || checkJSON(decoded) != nil {
		return "", badClientContext()
	}
	return string(decoded), nil
}

// oneOf reads a header that has an enumeration; the first value is the default.
func oneOf(r *http.Request, header, member string, values ...string) (string, *apiError) {
	got := r.Header.Get(header)
	if got == "" {
		return values[0], nil
	}
	for _, value := range values {
		if got == value {
			return got, nil
		}
	}
	return "", notInEnumeration(member, got, values)
}

// runNow invokes and writes the answer, or says why there is none.
func (h *Handler) runNow(ctx context.Context, w http.ResponseWriter, in invocation, entry *Entry) *apiError {
	result, err := h.Invoker.Invoke(ctx, in.function, in.payload, in.options)
	if err != nil {
		entry.Err = err
		return fromInvoker(err, in)
	}
	entry.Status, entry.FunctionError, entry.Cold = http.StatusOK, result.FunctionError, result.Cold

	version := result.ExecutedVersion
	if version == "" {
		version = latest
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(result.Payload)))
	header.Set("X-Amz-Executed-Version", version)
	if result.FunctionError != "" {
		header.Set("X-Amz-Function-Error", result.FunctionError)
	}
	if in.tail {
		header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(lastBytes(result.LogTail, maxLogTail)))
	}
	if in.options.TraceID != "" {
		header.Set("X-Amzn-Trace-Id", in.options.TraceID)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(result.Payload) // a client that went away is no fault of anybody here
	return nil
}

func lastBytes(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}
