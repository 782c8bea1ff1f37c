//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/filelock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// emulatorPython runs the emulator. It prefers the version that Lambda's newest
// functions of its kind want, since the emulator runs those in its own interpreter.
var emulatorPython = config.Tool{
	Tool: "python", Version: ">=3.11, <3.14",
	Probe: []string{
		"python3.13 --version", "~/.pyenv/versions/3.13.*/bin/python3.13 --version",
		"python3.11 --version", "~/.pyenv/versions/3.11.*/bin/python3.11 --version", "python3 --version",
	},
	Locate: "-c \"import sys; print(sys.executable)\"",
	Hint:   "install CPython 3.13, for example with pyenv install 3.13",
}

// emulator is a running ministack.
type emulator struct {
	endpoint string
	// env is what AWS tools need to find it.
	env []string
}

// runs reports whether the emulator can run the functions of a Lambda runtime.
func runs(lambdaRuntime string, python toolchain.Found) bool {
	minor := strings.Join(strings.Split(python.Version, ".")[:2], ".")
	return strings.HasPrefix(lambdaRuntime, "provided.") || strings.HasPrefix(lambdaRuntime, "nodejs") || lambdaRuntime == "python"+minor
}

// installEmulator makes a virtual environment of its own in the cache, once for
// each content of requirements.txt and interpreter.
func installEmulator(ctx context.Context, t *testing.T, cache string, python toolchain.Found) (folder string) {
	t.Helper()
	requirements, err := os.ReadFile("requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	key := sha256.Sum256([]byte(python.Path + "\n" + python.Version + "\n" + string(requirements)))
	folder = filepath.Join(cache, "emulator", hex.EncodeToString(key[:8]))
	lock, err := filelock.Acquire(ctx, folder+".lock", func() { t.Log("another process installs the emulator, waiting for it") })
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release() //nolint:errcheck // the process ends soon
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err == nil {
		return folder
	}
	t.Log("installing the emulator into", folder)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	command(ctx, t, "", nil, python.Path, "-m", "venv", folder)
	command(ctx, t, "", nil, filepath.Join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
		"--require-hashes", "--no-deps", "-r", "requirements.txt")
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// startEmulator boots an empty AWS on loopback. proxies name the functions whose
// invocations go to a URL instead.
func startEmulator(ctx context.Context, t *testing.T, folder, node string, proxies map[string]string) emulator {
	t.Helper()
	port := freePort(t)
	endpoint := "http://127.0.0.1:" + port
	key := make([]byte, 8) // the CDK remembers account numbers by key: each emulator has its own
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	aws := []string{
		"AWS_ACCESS_KEY_ID=E2E" + strings.ToUpper(hex.EncodeToString(key)), "AWS_SECRET_ACCESS_KEY=none",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
	home := t.TempDir()
	env := append([]string{
		"PATH=" + filepath.Join(folder, "bin") + ":" + filepath.Dir(node) + ":/usr/bin:/bin", "HOME=" + home, "TMPDIR=" + home,
		"GATEWAY_PORT=" + port, "BIND_HOST=127.0.0.1", "LAMBDA_EXECUTOR=local",
		// Some functions are plain servers without it. Those that use it get their own.
		"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1",
	}, aws...)
	for function, url := range proxies {
		env = append(env, "MINISTACK_LAMBDA_PROXY_"+function+"="+url)
	}
	waitFor(ctx, t, endpoint+"/_localstack/health", start(t, home, env, filepath.Join(folder, "bin", "ministack")))
	return emulator{endpoint: endpoint, env: aws}
}

// startEngine serves the functions that the emulator cannot run.
func startEngine(ctx context.Context, t *testing.T, root string, runtimes []config.Runtime) (proxies map[string]string) {
	t.Helper()
	proxies = map[string]string{}
	if len(runtimes) == 0 {
		return proxies
	}
	address := "127.0.0.1:" + freePort(t)
	var names []string
	for _, r := range runtimes {
		names = append(names, r.Name)
		function := config.FunctionName(r.Name, config.Dev) // bench knows it by this name, the emulator by that of the environment
		proxies[config.FunctionName(r.Name, environment)] = "http://" + address + "/2015-03-31/functions/" + function + "/invocations"
	}
	ended := start(t, root, os.Environ(), filepath.Join(root, "bin", "bench"), "serve", "--addr", address, "--runtime", strings.Join(names, ","))
	waitFor(ctx, t, "http://"+address+"/health", ended)
	return proxies
}

// findNode is the Node.js that the CDK's command line and its library run in here.
func findNode(ctx context.Context, t *testing.T, cache string) string {
	t.Helper()
	client, err := runtimeclient.Load("nodejs24.x")
	if err != nil {
		t.Fatal(err)
	}
	found, err := client.FindInterpreter(ctx, cache)
	if err != nil {
		t.Fatal(err)
	}
	return found.Path
}

func cacheDir(t *testing.T) string {
	t.Helper()
	cache, err := build.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// start runs a server until the test ends. It must be called from the test's own
// goroutine, which keeps its thread: a child is told to die with that thread.
func start(t *testing.T, dir string, env []string, name string, args ...string) (ended <-chan struct{}) {
	t.Helper()
	output, err := os.CreateTemp(t.TempDir(), filepath.Base(name))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() {
		_ = syscall.Kill(cmd.Process.Pid, syscall.SIGTERM) // it ends its own children
		select {
		case <-done:
		case <-time.After(5 * time.Second): // the emulator waits for calls under way
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if t.Failed() {
			text, _ := os.ReadFile(output.Name())
			t.Logf("the last words of %s:\n%s", filepath.Base(name), tail(string(text), 60))
		}
		_ = output.Close()
	})
	return done
}

// waitFor asks until somebody answers, or the server has ended.
func waitFor(ctx context.Context, t *testing.T, url string, ended <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("nobody answers at %s: %v", url, ctx.Err())
		case <-ended:
			t.Fatalf("nobody will answer at %s: the server has ended", url)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was never used
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
