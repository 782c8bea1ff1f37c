package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/leaktest"
)

// built holds what the tests run: the launcher and one code folder per program
// of testdata/functions, each with a bootstrap.
var built = struct {
	dir string
	sync.Mutex
	err map[string]error
}{err: map[string]error{}}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "engine-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Boxes that run as another user must be able to read the code.
	os.Chmod(dir, 0o755)
	built.dir = dir
	code := leaktest.Run(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// build compiles a program once and returns the file.
func build(t testing.TB, pkg, name string, tags ...string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	out := filepath.Join(built.dir, name)
	err, done := built.err[name]
	if !done {
		command := exec.Command("go", "build", "-tags", strings.Join(append(tags, "lambda.norpc"), ","), "-o", out, pkg)
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, e := command.CombinedOutput(); e != nil {
			err = fmt.Errorf("build %s: %w\n%s", pkg, e, output)
		}
		built.err[name] = err
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// code is the unpacked zip of one of the test functions.
func code(t testing.TB, name string) string {
	t.Helper()
	return filepath.Dir(build(t, "./testdata/functions/"+name, name+"/bootstrap"))
}

// world is what one test runs in: an engine over a starter, a function's log,
// and the promise that nothing stays behind.
type world struct {
	t      testing.TB
	engine *engine.Engine
	box    engine.Starter
	marker string // in the environment of every process
	log    *syncBuffer
	addrs  []string
}

// syncBuffer is a log that a test can wait for.
type syncBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{} // closed by the next write
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// await waits until a text has been written so many times.
func (s *syncBuffer) await(t testing.TB, text string, times int) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		if strings.Count(s.b.String(), text) >= times {
			s.mu.Unlock()
			return
		}
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%q is not in the log:\n%s", text, s)
		}
	}
}

// inBoth runs a test over plain processes and over the real sandbox.
func inBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("plain", func(t *testing.T) { test(t, plain(t)) })
	t.Run("sandbox", func(t *testing.T) { test(t, real(t, engine.Options{})) })
}

func newWorld(t testing.TB, box engine.Starter, o engine.Options) *world {
	w := &world{t: t, engine: engine.New(box, o), box: box, log: &syncBuffer{},
		marker: fmt.Sprintf("%s-%d", strings.ReplaceAll(t.Name(), "/", "-"), time.Now().UnixNano())}
	t.Cleanup(w.clean)
	return w
}

// plain is a world of plain processes, see fakeStarter.
func plain(t testing.TB) *world { return newWorld(t, newFakeStarter(t), engine.Options{}) }

// real is a world over the real sandbox.
func real(t testing.TB, o engine.Options) *world {
	t.Helper()
	return inSandbox(t, o, sandbox.Options{Launcher: build(t, "./sandbox/launcher", "launcher")})
}

// inSandbox is a world over a sandbox with options.
func inSandbox(t testing.TB, o engine.Options, of sandbox.Options) *world {
	t.Helper()
	host, err := sandbox.Open(context.Background(), of)
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(filepath.Base(host.RunDir()), "-")
	if id == "" {
		t.Fatalf("got run folder %s, want a name with an id", host.RunDir())
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
		left, err := sandbox.Leftovers()
		if err != nil {
			t.Errorf("look for leftovers: %v", err)
		}
		for _, l := range left {
			if strings.Contains(l, id) {
				t.Errorf("left behind: %s", l)
			}
		}
		filepath.WalkDir("/sys/fs/cgroup", func(path string, entry os.DirEntry, err error) error {
			if entry != nil && entry.IsDir() && strings.HasSuffix(entry.Name(), id) {
				t.Errorf("control group left behind: %s", path)
			}
			return nil
		})
		if _, err := os.Stat(host.RunDir()); !os.IsNotExist(err) {
			t.Errorf("got %v for the run folder, want it gone", err)
		}
	})
	return newWorld(t, engine.OnHost(host), o)
}

// limited skips where the machine cannot limit.
func (w *world) limited(t *testing.T) {
	t.Helper()
	host, ok := w.box.(interface{ Description() sandbox.Description })
	if !ok || !host.Description().Limits() {
		t.Skip("this machine has no control groups to limit with")
	}
}

// clean proves that no process, port or temp folder of the test is left.
func (w *world) clean() {
	for _, addr := range w.addrs {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			c.Close()
			w.t.Errorf("port %s is still open", addr)
		}
	}
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte(w.marker)) {
			w.t.Errorf("%s is still running", file)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.box.RunDir(), "tmp-*")); len(left) > 0 {
		w.t.Errorf("temp folders left behind: %v", left)
	}
	if w.t.Failed() {
		w.t.Logf("the function's log:\n%s", w.log)
	}
}

// onHost is the number on this machine of a process of the test's, which knows
// itself by the one in its own namespace.
func (w *world) onHost(pid int) int {
	w.t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, file := range files {
		status, _ := os.ReadFile(file)
		_, list, _ := strings.Cut(string(status), "\nNSpid:")
		list, _, _ = strings.Cut(list, "\n")
		numbers := strings.Fields(list)
		if len(numbers) == 0 || numbers[len(numbers)-1] != strconv.Itoa(pid) {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "environ"))
		if bytes.Contains(environ, []byte(w.marker)) {
			n, _ := strconv.Atoi(numbers[0])
			return n
		}
	}
	w.t.Fatalf("there is no process %d of this test's", pid)
	return 0
}

// function is one of the test functions, with Lambda's defaults.
func (w *world) function(name string, env ...string) engine.Function {
	f := engine.Function{
		Name: "probe", Handler: "bootstrap", LambdaRuntime: "provided.al2023", Architecture: map[string]string{"amd64": "x86_64"}[runtime.GOARCH],
		Command: []string{"./bootstrap"}, CodeDir: code(w.t, name),
		Env: map[string]string{"MARKER": w.marker}, Logs: w.log,
	}
	for i := 0; i < len(env); i += 2 {
		f.Env[env[i]] = env[i+1]
	}
	return f
}

// spawn starts an environment and closes it at the end of the test.
func (w *world) spawn(f engine.Function) *engine.Environment {
	w.t.Helper()
	env, err := w.engine.Spawn(context.Background(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	if addr := env.APIAddr(); addr != "" {
		w.addrs = append(w.addrs, addr)
	}
	w.t.Cleanup(func() {
		if err := env.Close(); err != nil {
			w.t.Errorf("close the environment: %v", err)
		}
	})
	return env
}

// invoke sends an event to the handler function.
func (w *world) invoke(env *engine.Environment, event map[string]any) engine.Invocation {
	w.t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		w.t.Fatal(err)
	}
	inv, err := env.Invoke(context.Background(), engine.Request{Payload: payload})
	if err != nil {
		w.t.Fatal(err)
	}
	if addr := env.APIAddr(); addr != "" {
		w.addrs = append(w.addrs, addr)
	}
	return inv
}

// into decodes an answer.
func into[T any](t testing.TB, inv engine.Invocation) T {
	t.Helper()
	var v T
	if inv.FunctionError != "" {
		t.Fatalf("got %s %s, want an answer", inv.FunctionError, inv.Payload)
	}
	if err := json.Unmarshal(inv.Payload, &v); err != nil {
		t.Fatalf("got %q: %v", inv.Payload, err)
	}
	return v
}
