package dynamodb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/frontdoor"
)

// maxRequest is DynamoDB's own limit on a request.
const maxRequest = 16 << 20

// session is one connection from a function. One goroutine serves it from
// request to answer, so that a call costs no switch between goroutines.
type session struct {
	port *Port
	conn net.Conn     // what is read and written: tcp, or TLS over it
	tcp  *net.TCPConn // below
	in   *bufio.Reader
	body bytes.Buffer
	out  bytes.Buffer
}

// call is one request under way.
type call struct {
	fault     Fault
	started   time.Time
	notBefore time.Time     // zero: no delay
	served    time.Duration // by the database itself; 0: not at all
	attempt   *Attempt      // nil: not recorded
}

// errReset asks for the connection to be reset.
var errReset = errors.New("reset the connection")

func (p *Port) serve(s *session) {
	for {
		// No deadline: a frozen environment keeps its connection for as long as
		// it likes.
		request, err := http.ReadRequest(s.in)
		if err != nil {
			return
		}
		if err := s.handle(request); err != nil {
			if errors.Is(err, errReset) {
				s.tcp.SetLinger(0)
			}
			return
		}
		if request.Close {
			return
		}
	}
}

// handle serves one request; an error ends the connection.
func (s *session) handle(request *http.Request) error {
	if request.Header.Get("Expect") == "100-continue" {
		if _, err := io.WriteString(s.conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return err
		}
	}
	s.body.Reset()
	n, err := s.body.ReadFrom(io.LimitReader(request.Body, maxRequest+1))
	if err != nil {
		return err
	}
	if n > maxRequest {
		_, err := s.conn.Write(newAnswer(http.StatusRequestEntityTooLarge, "text/plain", nil, "Connection: close\r\n").raw)
		return errors.Join(err, io.EOF)
	}
	if err := frontdoor.Check(request, s.conn.LocalAddr()); err != nil {
		contentType, body := frontdoor.Refusal(err)
		_, err := s.conn.Write(newAnswer(http.StatusForbidden, contentType, body, "Connection: close\r\n").raw)
		return errors.Join(err, io.EOF)
	}

	c := s.port.begin(operationOf(request))
	a, err := s.answer(c, request)
	if err != nil {
		s.port.end(c, 0)
		return err
	}
	if c.fault.Kind == Reset {
		s.port.end(c, 0)
		s.conn.Write(a.raw[:a.head+len(a.body())/2])
		return errReset
	}
	s.port.end(c, a.status)
	_, err = s.conn.Write(a.raw)
	if served := s.port.tap.options.Served; served != nil && c.served > 0 {
		served(c.served)
	}
	return err
}

// answer makes the answer, or fetches it from the database, and holds it for
// as long as it shall take.
func (s *session) answer(c *call, request *http.Request) (answer, error) {
	p := s.port
	var a answer
	switch {
	case c.fault.Kind.forwards():
		s.out.Reset()
		writeRequest(&s.out, request, s.body.Bytes())
		var err error
		if a, err = p.tap.upstream.exchange(p.ctx, s.out.Bytes(), request); err != nil {
			// To the function this is a database that cannot be reached.
			return answer{}, errors.Join(errReset, err)
		}
		c.served = p.tap.options.Clock.Now().Sub(c.started)
		if c.fault.Kind == Truncated {
			a = truncate(a)
		}
	case c.fault.Kind != Refused:
		a = answerFor(c.fault.Kind)
	}
	if !c.notBefore.IsZero() {
		if err := p.tap.options.Clock.Wait(p.ctx, c.notBefore); err != nil {
			return answer{}, err
		}
	}
	switch c.fault.Kind {
	case Refused:
		return answer{}, errReset
	case Slow:
		if err := s.hold(c.started.Add(c.fault.Hold)); err != nil {
			return answer{}, err
		}
	}
	return a, nil
}

// hold waits until the given time, or until the function has given up and
// closed its end, which is an error.
func (s *session) hold(until time.Time) error {
	ctx, cancel := context.WithCancel(s.port.ctx)
	defer cancel()
	watching := make(chan error, 1)
	go func() {
		_, err := s.in.Peek(1)
		if err != nil {
			cancel()
		}
		watching <- err
	}()
	err := s.port.tap.options.Clock.Wait(ctx, until)
	s.conn.SetReadDeadline(time.Unix(1, 0)) // ends the Peek
	gone := <-watching
	s.conn.SetReadDeadline(time.Time{})
	if err != nil {
		return err
	}
	var timeout net.Error
	if gone != nil && !(errors.As(gone, &timeout) && timeout.Timeout()) {
		return gone
	}
	return nil
}

// operationOf gives PutItem for "DynamoDB_20120810.PutItem".
func operationOf(request *http.Request) string {
	target := request.Header.Get("X-Amz-Target")
	return target[strings.LastIndexByte(target, '.')+1:]
}

// hopByHop are the headers that belong to one connection only, and Expect,
// which has been met by then.
var hopByHop = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Proxy-Connection": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "Content-Length": true, "Expect": true,
}

// writeRequest writes the request as it came. Its Host stays the caller's,
// since the signature covers it.
func writeRequest(out *bytes.Buffer, request *http.Request, body []byte) {
	out.WriteString(request.Method)
	out.WriteByte(' ')
	out.WriteString(request.RequestURI)
	out.WriteString(" HTTP/1.1\r\nHost: ")
	out.WriteString(request.Host)
	out.WriteString("\r\n")
	writeHeader(out, request.Header, len(body))
	out.Write(body)
}

func writeHeader(out *bytes.Buffer, header http.Header, length int) {
	for name, values := range header {
		if hopByHop[name] {
			continue
		}
		for _, value := range values {
			out.WriteString(name)
			out.WriteString(": ")
			out.WriteString(value)
			out.WriteString("\r\n")
		}
	}
	out.WriteString("Content-Length: ")
	out.Write(strconv.AppendInt(out.AvailableBuffer(), int64(length), 10))
	out.WriteString("\r\n\r\n")
}

// answer is a whole HTTP answer as it goes out.
type answer struct {
	status int
	raw    []byte
	head   int // where the body begins
}

func (a answer) body() []byte { return a.raw[a.head:] }

// newAnswer makes an answer of the tap's own. The extra header lines end in
// CRLF.
func newAnswer(status int, contentType string, body []byte, extra string) answer {
	var out bytes.Buffer
	writeStatus(&out, status)
	out.WriteString(extra)
	writeHeader(&out, http.Header{"Content-Type": {contentType}}, len(body))
	head := out.Len()
	out.Write(body)
	return answer{status: status, raw: out.Bytes(), head: head}
}

func writeStatus(out *bytes.Buffer, status int) {
	out.WriteString("HTTP/1.1 ")
	out.WriteString(strconv.Itoa(status))
	out.WriteByte(' ')
	out.WriteString(http.StatusText(status))
	out.WriteString("\r\n")
}
