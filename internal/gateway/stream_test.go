package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// urlStream is a function URL whose answers are sent as the function makes them.
func urlStream(t *testing.T, invoke func(Sink) (Result, error)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(New(Options{
		Routes: []Route{{Function: "fn", API: API{Kind: URL, Stream: true}}},
		Invoker: invokerFunc(func(_ context.Context, _ string, _ []byte, o InvokeOptions) (Result, error) {
			return invoke(o.Stream)
		}),
	}))
	t.Cleanup(server.Close)
	return server
}

func TestAFunctionURLStreams(t *testing.T) {
	arrived := make(chan struct{})
	const metadata = `{"statusCode":201,"headers":{"Content-Type":"text/x-parts","x-own":"1","transfer-encoding":"chunked"},"cookies":["a=1","b=2"]}`
	server := urlStream(t, func(sink Sink) (Result, error) {
		// The metadata comes in pieces, the last with the body's beginning.
		sink(integrationType, []byte(metadata[:20]))
		sink(integrationType, []byte(metadata[20:]+"\x00\x00\x00"))
		sink(integrationType, []byte("\x00\x00\x00\x00\x00one"))
		<-arrived
		sink(integrationType, []byte("two"))
		return Result{}, nil
	})
	got, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	first := make([]byte, 3)
	if _, err := io.ReadFull(got.Body, first); err != nil || string(first) != "one" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(arrived)
	rest, err := io.ReadAll(got.Body)
	if err != nil || string(rest) != "two" {
		t.Errorf("got %q, %v", rest, err)
	}
	if got.StatusCode != 201 || got.Header.Get("Content-Type") != "text/x-parts" || got.Header.Get("X-Own") != "1" || len(got.Cookies()) != 2 {
		t.Errorf("got %d with %v", got.StatusCode, got.Header)
	}
}

func TestStreamsWithoutMetadata(t *testing.T) {
	server := urlStream(t, func(sink Sink) (Result, error) {
		sink("text/html", []byte("<p>"))
		return Result{}, nil
	})
	got, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); err != nil || string(body) != "<p>" || got.StatusCode != 200 || got.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %d %q with %v", got.StatusCode, body, got.Header)
	}
}

func TestStreamsThatFail(t *testing.T) {
	failed := Result{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Boom"}`)}
	for name, invoke := range map[string]func(Sink) (Result, error){
		"before":          func(Sink) (Result, error) { return failed, nil },
		"metadata is cut": func(s Sink) (Result, error) { s(integrationType, []byte(`{"statusCode":200}`)); return Result{}, nil },
		"metadata no object": func(s Sink) (Result, error) {
			s(integrationType, []byte("x\x00\x00\x00\x00\x00\x00\x00\x00y"))
			return Result{}, nil
		},
		"never ran": func(Sink) (Result, error) { return Result{}, errors.New("no room") },
	} {
		got, err := http.Get(urlStream(t, invoke).URL)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: got %d, want 502", name, got.StatusCode)
		}
	}
	got, err := http.Get(urlStream(t, func(s Sink) (Result, error) { s("text/plain", []byte("begun")); return failed, nil }).URL)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); string(body) != "begun" || err == nil {
		t.Errorf("got %q, %v, want a connection that breaks off", body, err)
	}
}

// Where the answer is wanted in one piece, the error says what would take a stream.
func TestAStreamIsNoProxyAnswer(t *testing.T) {
	answer := []byte(`{"statusCode":200}` + "\x00\x00\x00\x00\x00\x00\x00\x00body")
	for _, kind := range []Kind{REST, HTTP, URL} {
		if _, err := (API{Kind: kind}).Response(answer, ""); err == nil || !strings.Contains(err.Error(), "stream: true") {
			t.Errorf("%s: got %v, want an error that names stream: true", kind, err)
		}
	}
	if got, err := FromStream(integrationType, answer); err != nil || got.StatusCode != 200 || string(got.Body) != "body" {
		t.Errorf("got %+v, %v", got, err)
	}
}
