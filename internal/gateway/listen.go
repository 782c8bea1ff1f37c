package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/frontdoor"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
)

// Listen opens a TCP listener on loopback and nowhere else: whoever reaches the port
// can run functions. The address is host:port; port 0 is any free one.
func Listen(addr string) (net.Listener, error) {
	const form = "use an address such as 127.0.0.1:8080, localhost:8080 or [::1]:8080"
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fault.Usage(form, "the address %q is not host:port", addr)
	}
	if host == "" {
		return nil, fault.Usage(form, "the address %q means every network interface, want loopback", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.Usage(form, "the address %q is not on loopback", addr)
	}

	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.Usage(
			"stop the program that listens there, or choose another port (0 takes any free one)",
			"port %s of %s is in use", port, host)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Usage("choose a port from 1024 on", "port %s of %s needs privileges", port, host)
	case err != nil:
		return nil, fault.Usage(form, "listen on %q: %w", addr, err)
	}
	// A hosts file can give localhost any address.
	if bound, ok := listener.Addr().(*net.TCPAddr); !ok || !bound.IP.IsLoopback() {
		_ = listener.Close()
		return nil, fault.Usage(form, "%q is %s on this machine, which is not on loopback", host, listener.Addr())
	}
	return problemListener{listener}, nil
}

// problemListener makes problem documents of what net/http itself answers to
// requests that it can't read: it writes those past every handler.
type problemListener struct{ net.Listener }

func (l problemListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return problemConn{tcp}, err
	}
	return conn, err
}

type problemConn struct{ *net.TCPConn }

// ownHeaders are those of net/http's own answers and of no handler's, which have a
// date.
var ownHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

func (c problemConn) Write(b []byte) (int, error) {
	line, _, own := bytes.Cut(b, ownHeaders)
	line, http1 := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !own || !http1 || len(line) < 3 || bytes.ContainsRune(line, '\r') {
		return c.TCPConn.Write(b)
	}
	status, err := strconv.Atoi(string(line[:3]))
	if err != nil {
		return c.TCPConn.Write(b)
	}
	contentType, body := gatewayresponse.Default4XX.Body(status)
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), contentType, len(body), body)
	if _, err := c.TCPConn.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// NewServer is an HTTP server for this package's handler and for invokeapi's, which
// no web page but their own reaches. A response may take as long as Lambda's longest
// function, 15 minutes; a client has a minute to send its request.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           frontdoor.Guard(handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      16 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,

		DisableGeneralOptionsHandler: true, // or "OPTIONS *" would come past the handler
	}
}
