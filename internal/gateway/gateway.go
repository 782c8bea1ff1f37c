package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
)

// REST API limits, https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const (
	MaxBody        = 10 << 20 // bytes of a request's body
	DefaultTimeout = 29 * time.Second
)

// Options describe what is served. Routes and Invoker are needed.
type Options struct {
	Routes []Route
	// Runtimes are what GET /health lists, in this order. Without any there is no such
	// path.
	Runtimes []string
	Invoker  Invoker
	// Timeout of a REST API's integration; 0 is DefaultTimeout.
	Timeout time.Duration
	// Log is called once for every request, after the response was written, from
	// several goroutines.
	Log func(Entry)
	// Now and NewID are for tests; nil is the real clock and random UUIDs.
	Now   func() time.Time
	NewID func() string
}

// Entry says how one request went.
type Entry struct {
	Method, Path string // Path is raw, without the query
	Resource     string // the route's, "" where the gateway itself answered
	Function     string
	Status       int
	Duration     time.Duration
	Cold         bool
	RequestID    string // of the gateway: the header x-amzn-RequestId
	InvocationID string // of the function's invocation, if there was one
	// Err is why the gateway answered in place of the function; nil for an unknown
	// path. It never reaches the client.
	Err error
}

type handler struct {
	Options
	health []byte
}

// Route leads the paths of a resource to a function.
type Route struct {
	// Resource such as "/", "/go/{proxy+}" or "/items/{id}"; "" takes what no other
	// does, as the route $default of an HTTP API, or as a function URL.
	Resource string
	Function string
	API      API
}

