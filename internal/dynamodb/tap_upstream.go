package dynamodb

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// dialTimeout bounds making a connection to the database.
const dialTimeout = 5 * time.Second

// maxIdle bounds the connections kept for later.
const maxIdle = 256

// upstream is the database as the tap sees it: an address and the connections
// that are free. The one used last is used next, so that few stay busy.
type upstream struct {
	url     string
	address string
	tls     *tls.Config // nil: plain

	mu     sync.Mutex
	idle   []*link
	closed bool
}

// link is one connection to the database.
type link struct {
	conn net.Conn
	in   *bufio.Reader
	out  bytes.Buffer
	kept bool // has lain idle, so the other side may have closed it
}

func newUpstream(raw string) (*upstream, error) {
	u, err := parseEndpoint(raw)
	if err != nil {
		return nil, err
	}
	up := &upstream{url: raw, address: u.Host}
	if u.Scheme == "https" {
		up.tls = &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}}
	}
	if u.Port() == "" {
		up.address = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return up, nil
}

// parseEndpoint accepts http://host[:port] and https://host[:port].
func parseEndpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fault.Usage("give scheme, host and port only, such as http://127.0.0.1:8000",
			"the database endpoint %q is not a URL of the form http://host:port", raw)
	}
	return u, nil
}

// reserve makes sure that at least one connection lies ready, or n of them
// once there have been so many environments.
func (u *upstream) reserve(ctx context.Context, n int) error {
	u.mu.Lock()
	ready := len(u.idle)
	u.mu.Unlock()
	if ready >= n {
		return nil
	}
	l, err := u.dial(ctx)
	if err != nil {
		return err
	}
	u.put(l)
	return nil
}

func (u *upstream) dial(ctx context.Context) (*link, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", u.address)
	if err != nil {
		return nil, err
	}
	if u.tls != nil {
		secure := tls.Client(conn, u.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secure
	}
	return &link{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (u *upstream) get(ctx context.Context) (*link, error) {
	u.mu.Lock()
	if n := len(u.idle); n > 0 {
		l := u.idle[n-1]
		u.idle = u.idle[:n-1]
		u.mu.Unlock()
		return l, nil
	}
	u.mu.Unlock()
	return u.dial(ctx)
}

func (u *upstream) put(l *link) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || len(u.idle) >= maxIdle {
		l.conn.Close()
		return
	}
	l.kept = true
	u.idle = append(u.idle, l)
}

func (u *upstream) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for _, l := range u.idle {
		l.conn.Close()
	}
	u.idle = nil
}

// exchange sends a whole request and returns the whole answer. A kept
// connection that turns out to have been closed by the other side before it
// gave a byte of an answer is replaced, as every HTTP client does.
func (u *upstream) exchange(ctx context.Context, raw []byte, request *http.Request) (answer, error) {
	for {
		l, err := u.get(ctx)
		if err != nil {
			return answer{}, fmt.Errorf("connect to the database at %s: %w", u.url, err)
		}
		stale := l.kept
		stop := context.AfterFunc(ctx, func() { l.conn.Close() })
		a, again, err := l.exchange(raw, request)
		alive := stop()
		switch {
		case err == nil && alive && again:
			u.put(l)
			return a, nil
		case err == nil:
			l.conn.Close()
			return a, nil
		}
		l.conn.Close()
		if ctx.Err() != nil || !stale || !errors.Is(err, errNoAnswer) {
			return answer{}, fmt.Errorf("ask the database at %s: %w", u.url, err)
		}
	}
}

// errNoAnswer is a connection that ended before the answer's first byte.
var errNoAnswer = errors.New("no answer")

// exchange returns the answer and whether the connection can be used again.
func (l *link) exchange(raw []byte, request *http.Request) (a answer, again bool, err error) {
	if _, err := l.conn.Write(raw); err != nil {
		return answer{}, false, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if _, err := l.in.Peek(1); err != nil {
		return answer{}, false, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	response, err := http.ReadResponse(l.in, request)
	if err != nil {
		return answer{}, false, err
	}
	defer response.Body.Close()

	// The head needs the body's length, which a chunked body tells only at its
	// end; a body of known length goes straight behind the head.
	l.out.Reset()
	var body []byte
	length := int(response.ContentLength)
	if length < 0 {
		if body, err = io.ReadAll(response.Body); err != nil {
			return answer{}, false, err
		}
		length = len(body)
	}
	writeStatus(&l.out, response.StatusCode)
	writeHeader(&l.out, response.Header, length)
	head := l.out.Len()
	if body != nil {
		l.out.Write(body)
	} else if _, err := l.out.ReadFrom(response.Body); err != nil {
		return answer{}, false, err
	}
	return answer{status: response.StatusCode, raw: bytes.Clone(l.out.Bytes()), head: head}, !response.Close, nil
}
