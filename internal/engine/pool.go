package engine

import (
	"context"
	"errors"
	"sync"
)

// Pool is a function's environments: one request each, new ones on demand. It
// may be used by any number of goroutines.
type Pool struct {
	engine   *Engine
	function Function
	limit    int

	mu      sync.Mutex
	idle    []*Environment // the most recently used one last
	living  int            // idle, busy and starting
	closed  bool
	working sync.WaitGroup
}

// NewPool makes an empty pool. A mistake in the function is Invoke's error.
func NewPool(e *Engine, f Function) *Pool {
	return &Pool{engine: e, function: f, limit: max(f.Concurrency, 1)}
}

// Invoke uses the most recently used idle environment, or a new one up to
// Function.Concurrency; beyond that it is ErrThrottled. It does not queue.
func (p *Pool) Invoke(ctx context.Context, r Request) (Invocation, error) {
	if len(r.Payload) > MaxRequestBytes {
		return Invocation{}, ErrRequestTooLarge
	}
	env, err := p.take(ctx)
	if err != nil {
		return Invocation{}, err
	}
	defer p.working.Done()
	inv, err := env.Invoke(ctx, r)
	return inv, errors.Join(err, p.give(env, err == nil))
}

// take finds or makes an environment. With a nil error, working is held.
func (p *Pool) take(ctx context.Context) (*Environment, error) {
	p.mu.Lock()
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

// give takes an environment back, or ends one whose sandbox failed.
func (p *Pool) give(env *Environment, sound bool) error {
	p.mu.Lock()
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
