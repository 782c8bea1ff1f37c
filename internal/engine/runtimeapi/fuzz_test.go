package runtimeapi_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// FuzzHostileRuntime has a runtime send whatever it likes, over two connections: before
// there is an event, and once it has got one. However it does, the server answers what
// it is asked, comes back from Exchange and closes.
func FuzzHostileRuntime(f *testing.F) {
	const api = "/2018-06-01/runtime/"
	next := "GET " + api + "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
	f.Add([]byte(next), []byte("POST "+api+"invocation/1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"+next), false)
	f.Add([]byte(next+next), []byte("POST "+api+"invocation/1/error HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.X\r\n\r\n"), false)
	f.Add([]byte("POST "+api+"init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), []byte(next), false)
	f.Add([]byte("GET "+api+"restore/next HTTP/1.1\r\nHost: x\r\n\r\n"), []byte(next), true)
	f.Add([]byte(next), []byte("POST "+api+"invocation/2/response HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"), false)
	f.Add([]byte("\x16\x03\x01\x00\xa5"), []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), true)
	f.Fuzz(func(t *testing.T, before, behind []byte, restore bool) {
		server, err := runtimeapi.Listen(runtimeapi.Options{Restore: restore, MaxResponse: 1 << 16})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		first := hostile(t, server.Addr(), before)
		defer first.Close()
		waits := false
		for deadline := time.After(20 * time.Millisecond); !waits; {
			select {
			case s := <-server.Signals():
				waits = s.Kind == runtimeapi.Ready
				if s.Kind == runtimeapi.RestoreReady {
					_ = server.Restored() // it may have hung up
				}
				continue
			case <-deadline:
			}
			break
		}
		over := make(chan error, 1)
		go func() {
			_, err := server.Exchange(runtimeapi.Event{ID: "1", Payload: []byte("{}"), Deadline: time.Now().Add(time.Second)}, 20*time.Millisecond)
			over <- err
		}()
		_, _ = first.Write(behind) // it may have been hung up on
		second := hostile(t, server.Addr(), behind)
		defer second.Close()
		if err := <-over; err != nil && waits {
			if _, posted := server.Outcome(); posted {
				t.Errorf("got an outcome of an event that was not sent: %v", err)
			}
		}
		if outcome, posted := server.Outcome(); posted && len(outcome.Payload) > 1<<16 {
			t.Errorf("got %d bytes, want at most the limit", len(outcome.Payload))
		}
	})
}

// hostile writes to a new connection, and reads whatever comes back.
func hostile(t *testing.T, address string, text []byte) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, c) }()
	_, _ = c.Write(text) // it may be hung up on
	return c
}
