// Package runtimeapi is the wire between Lambda and a runtime: the Runtime API
// 2018-06-01 of one environment, with the Extensions API 2020-01-01 and the
// subscriptions of the Telemetry API 2022-07-01, on a loopback port of its own. It takes the
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
	// Subscribe takes the subscriptions to telemetry; nil: none is taken, and an
	// extension is told that there is no such thing here.
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
	// Answered hears of the outcome as soon as it has been acknowledged, and not when the
	// runtime asks for the next event: only of one that came whole and in one piece, and
	// only from within Exchange. A runtime that answers over another connection than it
	// asked over is not told of. It must not block: the runtime's next request waits.
	Answered func(Outcome)
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
	answered    func(Outcome)
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
