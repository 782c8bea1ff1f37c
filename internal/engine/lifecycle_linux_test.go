package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

type echo struct {
	Text  string
	Calls int
	PID   int
}

func TestColdThenWarm(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		init := env.Init()
		if init.Err != nil || init.Wall <= 0 || init.Memory.PeakBytes < 1<<20 {
			t.Fatalf("got init %+v, want one that took time and memory", init)
		}
		if len(env.ID()) != 32 {
			t.Errorf("got id %q, want 32 digits", env.ID())
		}
		cold := w.invoke(env, map[string]any{"do": "echo", "text": "a"})
		warm := w.invoke(env, map[string]any{"do": "echo", "text": "b"})
		if got := into[echo](t, cold); got.Text != "a" || got.Calls != 1 {
			t.Errorf("got %+v, want the first answer", got)
		}
		if got := into[echo](t, warm); got.Text != "b" || got.Calls != 2 {
			t.Errorf("got %+v, want the second answer of the same process", got)
		}
		if !cold.Cold || warm.Cold || cold.Crashed || warm.Crashed {
			t.Errorf("got cold %v and %v, want the first to be cold and none crashed", cold.Cold, warm.Cold)
		}
		if cold.Report.Init != init.Wall.Round(report.TextResolution) || warm.Report.Init != 0 {
			t.Errorf("got init %v and %v in the reports, want %v in the first only", cold.Report.Init, warm.Report.Init, init.Wall)
		}
		if want := report.Bill(init.Wall, cold.Duration); cold.Report.Billed != want {
			t.Errorf("got %v billed, want %v: init and duration, rounded up", cold.Report.Billed, want)
		}
		if want := report.Bill(warm.Duration); warm.Report.Billed != want {
			t.Errorf("got %v billed, want %v", warm.Report.Billed, want)
		}
		for _, inv := range []engine.Invocation{cold, warm} {
			if inv.Response <= 0 || inv.Response > inv.Duration || inv.InitAgain != 0 {
				t.Errorf("got response after %v and end after %v, want the response first", inv.Response, inv.Duration)
			}
			want := "START RequestId: " + inv.RequestID + " Version: $LATEST\nEND RequestId: " + inv.RequestID + "\n" + string(inv.Report.AppendText(nil))
			if string(inv.LogTail) != want {
				t.Errorf("got log\n%swant\n%s", inv.LogTail, want)
			}
			if line, ok := report.Parse(strings.Split(string(inv.LogTail), "\n")[2]); !ok || line != inv.Report {
				t.Errorf("parsed again: got %+v, want %+v", line, inv.Report)
			}
		}
	})
}

