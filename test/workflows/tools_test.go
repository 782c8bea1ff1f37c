package workflows

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

func run(t *testing.T, command ...string) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(command[0]), err, out)
	}
}

func TestActionlint(t *testing.T) {
	// What a machine happens to have of shellcheck and pyflakes is not pinned.
	run(t, "go", "tool", "-modfile=test/workflows/tools.mod", "actionlint", "-no-color", "-shellcheck=", "-pyflakes=")
}

// zizmor looks for what an attacker could use; --offline, so that it asks nobody.
func TestZizmor(t *testing.T) {
	run(t, zizmor(t), "--offline", "--no-progress", "--color=never", "--config=.github/zizmor.yml", "--strict-collection", ".github")
}

// zizmor is the program, installed once for each content of requirements.txt.
func zizmor(t *testing.T) string {
	t.Helper()
	python, err := toolchain.Find(context.Background(), config.Tool{Tool: "python", Version: ">=3.11", Hint: "install Python 3.11 or newer",
		Probe: []string{"python3 --version", "python3.13 --version", "~/.pyenv/versions/3.*/bin/python3 --version"}})
	if err != nil {
		t.Fatal(err)
	}
	pins, err := os.ReadFile("requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cache, fmt.Sprintf("zizmor-%.8x", sha256.Sum256(append(pins, python.Path...))))
	done := filepath.Join(folder, "complete")
	if _, err := os.Stat(done); err != nil {
		run(t, python.Path, "-m", "venv", "--clear", folder)
		run(t, filepath.Join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", "test/workflows/requirements.txt")
		if err := os.WriteFile(done, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "bin", "zizmor")
}
