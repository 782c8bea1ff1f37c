package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
)

// initTests are the ways in which an init can fail.
var initTests = []struct {
	name    string
	kind    string // error type
	message string
	status  string
	id      string // of the corpus; "": the posted body is the answer
	pairs   []string
}{
	{"exit3", "Runtime.ExitError", "Runtime exited with error: exit status 3", "error", "exit-status", []string{"status", "3"}},
	{"exit0", "Runtime.ExitError", "Runtime exited without providing a reason", "error", "exit-without-a-reason", nil},
	{"kill", "Runtime.ExitError", "Runtime exited with error: signal: killed", "error", "signal", []string{"signal", "killed"}},
	{"hang", "Sandbox.Timedout", "Task timed out after 0.30 seconds", "timeout", "timeout", []string{"seconds", "0.30"}},
	{"error", "Runtime.ImportModuleError", "no module named x", "error", "", nil},
	{"error-and-hang", "Function.Boom", "boom", "error", "", nil},
}

func TestAFailedInitIsAnErrorOfStart(t *testing.T) {
	for _, test := range initTests {
		t.Run(test.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w *world) {
				f := w.function("handler", "INIT", test.name)
				f.InitTimeout = 300 * time.Millisecond
				if test.status != "timeout" {
					f.InitTimeout = 0 // Lambda's 10 s: no exit is that slow.
				}
				env, err := w.engine.Start(context.Background(), f)
				if env != nil {
					t.Fatal("got an environment, want none")
				}
				var failed *engine.InitError
				if !errors.As(err, &failed) {
					t.Fatalf("got %v, want an *InitError", err)
				}
				if failed.Type != test.kind || failed.Message != test.message || failed.Status != test.status || failed.Hint() == "" {
					t.Errorf("got %+v, want %s: %s", failed, test.kind, test.message)
				}
				if !strings.Contains(string(failed.Payload), test.message) {
					t.Errorf("got payload %s, want the message in it", failed.Payload)
				}
				lines := report.Scan(w.log.String())
				wantType := test.kind
				if test.status == "timeout" {
					wantType = ""
				}
				if len(lines) != 1 || lines[0].Kind != report.Init || lines[0].Phase != "init" || lines[0].Status != test.status || lines[0].ErrorType != wantType {
					t.Errorf("got %+v, want one INIT_REPORT", lines)
				}
				if !strings.Contains(w.log.String(), "init: "+test.name) {
					t.Errorf("got log\n%swant what the function wrote", w.log)
				}
				if test.name == "error" && !strings.Contains(w.log.String(), "the last words") {
					t.Error("the end of the log is missing: the runtime was killed before it could exit")
				}
			})
		})
	}
}

// TestAnInitThatFailsAgainInsideTheCall is Lambda's order of lines, as in
// cargo-lambda issue 572: both INIT_REPORTs, then START, the reason, END, REPORT.
func TestAnInitThatFailsAgainInsideTheCall(t *testing.T) {
	words := loadWords(t)
	for _, test := range initTests {
		t.Run(test.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w *world) {
				f := w.function("handler", "INIT", test.name)
				if test.status == "timeout" {
					f.InitTimeout, f.Timeout = 300*time.Millisecond, 300*time.Millisecond
				}
				env := w.spawn(f)
				if failed := env.Init().Err; failed == nil || failed.Type != test.kind {
					t.Fatalf("got %v, want the first init to have failed", failed)
				}
				inv := w.invoke(env, nil)
				if inv.FunctionError != "Unhandled" || inv.ErrorType != test.kind || !inv.Crashed || inv.InitAgain <= 0 {
					t.Errorf("got %+v, want the second init to have failed too", inv)
				}
				if test.id != "" {
					if want := said(t, words.Payloads, test.id, append(test.pairs, "id", inv.RequestID)...); string(inv.Payload) != want {
						t.Errorf("got %s, want %s", inv.Payload, want)
					}
				} else if !strings.Contains(string(inv.Payload), `"errorMessage":"`+test.message) {
					t.Errorf("got %s, want what was posted", inv.Payload)
				}
				var kinds []string
				for line := range strings.Lines(w.log.String()) {
					kind, _, _ := strings.Cut(line, " ")
					switch kind {
					case "INIT_REPORT", "START", "END", "REPORT":
						kinds = append(kinds, kind)
					}
				}
				if got, want := strings.Join(kinds, " "), "INIT_REPORT INIT_REPORT START END REPORT"; got != want {
					t.Errorf("got lines %s, want %s", got, want)
				}
				lines := report.Scan(w.log.String())
				if lines[1].Phase != "invoke" || lines[1].Status != test.status {
					t.Errorf("got %+v, want the phase invoke", lines[1])
				}
				if lines[2].Init != 0 || lines[2].Status != test.status {
					t.Errorf("got %+v, want no init in the REPORT, and its status", lines[2])
				}
			})
		})
	}
}

