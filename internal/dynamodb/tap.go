package dynamodb

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// TapOptions says what a tap does besides forwarding and clocking. The zero
// value does nothing besides.
type TapOptions struct {
	// Delay is the service time that the database shall seem to have: an answer
	// is held until that much time has passed since its request was read. It
	// never makes the database faster. Nil: no delay.
	Delay Delay
	// Seed feeds the delays. The n-th port opened draws the same delays in
	// every run with the same seed.
	Seed uint64
	// Faults are the rules that each new port starts with.
	Faults []Fault
	// Record keeps a line about every call for Port.TakeAttempts. Off, because
	// a load test would keep millions of them.
	Record bool
	// Served hears how long the database took for each call that it answered,
	// delays and faults of the tap left out, from several goroutines at once and
	// after the function has its answer. May be nil.
	Served func(time.Duration)
	// Certificate makes the tap speak TLS, as DynamoDB does. Nil: plain HTTP.
	Certificate *tls.Certificate
	// Clock is the machine's if nil.
	Clock Clock
}

// Tap stands between functions and a database. It listens on one port per
// execution environment, since only the port tells whose call it clocks. It is
// HTTP/1.1 towards the functions, over TLS or plain; bodies go through byte by byte.
type Tap struct {
	options  TapOptions
	tls      *tls.Config // nil: plain
	upstream *upstream
	ctx      context.Context
	cancel   context.CancelFunc

	mu     sync.Mutex
	ports  map[*Port]bool
	opened uint64
	closed bool
}

// NewTap makes a tap in front of the database at the URL upstream, which must
// have no path. Nothing is dialled before the first Open.
func NewTap(upstream string, o TapOptions) (*Tap, error) {
	u, err := newUpstream(upstream)
	if err != nil {
		return nil, err
	}
	for _, rule := range o.Faults {
		if err := rule.validate(); err != nil {
			return nil, err
		}
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Tap{options: o, tls: tlsConfig(o.Certificate), upstream: u, ctx: ctx, cancel: cancel, ports: map[*Port]bool{}}, nil
}

// Open listens on a new port of 127.0.0.1. One connection to the database is
// made in advance, so that no function's first call pays for it.
func (t *Tap) Open() (*Port, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port of the database tap: %w", err)
	}
	p, err := t.OpenAt(listener.Addr().String())
	if err != nil {
		listener.Close()
		return nil, err
	}
	p.Serve(listener)
	return p, nil
}

// OpenAt is Open for an address in an environment's own network: somebody else
// listens there and calls Serve.
func (t *Tap) OpenAt(address string) (*Port, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, fmt.Errorf("open a port of the database tap: the tap is closed")
	}
	if err := t.upstream.reserve(t.ctx, len(t.ports)+1); err != nil {
		return nil, fault.New("is the database still running?", "connect the tap to the database at %s: %w", t.upstream.url, err)
	}
	p := newPort(t, address, t.opened)
	t.opened++
	t.ports[p] = true
	return p, nil
}

// Close closes every port and every connection, and waits until they are gone.
func (t *Tap) Close() error {
	t.mu.Lock()
	t.closed = true
	ports := make([]*Port, 0, len(t.ports))
	for p := range t.ports {
		ports = append(ports, p)
	}
	t.mu.Unlock()

	t.cancel()
	for _, p := range ports {
		p.Close()
	}
	t.upstream.close()
	return nil
}

func (t *Tap) forget(p *Port) {
	t.mu.Lock()
	delete(t.ports, p)
	t.mu.Unlock()
}