// New makes the API's handler. It panics where the options can't be meant: no
// invoker, or a resource that is no path, or that two routes have.
func New(o Options) http.Handler {
	if o.Invoker == nil {
		panic("gateway: Options.Invoker is nil")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Log == nil {
		o.Log = func(Entry) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = NewID
	}
	h := &handler{Options: o}
	seen := map[string]bool{}
	for _, route := range o.Routes {
		if r := route.Resource; r != "" && (r[0] != '/' || r != "/" && strings.HasSuffix(r, "/") || strings.Contains(r, "//")) {
			panic(fmt.Sprintf("gateway: the resource %q is no path", r))
		}
		if seen[route.Resource] {
			panic(fmt.Sprintf("gateway: two routes have the resource %q", route.Resource))
		}
		seen[route.Resource] = true
	}

	health, err := json.Marshal(struct {
		Status   string   `json:"status"`
		Runtimes []string `json:"runtimes"`
	}{"ok", o.Runtimes})
	if err != nil { // strings always marshal
		panic("gateway: " + err.Error())
	}
	h.health = health
	return h
}

// anyMethods are the methods that ANY stands for.
var anyMethods = set("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Now()
	entry := &Entry{Method: r.Method, Path: rawPath(r), RequestID: h.NewID()}
	defer func() {
		entry.Duration = h.Now().Sub(start)
		h.Log(*entry)
	}()

	w.Header().Set("X-Amzn-Requestid", entry.RequestID)
	w.Header().Set("X-Amz-Apigw-Id", extendedID(entry.RequestID))

	path := foldLeadingSlashes(entry.Path)
	route, routed := h.route(path)
	switch {
	case len(h.Runtimes) > 0 && strings.TrimRight(path, "/") == "/health" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		entry.Status = http.StatusOK
		write(w, r, entry.Status, h.health)
	case routed && anyMethods[r.Method]:
		entry.Resource, entry.Function = route.Resource, route.Function
		h.proxy(w, r, route.API, entry, start)
	default:
		refuse(w, r, h.kind(), entry, gatewayresponse.MissingAuthenticationToken, 0, nil)
	}
}

// kind is that of the API which answers for paths that nobody has.
func (h *handler) kind() Kind {
	for _, route := range h.Routes {
		if route.API.Kind != HTTP {
			return REST
		}
	}
	return HTTP
}

func (h *handler) route(path string) (Route, bool) {
	var resources []string
	for _, route := range h.Routes {
		if route.Resource != "" {
			resources = append(resources, route.Resource)
		}
	}
	resource, _ := Match(resources, path)
	for _, route := range h.Routes {
		if route.Resource == resource {
			return route, true
		}
	}
	return Route{}, false
}

// proxy is the Lambda proxy integration.
func (h *handler) proxy(w http.ResponseWriter, r *http.Request, api API, entry *Entry, start time.Time) {
	if api.Kind == HTTP || api.Kind == URL {
		w.Header().Del("X-Amz-Apigw-Id")
	}
	if status := api.HeadRefused(r.Method, r.RequestURI, r.Header); status != 0 {
		refuse(w, r, api.Kind, entry, gatewayresponse.Default4XX, status, fmt.Errorf("request line and header values have more than %d bytes", MaxHead))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, r, api.Kind, entry, gatewayresponse.RequestTooLarge, 0, err)
		return
	case err != nil:
		refuse(w, r, api.Kind, entry, gatewayresponse.Default4XX, http.StatusBadRequest, fmt.Errorf("read the request's body: %w", err))
		return
	}

	traceID := r.Header.Get("X-Amzn-Trace-Id")
	if traceID == "" {
		traceID = NewTraceID(entry.RequestID, start)
	}
	payload, err := api.Event(Request{
		Method: r.Method, RawPath: entry.Path, RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: body,
		SourceIP: hostName(r.RemoteAddr), Port: localPort(r), Proto: scheme(r),
		Resource:  entry.Resource,
		RequestID: entry.RequestID, TraceID: traceID, Time: start,
	})
	if err != nil {
		refuse(w, r, api.Kind, entry, gatewayresponse.Default5XX, http.StatusInternalServerError, err)
		return
	}
	if len(payload) > MaxPayload {
		err := fmt.Errorf("the event has %d bytes, want at most %d: %w", len(payload), MaxPayload, ErrTooLarge)
		refuse(w, r, api.Kind, entry, gatewayresponse.RequestTooLarge, 0, err)
		return
	}

	entry.InvocationID = h.NewID()
	options := InvokeOptions{RequestID: entry.InvocationID, TraceID: traceID}
	if api.Stream {
		h.stream(w, r, api, entry, payload, options)
		return
	}
	result, err := h.invoke(r.Context(), entry.Function, payload, api.timeout(h.Timeout), options)
	entry.Cold = result.Cold
	if !invoked(w, r, api.Kind, entry, result, err) {
		return
	}
	response, err := api.Response(result.Payload, r.Header.Get("Accept"))
	if err != nil {
		refuse(w, r, api.Kind, entry, gatewayresponse.Default5XX, http.StatusBadGateway, err)
		return
	}
	for name, values := range response.Header {
		if _, ours := w.Header()[name]; !ours {
			w.Header()[name] = values
		}
	}
	w.Header().Set("X-Amzn-Trace-Id", traceID)
	entry.Status = response.StatusCode
	write(w, r, entry.Status, response.Body)
}

// invoked refuses in place of a function that did not run, or failed.
func invoked(w http.ResponseWriter, r *http.Request, kind Kind, entry *Entry, result Result, err error) bool {
	switch {
	case errors.Is(err, errTimeout):
		refuse(w, r, kind, entry, gatewayresponse.IntegrationTimeout, 0, err)
	case errors.Is(err, ErrTooLarge):
		refuse(w, r, kind, entry, gatewayresponse.RequestTooLarge, 0, err)
	case err != nil: // throttled, too: a REST API does not pass the 429 on
		refuse(w, r, kind, entry, gatewayresponse.Default5XX, http.StatusInternalServerError, err)
	case result.FunctionError != "":
		refuse(w, r, kind, entry, gatewayresponse.Default5XX, http.StatusBadGateway, functionError(result))
	default:
		return true
	}
	return false
}