// TestTheBoxIsAskedInOrder: CPU is read before it is limited, and the limit is
// set once; memory is read at every boundary, and then the process is frozen.
func TestTheBoxIsAskedInOrder(t *testing.T) {
	w := plain(t)
	box := w.box.(*fakeStarter)
	f := w.function("handler")
	f.MemoryMB = 512
	env := w.spawn(f)
	check := func(when, last string, want ...string) {
		t.Helper()
		box.await(last)
		if got := box.noted(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
	check("init", "Freeze", "Start", "CPU", "LimitCPU 0.289", "Memory", "Freeze")
	w.invoke(env, nil)
	check("first call", "Freeze", "Thaw", "CPU", "Memory", "Freeze")
	w.invoke(env, map[string]any{"do": "exit", "code": 1})
	check("crash", "Kill", "Thaw", "Kill", "Memory", "CPU")
	w.invoke(env, nil)
	// What is repeated inside a call has no burst.
	check("init again", "Freeze", "Start", "LimitCPU 0.289", "Memory", "CPU", "Memory", "Freeze")
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	check("close", "Kill", "Kill", "Memory")
}

// TestCallsWithoutAPauseAreNotFrozen: the freezer waits for a pause, and an event
// that comes before it finds the process awake.
func TestCallsWithoutAPauseAreNotFrozen(t *testing.T) {
	box := newFakeStarter(t)
	w := newWorld(t, box, engine.Options{FreezeAfter: time.Hour})
	env := w.spawn(w.function("handler"))
	for range 3 {
		w.invoke(env, nil)
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	if calls := box.noted(); slices.Contains(calls, "Freeze") || slices.Contains(calls, "Thaw") {
		t.Errorf("got %q, want neither: no pause was that long", calls)
	}
}

func TestTheFreezerCanBeSwitchedOff(t *testing.T) {
	box := newFakeStarter(t)
	w := newWorld(t, box, engine.Options{NoFreezer: true})
	env := w.spawn(w.function("handler"))
	w.invoke(env, nil)
	if calls := box.noted(); slices.Contains(calls, "Freeze") || slices.Contains(calls, "Thaw") {
		t.Errorf("got %q, want no freezer", calls)
	}
}

// TestColdCodeIsReadFromTheDisk: each start reads the program again, and what was
// read until the first answer is told with it.
func TestColdCodeIsReadFromTheDisk(t *testing.T) {
	w := real(t, engine.Options{})
	f := w.function("handler")
	f.ColdCode = true
	program, err := os.Stat(filepath.Join(f.CodeDir, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		env, err := w.engine.Start(context.Background(), f)
		if err != nil && strings.Contains(err.Error(), "is in memory only") {
			t.Logf("the temporary folder is in memory, and that is said: %v", err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		cold, warm := w.invoke(env, nil), w.invoke(env, nil)
		// How many pages were waited for is the kernel's choice: it reads ahead.
		if cold.Reads.Bytes < program.Size()/4 {
			t.Errorf("got %+v read until the first answer, want a part of the program's %d bytes", cold.Reads, program.Size())
		}
		if warm.Reads.Bytes != 0 {
			t.Errorf("got %+v read with the second call, want nothing", warm.Reads)
		}
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFrozenBetweenEvents: what runs in the background stands still. It spins on
// two CPUs while there is an event, and no thread of it can run soon after.
func TestFrozenBetweenEvents(t *testing.T) {
	w := real(t, engine.Options{})
	f := w.function("handler")
	f.MemoryMB = 3008
	env := w.spawn(f)
	pid := w.onHost(into[echo](t, w.invoke(env, map[string]any{"do": "background"})).PID)
	for runnable(t, pid) > 0 { // the test's own time limit is what fails this
		time.Sleep(time.Millisecond)
	}
	before := ticks(t, pid)
	for range 10 {
		time.Sleep(20 * time.Millisecond) // would be CPU time if it ran
		if got := runnable(t, pid); got > 0 {
			t.Fatalf("got %d threads that can run between two events, want none", got)
		}
	}
	if got := ticks(t, pid); got != before {
		t.Errorf("got %d ticks of CPU time between two events, want none", got-before)
	}
	if inv := w.invoke(env, nil); inv.FunctionError != "" || inv.CPU <= 0 {
		t.Errorf("got %+v afterwards, want an answer", inv)
	}
}

// runnable is how many threads of a process run or wait for a CPU.
func runnable(t *testing.T, pid int) (n int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v, want the threads of %d", files, err, pid)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && afterName(data)[0] == "R" {
			n++
		}
	}
	return n
}

// ticks is a process's CPU time in the kernel's clock ticks, user and system.
func ticks(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	user, err1 := strconv.Atoi(afterName(data)[11])
	system, err2 := strconv.Atoi(afterName(data)[12])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return user + system
}

// afterName is the fields of proc(5)'s stat from the third on, since the second, the
// name, may have blanks in it.
func afterName(stat []byte) []string {
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

func TestCrashesAreAnsweredInLambdasWords(t *testing.T) {
	words := loadWords(t)
	tests := []struct {
		name   string
		event  map[string]any
		id     string // of the corpus
		pairs  []string
		kind   string
		status string
		line   string // of the corpus; "": the exit's
	}{
		{"exit 3", map[string]any{"do": "exit", "code": 3}, "exit-status", []string{"status", "3"}, "Runtime.ExitError", "error", ""},
		{"exit 0", map[string]any{"do": "exit", "code": 0}, "exit-without-a-reason", nil, "Runtime.ExitError", "error", ""},
		{"signal", map[string]any{"do": "kill"}, "signal", []string{"signal", "killed"}, "Runtime.ExitError", "error", ""},
		{"timeout", map[string]any{"do": "sleep", "ms": 60_000}, "timeout", []string{"seconds", "0.30"}, "Sandbox.Timedout", "timeout", "timeout"},
	}
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("handler")
		f.Timeout = 300 * time.Millisecond
		env := w.spawn(f)
		first := into[echo](t, w.invoke(env, nil))
		for _, test := range tests {
			inv := w.invoke(env, test.event)
			want := said(t, words.Payloads, test.id, append(test.pairs, "id", inv.RequestID)...)
			if string(inv.Payload) != want || inv.FunctionError != "Unhandled" || inv.ErrorType != test.kind || !inv.Crashed {
				t.Errorf("%s: got %s %s %s, want %s", test.name, inv.FunctionError, inv.ErrorType, inv.Payload, want)
			}
			wantType := test.kind
			if test.status == "timeout" {
				wantType = ""
				if inv.Report.Duration != f.Timeout || inv.Duration < f.Timeout {
					t.Errorf("got %v reported and %v measured, want the timeout", inv.Report.Duration, inv.Duration)
				}
			}
			if inv.Report.Status != test.status || inv.Report.ErrorType != wantType {
				t.Errorf("%s: got report %+v, want status %s", test.name, inv.Report, test.status)
			}
			log := string(inv.LogTail)
			if test.line == "timeout" {
				want := said(t, words.Lines, "timeout", "id", inv.RequestID, "seconds", "0.30", "time", "")
				if !strings.Contains(log, "Z"+want+"\n") {
					t.Errorf("got log\n%swant %q", log, want)
				}
			} else if !strings.Contains(log, "\nRequestId: "+inv.RequestID+" Error: Runtime exited with") || !strings.Contains(log, "\nRuntime.ExitError\nEND RequestId: ") {
				t.Errorf("got log\n%swant the exit's two lines before END", log)
			}
			// The environment is not lost: the next call starts the runtime anew.
			next := w.invoke(env, nil)
			again := into[echo](t, next)
			if again.Calls != 1 || again.PID == first.PID || next.InitAgain <= 0 || next.Cold || next.Crashed {
				t.Errorf("%s: got %+v and %v afterwards, want a new process inside the call", test.name, again, next.InitAgain)
			}
			if next.Duration < next.InitAgain || next.Report.Init != 0 {
				t.Errorf("%s: got %+v, want the repeated init inside the duration", test.name, next.Report)
			}
		}
	})
}

// TestAPanicIsAnsweredWithWhatWasPosted: the client posts the panic and exits.
func TestAPanicIsAnsweredWithWhatWasPosted(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		for range 5 {
			inv := w.invoke(env, map[string]any{"do": "panic", "text": "oh no"})
			if !strings.HasPrefix(string(inv.Payload), `{"errorMessage":"oh no","errorType":"string","stackTrace":[`) {
				t.Errorf("got %s, want what the client posted", inv.Payload)
			}
			if inv.FunctionError != "Unhandled" || !inv.Crashed || inv.Response <= 0 {
				t.Errorf("got %+v, want an unhandled error and a dead runtime", inv)
			}
			if inv.Report.Status != "error" || inv.Report.ErrorType != "Runtime.ExitError" {
				t.Errorf("got report %+v, want the exit", inv.Report)
			}
		}
	})
}

func TestAHandlersErrorLeavesTheRuntimeAlone(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		inv := w.invoke(env, map[string]any{"do": "error", "text": "no such thing"})
		if string(inv.Payload) != `{"errorMessage":"no such thing","errorType":"errorString"}` || inv.FunctionError != "Unhandled" || inv.Crashed {
			t.Errorf("got %s %s, crashed %v, want the handler's error", inv.FunctionError, inv.Payload, inv.Crashed)
		}
		if inv.Report.Status != "" {
			t.Errorf("got status %q, want none: the text format has it for crashes only", inv.Report.Status)
		}
		if next := into[echo](t, w.invoke(env, nil)); next.Calls != 2 {
			t.Errorf("got call %d, want the same process", next.Calls)
		}
	})
}

func TestBadRuntimeClients(t *testing.T) {
	words := loadWords(t)
	tests := []struct {
		client  string
		payload string
		crashed bool
		status  string
		log     string
	}{
		{"respond-and-hang", `"answered"`, true, "timeout", "Task timed out after 0.40 seconds"},
		{"respond-and-exit", `"answered"`, true, "error", "Runtime exited with error: exit status 7"},
		{"hang", "timeout", true, "timeout", "Task timed out after 0.40 seconds"},
		{"forget", `"late"`, false, "", "refused: 403"},
		{"twice", `"first"`, false, "", "refused: 403"},
		{"empty", "", false, "", ""},
	}
	for _, test := range tests {
		t.Run(test.client, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w *world) {
				f := w.function("raw", "CLIENT", test.client)
				f.Timeout = 400 * time.Millisecond
				env := w.spawn(f)
				inv := w.invoke(env, nil)
				want := test.payload
				if want == "timeout" {
					want = said(t, words.Payloads, "timeout", "id", inv.RequestID, "seconds", "0.40")
				}
				if string(inv.Payload) != want || inv.Crashed != test.crashed || inv.Report.Status != test.status {
					t.Errorf("got %s, crashed %v, status %q, want %s", inv.Payload, inv.Crashed, inv.Report.Status, want)
				}
				if !strings.Contains(string(inv.LogTail), test.log) {
					t.Errorf("got log\n%swant %q", inv.LogTail, test.log)
				}
			})
		})
	}
}

