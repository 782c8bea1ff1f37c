package dynamodb

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
)

// Port is a tap's front for one execution environment.
type Port struct {
	tap    *Tap
	url    string
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil: none yet
	conns    map[net.Conn]bool
	random   *rand.Rand
	rules    []rule
	meter    meter
	attempts []*Attempt
}

// Usage is what an environment asked of the database since the last Take.
//
// A call is clocked from the moment the tap has read the whole request until
// it holds the whole answer, just before it hands it to the kernel. So Busy
// includes the hop from the tap to the database, the database itself, and
// injected delays; it leaves out the function's own work (making and signing
// the request, reading the answer) and the hop from the function to the tap.
// A call is booked before its answer is sent: whoever has seen the answer
// finds the call in the next Take.
type Usage struct {
	// Calls is how many calls were answered, reset or refused.
	Calls int
	// Faults is how many of them a fault rule spoiled.
	Faults int
	// Handshakes is how many TLS handshakes were completed, Handshake the time that
	// they took: from the first byte that the tap saw of each until it was done.
	// The function's work before its first byte is not in it.
	Handshakes int
	Handshake  time.Duration
	// Busy is the time in which at least one call was under way: calls made in
	// parallel count once. A call still under way counts up to the Take, and
	// from there in the next one.
	Busy time.Duration
}

// Attempt is one call that reached the tap.
type Attempt struct {
	// Operation is X-Amz-Target's last part, such as PutItem.
	Operation string
	// Fault is what was done to the call, or "".
	Fault FaultKind
	// Status is the answer's HTTP status; 0 where no whole answer was given, or
	// not yet.
	Status int
	// Started is when the request had been read, Busy how long it then took; 0
	// while it is under way.
	Started time.Time
	Busy    time.Duration
}

func newPort(t *Tap, address string, index uint64) *Port {
	ctx, cancel := context.WithCancel(t.ctx)
	p := &Port{
		tap:    t,
		url:    t.scheme() + "://" + address,
		ctx:    ctx,
		cancel: cancel,
		conns:  map[net.Conn]bool{},
		random: rand.New(rand.NewPCG(t.options.Seed, index)),
		meter:  meter{clock: t.options.Clock},
	}
	p.rules = newRules(t.options.Faults)
	return p
}

// Serve answers who connects to the listener, in place of the one before: a
// runtime that is started again is in the same environment. It comes back at
// once.
func (p *Port) Serve(listener net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
	}
	p.listener = listener
	if p.ctx.Err() != nil {
		listener.Close()
		return
	}
	p.done.Add(1)
	go p.accept(listener)
}

// URL is what a function gets as AWS_ENDPOINT_URL_DYNAMODB.
func (p *Port) URL() string { return p.url }

// Take returns the usage since the last Take and begins anew.
func (p *Port) Take() Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.meter.take()
}

// TakeAttempts returns the calls that began since the last TakeAttempts, in that
// order: one that the function gave up is among them, even if the tap has not
// noticed yet. It is empty unless the tap was made with Record.
func (p *Port) TakeAttempts() []Attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := make([]Attempt, len(p.attempts))
	for i, a := range p.attempts {
		taken[i] = *a
	}
	p.attempts = nil
	return taken
}

// SetFaults replaces the port's fault rules; attempts are counted from here.
// Without arguments it ends all faults.
func (p *Port) SetFaults(faults ...Fault) error {
	for _, f := range faults {
		if err := f.validate(); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = newRules(faults)
	return nil
}

// Close stops listening, drops the connections and waits until nothing of the
// port is left. It can be called more than once.
func (p *Port) Close() error {
	p.cancel()
	p.mu.Lock()
	if p.listener != nil {
		p.listener.Close()
	}
	for conn := range p.conns {
		conn.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
	p.tap.forget(p)
	return nil
}

func (p *Port) accept(listener net.Listener) {
	defer p.done.Done()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if p.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, say: the caller's connection waits in
			// the backlog meanwhile.
			if clock.Until(p.ctx, time.Now().Add(10*time.Millisecond)) != nil {
				return
			}
			continue
		}
		p.mu.Lock()
		if p.ctx.Err() != nil {
			p.mu.Unlock()
			conn.Close()
			return
		}
		p.conns[conn] = true
		p.done.Add(1)
		p.mu.Unlock()
		go func() {
			defer p.done.Done()
			if s, err := p.session(conn.(*net.TCPConn)); err == nil { // else the function has not trusted the tap, or gone
				p.serve(s)
			}
			conn.Close()
			p.mu.Lock()
			delete(p.conns, conn)
			p.mu.Unlock()
		}()
	}
}

// begin books the start of a call and decides its fate.
func (p *Port) begin(operation string) *call {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &call{started: p.meter.begin()}
	for i := range p.rules {
		if p.rules[i].hits(operation) && c.fault.Kind == "" {
			c.fault = p.rules[i].Fault
		}
	}
	if p.tap.options.Record {
		c.attempt = &Attempt{Operation: operation, Fault: c.fault.Kind, Started: c.started}
		p.attempts = append(p.attempts, c.attempt)
	}
	if d := p.tap.options.Delay; d != nil {
		c.notBefore = c.started.Add(d.Sample(p.random))
	}
	return c
}

// end books a call's end. It is called before the answer is written.
func (p *Port) end(c *call, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.meter.end(c.fault.Kind != "")
	if c.attempt != nil {
		c.attempt.Status, c.attempt.Busy = status, now.Sub(c.started)
	}
}

// shook books a handshake.
func (p *Port) shook(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter.usage.Handshakes++
	p.meter.usage.Handshake += took
}

// meter adds up the time in which at least one call is under way.
type meter struct {
	clock  Clock
	active int
	since  time.Time // when active became positive, or the last take after that
	usage  Usage
}

func (m *meter) begin() time.Time {
	now := m.clock.Now()
	if m.active == 0 {
		m.since = now
	}
	m.active++
	return now
}

func (m *meter) end(faulty bool) time.Time {
	now := m.clock.Now()
	m.active--
	if m.active == 0 {
		m.usage.Busy += now.Sub(m.since)
	}
	m.usage.Calls++
	if faulty {
		m.usage.Faults++
	}
	return now
}

func (m *meter) take() Usage {
	if m.active > 0 {
		now := m.clock.Now()
		m.usage.Busy += now.Sub(m.since)
		m.since = now
	}
	taken := m.usage
	m.usage = Usage{}
	return taken
}
