package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestResponseLimit(t *testing.T) {
	words := loadWords(t)
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("handler")
		f.Timeout = time.Minute
		env := w.spawn(f)
		most := w.invoke(env, map[string]any{"do": "large", "bytes": engine.MaxResponseBytes})
		if len(most.Payload) != engine.MaxResponseBytes || most.FunctionError != "" {
			t.Errorf("got %d bytes, %s, want all", len(most.Payload), most.FunctionError)
		}
		over := w.invoke(env, map[string]any{"do": "large", "bytes": engine.MaxResponseBytes + 1})
		if want := said(t, words.Payloads, "response-too-large"); string(over.Payload) != want || over.FunctionError != "Unhandled" {
			t.Errorf("got %s %s, want %s", over.FunctionError, over.Payload, want)
		}
		// This client takes the 413 for the end of the world.
		if !over.Crashed || over.Report.ErrorType != "Runtime.ExitError" {
			t.Errorf("got %+v, want the client to have exited", over.Report)
		}
		if next := w.invoke(env, nil); next.FunctionError != "" {
			t.Errorf("got %s afterwards, want an answer", next.Payload)
		}
	})
}

func TestRequestLimit(t *testing.T) {
	w := plain(t)
	f := w.function("handler")
	f.Timeout = time.Minute
	env := w.spawn(f)
	event := func(n int) []byte {
		const frame = `{"do":"print","text":""}`
		return []byte(`{"do":"print","text":"` + strings.Repeat("x", n-len(frame)) + `"}`)
	}
	if inv, err := env.Invoke(context.Background(), engine.Request{Payload: event(engine.MaxRequestBytes)}); err != nil || inv.FunctionError != "" {
		t.Errorf("got %v %s for the largest event, want an answer", err, inv.Payload)
	}
	if _, err := env.Invoke(context.Background(), engine.Request{Payload: event(engine.MaxRequestBytes + 1)}); !errors.Is(err, engine.ErrRequestTooLarge) {
		t.Errorf("got %v, want ErrRequestTooLarge", err)
	}
	if next := into[echo](t, w.invoke(env, nil)); next.Calls != 2 {
		t.Errorf("got call %d, want the refused one not to have arrived", next.Calls)
	}
}

func TestGarbageIsPassedThrough(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		if inv := w.invoke(env, map[string]any{"do": "garbage"}); string(inv.Payload) != "<html>not JSON" || inv.FunctionError != "" {
			t.Errorf("got %s %s, want what the function answered", inv.FunctionError, inv.Payload)
		}
	})
}

func TestTheFunctionsContext(t *testing.T) {
	w := plain(t)
	f := w.function("handler")
	f.Timeout = 5 * time.Second
	env := w.spawn(f)
	inv, err := env.Invoke(context.Background(), engine.Request{
		Payload: []byte(`{"do":"context"}`), RequestID: "11111111-2222-4333-8444-555555555555",
		ClientContext: `{"client":{"app_title":"a test"}}`, TraceID: "Root=1-2-3;Sampled=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := into[struct {
		RequestID, ARN, Client, Trace string
		LeftMS                        int
	}](t, inv)
	if got.RequestID != "11111111-2222-4333-8444-555555555555" || got.ARN != "arn:aws:lambda:us-east-1:123456789012:function:probe" ||
		got.Client != "a test" || got.Trace != "Root=1-2-3;Sampled=1" {
		t.Errorf("got %+v, want what was sent", got)
	}
	if got.LeftMS <= 0 || got.LeftMS > 5000 {
		t.Errorf("got %d ms left, want at most the timeout", got.LeftMS)
	}
}

type environment struct {
	Env                        []string
	Dir, Temp                  string
	CPUs                       int
	CodeWritable, TempWritable bool
}