func TestKilledFromOutside(t *testing.T) {
	words := loadWords(t)
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		pid := into[echo](t, w.invoke(env, nil)).PID

		// In the middle of a request.
		done := make(chan engine.Invocation, 1)
		go func() {
			inv, err := env.Invoke(context.Background(), engine.Request{Payload: []byte(`{"do":"sleep","ms":60000,"text":"asleep"}`)})
			if err != nil {
				t.Error(err)
			}
			done <- inv
		}()
		w.log.await(t, "asleep", 1)
		if err := syscall.Kill(w.onHost(pid), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		inv := <-done
		want := said(t, words.Payloads, "signal", "id", inv.RequestID, "signal", "killed")
		if string(inv.Payload) != want || !inv.Crashed {
			t.Errorf("got %s, want %s", inv.Payload, want)
		}

		// Between two requests.
		again := into[echo](t, w.invoke(env, nil))
		if err := syscall.Kill(w.onHost(again.PID), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		next, err := env.Invoke(context.Background(), engine.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if next.FunctionError != "" && string(next.Payload) != said(t, words.Payloads, "signal", "id", next.RequestID, "signal", "killed") {
			t.Errorf("got %s, want an answer or the signal", next.Payload)
		}
		if last := into[echo](t, w.invoke(env, nil)); last.PID == again.PID {
			t.Error("got the killed process again, want a new one")
		}
	})
}

func TestChildrenAreEndedWithTheEnvironment(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		child := w.onHost(into[struct{ PID int }](t, w.invoke(env, map[string]any{"do": "child"})).PID)
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(child), "stat"))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("got %s, want the child dead", stat)
		}
	})
}

