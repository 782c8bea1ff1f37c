package dynamodb

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb/authority"
)

// knock sends bytes to a new port of the tap, reads what comes back for as long as
// anything does, and closes the port. Afterwards no call may be under way.
func knock(t *testing.T, tap *Tap, text []byte) {
	t.Helper()
	port, err := tap.Open()
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", port.URL()[strings.LastIndexByte(port.URL(), '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = c.Write(text) // it may be hung up on
	if err := c.(*net.TCPConn).CloseWrite(); err == nil {
		_, _ = io.Copy(io.Discard, c) // a reset is an end, too
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	port.mu.Lock()
	defer port.mu.Unlock()
	if port.meter.active != 0 || len(port.conns) != 0 {
		t.Errorf("%d calls and %d connections are left of a port that is closed", port.meter.active, len(port.conns))
	}
}

// fuzzTap is a tap in front of a database that echoes.
func fuzzTap(f *testing.F, o TapOptions) *Tap {
	f.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	f.Cleanup(upstream.Close)
	tap, err := NewTap(upstream.URL, o)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { tap.Close() })
	return tap
}

// FuzzTap has a function send whatever it likes to the database.
func FuzzTap(f *testing.F) {
	tap := fuzzTap(f, TapOptions{Record: true, Faults: []Fault{{Operation: "GetItem", Kind: Truncated}, {Operation: "Scan", Kind: Reset}}})
	f.Add([]byte("POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Scan\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"))
	f.Add([]byte("GET http://elsewhere/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) { knock(t, tap, text) })
}

// FuzzTapTLS has it send whatever it likes where a handshake is waited for.
func FuzzTapTLS(f *testing.F) {
	own, err := authority.Open(f.Context(), f.TempDir(), time.Now())
	if err != nil {
		f.Fatal(err)
	}
	tap := fuzzTap(f, TapOptions{Certificate: &own.Chain})
	f.Add(clientHello(f))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f.Add([]byte{22, 3, 1, 0, 0})
	f.Fuzz(func(t *testing.T, text []byte) { knock(t, tap, text) })
}

// clientHello is how a client of TLS begins.
func clientHello(f *testing.F) []byte {
	f.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() { _ = tls.Client(theirs, &tls.Config{ServerName: "localhost"}).Handshake() }() // it ends with the pipe
	hello := make([]byte, 4096)
	n, err := ours.Read(hello)
	if err != nil {
		f.Fatal(err)
	}
	return hello[:n]
}