// TestTheEnvironmentIsLambdasAndNothingElse: names and values, with nothing of
// the host's.
func TestTheEnvironmentIsLambdasAndNothingElse(t *testing.T) {
	t.Setenv("OF_THE_HOST", "must not leak")
	inBoth(t, func(t *testing.T, w *world) {
		f := w.function("handler", "MINE", "yes", "LANG", "de_DE.UTF-8", "_HANDLER", "not mine to set")
		f.ClientEnv = map[string]string{"CLIENT_PATH": "${LAMBDA_TASK_ROOT}/lib:${_HANDLER}", "MINE": "the client's"}
		f.MemoryMB, f.ExecutionEnvironment = 512, "AWS_Lambda_test"
		env := w.spawn(f)
		got := into[environment](t, w.invoke(env, map[string]any{"do": "environment"}))
		root := "/var/task"
		if !w.box.Namespaces() {
			root = f.CodeDir
		}
		want := []string{
			"AWS_ACCESS_KEY_ID=local", "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true",
			"AWS_EXECUTION_ENV=AWS_Lambda_test",
			"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_FUNCTION_NAME=probe", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
			"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/probe",
			"AWS_LAMBDA_LOG_STREAM_NAME=" + time.Now().UTC().Format("2006/01/02") + "/[$LATEST]" + env.ID(),
			"AWS_LAMBDA_RUNTIME_API=" + env.APIAddr(), "AWS_REGION=us-east-1", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
			"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
			"CLIENT_PATH=" + root + "/lib:bootstrap",
			"LAMBDA_RUNTIME_DIR=/var/runtime", "LAMBDA_TASK_ROOT=" + root, "LANG=de_DE.UTF-8",
			"LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:" + root + ":" + root + "/lib:/opt/lib",
			"MARKER=" + w.marker, "MINE=yes", "PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin", "TZ=:UTC",
			"_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1", "_AWS_XRAY_DAEMON_PORT=2000", "_HANDLER=bootstrap",
		}
		if !w.box.Namespaces() {
			want = append(want, "TMPDIR="+env.Temp())
		}
		// The client itself adds the trace.
		got.Env = slices.DeleteFunc(got.Env, func(v string) bool { return strings.HasPrefix(v, "_X_AMZN_TRACE_ID=Root=1-") })
		slices.Sort(got.Env)
		slices.Sort(want)
		if diff := cmp.Diff(want, got.Env); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
		if got.Dir != root {
			t.Errorf("got folder %s, want %s", got.Dir, root)
		}
		if !got.TempWritable {
			t.Error("got a temp folder that cannot be written")
		}
		if w.box.Namespaces() && (got.CodeWritable || got.Temp != "/tmp") {
			t.Errorf("got %+v, want read-only code and /tmp", got)
		}
		if got.CPUs > 2 {
			t.Errorf("got %d CPUs, want at most 2", got.CPUs)
		}
	})
}

