package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// fencedText is what the page says that is printed.
var fencedText = regexp.MustCompile("(?ms)^```text\n(.*?)^```$")

// TestExamples makes the functions of docs/your-own-function.md that have a section of
// their own, by the files and the commands that it shows.
func TestExamples(t *testing.T) {
	document, err := os.ReadFile("../../docs/your-own-function.md")
	if err != nil {
		t.Fatal(err)
	}
	_, examples, _ := strings.Cut(string(document), "\n## Five examples\n")
	cache, err := build.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	programs := benchOnPath(t)
	examples, _, _ = strings.Cut(examples, "\n## ")
	sections := strings.Split(examples, "\n### ")[1:]
	if len(sections) != 5 {
		t.Fatalf("got %d examples, want five", len(sections))
	}
	for _, section := range sections {
		title, text, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for _, file := range fencedFile.FindAllStringSubmatch(text, -1) {
				write(t, filepath.Join(root, filepath.FromSlash(file[1])), file[2])
			}
			savesCompiling(t, root, cache)
			commands := fencedCommands.FindStringSubmatch(text)
			if commands == nil {
				t.Fatal("got no commands")
			}
			command := exec.CommandContext(t.Context(), "sh", "-euc", commands[1])
			command.Dir = root
			command.Env = append(os.Environ(), "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"),
				"BENCH_CACHE_DIR="+cache, "CARGO_PROFILE_RELEASE_OPT_LEVEL=0", "NO_COLOR=1")
			said, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", commands[1], err, said)
			}
			if want := fencedText.FindStringSubmatch(text); want != nil && !bytes.Contains(said, []byte(want[1])) {
				t.Errorf("got\n%s\nwant %s in it", said, want[1])
			}
			allRight(t, root, regexp.MustCompile(`(?m)^- (?:\{name: |name: )([\w-]+)`).FindAllStringSubmatch(text, -1))
		})
	}
}

// benchOnPath is a folder with this program as bench, which measures fewer environments
// than a person would.
func benchOnPath(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole", "bench")
	write(t, filepath.Join(dir, "bench"), fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = local ]; then set -- \"$@\" --environments 2; fi\nexec '%s' \"$@\"\n", whole))
	if err := os.Mkdir(filepath.Dir(whole), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, whole); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "bench"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// savesCompiling lets a Rust example have the versions that the project's own function is
// made of, and keeps what was compiled for the next time.
func savesCompiling(t *testing.T, root, cache string) {
	t.Helper()
	manifests, err := filepath.Glob(filepath.Join(root, "*", "Cargo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, manifest := range manifests {
		lock, err := os.ReadFile("../../lambdas/rust/Cargo.lock")
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(filepath.Dir(manifest), "Cargo.lock"), string(lock))
		target := filepath.Join(cache, "examples")
		if err := os.MkdirAll(target, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(filepath.Dir(manifest), "target")); err != nil {
			t.Fatal(err)
		}
	}
}

// allRight wants the run in root measured, each request of it answered rightly.
func allRight(t *testing.T, root string, requests [][]string) {
	t.Helper()
	got, err := results.Load(filepath.Join(root, "results", "latest", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Configurations) != 1 || got.Configurations[0].Status != results.Measured {
		t.Fatalf("got %+v, want one function measured", got.Configurations)
	}
	for _, e := range got.Configurations[0].Environments {
		for _, request := range requests {
			if _, ok := e.Operations[request[1]]; !ok {
				t.Errorf("got no calls of %s, want some", request[1])
			}
		}
		for name, operation := range e.Operations {
			if operation.Errors > 0 || operation.N == 0 {
				t.Errorf("%s: got %d right and %d wrong answers (%s)", name, operation.N, operation.Errors, operation.Wrong)
			}
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
