package runtimeapi

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Exchanged is what Exchange saw of an invocation.
type Exchanged struct {
	Out   time.Time // just before the event left
	Over  bool      // the runtime asked for the next event
	Ready time.Time // when it did
	// Extended says that extensions have a part in the invocation: see Round.
	Extended bool
}

// past is a deadline that ends a read at once.
var past = time.Unix(1, 0)

// Exchange writes an event to the runtime that waits for one and serves its
// connection until it asks for the next event, for at most the given time. When
// it comes back before that, the runtime has hung up, or answers over other
// connections, or Interrupt was called: Signals tells how it goes on, and the
// event is kept for the runtime's next request if it was not taken. One caller
// at a time.
func (s *Server) Exchange(e Event, most time.Duration) (x Exchanged, err error) {
	s.mu.Lock()
	if s.state != ready {
		defer s.mu.Unlock()
		return x, fmt.Errorf("%w: it is in state %s", ErrNotReady, s.state)
	}
	c := s.waiting
	s.state, s.current, s.outcome, s.waiting, s.sink, s.answered = running, e.ID, nil, nil, e.Sink, e.Answered
	if len(s.extensions) > 0 {
		s.tellInvoke(e)
		x.Extended = s.round != nil
	}
	if c == nil {
		s.pending = &e
		s.mu.Unlock()
		x.Out = s.options.Now()
		return x, nil
	}
	s.driven = c
	if s.interrupted {
		c.nc.SetReadDeadline(past)
	} else {
		c.nc.SetReadDeadline(time.Now().Add(most))
	}
	s.delivery.Lock()
	s.mu.Unlock()
	x.Out = s.options.Now()
	err = s.write(c, &e)
	if err != nil {
		s.mu.Lock()
		s.pending, s.driven = &e, nil
		s.mu.Unlock()
	}
	s.delivery.Unlock()
	if err != nil {
		c.end()
		return x, nil
	}
	for {
		// A read that is broken off here loses nothing.
		if _, err := c.in.Peek(1); err != nil {
			s.letGo(c, &e, err)
			return x, nil
		}
		switch c.one() {
		case parked:
			s.mu.Lock()
			x.Over, x.Ready = true, s.readyAt
			s.driven, s.interrupted = nil, false
			s.mu.Unlock()
			return x, nil
		case over:
			s.letGo(c, &e, net.ErrClosed)
			return x, nil
		}
	}
}

// letGo gives a connection up that Exchange has read: to a goroutine of its own
// if it is still good.
func (s *Server) letGo(c *conn, e *Event, err error) {
	var broken net.Error
	s.mu.Lock()
	s.driven, s.interrupted = nil, false
	if errors.As(err, &broken) && broken.Timeout() && !s.closed {
		c.nc.SetReadDeadline(time.Time{})
		s.serving.Add(1)
		s.mu.Unlock()
		go c.serve()
		return
	}
	if s.state == running {
		s.pending = e // Whether it was taken cannot be known: who answers it had it.
	}
	s.mu.Unlock()
	c.end()
}

// Interrupt makes an Exchange come back, the next one if none is under way.
func (s *Server) Interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interrupt()
}

func (s *Server) interrupt() {
	s.interrupted = true
	if s.driven != nil {
		s.driven.nc.SetReadDeadline(past)
	}
}

// small payloads are copied behind the header: one write, no vector.
const small = 8 << 10

func (s *Server) write(c *conn, e *Event) error {
	last := c.last // It belongs to the next request as soon as this is written.
	b := append(s.header[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"...)
	b = appendHeader(b, "Lambda-Runtime-Aws-Request-Id: ", e.ID)
	b = append(b, "Lambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, e.Deadline.UnixMilli(), 10)
	b = append(b, "\r\n"...)
	b = appendHeader(b, "Lambda-Runtime-Invoked-Function-Arn: ", e.FunctionARN)
	b = appendHeader(b, "Lambda-Runtime-Trace-Id: ", e.TraceID)
	b = appendHeader(b, "Lambda-Runtime-Client-Context: ", e.ClientContext)
	b = appendHeader(b, "Lambda-Runtime-Cognito-Identity: ", e.CognitoIdentity)
	if last {
		b = append(b, "Connection: close\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(e.Payload)), 10)
	b = append(b, "\r\n\r\n"...)
	var err error
	if len(e.Payload) <= small {
		b = append(b, e.Payload...)
		s.header = b
		_, err = c.nc.Write(b)
	} else {
		s.header = b
		// A runtime that stops reading must not hold the engine for ever.
		c.nc.SetWriteDeadline(e.Deadline)
		buffers := net.Buffers{b, e.Payload}
		_, err = buffers.WriteTo(c.nc)
		c.nc.SetWriteDeadline(time.Time{})
	}
	if err == nil && last {
		c.closeWrite()
	}
	return err
}

// appendHeader leaves out an empty header, as Lambda does. A value must not be
// able to start a header of its own.
func appendHeader(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, name...)
	for i := range len(value) {
		if c := value[i]; c == '\r' || c == '\n' || c == 0 {
			b = append(b, ' ')
		} else {
			b = append(b, c)
		}
	}
	return append(b, "\r\n"...)
}
