package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// official is a function over an official runtime client, prepared as a
// benchmark prepares it, in the same cache.
func official(t *testing.T, w *world, id, handler, dir string, env ...string) engine.Function {
	t.Helper()
	client, err := runtimeclient.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := client.Prepare(context.Background(), cacheDir(t))
	if err != nil {
		t.Fatalf("prepare %s: %v (hint: bench doctor says what is missing)", id, err)
	}
	prepared = prepared.Trusting(nil)
	code, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := engine.Function{
		Name: "official", Handler: handler, LambdaRuntime: id, CodeDir: code,
		Command: prepared.Command, ClientEnv: prepared.Env, Paths: prepared.Paths(),
		Wrapped: prepared.Wrapped, Extended: prepared.Extended,
		ExecutionEnvironment: prepared.ExecutionEnvironment,
		MemoryMB:             512, Timeout: 20 * time.Second,
		Env: map[string]string{"MARKER": w.marker}, Logs: w.log,
	}
	for i := 0; i < len(env); i += 2 {
		f.Env[env[i]] = env[i+1]
	}
	return f
}

// cacheDir is the benchmark's own.
func cacheDir(t *testing.T) string {
	t.Helper()
	if cache := os.Getenv("BENCH_CACHE_DIR"); cache != "" {
		return cache
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(user, "multi-runtime-benchmark")
}

const pythonCode = "testdata/functions/python"

func TestTheOfficialPythonClient(t *testing.T) {
	words := loadWords(t)
	w := real(t, engine.Options{})
	env := w.spawn(official(t, w, "python3.13", "main.handler", pythonCode))
	if failed := env.Init().Err; failed != nil {
		t.Fatal(failed)
	}
	type answer struct {
		Calls             int
		RequestID, Memory string
	}
	first := w.invoke(env, map[string]any{})
	if got := into[answer](t, first); got.Calls != 1 || got.RequestID != first.RequestID || got.Memory != "512" {
		t.Errorf("got %+v, want the first call with its context", got)
	}
	printed := w.invoke(env, map[string]any{"do": "print", "text": "a line"})
	if string(printed.Payload) != "null" || !strings.Contains(string(printed.LogTail), "\na line\nEND") {
		t.Errorf("got %s and log\n%s", printed.Payload, printed.LogTail)
	}

	failed := w.invoke(env, map[string]any{"do": "error", "text": "no such key"})
	if failed.FunctionError != "Unhandled" || failed.Crashed ||
		!strings.HasPrefix(string(failed.Payload), `{"errorMessage": "'no such key'", "errorType": "KeyError", "requestId": "`+failed.RequestID+`", "stackTrace": [`) {
		t.Errorf("got %s %s, want the exception as the client posts it", failed.FunctionError, failed.Payload)
	}
	marshal := w.invoke(env, map[string]any{"do": "set"})
	if !strings.Contains(string(marshal.Payload), `"errorType": "Runtime.MarshalError"`) || marshal.Crashed {
		t.Errorf("got %s, want Runtime.MarshalError", marshal.Payload)
	}
	if got := into[answer](t, w.invoke(env, map[string]any{})); got.Calls != 5 {
		t.Errorf("got call %d, want all in one process", got.Calls)
	}

	for _, test := range []struct {
		event map[string]any
		id    string
		pairs []string
	}{
		{map[string]any{"do": "exit", "code": 3}, "exit-status", []string{"status", "3"}},
		{map[string]any{"do": "exit", "code": 0}, "exit-without-a-reason", nil},
		{map[string]any{"do": "osexit", "code": 9}, "exit-status", []string{"status", "9"}},
	} {
		inv := w.invoke(env, test.event)
		if want := said(t, words.Payloads, test.id, append(test.pairs, "id", inv.RequestID)...); string(inv.Payload) != want || !inv.Crashed {
			t.Errorf("got %s, want %s", inv.Payload, want)
		}
	}
	large := w.invoke(env, map[string]any{"do": "large", "bytes": engine.MaxResponseBytes})
	if want := said(t, words.Payloads, "response-too-large"); string(large.Payload) != want || large.InitAgain <= 0 {
		t.Errorf("got %.200s, want %s after another init", large.Payload, want)
	}
}

func TestTheOfficialPythonClientTimesOut(t *testing.T) {
	w := real(t, engine.Options{})
	f := official(t, w, "python3.13", "main.handler", pythonCode)
	env := w.spawn(f)
	// The timeout must hold an init as well, so it is shortened afterwards only.
	w.invoke(env, map[string]any{})
	f.Timeout = 500 * time.Millisecond
	short := w.spawn(f)
	inv := w.invoke(short, map[string]any{"do": "sleep", "ms": 60_000})
	if want := said(t, loadWords(t).Payloads, "timeout", "id", inv.RequestID, "seconds", "0.50"); string(inv.Payload) != want || inv.Report.Status != "timeout" {
		t.Errorf("got %s, want %s", inv.Payload, want)
	}
}

func TestTheOfficialPythonClientsInit(t *testing.T) {
	tests := []struct {
		name, handler, init string
		kind, message       string
		timeout             time.Duration
	}{
		{"no such module", "missing.handler", "", "Runtime.ImportModuleError", "Unable to import module 'missing': No module named 'missing'", 0},
		{"no such function", "main.missing", "", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'main'", 0},
		{"an exception", "main.handler", "raise", "Runtime.Unknown", "not today", 0},
		{"an exit", "main.handler", "exit", "Runtime.ExitError", "Runtime exited with error: exit status 5", 0},
		{"no end", "main.handler", "hang", "Sandbox.Timedout", "Task timed out after 2.00 seconds", 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := real(t, engine.Options{})
			f := official(t, w, "python3.13", test.handler, pythonCode, "INIT", test.init)
			f.InitTimeout = test.timeout
			env := w.spawn(f)
			failed := env.Init().Err
			if failed == nil || failed.Type != test.kind || failed.Message != test.message {
				t.Fatalf("got %+v, want %s: %s", failed, test.kind, test.message)
			}
			if test.timeout > 0 {
				return
			}
			inv := w.invoke(env, map[string]any{})
			if inv.FunctionError != "Unhandled" || inv.ErrorType != test.kind || !strings.Contains(string(inv.Payload), test.message) {
				t.Errorf("got %s, want the same inside the call", inv.Payload)
			}
			lines := report.Scan(w.log.String())
			if len(lines) != 3 || lines[0].Phase != "init" || lines[1].Phase != "invoke" || lines[2].ErrorType != test.kind {
				t.Errorf("got %+v, want INIT_REPORT twice and REPORT", lines)
			}
		})
	}
}

// TestTheOfficialPythonClientRestores: with snap-start it asks for the restore
// by itself, after its hooks.
func TestTheOfficialPythonClientRestores(t *testing.T) {
	w := real(t, engine.Options{})
	f := official(t, w, "python3.13", "main.handler", pythonCode)
	f.SnapStart = true
	env := w.spawn(f)
	inv := w.invoke(env, map[string]any{})
	if env.Init().Restore <= 0 || inv.Report.Restore <= 0 || inv.Report.Init != 0 {
		t.Errorf("got %+v and %+v, want a restore", env.Init(), inv.Report)
	}
}
