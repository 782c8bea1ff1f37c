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
)

func TestAnInternalExtensionHasTheRuntimeToldOfItsEnd(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler", "SIGTERM", "at the spindown"))
		if got := into[map[string]any](t, w.invoke(env, map[string]any{"text": "x"})); got["text"] != "x" {
			t.Errorf("got the answer %v", got)
		}
		if got := env.Extensions(); got != 1 {
			t.Errorf("got %d extensions, want 1", got)
		}
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"EXTENSION\tName: GoLangEnableSIGTERM\tState: Ready\tEvents: []\n", "told to end: at the spindown\n"} {
			if !strings.Contains(w.log.String(), want) {
				t.Errorf("%q is not in the log", want)
			}
		}
	})
}

// Without an extension Lambda kills at once, and so the handler of a signal never runs.
func TestWithoutExtensionsNobodyIsTold(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		w.invoke(env, nil)
		if fake, ok := w.box.(*fakeStarter); ok {
			fake.noted()
			defer func() {
				for _, call := range fake.noted() {
					if strings.HasPrefix(call, "Signal") {
						t.Errorf("got %s, want none", call)
					}
				}
			}()
		}
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
		if got := env.Extensions(); got != 0 {
			t.Errorf("got %d extensions, want none", got)
		}
	})
}

func TestATimeoutTellsTheRuntimeToEnd(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("handler", "SIGTERM", "too slow")
		f.Timeout = 300 * time.Millisecond
		env := w.spawn(f)
		inv := w.invoke(env, map[string]any{"do": "sleep", "ms": 60_000})
		if inv.ErrorType != "Sandbox.Timedout" || !strings.Contains(w.log.String(), "told to end: too slow") {
			t.Errorf("got %s, want a timeout of which the function was told", inv.ErrorType)
		}
	})
}

