package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Pool is a function's environments: one request each, new ones on demand. It
// may be used by any number of goroutines.
type Pool struct {
	engine   *Engine
	function Function
	limit    int
	moment   time.Duration

	mu       sync.Mutex
	idle     []*Environment // the most recently used one last
	living   int            // idle, busy and starting
	answered int            // of the busy ones, those whose caller has its answer
	returned chan struct{}  // closed when an environment comes back; nil: nobody waits
	closed   bool
	working  sync.WaitGroup
}

// moment is how long a request waits for an environment that has answered another one
// and is about to ask for more. A caller that has its answer comes back over loopback
// sooner than the function does, which over a network it can't; a new environment would
// be far slower. One that works on after its answer is busy, as on Lambda.
const moment = 10 * time.Millisecond

// NewPool makes an empty pool. A mistake in the function is Invoke's error.
func NewPool(e *Engine, f Function) *Pool {
	return &Pool{engine: e, function: f, limit: max(f.Concurrency, 1), moment: moment}
}

// Invoke uses the most recently used idle environment, or a new one up to
// Function.Concurrency; beyond that it is ErrThrottled. It does not queue, but for
// the moment in which an environment that has answered asks for more.
func (p *Pool) Invoke(ctx context.Context, r Request) (Invocation, error) {
	if len(r.Payload) > MaxRequestBytes {
		return Invocation{}, ErrRequestTooLarge
	}
	env, err := p.take(ctx)
	if err != nil {
		return Invocation{}, err
	}
	defer p.working.Done()
	answered := false
	if tell := r.Answered; tell != nil {
		r.Answered = func(inv Invocation) {
			p.mu.Lock()
			p.answered, answered = p.answered+1, true
			p.mu.Unlock()
			tell(inv)
		}
	}
	inv, err := env.Invoke(ctx, r)
	return inv, errors.Join(err, p.give(env, answered, err == nil))
}

// take finds or makes an environment. With a nil error, working is held.
func (p *Pool) take(ctx context.Context) (*Environment, error) {
	p.mu.Lock()
	if !p.closed && len(p.idle) == 0 && p.answered > 0 {
		p.await(ctx)
	}
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		env := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.working.Add(1)
		p.mu.Unlock()
		return env, nil
	}
	if p.living >= p.limit {
		p.mu.Unlock()
		return nil, ErrThrottled
	}
	p.living++
	p.working.Add(1)
	p.mu.Unlock()
	env, err := p.engine.Spawn(ctx, p.function)
	if err != nil {
		p.mu.Lock()
		p.living--
		p.mu.Unlock()
		p.working.Done()
		return nil, err
	}
	return env, nil
}

// await lets a moment pass, or the time until an environment that has answered is idle.
// The caller holds the lock.
func (p *Pool) await(ctx context.Context) {
	timer := time.NewTimer(p.moment)
	defer timer.Stop()
	for waiting := true; waiting && !p.closed && len(p.idle) == 0 && p.answered > 0; {
		if p.returned == nil {
			p.returned = make(chan struct{})
		}
		returned := p.returned
		p.mu.Unlock()
		select {
		case <-returned:
		case <-timer.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
		p.mu.Lock()
	}
}

// give takes an environment back, or ends one whose sandbox failed.
func (p *Pool) give(env *Environment, answered, sound bool) error {
	p.mu.Lock()
	if answered {
		p.answered--
	}
	if p.returned != nil {
		close(p.returned)
		p.returned = nil
	}
	if sound {
		p.idle = append(p.idle, env)
		p.mu.Unlock()
		return nil
	}
	p.living--
	p.mu.Unlock()
	return env.Close()
}

// Size is how many environments live.
func (p *Pool) Size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.living
}

// Close refuses new invocations, waits for those that are under way (their
// contexts end them sooner) and ends all environments.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.working.Wait()
	p.mu.Lock()
	idle := p.idle
	p.idle, p.living = nil, p.living-len(p.idle)
	p.mu.Unlock()
	errs := make([]error, len(idle))
	var closing sync.WaitGroup
	for i, env := range idle {
		closing.Go(func() { errs[i] = env.Close() })
	}
	closing.Wait()
	return errors.Join(errs...)
}
