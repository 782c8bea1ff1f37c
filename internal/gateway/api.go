package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	// Binary are the media types that a REST API takes for binary, such as image/png,
	// image/* or */*. The other kinds have rules of their own.
	Binary []string
	// Stream is for function URLs: their answers are sent as the function makes them.
	Stream bool
}

// Event translates a request into the event that the function gets.
func (a API) Event(r Request) ([]byte, error) {
	switch a.Kind {
	case REST, "":
		r.Stage = a.Stage
		r.Base64 = r.Base64 || a.binary(r.Header.Get("Content-Type"))
		return ToEvent(r)
	case HTTP, URL:
		return toEvent2(a.Kind, r)
	}
	return nil, fmt.Errorf("make the event: the kind %q of API is not known", a.Kind)
}

// Response translates the function's answer into the client's response. accept is what
// the client's Accept header says: a REST API decodes base64 only for clients that ask
// for a binary type first. An answer that would be refused is a *MalformedError.
func (a API) Response(payload []byte, accept string) (Response, error) {
	if err := streamed(payload); err != nil {
		return Response{}, err
	}
	if a.Kind == HTTP || a.Kind == URL {
		return fromResponse2(a.Kind, payload)
	}
	response, err := FromResponse(payload)
	first, _, _ := strings.Cut(accept, ",")
	if err != nil || !response.base64 || !a.binary(first) {
		return response, err
	}
	body, err := base64.StdEncoding.DecodeString(string(response.Body))
	if err != nil {
		return Response{}, &MalformedError{Reason: fmt.Sprintf("body: want base64, since isBase64Encoded says so (%v)", err), Answer: excerpt(payload)}
	}
	response.Body = body
	return response, nil
}

// binary tells whether a type is among those that the API takes for binary. What has no
// type is application/json to a REST API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
func (a API) binary(contentType string) bool {
	if len(a.Binary) == 0 {
		return false
	}
	media, _, _ := strings.Cut(or(contentType, "application/json"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return slices.ContainsFunc(a.Binary, func(pattern string) bool {
		pattern = strings.ToLower(pattern)
		kind, any := strings.CutSuffix(pattern, "/*")
		return pattern == "*/*" || pattern == media || any && strings.HasPrefix(media, kind+"/")
	})
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

// MaxHead is the most that a request line and the values of the headers may have
// together at a REST API or an HTTP API, in bytes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const MaxHead = 10240

// HeadRefused is the status that an API refuses a request with whose head is too large,
// 0 where it is not: 414 if the URL alone is, 431 otherwise. AWS documents the limit and
// not the statuses. A function URL has no such limit.
func (a API) HeadRefused(method, uri string, header http.Header) int {
	if a.Kind == URL {
		return 0
	}
	size := len(method) + len(" ") + len(uri) + len(" HTTP/1.1\r\n")
	if size > MaxHead {
		return http.StatusRequestURITooLong
	}
	for _, values := range header {
		for _, value := range values {
			size += len(value)
		}
	}
	if size > MaxHead {
		return http.StatusRequestHeaderFieldsTooLarge
	}
	return 0
}
