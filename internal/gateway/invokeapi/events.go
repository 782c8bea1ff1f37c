package invokeapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// Lambda tries a throttled event again after 1 s, then twice as long each time, at
// most 5 minutes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// These two are ours: Lambda's queue has no such end, this process's memory has.
	maxEvents     = 1000
	maxEventBytes = 64 << 20 // of their payloads
)

// events are the asynchronous invocations under way.
type events struct {
	ctx     context.Context // ends the waiting, not the running
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	count int
	bytes int
}

func newEvents() *events {
	ctx, cancel := context.WithCancel(context.Background())
	return &events{ctx: ctx, cancel: cancel}
}

// waiter sleeps, and returns false when the sleep was cut short by close.
type waiter func(time.Duration) bool

// start runs the event in a goroutine, or returns false when it finds no room beside
// the others.
func (e *events) start(size int, run func(waiter)) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil || e.count == maxEvents || e.bytes+size > maxEventBytes {
		return false
	}
	e.count++
	e.bytes += size
	e.running.Go(func() {
		defer func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.count--
			e.bytes -= size
		}()
		run(e.wait)
	})
	return true
}

func (e *events) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.ctx.Done():
		return false
	}
}

func (e *events) close() {
	e.mu.Lock() // nothing starts behind the Wait
	e.cancel()
	e.mu.Unlock()
	e.running.Wait()
}

// runEvent invokes until the function is not throttled.
func (h *Handler) runEvent(in invocation, wait waiter) (gateway.Result, error) {
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		result, err := h.Invoker.Invoke(context.Background(), in.function, in.payload, in.options)
		if !errors.Is(err, gateway.ErrThrottled) {
			return result, err
		}
		if !wait(pause) {
			return gateway.Result{}, fmt.Errorf("event for %s dropped at the end of the program: %w", in.function, err)
		}
	}
}
