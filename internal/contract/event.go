package contract

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// EventSourceIP is the caller's address in the events that an EventClient makes
// (RFC 5737 keeps it for documentation): use it as Options.SourceIP.
const EventSourceIP = "203.0.113.7"

// EventClient speaks with a function in proxy events.
type EventClient struct {
	// Invoke hands the function an event and returns its answer. An error means
	// that there was none, or a function error.
	Invoke func(ctx context.Context, event []byte) ([]byte, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	sent int
}

// Do translates both ways as the gateway does.
func (c *EventClient) Do(ctx context.Context, r Request) (Response, error) {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	c.sent++
	ip := r.SourceIP
	if ip == "" {
		ip = EventSourceIP
	}
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", "contract")
	event, err := gateway.ToEvent(gateway.Request{
		Method: r.Method, RawPath: r.Path, RawQuery: r.Query, Host: "contract.example", Header: header,
		Body: r.Body, Base64: r.Base64, SourceIP: ip, Stage: "dev",
		RequestID: fmt.Sprintf("00000000-0000-4000-8000-%012d", c.sent), Time: now(),
	})
	if err != nil {
		return Response{}, err
	}
	payload, err := c.Invoke(ctx, event)
	if err != nil {
		return Response{}, err
	}
	response, err := gateway.FromResponse(payload)
	if err != nil {
		return Response{}, err
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: response.Body}, nil
}
