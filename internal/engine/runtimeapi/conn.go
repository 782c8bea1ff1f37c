package runtimeapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// conn is one connection of the runtime, read by one goroutine.
type conn struct {
	s    *Server
	nc   net.Conn
	in   *bufio.Reader
	last bool // the client wants no further request on it
	asks bool // the client waits for 100 Continue before it sends its body
}

func newConn(s *Server, nc net.Conn) *conn {
	return &conn{s: s, nc: nc, in: bufio.NewReader(nc)}
}

// verdict is what becomes of a connection after a request.
type verdict int

const (
	more   verdict = iota // the next request can be read
	parked                // it waits for an event; nobody reads it meanwhile
	over                  // it has ended
)

// serve reads requests until the connection waits for an event or has ended.
func (c *conn) serve() {
	defer c.s.serving.Done()
	for {
		switch c.one() {
		case parked:
			return
		case over:
			c.end()
			return
		}
	}
}

// one reads and answers one request.
func (c *conn) one() verdict {
	r, err := http.ReadRequest(c.in)
	if err != nil {
		var broken net.Error
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &broken) {
			c.last = true
			c.reply(http.StatusBadRequest, "", err.Error())
		}
		return over
	}
	c.last = r.Close || !r.ProtoAtLeast(1, 1)
	c.asks = len(r.Header["Expect"]) > 0 && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
	v := c.handle(r, c.s.options.Now())
	switch {
	case v != more:
		return v
	case c.asks:
		// A client that was refused before it was told to go on will not send
		// its body.
		return over
	case r.Body != http.NoBody:
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return over
		}
	}
	return more
}

func (c *conn) end() {
	c.nc.Close()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.s.conns, c)
	if c.s.waiting == c {
		c.s.waiting = nil
	}
}

func (c *conn) closeWrite() {
	if tcp, ok := c.nc.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
}

const prefix = "/2018-06-01/runtime/"

// handle answers one request.
func (c *conn) handle(r *http.Request, at time.Time) verdict {
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		return c.extensionRequest(r, at)
	}
	method := http.MethodPost
	var serve func() verdict
	switch path {
	case "invocation/next":
		method, serve = http.MethodGet, func() verdict { return c.next(at) }
	case "init/error":
		serve = func() verdict { return c.initError(r, at) }
	case "restore/next":
		method, serve = http.MethodGet, func() verdict { return c.restoreNext(at) }
	case "restore/error":
		serve = func() verdict { return c.initError(r, at) }
	default:
		id, verb, _ := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
		switch {
		case strings.HasPrefix(path, "invocation/") && verb == "response":
			serve = func() verdict { return c.response(r, id) }
		case strings.HasPrefix(path, "invocation/") && verb == "error":
			serve = func() verdict { return c.errorResponse(r, id) }
		}
	}
	if !c.s.options.Restore && strings.HasPrefix(path, "restore/") {
		serve = nil
	}
	switch {
	case serve == nil:
		return c.reply(http.StatusNotFound, "", "404 page not found")
	case r.Method != method:
		return c.reply(http.StatusMethodNotAllowed, "", "")
	}
	return serve()
}

// next ends init or an invocation and waits for an event: Exchange answers.
func (c *conn) next(at time.Time) verdict {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == running {
		// Somebody who asks again either never got the event or should answer
		// it first; which of the two is known when it has been written.
		s.mu.Unlock()
		s.delivery.Lock()
		//lint:ignore SA2001 only the wait matters
		s.delivery.Unlock()
		s.mu.Lock()
	}
	signal := true
	switch {
	case s.state == running && s.pending != nil:
		e := s.pending
		s.pending = nil
		if s.write(c, e) != nil {
			s.pending = e
			return over
		}
		return more
	case s.state == ready:
		// A runtime that has reconnected: the newest request gets the event.
		if s.waiting != nil && s.waiting != c {
			s.waiting.nc.Close()
			delete(s.conns, s.waiting)
		}
		signal = false
	case s.state != started && s.state != restoring && s.state != responseSent:
		return c.wrongState(ready)
	}
	s.state, s.waiting = ready, c
	switch {
	case s.driven == c:
		s.readyAt = at
	case signal:
		s.signals <- Signal{Kind: Ready, At: at}
		if s.driven != nil {
			s.interrupt()
		}
	}
	return parked
}

func (c *conn) restoreNext(at time.Time) verdict {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != started {
		return c.wrongState(ready)
	}
	s.state, s.waiting = restoreReady, c
	s.signals <- Signal{Kind: RestoreReady, At: at}
	return parked
}

// initError takes …/init/error and …/restore/error: clients post errors of
// restore hooks to either.
func (c *conn) initError(r *http.Request, at time.Time) verdict {
	payload, _, err := c.body(r)
	if err != nil {
		return over
	}
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	restore := strings.HasSuffix(r.URL.Path, "/restore/error")
	switch {
	case s.state == restoring:
		s.state = restoreError
	case s.state == started && !restore:
		s.state = initError
	case restore:
		return c.wrongState(restoreError)
	default:
		return c.wrongState(initError)
	}
	s.signals <- Signal{Kind: Failed, At: at, Failure: Failure{Type: errorType(r.Header.Get(headerErrorType)), Payload: payload}}
	return c.accepted()
}