func TestOneRequestAtATime(t *testing.T) {
	w := plain(t)
	f := w.function("handler")
	f.Timeout = time.Minute
	env := w.spawn(f)
	busy := make(chan error, 1)
	go func() {
		_, err := env.Invoke(context.Background(), engine.Request{Payload: []byte(`{"do":"sleep","ms":60000,"text":"asleep"}`)})
		busy <- err
	}()
	w.log.await(t, "asleep", 1)
	if _, err := env.Invoke(context.Background(), engine.Request{}); !errors.Is(err, engine.ErrBusy) {
		t.Errorf("got %v for a second request, want ErrBusy", err)
	}
	// Close does not wait for it.
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-busy; !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v, want ErrClosed for the call that was under way", err)
	}
	if _, err := env.Invoke(context.Background(), engine.Request{}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestAContextsEndKillsTheRuntime(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("handler")
		f.Timeout = time.Minute
		env := w.spawn(f)
		pid := into[echo](t, w.invoke(env, nil)).PID
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := env.Invoke(ctx, engine.Request{Payload: []byte(`{"do":"sleep","ms":60000}`)}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want the context's error", err)
		}
		if next := into[echo](t, w.invoke(env, nil)); next.PID == pid {
			t.Error("got the same process, want a new one")
		}

		ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := w.engine.Start(ctx, w.function("handler", "INIT", "hang")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v from Start, want the context's error", err)
		}
	})
}

