package build

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// here is this machine's architecture in Lambda's words, and another one.
func here(t *testing.T) (own, other string) {
	t.Helper()
	for arch, goarch := range goArch {
		if goarch == runtime.GOARCH {
			own = arch
		} else {
			other = arch
		}
	}
	if own == "" {
		t.Skipf("Lambda has no %s", runtime.GOARCH)
	}
	return own, other
}

func outputWith(t *testing.T, name, source string) (string, []file) {
	t.Helper()
	dir := t.TempDir()
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, files
}

func TestBinariesOfAnotherArchitecture(t *testing.T) {
	own, other := here(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, files := outputWith(t, "bootstrap", self)
	if err := checkBinaries(dir, files, own, ""); err != nil {
		t.Errorf("own architecture: got %v", err)
	}
	err = checkBinaries(dir, files, other, "")
	if err == nil || !strings.Contains(err.Error(), "bootstrap: got a binary for "+machines[own].String()+", want "+machines[other].String()) {
		t.Errorf("other architecture: got %v", err)
	}
	if !strings.Contains(fault.Hint(err), "$BENCH_ARCH") {
		t.Errorf("hint: got %q", fault.Hint(err))
	}
}

// Any library of the machine that needs glibc stands for one in a wheel.
func TestBinariesThatNeedANewerGlibc(t *testing.T) {
	own, _ := here(t)
	const program = "/bin/ls"
	binary, err := elf.Open(program)
	if err != nil {
		t.Skipf("open a dynamic program: %v", err)
	}
	defer binary.Close()
	if needs, err := binary.DynamicVersionNeeds(); err != nil || len(needs) == 0 {
		t.Skipf("%s needs no glibc (%v)", program, err)
	}
	dir, files := outputWith(t, "lib/x.so", program)
	if err := checkBinaries(dir, files, own, "99.0"); err != nil {
		t.Errorf("99.0: got %v", err)
	}
	if err := checkBinaries(dir, files, own, ""); err != nil {
		t.Errorf("unchecked: got %v", err)
	}
	err = checkBinaries(dir, files, own, "2.1")
	if err == nil || !strings.Contains(err.Error(), "lib/x.so: got a binary that needs glibc 2.") || !strings.Contains(err.Error(), "want at most 2.1") {
		t.Errorf("2.1: got %v", err)
	}
	if strings.Contains(err.Error(), "()") {
		t.Errorf("got no symbol in %v", err)
	}
}

func TestFilesThatAreNoBinaries(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a": "", "b": "\x7fEL", "c": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	files, err := scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBinaries(dir, files, config.X8664, "2.34"); err != nil {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c"), []byte("\x7fELF and no more"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := checkBinaries(dir, files, config.X8664, "2.34"); err == nil || !strings.Contains(err.Error(), "check c:") {
		t.Errorf("half a binary: got %v", err)
	}
}

func TestNewer(t *testing.T) {
	for _, pair := range [][2]string{{"2.35", "2.34"}, {"2.34.1", "2.34"}, {"3", "2.34"}, {"2.100", "2.34"}, {"PRIVATE", "2.34"}, {"ABI_DT_RELR", "2.34"}} {
		if !newer(pair[0], pair[1]) || newer(pair[1], pair[0]) {
			t.Errorf("got %s not newer than %s", pair[0], pair[1])
		}
	}
	if newer("2.34", "2.34") || newer("2.2.5", "2.34") {
		t.Error("got newer than itself")
	}
}

func TestLinkedModules(t *testing.T) {
	source := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":     "module example.com/main\ngo 1.26\nrequire example.com/dep v1.2.3\nreplace example.com/dep => ./dep\n",
		"main.go":    "package main\nimport \"example.com/dep\"\nfunc main() { dep.Do() }\n",
		"dep/go.mod": "module example.com/dep\ngo 1.26\n",
		"dep/dep.go": "package dep\nfunc Do() {}\n",
	} {
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "program", ".")
	build.Dir, build.Env = source, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir, files := outputWith(t, "bootstrap", filepath.Join(source, "program"))
	if got := linkedModules(dir, files); len(got) != 1 || got["example.com/dep"] != "v1.2.3" {
		t.Errorf("got %v, want what it is linked with", got)
	}
	dir, files = outputWith(t, "bootstrap", "/bin/sh")
	if got := linkedModules(dir, files); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
}
