package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

func (w *world) pool(concurrency int) *engine.Pool {
	f := w.function("handler")
	f.Concurrency, f.Timeout = concurrency, time.Minute
	p := engine.NewPool(w.engine, f)
	w.t.Cleanup(func() {
		if err := p.Close(); err != nil {
			w.t.Errorf("close the pool: %v", err)
		}
	})
	return p
}

func call(t *testing.T, p *engine.Pool, event string) echo {
	t.Helper()
	inv, err := p.Invoke(context.Background(), engine.Request{Payload: []byte(event)})
	if err != nil {
		t.Fatal(err)
	}
	return into[echo](t, inv)
}

func TestAPoolReusesTheMostRecentlyUsed(t *testing.T) {
	w := plain(t)
	p := w.pool(2)
	first := call(t, p, `{}`)
	if again := call(t, p, `{}`); again.PID != first.PID || again.Calls != 2 || p.Size() != 1 {
		t.Errorf("got %+v of %d environments, want the first one again", again, p.Size())
	}
	// Two at once make two; whoever returns last is used next.
	file := filepath.Join(t.TempDir(), "go")
	slow := make(chan error, 1)
	go func() {
		_, err := p.Invoke(context.Background(), engine.Request{Payload: []byte(`{"do":"await","text":"` + file + `"}`)})
		slow <- err
	}()
	w.log.await(t, "awaiting", 1)
	if second := call(t, p, `{}`); second.PID == first.PID {
		t.Errorf("got %d for both, want a second environment", first.PID)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
	if p.Size() != 2 {
		t.Errorf("got %d environments, want 2", p.Size())
	}
	if next := call(t, p, `{}`); next.PID != first.PID {
		t.Errorf("got %d, want %d: it was used last", next.PID, first.PID)
	}
}

func TestAPoolThrottlesBeyondItsConcurrency(t *testing.T) {
	w := plain(t)
	p := w.pool(2)
	ctx, cancel := context.WithCancel(context.Background())
	var held sync.WaitGroup
	for range 2 {
		held.Go(func() {
			if _, err := p.Invoke(ctx, engine.Request{Payload: []byte(`{"do":"sleep","ms":60000,"text":"asleep"}`)}); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
		})
	}
	w.log.await(t, "asleep", 2)
	if _, err := p.Invoke(ctx, engine.Request{}); !errors.Is(err, engine.ErrThrottled) {
		t.Errorf("got %v for a third request, want ErrThrottled", err)
	}
	cancel()
	held.Wait()
	if p.Size() != 0 {
		t.Errorf("got %d environments, want those that were killed gone", p.Size())
	}
	if got := call(t, p, `{}`); got.Calls != 1 {
		t.Errorf("got %+v, want a new environment", got)
	}
}

func TestAPoolUnderManyCallers(t *testing.T) {
	w := plain(t)
	const concurrency, callers, calls = 4, 12, 25
	p := w.pool(concurrency)
	var mu sync.Mutex
	served, throttled, pids := 0, 0, map[int]int{}
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				inv, err := p.Invoke(context.Background(), engine.Request{Payload: []byte(`{}`)})
				mu.Lock()
				switch {
				case errors.Is(err, engine.ErrThrottled):
					throttled++
				case err != nil:
					t.Error(err)
				default:
					var e echo
					if err := json.Unmarshal(inv.Payload, &e); err != nil {
						t.Errorf("got %s: %v", inv.Payload, err)
					}
					served++
					pids[e.PID] = max(pids[e.PID], e.Calls)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	counted := 0
	for _, n := range pids {
		counted += n
	}
	if served+throttled != callers*calls || counted != served || len(pids) > concurrency || p.Size() > concurrency {
		t.Errorf("got %d served (%d counted by %d processes) and %d throttled, want %d in all by at most %d", served, counted, len(pids), throttled, callers*calls, concurrency)
	}
}

func TestAPoolsFailedInitIsRepeatedInsideTheCall(t *testing.T) {
	w := plain(t)
	f := w.function("handler", "INIT", "once:exit3")
	p := engine.NewPool(w.engine, f)
	defer p.Close()
	inv, err := p.Invoke(context.Background(), engine.Request{})
	if err != nil || inv.FunctionError != "" || inv.InitAgain <= 0 {
		t.Errorf("got %+v, %v, want an answer after a second init", inv, err)
	}
}

func TestAClosedPool(t *testing.T) {
	w := plain(t)
	p := w.pool(1)
	call(t, p, `{}`)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invoke(context.Background(), engine.Request{}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if p.Size() != 0 {
		t.Errorf("got %d environments, want none", p.Size())
	}
	if _, err := p.Invoke(context.Background(), engine.Request{Payload: make([]byte, engine.MaxRequestBytes+1)}); !errors.Is(err, engine.ErrRequestTooLarge) {
		t.Errorf("got %v, want ErrRequestTooLarge", err)
	}
}

func TestAPoolsMistakenFunction(t *testing.T) {
	w := plain(t)
	p := engine.NewPool(w.engine, engine.Function{})
	if _, err := p.Invoke(context.Background(), engine.Request{}); err == nil || p.Size() != 0 {
		t.Errorf("got %v and %d environments, want an error and none", err, p.Size())
	}
}