// layer is a layer's folder with extensions of these names.
func layer(t *testing.T, names ...string) string {
	t.Helper()
	program := build(t, "./testdata/functions/extension", "extension")
	dir, err := os.MkdirTemp(built.dir, "layer-")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	if err := os.Mkdir(filepath.Join(dir, "extensions"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Link(program, filepath.Join(dir, "extensions", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mounted is the real sandbox, where it can show a function what layers hold.
func mounted(t *testing.T) *world {
	t.Helper()
	w := real(t, engine.Options{})
	if !w.box.Namespaces() {
		t.Skip("this machine has no mounts of a function's own")
	}
	return w
}

func TestExternalExtensionsAreToldOfInvocationsAndTheEnd(t *testing.T) {
	w := mounted(t)
	f := w.function("handler", "EVENTS", "INVOKE,SHUTDOWN", "SIGTERM", "with the others")
	f.Layers = []string{layer(t, "watcher", "second")}
	env := w.spawn(f)
	inv, err := env.Invoke(context.Background(), engine.Request{RequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", Payload: []byte(`{}`)})
	if err != nil || inv.FunctionError != "" {
		t.Fatalf("got %s, %v", inv.Payload, err)
	}
	if got := env.Extensions(); got != 3 {
		t.Errorf("got %d extensions, want 3", got)
	}
	// Their memory counts: each of two holds 40 MB.
	if got := inv.Memory.PeakBytes >> 20; got < 80 {
		t.Errorf("got %d MB, want the extensions' 80 MB in it", got)
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	log := w.log.String()
	for _, want := range []string{
		`watcher registered {"functionName":"probe","functionVersion":"$LATEST","handler":"bootstrap"}`,
		"EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n",
		"watcher got INVOKE 8476a536-e9f4-11e8-9739-2dfe598c3fcd", "second got INVOKE",
		"watcher got SHUTDOWN  spindown", "watcher ends", "second ends", "told to end: with the others",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is not in the log", want)
		}
	}
	for _, wrong := range []string{"user 0", "handler seen true"} {
		if strings.Contains(log, wrong) {
			t.Errorf("%q is in the log: an extension is a function's user, without what is the runtime's", wrong)
		}
	}
	if strings.Index(log, "told to end") > strings.Index(log, "got SHUTDOWN") {
		t.Error("the runtime was told behind the extensions, want it before them")
	}
}

func TestAnInvocationLastsAsLongAsItsExtensions(t *testing.T) {
	w := mounted(t)
	f := w.function("handler", "EVENTS", "INVOKE", "EXTENSION", "work")
	f.Layers = []string{layer(t, "worker")}
	env := w.spawn(f)
	inv := w.invoke(env, nil)
	if inv.Duration < 100*time.Millisecond || inv.CPU < 100*time.Millisecond {
		t.Errorf("got %s with %s of CPU, want the extension's 100 ms of CPU in both", inv.Duration, inv.CPU)
	}
	if inv.Response >= inv.Duration {
		t.Errorf("got the answer after %s of %s, want it before the extension is done", inv.Response, inv.Duration)
	}
}

func TestTelemetryReachesAnExtension(t *testing.T) {
	w := mounted(t)
	f := w.function("handler", "EVENTS", "INVOKE,SHUTDOWN", "EXTENSION", "telemetry")
	f.Layers = []string{layer(t, "reader")}
	env := w.spawn(f)
	id := "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	inv, err := env.Invoke(context.Background(), engine.Request{RequestID: id, Payload: []byte(`{"do":"print","text":"one line\nhalf"}`)})
	if err != nil || inv.FunctionError != "" {
		t.Fatalf("got %s, %v", inv.Payload, err)
	}
	// What comes behind the invocation is delivered with the next one, or at the end.
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	w.log.await(t, "telemetry platform.report", 1)
	log := w.log.String()
	for _, want := range []string{
		`subscribed "OK"`, `telemetry platform.telemetrySubscription {"name":"reader","state":"Subscribed","types":["platform","function"]}`,
		`telemetry platform.extension {"events":["INVOKE","SHUTDOWN"],"name":"reader","state":"Ready"}`,
		`telemetry platform.start {"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:probe","requestId":"` + id,
		`telemetry function "one line\n"`, `telemetry platform.runtimeDone {"metrics":{"durationMs":`, `"status":"success"}`,
		`telemetry platform.report {"metrics":`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is not in the log", want)
		}
	}
}

func TestExtensionsThatFail(t *testing.T) {
	for what, want := range map[string]struct{ kind, message string }{
		"exit":       {"Extension.Crash", "exit status 3"},
		"init-error": {"Extension.InitError", "exit status 1"},
		"hang":       {"Sandbox.Timedout", "Task timed out after 0.50 seconds"},
	} {
		t.Run(what, func(t *testing.T) {
			w := mounted(t)
			f := w.function("handler", "EXTENSION", what)
			f.Layers, f.InitTimeout = []string{layer(t, "bad")}, 500*time.Millisecond
			if what != "hang" {
				f.InitTimeout = 0
			}
			_, err := w.engine.Start(context.Background(), f)
			var init *engine.InitError
			if !errors.As(err, &init) || init.Type != want.kind || init.Message != want.message {
				t.Errorf("got %v, want %s: %s", err, want.kind, want.message)
			} else if (what == "hang") != (init.Extension == "") || what != "hang" && init.Extension != "/opt/extensions/bad" {
				t.Errorf("got the extension %q, want the one that ended", init.Extension)
			}
		})
	}
	t.Run("crash in an invocation", func(t *testing.T) {
		w := mounted(t)
		f := w.function("handler", "EVENTS", "INVOKE", "EXTENSION", "crash")
		f.Layers = []string{layer(t, "bad")}
		inv := w.invoke(w.spawn(f), map[string]any{"do": "sleep", "ms": 2000})
		if inv.ErrorType != "Extension.Crash" || !inv.Crashed || !strings.Contains(string(inv.Payload), "exit status 4") || inv.Extension != "/opt/extensions/bad" {
			t.Errorf("got %s %s of %q, want Extension.Crash of the one", inv.ErrorType, inv.Payload, inv.Extension)
		}
	})
	t.Run("is no program", func(t *testing.T) {
		w := mounted(t)
		f := w.function("handler")
		f.Layers = []string{layer(t)}
		if err := os.WriteFile(filepath.Join(f.Layers[0], "extensions", "text"), []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := w.engine.Start(context.Background(), f)
		var init *engine.InitError
		if !errors.As(err, &init) || init.Type != "Extension.LaunchError" || !strings.Contains(init.Message, "/opt/extensions/text: permission denied") {
			t.Errorf("got %v, want a launch error", err)
		}
	})
}
