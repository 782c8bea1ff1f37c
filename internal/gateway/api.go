package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Kind is how HTTP requests reach a function.
type Kind string

// The kinds.
const (
	REST Kind = "rest" // a REST API: payload format 1.0
	HTTP Kind = "http" // an HTTP API: payload format 2.0
	URL  Kind = "url"  // a function URL: payload format 2.0
)

// API is what stands between HTTP requests and a function. The zero value is a REST
// API without a stage.
type API struct {
	Kind  Kind   // "" is REST
	Stage string // of a REST API; the others have the stage $default alone
}

// Event translates a request into the event that the function gets.
func (a API) Event(r Request) ([]byte, error) {
	switch a.Kind {
	case REST, "":
		r.Stage = a.Stage
		return ToEvent(r)
	case HTTP, URL:
		return toEvent2(a.Kind, r)
	}
	return nil, fmt.Errorf("make the event: the kind %q of API is not known", a.Kind)
}

// Response translates the function's answer into the client's response. One that
// would be refused is a *MalformedError.
func (a API) Response(payload []byte) (Response, error) {
	if a.Kind == HTTP || a.Kind == URL {
		return fromResponse2(a.Kind, payload)
	}
	return FromResponse(payload)
}

// The longest that a caller waits for a function.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const (
	httpTimeout = 30 * time.Second
	urlTimeout  = 15 * time.Minute // the longest function's
)

func (a API) timeout(rest time.Duration) time.Duration {
	switch a.Kind {
	case HTTP:
		return httpTimeout
	case URL:
		return urlTimeout
	}
	return rest
}

// refusal is what an HTTP API or a function URL answers where a REST API has a gateway
// response with that status: a failed function is a 500 of the one and a 502 of the
// other, a slow one a 503.
func (k Kind) refusal(status int) (int, string, []byte) {
	switch {
	case status == http.StatusGatewayTimeout:
		status = http.StatusServiceUnavailable
	case status >= 500 && k == HTTP:
		status = http.StatusInternalServerError
	case status >= 500:
		status = http.StatusBadGateway
	}
	message := http.StatusText(status)
	if status == http.StatusBadGateway { // in its words
		message = http.StatusText(http.StatusInternalServerError)
	}
	body, err := json.Marshal(map[string]string{"message": message})
	if err != nil { // a string always marshals
		panic("gateway: " + err.Error())
	}
	return status, "application/json", body
}
