package local

import (
	"fmt"
	"regexp"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// SourceIP is what the benchmark's events carry: a documentation address (RFC 5737).
const SourceIP = "203.0.113.7"

// What the events say of the server: what bench serve is at its default address, so
// that a function gets the same event for the same request of both.
const (
	serverHost = "127.0.0.1:3000"
	serverPort = "3000"
	serverName = "http"
)

// front is what would stand between a function and its HTTP requests.
type front struct {
	gateway.API
	resources []string
}

func frontOf(r config.Runtime) front {
	api := gateway.API{Kind: gateway.Kind(r.Integration), Stage: config.StageName(config.Dev), Binary: r.BinaryMediaTypes, Stream: r.Stream}
	return front{api, r.Resources()}
}

// event is what the function gets. A path that no prefix of the function's leads to is
// one of an API that has no prefixes.
func (f front) event(r target.Request, requestID string, now time.Time) ([]byte, error) {
	if r.Event != nil {
		return r.Event, nil
	}
	resource, _ := gateway.Match(f.resources, r.Path)
	event, err := f.Event(gateway.Request{
		Method: r.Method, RawPath: r.Path, RawQuery: r.Query, Host: serverHost, Header: r.Header, Body: r.Body,
		SourceIP: SourceIP, Port: serverPort, Proto: serverName, Resource: resource,
		RequestID: requestID, TraceID: gateway.NewTraceID(requestID, now), Time: now,
	})
	if err != nil {
		return nil, fmt.Errorf("make the event of %s %s: %w", r.Method, r.Path, err)
	}
	return event, nil
}

// events says what HTTP requests become, by the integration.
var events = map[gateway.Kind]string{
	config.REST: "the event of a REST API (payload 1.0)", config.HTTP: "the event of an HTTP API (payload 2.0)", config.URL: "the event of a function URL (payload 2.0)",
}

// hint says which event the function got, where it may have wanted another.
func (f front) hint() string {
	return fmt.Sprintf("It was sent %s, as its integration is %s: one that takes another event says integration: rest, http, url or event (beside --zip: --integration), and one that needs a body or parameters has them in its requests.", events[f.Kind], f.Kind)
}

// absent is how languages say that an event lacks what a function looks for.
var absent = regexp.MustCompile(`undefined|KeyError|NoneType|TypeError|NullPointerException|missing field|[Uu]nmarshal|[Dd]eserializ|unexpected end of JSON|did not match any variant|validation error|Cannot invoke`)

// otherPayload reports whether a function failed as one does that wants another event.
func otherPayload(failure []byte) bool { return absent.Match(failure) }

// answer is what the client gets: of a function URL that streams, from all that came.
func (f front) answer(i engine.Invocation, stream []byte, r target.Request) (gateway.Response, error) {
	if f.Stream {
		contentType := i.ContentType
		if contentType == "" { // the function answers in one piece
			contentType = "application/json"
		}
		return gateway.FromStream(contentType, stream)
	}
	return f.Response(i.Payload, r.Header.Get("Accept"))
}

// Routes lead HTTP requests to a runtime's function.
func Routes(r config.Runtime, function string) []gateway.Route {
	if r.Integration == config.Event {
		return nil
	}
	f := frontOf(r)
	var routes []gateway.Route
	for _, resource := range f.resources {
		routes = append(routes, gateway.Route{Resource: resource, Function: function, API: f.API})
	}
	if len(routes) == 0 {
		routes = []gateway.Route{{Function: function, API: f.API}}
	}
	return routes
}
