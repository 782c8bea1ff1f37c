package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var (
	fencedFile     = regexp.MustCompile("(?ms)^```\\w+ title=\"([^\"]+)\"\n(.*?)^```$")
	fencedCommands = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")
)

// benchIn runs bench in a checkout and returns what it wrote to standard error.
func benchIn(t *testing.T, root string, args ...string) (int, string) {
	t.Helper()
	var words bytes.Buffer
	code := run(t.Context(), append([]string{"-C", root}, args...), strings.NewReader(""), &bytes.Buffer{}, &words)
	return code, words.String()
}

// TestAddingARuntime does what docs/adding-a-runtime.md says, with the files that
// it shows, in a checkout that has one other runtime.
func TestAddingARuntime(t *testing.T) {
	document, err := os.ReadFile("../../docs/adding-a-runtime.md")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "lambdas"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(echoFolder(t), filepath.Join(root, "lambdas", "echo")); err != nil {
		t.Fatal(err)
	}
	files := fencedFile.FindAllStringSubmatch(string(document), -1)
	if len(files) != 4 {
		t.Fatalf("got %d files in the document, want 4", len(files))
	}
	for _, file := range files {
		if !strings.HasPrefix(file[1], "lambdas/shell/") {
			t.Errorf("got the file %s, want all in the runtime's own folder", file[1])
		}
		path := filepath.Join(root, filepath.FromSlash(file[1]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	commands := fencedCommands.FindStringSubmatch(string(document))
	if commands == nil {
		t.Fatal("got no commands in the document")
	}
	for line := range strings.Lines(commands[1]) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "bench" {
			t.Fatalf("got the command %q, want one of bench", line)
		}
		if code, said := benchIn(t, root, words[1:]...); code != 0 {
			t.Fatalf("%s: got exit code %d, want 0:\n%s", strings.TrimSpace(line), code, said)
		}
	}

	got, err := results.Load(filepath.Join(root, "results", "latest", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]results.Status{}
	for _, c := range got.Configurations {
		measured[c.Runtime] = c.Status
	}
	if measured["shell"] != results.Measured || measured["echo"] != results.Measured {
		t.Errorf("got %v, want both measured", measured)
	}
	if len(got.Gate) != 1 || got.Gate[0].Runtime != "shell" || !got.Gate[0].Passed || got.Gate[0].Cases != 2 {
		t.Errorf("got the gate %+v, want both cases of shell passed", got.Gate)
	}

	// One that does not keep its contract is named, and not measured.
	bootstrap := filepath.Join(root, "lambdas", "shell", "bootstrap")
	source, err := os.ReadFile(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bootstrap, bytes.ReplaceAll(source, []byte("from shell"), []byte("from nobody")), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, said := benchIn(t, root, "verify", "--runtime", "shell"); code != 1 || !strings.Contains(said, `got "from nobody", want "from shell"`) {
		t.Errorf("a wrong answer: got exit code %d and\n%s\nwant 1 and the case", code, said)
	}
	out := filepath.Join(root, "out")
	if code, said := benchIn(t, root, "local", "--quick", "--environments", "2", "--out", out); code != 1 {
		t.Errorf("a wrong answer: got exit code %d, want 1:\n%s", code, said)
	}
	got, err = results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Configurations {
		if want := map[string]results.Status{"shell": results.Failed, "echo": results.Measured}[c.Runtime]; c.Status != want {
			t.Errorf("%s: got %s (%s), want %s", c.Runtime, c.Status, c.Reason, want)
		}
	}
}

// TestYourOwnFunction makes the function of docs/your-own-function.md, first of its four
// lines alone, then with the routes and requests that the page has further down.
func TestYourOwnFunction(t *testing.T) {
	document, err := os.ReadFile("../../docs/your-own-function.md")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	t.Chdir(root)
	if err := os.Mkdir("lamps", 0o755); err != nil {
		t.Fatal(err)
	}
	var further string
	for _, file := range fencedFile.FindAllStringSubmatch(string(document), -1) {
		if !strings.HasPrefix(file[1], "lamps/") {
			continue
		}
		if strings.HasSuffix(file[1], ", further") {
			further += file[2]
			continue
		}
		if err := os.WriteFile(file[1], []byte(file[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, said := benchIn(t, root, "build", "./lamps"); code != 0 {
		t.Fatalf("got exit code %d of the four lines, want 0:\n%s", code, said)
	}
	manifest, err := os.ReadFile("lamps/runtime.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(manifest, []byte("\n")); n != 4 || further == "" {
		t.Errorf("got %d lines and further ones %q, want four and some", n, further)
	}
	if err := os.WriteFile("lamps/runtime.yaml", append(manifest, further...), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, said := benchIn(t, root, "local", "--runtime", "./lamps", "--quick", "--environments", "2"); code != 0 {
		t.Fatalf("got exit code %d, want 0:\n%s", code, said)
	}
	got, err := results.Load(filepath.Join(root, "results", "latest", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got.Configurations[0].Environments {
		for name, operation := range e.Operations {
			if operation.Errors > 0 || operation.N == 0 {
				t.Errorf("%s: got %d right and %d wrong answers (%s), want the page's to hold", name, operation.N, operation.Errors, operation.Wrong)
			}
		}
		if len(e.Operations) != 5 {
			t.Errorf("got %d operations, want all five of the page", len(e.Operations))
		}
	}
}
