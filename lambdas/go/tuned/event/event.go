// Package event lets the handler of a plain HTTP server answer API Gateway REST
// proxy events with payload format 1.0. It refuses other kinds of events.
package event

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/gin-gonic/gin"
)

// answerMargin is how long before the function's timeout a call gives up, so
// that the caller still gets an answer of ours.
const answerMargin = 500 * time.Millisecond

// Start answers Lambda's events. It never returns.
func Start(router *gin.Engine) { lambda.Start(Handler{HTTP: router}) }

// Handler answers events by HTTP's handler. It implements lambda.Handler.
// Answers are never base64, so HTTP has to write text.
type Handler struct{ HTTP http.Handler }

// proxyEvent is what a request is made from. The maps of single values only
// repeat those of multiple ones, so they are read only where these are missing.
type proxyEvent struct {
	HTTPMethod        string              `json:"httpMethod"`
	Path              string              `json:"path"` // still percent-encoded
	Headers           json.RawMessage     `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             json.RawMessage     `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
	RequestContext    struct {
		Identity struct {
			SourceIP string `json:"sourceIp"`
		} `json:"identity"`
	} `json:"requestContext"`
}

type proxyResponse struct {
	StatusCode        int         `json:"statusCode"`
	MultiValueHeaders http.Header `json:"multiValueHeaders"`
	Body              string      `json:"body"`
	IsBase64Encoded   bool        `json:"isBase64Encoded"`
}

// Invoke answers one event. It fails only if the payload is no such event.
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
		defer cancel()
	}
	request, err := newRequest(ctx, payload)
	if err != nil {
		return nil, fmt.Errorf("read the API Gateway event: %w", err)
	}
	w := responseBuffer{header: http.Header{}, status: http.StatusOK}
	h.HTTP.ServeHTTP(&w, request)
	w.header.Del("Content-Length") // API Gateway counts for itself, and would show ours renamed.
	var answer bytes.Buffer
	encoder := json.NewEncoder(&answer)
	encoder.SetEscapeHTML(false) // Only HTML needs it.
	err = encoder.Encode(proxyResponse{StatusCode: w.status, MultiValueHeaders: w.header, Body: w.body.String()})
	return answer.Bytes(), err
}

func newRequest(ctx context.Context, payload []byte) (*http.Request, error) {
	var e proxyEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	if e.HTTPMethod == "" {
		return nil, errors.New("got no httpMethod, want a REST proxy event with payload format 1.0")
	}
	headers, err := multiValues(e.MultiValueHeaders, e.Headers)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	query, err := multiValues(e.MultiValueQuery, e.Query)
	if err != nil {
		return nil, fmt.Errorf("queryStringParameters: %w", err)
	}
	header := make(http.Header, len(headers))
	for name, values := range headers {
		name = http.CanonicalHeaderKey(name)
		header[name] = append(header[name], values...)
	}
	var body io.Reader = strings.NewReader(e.Body)
	if e.IsBase64Encoded {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	decoded, err := url.PathUnescape(e.Path)
	if err != nil {
		decoded = e.Path // Its % is still in RawPath, and no route has one.
	}
	request := &http.Request{
		Method:     e.HTTPMethod,
		URL:        &url.URL{Path: decoded, RawPath: e.Path, RawQuery: url.Values(query).Encode()},
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
		Host:       header.Get("Host"),
		Body:       io.NopCloser(body),
		// As net/http fills it in, so that the handler needs no other source.
		RemoteAddr: net.JoinHostPort(e.RequestContext.Identity.SourceIP, "0"),
	}
	return request.WithContext(ctx), nil
}

// multiValues returns multi, or the single values as such if there is no multi.
func multiValues(multi map[string][]string, single json.RawMessage) (map[string][]string, error) {
	if multi != nil || single == nil {
		return multi, nil
	}
	var values map[string]string
	if err := json.Unmarshal(single, &values); err != nil {
		return nil, err
	}
	multi = make(map[string][]string, len(values))
	for name, value := range values {
		multi[name] = []string{value}
	}
	return multi, nil
}

// responseBuffer is an http.ResponseWriter that keeps what is written.
type responseBuffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *responseBuffer) Header() http.Header         { return w.header }
func (w *responseBuffer) WriteHeader(status int)      { w.status = status }
func (w *responseBuffer) Write(p []byte) (int, error) { return w.body.Write(p) }
