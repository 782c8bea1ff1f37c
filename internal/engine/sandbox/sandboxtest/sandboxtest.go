// Package sandboxtest builds the launcher for tests, so that a plain `go test`
// needs no `make` before it and never tests an old one. It is for tests only.
//
//	func TestMain(m *testing.M) {
//		launcher, remove, err := sandboxtest.Launcher()
//		…
//		code := m.Run()
//		remove()
//		os.Exit(code)
//	}
package sandboxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const program = "github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/launcher"

// Launcher builds the launcher in a folder of its own, for
// sandbox.Options.Launcher, and returns how to remove it. Everybody may read it:
// some tests run as another user. Where there is no compiler, as in the virtual machine of `make cgroup2`, the
// variable TEST_LAUNCHER names one that has been built.
func Launcher() (path string, remove func(), err error) {
	if path := os.Getenv("TEST_LAUNCHER"); path != "" {
		return path, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "sandbox-launcher-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "launcher")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build the launcher: %w\n%s", err, out)
	}
	return path, remove, nil
}
