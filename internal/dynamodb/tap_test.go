package dynamodb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// fakeClock is time that passes only when somebody says so: an upstream that
// works, or a Wait.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Unix(1_800_000_000, 0)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Wait(ctx context.Context, until time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(c.now) {
		c.now = until
	}
	return ctx.Err()
}

func (c *fakeClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func openTap(t testing.TB, upstream string, o TapOptions) *Port {
	t.Helper()
	tap, err := NewTap(upstream, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tap.Close() })
	port, err := tap.Open()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func serveFake(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// ask sends one request the way an SDK does.
func ask(t testing.TB, port *Port, operation, body string) *http.Response {
	t.Helper()
	response, err := tryAsk(t.Context(), port, operation, body)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func tryAsk(ctx context.Context, port *Port, operation, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, port.URL(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	// Otherwise net/http would send it again on a connection that was reset.
	request.GetBody = nil
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, err
}

func content(t testing.TB, response *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTapPassesEverythingOn(t *testing.T) {
	sent := strings.Repeat("ä\x00\xff", 50_000)
	answered := strings.Repeat("{\"x\": 1.50 }\r\n", 30_000)
	for name, chunked := range map[string]bool{"known length": false, "chunked": true} {
		t.Run(name, func(t *testing.T) {
			var host, target, authorization, body string
			port := openTap(t, serveFake(t, func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				host, target, authorization, body = r.Host, r.RequestURI, r.Header.Get("Authorization"), string(b)
				w.Header().Set("X-Amz-Crc32", "42")
				w.WriteHeader(http.StatusTeapot)
				for rest := answered; chunked && rest != ""; {
					n := min(len(rest), 10_000)
					io.WriteString(w, rest[:n])
					w.(http.Flusher).Flush()
					rest = rest[n:]
				}
				if !chunked {
					io.WriteString(w, answered)
				}
			}), TapOptions{})
			for range 2 { // the second time over kept connections
				var reader io.Reader = strings.NewReader(sent)
				if chunked {
					reader = io.MultiReader(reader) // hides the length
				}
				request, err := http.NewRequest(http.MethodPost, port.URL()+"/a%20b?c=d", reader)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", "AWS4-HMAC-SHA256 x")
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				if got := content(t, response); got != answered {
					t.Errorf("answer: got %d bytes, want %d", len(got), len(answered))
				}
				response.Body.Close()
				if got, want := response.StatusCode, http.StatusTeapot; got != want {
					t.Errorf("status: got %d, want %d", got, want)
				}
				if got, want := response.Header.Get("X-Amz-Crc32"), "42"; got != want {
					t.Errorf("header of the answer: got %q, want %q", got, want)
				}
				if body != sent {
					t.Errorf("request: got %d bytes, want %d", len(body), len(sent))
				}
				if got, want := host, strings.TrimPrefix(port.URL(), "http://"); got != want {
					t.Errorf("Host: got %q, want the signed one, %q", got, want)
				}
				if target != "/a%20b?c=d" || authorization != "AWS4-HMAC-SHA256 x" {
					t.Errorf("got target %q, authorization %q", target, authorization)
				}
			}
		})
	}
}

// What the database itself took is told without what the tap adds, and not where
// the database was not asked.
func TestTapTellsWhatTheDatabaseTook(t *testing.T) {
	clock := newFakeClock()
	told := make(chan time.Duration, 10)
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, r *http.Request) {
		clock.pass(7 * time.Millisecond)
	}), TapOptions{Clock: clock, Delay: Constant(time.Second), Served: func(d time.Duration) { told <- d }})
	ask(t, port, "GetItem", "{}")
	if got, want := <-told, 7*time.Millisecond; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := port.SetFaults(Fault{Kind: Throttled}); err != nil {
		t.Fatal(err)
	}
	ask(t, port, "GetItem", "{}")
	port.Close() // with it, every call has been told
	if len(told) > 0 {
		t.Errorf("got %v of a call that did not reach the database", <-told)
	}
}

func TestTapClocksTheDatabase(t *testing.T) {
	clock := newFakeClock()
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, r *http.Request) {
		clock.pass(7 * time.Millisecond)
	}), TapOptions{Clock: clock, Record: true})

	for range 3 {
		clock.pass(time.Second) // the function's own time
		ask(t, port, "GetItem", "{}")
	}
	if got, want := port.Take(), (Usage{Calls: 3, Busy: 21 * time.Millisecond}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := port.Take(), (Usage{}); got != want {
		t.Errorf("taken again: got %+v, want %+v", got, want)
	}
	attempts := port.TakeAttempts()
	if len(attempts) != 3 {
		t.Fatalf("attempts: got %d, want 3", len(attempts))
	}
	if got, want := attempts[2], (Attempt{Operation: "GetItem", Status: 200, Started: clock.now.Add(-7 * time.Millisecond), Busy: 7 * time.Millisecond}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := port.TakeAttempts(); len(got) != 0 {
		t.Errorf("taken again: got %v, want none", got)
	}
}

func TestMeterCountsParallelCallsOnce(t *testing.T) {
	clock := newFakeClock()
	m := meter{clock: clock}
	pass := func() { clock.pass(10 * time.Millisecond) }
	m.begin()
	pass()
	m.begin()
	pass()
	m.end(false)
	pass()
	if got, want := m.take(), (Usage{Calls: 1, Busy: 30 * time.Millisecond}); got != want {
		t.Errorf("with one call under way: got %+v, want %+v", got, want)
	}
	pass()
	m.end(true)
	pass()
	m.begin()
	m.end(false)
	if got, want := m.take(), (Usage{Calls: 2, Faults: 1, Busy: 10 * time.Millisecond}); got != want {
		t.Errorf("after both: got %+v, want %+v", got, want)
	}
}

func TestTapHoldsAnswers(t *testing.T) {
	for name, c := range map[string]struct{ delay, database, want time.Duration }{
		"a faster database":  {20 * time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond},
		"a slower database":  {20 * time.Millisecond, 30 * time.Millisecond, 30 * time.Millisecond},
		"less than a second": {300 * time.Microsecond, 0, 300 * time.Microsecond},
	} {
		clock := newFakeClock()
		port := openTap(t, serveFake(t, func(http.ResponseWriter, *http.Request) { clock.pass(c.database) }),
			TapOptions{Clock: clock, Delay: Constant(c.delay)})
		ask(t, port, "GetItem", "{}")
		if got := port.Take().Busy; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestTapDelaysRepeatBySeed(t *testing.T) {
	run := func(seed uint64) (busy [2][]time.Duration) {
		clock := newFakeClock()
		tap, err := NewTap(serveFake(t, func(http.ResponseWriter, *http.Request) {}),
			TapOptions{Clock: clock, Seed: seed, Delay: Lognormal{Median: 4 * time.Millisecond, P99: 12 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		defer tap.Close()
		for i := range busy {
			port, err := tap.Open()
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				ask(t, port, "GetItem", "{}")
				busy[i] = append(busy[i], port.Take().Busy)
			}
		}
		return busy
	}
	first, again, other := run(1), run(1), run(2)
	if !slices.Equal(first[0], again[0]) || !slices.Equal(first[1], again[1]) {
		t.Errorf("same seed: got %v and %v", first, again)
	}
	if slices.Equal(first[0], other[0]) {
		t.Errorf("another seed: got the same %v", first[0])
	}
	if slices.Equal(first[0], first[1]) {
		t.Errorf("another port: got the same %v", first[0])
	}
}

func TestLognormalHasTheQuantilesAskedFor(t *testing.T) {
	d := Lognormal{Median: 4 * time.Millisecond, P99: 12 * time.Millisecond}
	r := rand.New(rand.NewPCG(1, 2))
	samples := make([]time.Duration, 100_000)
	for i := range samples {
		samples[i] = d.Sample(r)
	}
	slices.Sort(samples)
	for _, c := range []struct {
		quantile float64
		want     time.Duration
	}{{0.5, d.Median}, {0.99, d.P99}} {
		got := samples[int(c.quantile*float64(len(samples)))]
		if ratio := float64(got) / float64(c.want); ratio < 0.97 || ratio > 1.03 {
			t.Errorf("quantile %v: got %v, want %v within 3 %%", c.quantile, got, c.want)
		}
	}
}

func TestParseDelay(t *testing.T) {
	for _, text := range []string{"4ms", "0s", "1.5ms", "4ms/12ms"} {
		d, err := ParseDelay(text)
		if err != nil || d.String() != text {
			t.Errorf("%q: got %v %v", text, d, err)
		}
	}
	if d, err := ParseDelay(""); d != nil || err != nil {
		t.Errorf("none: got %v %v", d, err)
	}
	for _, text := range []string{"4", "fast", "-1ms", "2m", "4ms/", "4ms/4ms", "0s/1ms", "4ms/2m", "4ms/5ms/6ms"} {
		if d, err := ParseDelay(text); !fault.IsUsage(err) || fault.Hint(err) == "" {
			t.Errorf("%q: got %v %v, want a usage error with a hint", text, d, err)
		}
	}
}

func TestSystemClockNeverComesEarly(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, 100 * time.Microsecond, 3 * time.Millisecond} {
		until := time.Now().Add(d)
		if err := (systemClock{}).Wait(t.Context(), until); err != nil {
			t.Fatal(err)
		}
		if early := time.Until(until); early > 0 {
			t.Errorf("%v: woke %v early", d, early)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (systemClock{}).Wait(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// raw speaks bytes with a port.
func raw(t *testing.T, port *Port) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(port.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, bufio.NewReader(conn)
}

func TestTapSpeaksHTTP(t *testing.T) {
	port := openTap(t, serveFake(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }), TapOptions{})
	for name, c := range map[string]struct {
		request string
		closes  bool
	}{
		"keep alive":   {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", false},
		"close":        {"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", true},
		"version 1.0":  {"POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", true},
		"chunked body": {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", false},
	} {
		conn, in := raw(t, port)
		for range 2 {
			if _, err := io.WriteString(conn, c.request); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			response, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, want := content(t, response), "hi"; got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			if c.closes {
				if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
					t.Errorf("%s: got %v, want the end of the connection", name, err)
				}
				break
			}
		}
	}

	conn, in := raw(t, port)
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q %v, want to be told to continue", line, err)
	}
	in.ReadString('\n')
	io.WriteString(conn, "hi")
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := content(t, response), "hi"; got != want {
		t.Errorf("after 100 Continue: got %q, want %q", got, want)
	}

	conn, in = raw(t, port)
	go io.CopyN(conn, io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n"), zeros{}), 17<<20)
	response, err = http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := response.StatusCode, http.StatusRequestEntityTooLarge; got != want {
		t.Errorf("a request above DynamoDB's limit: got %d, want %d", got, want)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestTapReplacesAConnectionThatWentStale(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	connections := make(chan int, 8)
	go func() {
		for n := 1; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections <- n
			if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.Copy(io.Discard, request.Body)
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
			conn.Close() // although it was to be kept
		}
	}()
	port := openTap(t, "http://"+listener.Addr().String(), TapOptions{})
	for range 3 {
		if got, want := content(t, ask(t, port, "GetItem", "{}")), "ok"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := port.Take().Calls, 3; got != want {
		t.Errorf("calls: got %d, want %d", got, want)
	}
	if got, want := len(connections), 3; got != want {
		t.Errorf("connections: got %d, want %d", got, want)
	}
}

func TestTapKeepsConnections(t *testing.T) {
	var mu sync.Mutex
	callers := map[string]bool{}
	port := openTap(t, serveFake(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		callers[r.RemoteAddr] = true
	}), TapOptions{})
	for range 10 {
		ask(t, port, "GetItem", "{}")
	}
	if got, want := len(callers), 1; got != want {
		t.Errorf("connections to the database: got %d, want %d", got, want)
	}
}

func TestTapWithoutADatabase(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	port := openTap(t, server.URL, TapOptions{Record: true})
	server.Close()
	if response, err := tryAsk(t.Context(), port, "GetItem", "{}"); err == nil {
		t.Errorf("got status %d, want a connection that breaks", response.StatusCode)
	}
	if got := port.TakeAttempts(); len(got) != 1 || got[0].Status != 0 {
		t.Errorf("attempts: got %+v, want one without a status", got)
	}
	if _, err := port.tap.Open(); err == nil {
		// The spare connection may still count as ready; the one after it can't.
		if _, err = port.tap.Open(); err == nil {
			t.Error("opened two ports in front of a database that is gone")
		}
	}
	if _, err := NewTap("127.0.0.1:1", TapOptions{}); !fault.IsUsage(err) {
		t.Errorf("not a URL: got %v, want a usage error", err)
	}
}

func TestTapCloseEndsCallsUnderWay(t *testing.T) {
	arrived, release := make(chan bool), make(chan bool)
	upstream := serveFake(t, func(http.ResponseWriter, *http.Request) {
		arrived <- true
		<-release
	})
	defer close(release)
	port := openTap(t, upstream, TapOptions{})
	failed := make(chan error, 1)
	go func() {
		_, err := tryAsk(context.Background(), port, "GetItem", "{}")
		failed <- err
	}()
	<-arrived
	if err := port.tap.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("the call under way succeeded")
	}
	if _, err := tryAsk(t.Context(), port, "GetItem", "{}"); err == nil {
		t.Error("the port answers after Close")
	}
	if _, err := port.tap.Open(); err == nil {
		t.Error("a closed tap opened a port")
	}
	if err := port.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}