// TestAnInitThatWorksTheSecondTime: the temp folder is kept, the first call
// carries the init in its duration, and the log says what the first one was.
func TestAnInitThatWorksTheSecondTime(t *testing.T) {
	for _, how := range []string{"exit3", "hang", "error"} {
		t.Run(how, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w *world) {
				f := w.function("handler", "INIT", "once:"+how)
				if how == "hang" {
					f.InitTimeout = 300 * time.Millisecond
				}
				env := w.spawn(f)
				if env.Init().Err == nil {
					t.Fatal("got a good first init, want a failed one")
				}
				if how == "hang" && env.Init().Wall < f.InitTimeout {
					t.Errorf("got init %v, want the whole limit", env.Init().Wall)
				}
				inv := w.invoke(env, map[string]any{"text": "at last"})
				if got := into[echo](t, inv); got.Text != "at last" {
					t.Errorf("got %+v, want an answer", got)
				}
				if !inv.Cold || inv.InitAgain <= 0 || inv.Duration <= inv.InitAgain || inv.Report.Init != 0 {
					t.Errorf("got %+v, want a first call with the init in its duration", inv)
				}
				lines := report.Scan(w.log.String())
				if len(lines) != 2 || lines[0].Kind != report.Init || lines[0].Phase != "init" || lines[1].Kind != report.Invoke {
					t.Errorf("got %+v, want one INIT_REPORT and one REPORT", lines)
				}
				if next := w.invoke(env, nil); next.InitAgain != 0 || next.Cold {
					t.Errorf("got %+v, want a warm call", next)
				}
			})
		})
	}
}

func TestACommandThatCannotBeExecuted(t *testing.T) {
	words := loadWords(t)
	broken := func(w *world, mode os.FileMode, content string) engine.Function {
		f := w.function("handler")
		f.CodeDir = w.t.(*testing.T).TempDir()
		if err := os.Chmod(f.CodeDir, 0o755); err != nil {
			w.t.Fatal(err)
		}
		if content != "" {
			if err := os.WriteFile(filepath.Join(f.CodeDir, "bootstrap"), []byte(content), mode); err != nil {
				w.t.Fatal(err)
			}
		}
		return f
	}
	tests := []struct {
		name, content string
		mode          os.FileMode
	}{
		{"missing", "", 0},
		{"not executable", "#!/bin/sh\n", 0o644},
		{"no interpreter", "#!/no/such/interpreter\n", 0o755},
		{"no program", "\x7fnothing that a kernel knows", 0o755},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w *world) {
				env := w.spawn(broken(w, test.mode, test.content))
				inv := w.invoke(env, nil)
				want := said(t, words.Payloads, "no-entrypoint", "id", inv.RequestID)
				if string(inv.Payload) != want || inv.ErrorType != "Runtime.InvalidEntrypoint" {
					t.Errorf("got %s, want %s", inv.Payload, want)
				}
			})
		})
	}
}

func TestRestore(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("raw", "CLIENT", "restore")
		f.SnapStart = true
		env := w.spawn(f)
		init := env.Init()
		if init.Err != nil || init.Wall <= 0 || init.Restore <= 0 {
			t.Fatalf("got %+v, want an init and a restore", init)
		}
		inv := w.invoke(env, nil)
		if string(inv.Payload) != `"fine"` {
			t.Errorf("got %s, want an answer", inv.Payload)
		}
		if inv.Report.Init != 0 || inv.Report.Restore != init.Restore.Round(report.TextResolution) || inv.Report.BilledRestore != report.Bill(init.Restore) {
			t.Errorf("got %+v, want the restore and no init", inv.Report)
		}
		if want := report.Bill(inv.Duration, inv.Report.BilledRestore); inv.Report.Billed != want {
			t.Errorf("got %v billed, want %v", inv.Report.Billed, want)
		}
		lines := report.Scan(w.log.String())
		if len(lines) != 3 || lines[0].Kind != report.Init || lines[1].Kind != report.Restore || lines[2] != inv.Report {
			t.Errorf("got %+v, want INIT_REPORT, RESTORE_REPORT and REPORT", lines)
		}
		if next := w.invoke(env, nil); next.Report.Restore != 0 {
			t.Errorf("got %+v, want a restore in the first call only", next.Report)
		}
	})
}

func TestARestoreThatFails(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("raw", "CLIENT", "restore-error")
		f.SnapStart = true
		_, err := w.engine.Start(context.Background(), f)
		var failed *engine.InitError
		if !errors.As(err, &failed) || failed.Type != "Runtime.AfterRestoreError" || failed.Message != "hook" {
			t.Fatalf("got %v, want the hook's error", err)
		}
		lines := report.Scan(w.log.String())
		if len(lines) != 2 || lines[0].Status != "" || lines[1].Kind != report.Restore || lines[1].ErrorType != "Runtime.AfterRestoreError" {
			t.Errorf("got %+v, want a good INIT_REPORT and a failed RESTORE_REPORT", lines)
		}
	})
}

// TestSnapStartWithoutHooks: a client that never asks for a restore has none.
func TestSnapStartWithoutHooks(t *testing.T) {
	w := plain(t)
	f := w.function("handler")
	f.SnapStart = true
	env := w.spawn(f)
	inv := w.invoke(env, map[string]any{"do": "environment"})
	if init := env.Init(); init.Restore != 0 || inv.Report.Restore != 0 {
		t.Errorf("got restores of %v and %v, want none", init.Restore, inv.Report.Restore)
	}
	for _, v := range into[environment](t, inv).Env {
		if strings.HasPrefix(v, "AWS_LAMBDA_LOG_STREAM_NAME=") {
			t.Errorf("got %s, want none: a snapshot serves many streams", v)
		}
	}
}
