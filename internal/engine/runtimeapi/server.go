// Package runtimeapi is the wire between Lambda and a runtime: the Runtime API
// 2018-06-01 of one environment, with the Extensions API 2020-01-01, on a loopback port of its own. It takes the
// runtime's requests, checks them against the environment's state and tells its
// owner what happened and when.
//
// It refuses to know processes, limits or logs: package engine does. It refuses
// to answer twice, to accept an answer for another event, and to hold more of a
// response than Lambda would.
//
// The engine's own cost is part of what is measured, so an invocation hands
// nothing over between goroutines: whoever invokes writes the event to the
// connection whose GET …/next waits, and then serves that connection until it
// asks for the next event. Requests are read with net/http's parser, without its
// server. Every other connection has a goroutine of its own.
//
//	s, err := runtimeapi.Listen(runtimeapi.Options{})
//	start(runtime, "AWS_LAMBDA_RUNTIME_API="+s.Addr())
//	<-s.Signals()                             // Ready: init is over
//	x, err := s.Exchange(runtimeapi.Event{ID: id, Payload: payload}, timeout)
//	if !x.Over { <-s.Signals() }              // it asked over another connection
//	outcome, ok := s.Outcome()                // what was posted, and when
package runtimeapi

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// MaxResponse is Lambda's limit of a buffered response in bytes: 6 MiB and 100
// bytes (the emulator's interop.MaxPayloadSize).
const MaxResponse = 6*1024*1024 + 100

// Options of a Server. The zero value is what a program wants.
type Options struct {
	MaxResponse int              // bytes; default MaxResponse
	MaxStream   int              // bytes; default MaxStream
	Restore     bool             // serve /runtime/restore: initialization type snap-start
	Now         func() time.Time // default time.Now

	Extensions []string // names of the external ones that are started; others are internal
	Function   Identity
	// Subscribe takes the subscriptions to telemetry; nil: none is taken.
	Subscribe func(Subscription)
}

// Kind of a Signal.
type Kind int

// What a runtime does that its owner must know at once.
const (
	Ready        Kind = iota // GET …/invocation/next: init or an invocation is over
	RestoreReady             // GET …/restore/next: the snapshot would be taken now
	Failed                   // POST …/init/error or …/restore/error
)

// Signal is one of those.
type Signal struct {
	Kind    Kind
	At      time.Time
	Failure Failure // of Failed
}

// Failure is what a runtime posted about its init.
type Failure struct {
	Type    string // valid: Runtime.* or Function.*
	Payload []byte // the body as it was posted
}

// Event is one invocation on its way in.
type Event struct {
	ID              string
	Payload         []byte
	Deadline        time.Time
	FunctionARN     string
	TraceID         string
	ClientContext   string
	CognitoIdentity string
	Sink            Sink // takes a streamed response; nil: it is kept in one piece
}

// Outcome is what the runtime posted for an event.
type Outcome struct {
	At        time.Time // when the body had been read
	Payload   []byte
	Failed    bool   // posted to …/error, or a stream that ended with an error
	ErrorType string // of Failed; valid: Runtime.* or Function.*
	TooLarge  bool   // over MaxResponse, or MaxStream: Payload is empty

	Streamed    bool      // in parts; Payload is empty where a Sink took them, save for an error's
	First       time.Time // of Streamed: when the first part came; zero: none did
	ContentType string    // of Streamed
	Truncated   bool      // a stream that broke off
}

// ErrNotReady means that the runtime does not wait for an event.
var ErrNotReady = errors.New("the runtime is not ready for an event")

// state of a runtime, with the emulator's names: they stand in error messages.
type state string

const (
	started       state = "Started"
	restoring     state = "Restoring"
	initError     state = "InitError"
	ready         state = "Ready"
	running       state = "Running"
	response      state = "InvocationResponse"
	errorResponse state = "InvocationErrorResponse"
	responseSent  state = "RuntimeResponseSentState"
	restoreError  state = "RuntimeRestoreErrorState"
	restoreReady  state = "RestoreReady"
)

