package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever is sent to the port, the function runs for programs of this machine
// alone, and every refusal is a problem document.
func TestTheServersOwnAnswers(t *testing.T) {
	var calls atomic.Int64
	o := options(invokerFunc(func(context.Context, string, []byte, InvokeOptions) (Result, error) {
		calls.Add(1)
		return Result{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, nil
	}))
	listener, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(New(o))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	defer func() { _ = server.Close(); <-ended }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, request string
		status        int
		calls         int64
	}{
		{"a program", "GET /go/x HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n", 200, 1},
		{"a form of a foreign page", "POST /go/x HTTP/1.1\r\nHost: localhost:" + port + "\r\nOrigin: https://evil.example\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi", 403, 0},
		{"a picture of a foreign page", "GET /go/x HTTP/1.1\r\nHost: localhost:" + port + "\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403, 0},
		{"a rebound name", "GET /go/x HTTP/1.1\r\nHost: evil.example:" + port + "\r\n\r\n", 403, 0},
		{"an absolute form", "GET http://evil.example/go/x HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n", 403, 0},
		{"no host", "GET /go/x HTTP/1.0\r\n\r\n", 403, 0},
		{"a broken chunk", "POST /go/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n", 400, 0},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 0},
		{"no HTTP", "hello\r\n\r\n", 400, 0},
		{"two hosts", "GET /go/x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, 0},
		{"a header without end", "GET /go/x HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 128<<10) + "\r\n\r\n", 431, 0},
		{"an unknown coding", "POST /go/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501, 0},
		{"HTTP of the future", "GET /go/x HTTP/3.0\r\nHost: localhost\r\n\r\n", 505, 0},
		{"dots", "GET /../nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls.Store(0)
			connection, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close() //nolint:errcheck // it was only read
			go func() { _, _ = io.WriteString(connection, c.request) }()
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != c.status || calls.Load() != c.calls {
				t.Errorf("got %d %s and %d calls, want %d and %d", response.StatusCode, body, calls.Load(), c.status, c.calls)
			}
			if c.status == 200 {
				return
			}
			var problem struct {
				Type, Title, Detail string
				Status              int
			}
			err = json.Unmarshal(body, &problem)
			got := fmt.Sprint(response.Header.Get("Content-Type"), " ", problem.Type, " ", problem.Title, " ", problem.Status)
			want := fmt.Sprint("application/problem+json about:blank ", http.StatusText(c.status), " ", c.status)
			if err != nil || got != want || problem.Detail == "" {
				t.Errorf("got %s (%v): %s\nwant %s with a detail", got, err, body, want)
			}
		})
	}
}