// TestAClientBelowTmpIsNotHidden by the function's own /tmp.
func TestAClientBelowTmpIsNotHidden(t *testing.T) {
	w := real(t, engine.Options{})
	client, err := os.MkdirTemp("/tmp", "engine-test-client-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(client) })
	if err := os.Chmod(client, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho by way of the client\nexec \"$LAMBDA_TASK_ROOT/$1\"\n"
	if err := os.WriteFile(filepath.Join(client, "run"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	f := w.function("handler")
	f.Command, f.Paths = []string{filepath.Join(client, "run"), "${_HANDLER}"}, []string{client}
	env := w.spawn(f)
	if inv := w.invoke(env, nil); inv.FunctionError != "" || !strings.Contains(w.log.String(), "by way of the client\n") {
		t.Errorf("got %s, want an answer by way of the client", inv.Payload)
	}
}

func TestLogTail(t *testing.T) {
	inBoth(t, func(t *testing.T, w *world) {
		env := w.spawn(w.function("handler"))
		inv := w.invoke(env, map[string]any{"do": "print", "text": "no newline at the end"})
		if want := "Version: $LATEST\nno newline at the endEND RequestId: "; !strings.Contains(string(inv.LogTail), want) {
			t.Errorf("got\n%swant what was written inside the invocation, before END", inv.LogTail)
		}
		inv = w.invoke(env, map[string]any{"do": "printmuch", "text": "0123456789\n", "bytes": 200_000})
		if len(inv.LogTail) != 4096 || !strings.HasSuffix(string(inv.LogTail), string(inv.Report.AppendText(nil))) {
			t.Errorf("got %d bytes ending in %q, want the last 4096", len(inv.LogTail), inv.LogTail[len(inv.LogTail)-50:])
		}
		if body, _, _ := strings.Cut(string(inv.LogTail), "END"); strings.Trim(body, "0123456789\n") != "" {
			t.Errorf("got %q, want the lines in their order", body)
		}
		if got := strings.Count(w.log.String(), "0123456789\n"); got != 200_000/11 {
			t.Errorf("got %d lines in the log, want all %d", got, 200_000/11)
		}
	})
}

func TestJSONLogging(t *testing.T) {
	w := plain(t)
	now := time.Date(2026, 11, 22, 1, 2, 3, 456e6, time.UTC)
	e := engine.New(w.box, engine.Options{
		Now:   func() time.Time { return now },
		NewID: func() string { return "00000000-1111-4222-8333-444444444444" },
	})
	w.engine = e
	f := w.function("handler")
	f.LogFormat, f.Logs = engine.JSON, w.log
	env := w.spawn(f)
	w.invoke(env, nil)
	failed := w.invoke(env, map[string]any{"do": "error", "text": "x"})
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	wantLines := []string{
		`{"time":"2026-11-22T01:02:03.456Z","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init","runtimeVersion":"provided.al2023","functionName":"probe","functionVersion":"$LATEST","instanceId":"2026/11/22/[$LATEST]00000000111142228333444444444444","instanceMaxMemory":1854930944}}`,
		`{"time":"2026-11-22T01:02:03.456Z","type":"platform.start","record":{"requestId":"00000000-1111-4222-8333-444444444444","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:probe","version":"$LATEST"}}`,
	}
	for i, want := range wantLines {
		if lines[i] != want {
			t.Errorf("got line %d\n%s\nwant\n%s", i, lines[i], want)
		}
	}
	var reports []report.Line
	for _, line := range lines {
		if !json.Valid([]byte(line)) && !strings.Contains(line, "errorMessage") {
			t.Errorf("got %q, want an event", line)
		}
		if r, ok := report.Parse(line); ok {
			reports = append(reports, r)
		}
	}
	if len(reports) != 2 || reports[1] != failed.Report || reports[1].Status != "error" || reports[1].ErrorType != "Runtime.Unknown" {
		t.Errorf("got reports %+v, want the second to be the error's %+v", reports, failed.Report)
	}
	if strings.Contains(w.log.String(), "START RequestId") {
		t.Errorf("got lines of the text format:\n%s", w.log)
	}
}

func TestAFunctionMustMakeSense(t *testing.T) {
	w := plain(t)
	for name, spoil := range map[string]func(*engine.Function){
		"no name":            func(f *engine.Function) { f.Name = "" },
		"no command":         func(f *engine.Function) { f.Command = nil },
		"a relative folder":  func(f *engine.Function) { f.CodeDir = "code" },
		"too little memory":  func(f *engine.Function) { f.MemoryMB = 64 },
		"too much memory":    func(f *engine.Function) { f.MemoryMB = 20000 },
		"an unknown format":  func(f *engine.Function) { f.LogFormat = "XML" },
		"a negative timeout": func(f *engine.Function) { f.Timeout = -1 },
		"a strange variable": func(f *engine.Function) { f.Env = map[string]string{"A=B": "c"} },
		"another machine":    func(f *engine.Function) { f.Architecture = "sparc" },
		"an unknown word":    func(f *engine.Function) { f.Command = []string{"${NO_SUCH}"} },
		"an unknown value":   func(f *engine.Function) { f.ClientEnv = map[string]string{"A": "${NO_SUCH}"} },
	} {
		f := w.function("handler")
		spoil(&f)
		if _, err := w.engine.Start(context.Background(), f); fault.Hint(err) == "" {
			t.Errorf("%s: got %v, want an error with a hint", name, err)
		}
	}
}

func TestSharesAndCPUs(t *testing.T) {
	if got := engine.CPUQuota(512); got < 0.2894 || got > 0.2895 {
		t.Errorf("got %v of a CPU at 512 MB, want 0.2894", got)
	}
	for memory, want := range map[int]int{128: 2, 1769: 2, 3008: 2, 3009: 3, 5307: 3, 5308: 4, 7076: 4, 8845: 5, 8846: 6, 10240: 6} {
		if got := engine.VisibleCPUs(memory); got != want {
			t.Errorf("got %d CPUs at %d MB, want %d", got, memory, want)
		}
	}
}
