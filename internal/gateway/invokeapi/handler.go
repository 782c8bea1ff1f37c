package invokeapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// maxLogTail is the service's limit in bytes.
const maxLogTail = 4 << 10

// Options for New. Invoker is needed.
type Options struct {
	Invoker gateway.Invoker
	// Exists tells whether there is the function in that version, "" being the
	// unpublished one, before anything runs. Where it is nil every function is taken to
	// exist.
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
	events *events
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
	return &Handler{Options: o, events: newEvents()}
}

// Close drops the events that wait for a throttled function and waits for those that
// run. The server must have stopped before.
func (h *Handler) Close() { h.events.close() }

// ServeHTTP takes the path as it came: net/http's router would clean it, and answer
// with a redirect.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, streams, ok := functionName(r)
	if !ok {
		w.Header().Set("X-Amzn-Requestid", h.NewID())
		unknownOperation(r.Method + " " + r.URL.Path).write(w)
		return
	}
	h.serveInvoke(w, r, name, streams)
}

func (h *Handler) serveInvoke(w http.ResponseWriter, r *http.Request, name string, streams bool) {
	start := h.Now()
	entry := Entry{RequestID: h.NewID()}
	w.Header().Set("X-Amzn-Requestid", entry.RequestID)

	request, fault := parse(w, r, name, streams)
	request.options.RequestID = entry.RequestID
	entry.Function, entry.Qualifier, entry.Type = request.function, request.options.Qualifier, request.kind
	if fault == nil && !h.Exists(request.function, request.options.Qualifier) {
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
		request.payload = bytes.Clone(request.payload) // reading it left room behind it
		accepted := h.events.start(len(request.payload), func(wait waiter) {
			result, err := h.runEvent(request, wait)
			entry.Err, entry.FunctionError, entry.Cold = err, result.FunctionError, result.Cold
			entry.Duration = h.Now().Sub(start)
			h.Log(entry)
		})
		if accepted {
			w.WriteHeader(http.StatusAccepted)
			return // the entry belongs to the event now
		}
		fault = throttled(fmt.Sprintf("Rate Exceeded. At most %d events and %d MiB of them wait here.", maxEvents, maxEventBytes>>20))
		entry.Err = fault
	case request.streams:
		fault = h.runStream(context.WithoutCancel(r.Context()), w, request, &entry)
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

// atOnce is how long an answer may be, in bytes, to be sent before its function has asked
// for more: the connection takes it without a reader, so that none keeps the function.
const atOnce = 64 << 10

// runNow invokes and writes the answer, or says why there is none. The caller has it as
// soon as the function has given it, unless it wants the log, which ends later.
func (h *Handler) runNow(ctx context.Context, w http.ResponseWriter, in invocation, entry *Entry) *apiError {
	sent := false
	if !in.tail {
		in.options.Answered = func(result gateway.Result) {
			if len(result.Payload) > atOnce {
				return
			}
			sent = true
			send(w, in, result, entry)
			_ = http.NewResponseController(w).Flush() // a client that went away is no fault of anybody here
		}
	}
	result, err := h.Invoker.Invoke(ctx, in.function, in.payload, in.options)
	switch {
	case err != nil && sent: // what the function did after its answer is not the caller's
		entry.Err = err
	case err != nil:
		entry.Err = err
		return fromInvoker(err, in)
	case !sent:
		send(w, in, result, entry)
	}
	return nil
}

// send writes the answer.
func send(w http.ResponseWriter, in invocation, result gateway.Result, entry *Entry) {
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
	_, _ = w.Write(result.Payload)
}

func lastBytes(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}
