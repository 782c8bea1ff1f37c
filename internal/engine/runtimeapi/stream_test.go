package runtimeapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// part is what a sink was given.
type part struct{ contentType, text string }

// streaming is a server that waits for the response of an event with a sink.
func streaming(t *testing.T, o runtimeapi.Options) (*runtimeapi.Server, <-chan part) {
	t.Helper()
	s, err := runtimeapi.Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		if answer, err := http.Get("http://" + s.Addr() + "/2018-06-01/runtime/invocation/next"); err == nil {
			answer.Body.Close()
		}
	}()
	<-s.Signals()
	parts := make(chan part, 100)
	go s.Exchange(runtimeapi.Event{ID: "id", Payload: []byte("{}"), Deadline: time.Now().Add(time.Hour),
		Sink: func(contentType string, b []byte) { parts <- part{contentType, string(b)} }}, time.Hour)
	<-taken
	return s, parts
}

func respond(s *runtimeapi.Server, body io.Reader, trailer http.Header) (*http.Response, error) {
	request, err := http.NewRequest("POST", "http://"+s.Addr()+"/2018-06-01/runtime/invocation/id/response", body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = -1
	request.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
	request.Header.Set("Content-Type", "text/x-parts")
	request.Trailer = trailer
	return http.DefaultClient.Do(request)
}

func TestAStreamIsHandedOnAsItComes(t *testing.T) {
	s, parts := streaming(t, runtimeapi.Options{})
	from, to := io.Pipe()
	done := make(chan int)
	go func() {
		answer, err := respond(s, from, nil)
		if err != nil {
			t.Error(err)
			close(done)
			return
		}
		answer.Body.Close()
		done <- answer.StatusCode
	}()
	for _, text := range []string{"one", "two"} {
		// The next part is sent only when this one has arrived.
		if _, err := io.WriteString(to, text); err != nil {
			t.Fatal(err)
		}
		if got := <-parts; got != (part{"text/x-parts", text}) {
			t.Fatalf("got %v, want %s", got, text)
		}
	}
	if _, posted := s.Outcome(); posted {
		t.Error("got an outcome before the stream's end")
	}
	to.Close()
	if got := <-done; got != http.StatusAccepted {
		t.Errorf("got %d, want 202", got)
	}
	o, _ := s.Outcome()
	if !o.Streamed || o.ContentType != "text/x-parts" || o.First.IsZero() || o.First.After(o.At) || len(o.Payload) > 0 || o.Failed {
		t.Errorf("got %+v", o)
	}
}

func TestAStreamThatFails(t *testing.T) {
	t.Run("in its trailers", func(t *testing.T) {
		s, parts := streaming(t, runtimeapi.Options{})
		answer, err := respond(s, strings.NewReader("begun"), http.Header{
			"Lambda-Runtime-Function-Error-Type": {"Function.Midway"},
			"Lambda-Runtime-Function-Error-Body": {"eyJhIjoxfQ=="},
		})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := <-parts; got.text != "begun" {
			t.Errorf("got the part %q", got.text)
		}
		if o, _ := s.Outcome(); !o.Failed || o.ErrorType != "Function.Midway" || string(o.Payload) != `{"a":1}` {
			t.Errorf("got %+v", o)
		}
	})
	t.Run("over the limit", func(t *testing.T) {
		s, parts := streaming(t, runtimeapi.Options{MaxStream: 10})
		answer, err := respond(s, strings.NewReader(strings.Repeat("x", 11)), nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		o, _ := s.Outcome()
		if answer.StatusCode != http.StatusRequestEntityTooLarge || !o.TooLarge || len(parts) > 0 {
			t.Errorf("got %d, %+v", answer.StatusCode, o)
		}
	})
	t.Run("by breaking off", func(t *testing.T) {
		s, parts := streaming(t, runtimeapi.Options{})
		from, to := io.Pipe()
		broken := make(chan error)
		go func() {
			_, err := respond(s, from, nil)
			broken <- err
		}()
		fmt.Fprint(to, "begun")
		<-parts
		to.CloseWithError(io.ErrUnexpectedEOF)
		if err := <-broken; err == nil {
			t.Error("got an answer to half a stream")
		}
		// Drain waits for whoever reads a connection.
		s.Drain(time.Minute)
		if o, _ := s.Outcome(); !o.Truncated || !o.Failed || o.ErrorType != "Runtime.TruncatedResponse" {
			t.Errorf("got %+v", o)
		}
	})
}