// Server is the Runtime API of one runtime process.
type Server struct {
	options  Options
	signals  chan Signal
	serving  sync.WaitGroup
	header   []byte     // scratch of write
	delivery sync.Mutex // held while an event is being written; taken before mu is let go

	mu          sync.Mutex
	listener    net.Listener // nil: none yet
	state       state
	conns       map[*conn]struct{}
	waiting     *conn     // whose next is unanswered; nobody reads it
	driven      *conn     // read by Exchange
	interrupted bool      // Exchange is to come back
	readyAt     time.Time // when next was asked over the driven connection
	pending     *Event    // nobody took it: for whoever asks next
	current     string    // request id
	outcome     *Outcome
	sink        Sink // of the current event
	closed      bool

	extensions         []*Extension
	registered         chan struct{}
	registrationClosed bool
	round              *Round    // nil: extensions have no part in what goes on
	ending             *shutdown // nil: nobody has said so
	fatal              string
}

// New makes a server that listens nowhere yet.
func New(o Options) *Server {
	if o.MaxResponse == 0 {
		o.MaxResponse = MaxResponse
	}
	if o.MaxStream == 0 {
		o.MaxStream = MaxStream
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	registered := make(chan struct{})
	if len(o.Extensions) == 0 {
		close(registered)
	}
	return &Server{
		options: o, state: started, registered: registered,
		conns: map[*conn]struct{}{},
		// At most two signals can be due before anybody looks.
		signals: make(chan Signal, 4),
	}
}

// Listen opens a port on 127.0.0.1 and serves.
func Listen(o Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for the Runtime API: %w", err)
	}
	s := New(o)
	s.Serve(listener)
	return s, nil
}

// Serve answers whoever connects to a listener, until Close. It comes back at
// once, and is called once.
func (s *Server) Serve(listener net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		listener.Close()
		return
	}
	s.listener = listener
	s.serving.Add(1)
	go s.accept(listener)
}

// hangUp ends listening.
func (s *Server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		s.listener.Close()
	}
}

// Addr is the value of AWS_LAMBDA_RUNTIME_API, of a server that listens on this
// machine's own network.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Signals tells what the runtime did. One reader.
func (s *Server) Signals() <-chan Signal { return s.signals }

func (s *Server) accept(listener net.Listener) {
	defer s.serving.Done()
	for {
		nc, err := listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			nc.Close()
			return
		}
		c := newConn(s, nc)
		s.conns[c] = struct{}{}
		s.serving.Add(1)
		s.mu.Unlock()
		go c.serve()
	}
}

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
	s.state, s.current, s.outcome, s.waiting, s.sink = running, e.ID, nil, nil, e.Sink
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

// Outcome is what was posted for the last event; not ok: nothing.
func (s *Server) Outcome() (Outcome, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outcome == nil {
		return Outcome{}, false
	}
	return *s.outcome, true
}

// Restored answers GET …/restore/next: the snapshot has been restored.
func (s *Server) Restored() error {
	s.mu.Lock()
	c := s.waiting
	if s.state != restoreReady || c == nil {
		defer s.mu.Unlock()
		return fmt.Errorf("%w: it is in state %s, not waiting to be restored", ErrNotReady, s.state)
	}
	s.state, s.waiting = restoring, nil
	s.serving.Add(1)
	s.mu.Unlock()
	_, err := c.nc.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	go c.serve()
	return err
}

// Drain waits until every connection that is being read has ended, as they do
// when the runtime is dead, so that what it posted with its last breath is not
// lost; at most for the given time. Then it closes.
func (s *Server) Drain(most time.Duration) error {
	s.hangUp()
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(done)
	}()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	return s.Close()
}

// Close ends all connections. It may be called any number of times.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.nc.Close()
	}
	s.mu.Unlock()
	s.hangUp()
	s.serving.Wait()
	return nil
}