const (
	headerErrorType    = "Lambda-Runtime-Function-Error-Type"
	headerResponseMode = "Lambda-Runtime-Function-Response-Mode"
	trailerErrorBody   = "Lambda-Runtime-Function-Error-Body"
)

// begin takes the right to answer the event with this id.
func (s *Server) begin(id string, to state) (refuse func(*conn) verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state != running:
		from := s.state
		return func(c *conn) verdict { return c.transition(from, to) }
	case s.current != id:
		return func(c *conn) verdict {
			return c.reply(http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		}
	}
	s.state, s.pending = to, nil
	return nil
}

// finish stores what was posted; nil: the body broke off, and the runtime may
// try again.
func (s *Server) finish(o *Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.outcome = responseSent, o
	if o == nil {
		s.state = running
	}
}

func (c *conn) response(r *http.Request, id string) verdict {
	if refuse := c.s.begin(id, response); refuse != nil {
		return refuse(c)
	}
	switch mode := r.Header.Get(headerResponseMode); {
	case mode == "":
	case strings.EqualFold(mode, "streaming"):
		return c.stream(r)
	default:
		c.s.finish(&Outcome{At: c.s.options.Now(), Failed: true, ErrorType: "Runtime.InvalidResponseModeHeader"})
		return c.reply(http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode")
	}
	payload, tooLarge, err := c.body(r)
	if err != nil {
		c.s.finish(nil)
		return over
	}
	o := &Outcome{At: c.s.options.Now(), Payload: payload, TooLarge: tooLarge}
	if tooLarge {
		o.Payload = nil
		c.s.finish(o)
		return c.tooLarge(c.s.options.MaxResponse)
	}
	return c.finished(o)
}

// finished stores an outcome that came whole, acknowledges it, and tells who waits for it.
func (c *conn) finished(o *Outcome) verdict {
	s := c.s
	s.finish(o)
	v := c.accepted()
	s.mu.Lock()
	tell := s.answered
	if s.driven != c {
		tell = nil // Exchange is not what reads here
	}
	s.mu.Unlock()
	if tell != nil {
		tell(*o)
	}
	return v
}

func (c *conn) tooLarge(most int) verdict {
	return c.reply(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
		fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", most))
}

func (c *conn) errorResponse(r *http.Request, id string) verdict {
	if refuse := c.s.begin(id, errorResponse); refuse != nil {
		return refuse(c)
	}
	payload, tooLarge, err := c.body(r)
	if err != nil {
		c.s.finish(nil)
		return over
	}
	return c.finished(&Outcome{
		At: c.s.options.Now(), Payload: payload, TooLarge: tooLarge,
		Failed: true, ErrorType: errorType(r.Header.Get(headerErrorType)),
	})
}

// body reads a request's body whole, and no more of it than Lambda would take;
// the rest is thrown away so that the connection can go on.
func (c *conn) body(r *http.Request) (payload []byte, tooLarge bool, err error) {
	most := c.s.options.MaxResponse
	if err := c.goOn(); err != nil {
		return nil, false, err
	}
	if n := r.ContentLength; n >= 0 && n <= int64(most) {
		payload = make([]byte, n)
		_, err = io.ReadFull(r.Body, payload)
		return payload, false, err
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r.Body, int64(most)+1))
	if err == nil && n > int64(most) {
		_, err = io.Copy(io.Discard, r.Body)
		return nil, true, err
	}
	return b.Bytes(), false, err
}

var validType = regexp.MustCompile(`(Runtime|Function)\.[A-Z][a-zA-Z]+`)

// errorType is what Lambda makes of a posted error type: one of its own kinds,
// or unknown.
func errorType(posted string) string {
	switch {
	case validType.MatchString(posted):
		return posted
	case strings.HasPrefix(posted, "Function."):
		return "Function.Unknown"
	default:
		return "Runtime.Unknown"
	}
}

// wrongState refuses a request; the caller holds the lock.
func (c *conn) wrongState(to state) verdict { return c.transition(c.s.state, to) }

func (c *conn) transition(from, to state) verdict {
	return c.reply(http.StatusForbidden, "InvalidStateTransition",
		fmt.Sprintf("State transition from %s to %s failed for runtime. Error: State transition is not allowed", from, to))
}

// unless says whether another request can come after an answer.
func (c *conn) unless(err error) verdict {
	if err != nil || c.last {
		return over
	}
	return more
}

var accepted = []byte("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")

func (c *conn) accepted() verdict {
	_, err := c.nc.Write(accepted)
	return c.unless(err)
}

// reply answers with one of Lambda's error bodies, or with plain text when there
// is no type.
func (c *conn) reply(status int, errorType, message string) verdict {
	body, contentType := message+"\n", "text/plain; charset=utf-8"
	if errorType != "" {
		data, err := json.Marshal(struct {
			Message string `json:"errorMessage"`
			Type    string `json:"errorType"`
		}{message, errorType})
		if err != nil {
			panic(err) // Strings always marshal.
		}
		body, contentType = string(data)+"\n", "application/json"
	}
	var connection string
	if c.last {
		connection = "Connection: close\r\n"
	}
	_, err := fmt.Fprintf(c.nc, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), contentType, connection, len(body), body)
	return c.unless(err)
}
