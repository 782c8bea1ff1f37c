package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

// working is a function that works on after its answer until a file is there.
func (w *world) working() (f engine.Function, end func()) {
	file := filepath.Join(w.t.TempDir(), "end")
	return w.function("raw", "CLIENT", "respond-and-work", "AWAIT", file), func() { os.WriteFile(file, nil, 0o600) }
}

func TestACallerHasItsAnswerBeforeTheFunctionIsDone(t *testing.T) {
	w := plain(t)
	f, end := w.working()
	env := w.spawn(f)
	var early []engine.Invocation
	inv, err := env.Invoke(context.Background(), engine.Request{RequestID: "one", Answered: func(inv engine.Invocation) {
		early = append(early, inv)
		end()
	}})
	if err != nil || len(early) != 1 {
		t.Fatalf("got %d early answers, then %v", len(early), err)
	}
	if got := early[0]; string(got.Payload) != `"answered"` || got.RequestID != "one" || !got.Cold || got.FunctionError != "" {
		t.Errorf("got %+v", got)
	}
	if string(inv.Payload) != `"answered"` || inv.Duration < inv.Response || inv.Response == 0 {
		t.Errorf("got %+v in the end", inv)
	}
}

func TestAnErrorIsAnAnswerToo(t *testing.T) {
	w := plain(t)
	env := w.spawn(w.function("handler"))
	var early engine.Invocation
	inv, err := env.Invoke(context.Background(), engine.Request{Payload: []byte(`{"do":"error","text":"no"}`), Answered: func(inv engine.Invocation) { early = inv }})
	if err != nil || inv.FunctionError == "" {
		t.Fatalf("got %+v, %v, want a function's error", inv, err)
	}
	if early.FunctionError != inv.FunctionError || early.ErrorType != inv.ErrorType || string(early.Payload) != string(inv.Payload) {
		t.Errorf("got %+v early, want as in the end: %+v", early, inv)
	}
}

func TestWhatIsNoAnswerIsNotTold(t *testing.T) {
	for name, test := range map[string]struct{ client, kind string }{
		"a crash":  {"exit", "Runtime.ExitError"},
		"a stream": {"stream", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := plain(t)
			f := w.function("raw", "CLIENT", test.client)
			if test.client == "exit" {
				f = w.function("handler")
			}
			inv, err := w.spawn(f).Invoke(context.Background(), engine.Request{
				Payload: []byte(`{"do":"exit"}`), Answered: func(inv engine.Invocation) { t.Errorf("was told of %+v", inv) },
			})
			if err != nil || inv.ErrorType != test.kind {
				t.Errorf("got %+v, %v", inv, err)
			}
		})
	}
}

func TestAPoolWaitsAMomentForWhoHasAnswered(t *testing.T) {
	w := plain(t)
	f, end := w.working()
	f.Concurrency = 2
	p := engine.NewPool(w.engine, f)
	t.Cleanup(func() { p.Close() })
	p.SetMoment(time.Hour)
	second := make(chan error, 1)
	_, err := p.Invoke(context.Background(), engine.Request{Answered: func(engine.Invocation) {
		waiting := make(chan struct{})
		go func() {
			close(waiting)
			_, err := p.Invoke(context.Background(), engine.Request{})
			second <- err
		}()
		<-waiting
		end()
	}})
	if err := errors.Join(err, <-second); err != nil || p.Size() != 1 {
		t.Errorf("got %d environments, %v, want the first one to serve both", p.Size(), err)
	}
}

func TestAPoolDoesNotWaitForWhoWorksOn(t *testing.T) {
	w := plain(t)
	f, end := w.working()
	f.Concurrency = 2
	p := engine.NewPool(w.engine, f)
	t.Cleanup(func() { p.Close() })
	p.SetMoment(time.Nanosecond)
	second := make(chan error, 1)
	_, err := p.Invoke(context.Background(), engine.Request{Answered: func(engine.Invocation) {
		go func() {
			_, err := p.Invoke(context.Background(), engine.Request{Answered: func(engine.Invocation) { end() }})
			second <- err
		}()
	}})
	if err := errors.Join(err, <-second); err != nil || p.Size() != 2 {
		t.Errorf("got %d environments, %v, want a second one beside the first that works on", p.Size(), err)
	}
}