func functionError(result Result) error {
	return fmt.Errorf("function error %s: %s", result.FunctionError, excerpt(result.Payload))
}

// stream sends an answer as the function makes it. The function's own timeout is the
// only one, and a client that goes away does not end it.
func (h *handler) stream(w http.ResponseWriter, r *http.Request, api API, entry *Entry, payload []byte, o InvokeOptions) {
	s := &stream{
		begin: func(response Response) {
			for name, values := range response.Header {
				if _, ours := w.Header()[name]; !ours {
					w.Header()[name] = values
				}
			}
			w.Header().Set("X-Amzn-Trace-Id", o.TraceID)
			entry.Status = response.StatusCode
			w.WriteHeader(entry.Status)
			SendPart(w, response.Body)
		},
		next: func(part []byte) { SendPart(w, part) },
	}
	o.Stream = s.take
	result, err := h.Invoker.Invoke(context.WithoutCancel(r.Context()), entry.Function, payload, o)
	entry.Cold = result.Cold
	switch {
	case s.begun && err == nil && result.FunctionError == "":
	case s.begun:
		// The status is out. A connection that breaks off is what says that this is not
		// the whole answer.
		if entry.Err = err; err == nil {
			entry.Err = functionError(result)
		}
		panic(http.ErrAbortHandler)
	case !invoked(w, r, api.Kind, entry, result, err):
	case s.end() != nil:
		refuse(w, r, api.Kind, entry, gatewayresponse.Default5XX, http.StatusBadGateway, s.end())
	default: // an empty answer
		entry.Status = http.StatusOK
		write(w, r, entry.Status, nil)
	}
}

var errTimeout = errors.New("the function did not answer in time")

// invoke waits for at most the integration's timeout. The function is not told: API
// Gateway stops waiting, and Lambda lets the invocation run on. The same holds when
// the client goes away.
func (h *handler) invoke(ctx context.Context, function string, payload []byte, timeout time.Duration, o InvokeOptions) (Result, error) {
	type outcome struct {
		result Result
		err    error
	}
	done := make(chan outcome, 2) // nobody may be left to receive
	o.Answered = func(result Result) { done <- outcome{result: result} }
	go func() {
		result, err := h.Invoker.Invoke(context.WithoutCancel(ctx), function, payload, o)
		done <- outcome{result, err}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case got := <-done:
		if got.err != nil {
			return Result{}, fmt.Errorf("invoke %s: %w", function, got.err)
		}
		return got.result, nil
	case <-timer.C:
		return Result{}, fmt.Errorf("invoke %s: %w (%s); it runs on", function, errTimeout, timeout)
	}
}

// refuse writes one of the gateway's own answers. The status counts for a family.
func refuse(w http.ResponseWriter, r *http.Request, kind Kind, entry *Entry, answer gatewayresponse.Response, status int, err error) {
	if answer.Status != 0 {
		status = answer.Status
	}
	contentType, body := answer.Body(status)
	if kind == HTTP || kind == URL {
		status, contentType, body = kind.refusal(status)
		answer.ErrorType = ""
	}
	w.Header().Set("Content-Type", contentType)
	if answer.ErrorType != "" {
		w.Header().Set("X-Amzn-Errortype", answer.ErrorType)
	}
	entry.Status, entry.Err = status, err
	write(w, r, status, body)
}

// write sends the response; the answer to HEAD has the headers of the body alone. A
// client that went away is no fault of anybody here.
func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// rawPath is the path as the client sent it. The URL's own Path is decoded, and its
// RawPath is empty where Go thinks that it can do without.
func rawPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // absolute form, or a request that no server read
		path = r.URL.EscapedPath()
	}
	return or(path, "/")
}

func localPort(r *http.Request) string {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return ""
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return ""
	}
	return port
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