func TestASandboxThatFailsIsAnError(t *testing.T) {
	w := plain(t)
	box := w.box.(*fakeStarter)
	broken := errors.New("broken")
	for _, method := range []string{"Start", "CPU", "LimitCPU", "Memory"} {
		box.set(map[string]error{method: broken})
		if _, err := w.engine.Start(context.Background(), w.function("handler")); !errors.Is(err, broken) {
			t.Errorf("%s: got %v from Start, want the sandbox's error", method, err)
		}
	}
	for _, method := range []string{"Thaw", "CPU", "Freeze", "Memory"} {
		box.set(nil)
		env := w.spawn(w.function("handler"))
		box.await("Freeze")
		box.set(map[string]error{method: broken})
		if method == "Freeze" { // nobody waits for it: whoever comes next is told
			box.noted()
			w.invoke(env, nil)
			box.await("Freeze")
		}
		if _, err := env.Invoke(context.Background(), engine.Request{}); !errors.Is(err, broken) {
			t.Errorf("%s: got %v from Invoke, want the sandbox's error", method, err)
		}
		box.set(nil)
		if next := into[echo](t, w.invoke(env, nil)); next.Calls != 1 {
			t.Errorf("%s: got call %d afterwards, want a new process", method, next.Calls)
		}
	}
}

// On a machine that is too busy to freeze a runtime in time, the next call goes to it
// as if it had never been tried.
func TestRuntimeThatIsNotFrozenInTimeRunsOn(t *testing.T) {
	w := plain(t)
	box := w.box.(*fakeStarter)
	env := w.spawn(w.function("handler"))
	box.await("Freeze")
	box.set(map[string]error{"Freeze": fmt.Errorf("freeze box 1: %w", sandbox.ErrRestless)})
	for call := range 3 {
		box.noted()
		if got := into[echo](t, w.invoke(env, nil)); got.Calls != call+1 {
			t.Errorf("got call %d of the process, want %d", got.Calls, call+1)
		}
		box.await("Freeze")
	}
	if calls := box.noted(); slices.Contains(calls, "Thaw") || slices.Contains(calls, "Start") {
		t.Errorf("got %q, want neither a thaw nor a new process", calls)
	}
}

func TestPerEnvironment(t *testing.T) {
	w := plain(t)
	f := w.function("handler", "PORT", "of the function")
	var given, taken []string
	f.PerEnvironment = func(id string, private bool) (engine.Own, error) {
		given = append(given, id)
		return engine.Own{Env: map[string]string{"PORT": "of " + id}, Close: func() { taken = append(taken, id) }}, nil
	}
	env := w.spawn(f)
	got := into[environment](t, w.invoke(env, map[string]any{"do": "environment"}))
	if want := "PORT=of " + env.ID(); !slices.Contains(got.Env, want) {
		t.Errorf("got %q, want %s", got.Env, want)
	}
	env.Close()
	env.Close()
	if want := []string{env.ID()}; !slices.Equal(given, want) || !slices.Equal(taken, want) {
		t.Errorf("got %q given and %q taken back, want %q once each", given, taken, want)
	}
	broken := errors.New("no port")
	f.PerEnvironment = func(string, bool) (engine.Own, error) { return engine.Own{}, broken }
	if _, err := w.engine.Start(context.Background(), f); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of PerEnvironment", err)
	}
}

func TestATempFolderThatLocksItsOwnerOut(t *testing.T) {
	w := plain(t)
	env := w.spawn(w.function("handler"))
	w.invoke(env, map[string]any{"do": "lock"})
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(env.Temp()); !os.IsNotExist(err) {
		t.Errorf("got %v, want the temp folder gone", err)
	}
}
