package build

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// zipOf makes a zip as somebody else would, whose bytes ours would not have.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		h := zip.FileHeader{Name: name, Method: zip.Store, Comment: "by hand"}
		h.SetMode(0o755)
		entry, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAZipIsTakenAsItIs(t *testing.T) {
	p := newProject(t)
	content := zipOf(t, map[string]string{"bootstrap": "#!/bin/sh\n", "lib/one.txt": "one"})
	file := filepath.Join(p.root, "code.zip")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	guest, err := config.FromZip(file, "provided.al2023", "")
	if err != nil {
		t.Fatal(err)
	}
	built, err := p.build(guest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(built.Path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if !bytes.Equal(got, content) || built.Meta.SHA256 != hex.EncodeToString(sum[:]) || built.Meta.Files != 2 {
		t.Errorf("got %d bytes, %+v; want the very zip", len(got), built.Meta)
	}
	if again, err := p.build(guest); err != nil || again.Status != Unchanged {
		t.Errorf("got %s (%v) the second time, want unchanged", again.Status, err)
	}
	if err := os.WriteFile(file, zipOf(t, map[string]string{"bootstrap": "#!/bin/bash\n"}), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err := p.build(guest); err != nil || again.Status != Fresh {
		t.Errorf("got %s (%v) for another zip, want it taken anew", again.Status, err)
	}
}

func TestAFolderIsPackedAsItIs(t *testing.T) {
	p := newProject(t)
	dir := filepath.Join(p.root, "HelloFunction")
	p.writeFile(filepath.Join(dir, "bootstrap"), "#!/bin/sh\n", 0o755)
	guest, err := config.FromZip(dir, "provided.al2023", "")
	if err != nil {
		t.Fatal(err)
	}
	built, err := p.build(guest)
	if err != nil || built.Meta.Files != 1 {
		t.Fatalf("got %+v (%v), want the one file", built.Meta, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bootstrap")); err != nil {
		t.Errorf("got %v, want the folder left as it was", err)
	}
}

// A folder that is taken as it is may be the one that bench is run in, too.
func TestWhatBenchWritesIsNotPacked(t *testing.T) {
	p := newProject(t)
	p.writeFile(filepath.Join(p.root, "bootstrap"), "#!/bin/sh\n", 0o755)
	p.write("results/latest/results.json", "{}")
	guest, err := config.FromZip(p.root, "provided.al2023", "")
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.build(guest)
	if err != nil {
		t.Fatal(err)
	}
	p.write("results/latest/report.html", "")
	p.writeFile(filepath.Join(p.root, "bootstrap"), "#!/bin/bash\n", 0o755)
	after, err := p.build(guest)
	if err != nil || after.Status != Fresh || after.Meta.Files != before.Meta.Files {
		t.Errorf("got %s with %d files (%v), want it built anew with %d", after.Status, after.Meta.Files, err, before.Meta.Files)
	}
}

// A guest whose folder is also the one that bench is run in.
func TestWhatBenchWritesIsNoSource(t *testing.T) {
	p := newProject(t)
	p.write("runtime.yaml", "name: here\nlambdaRuntime: provided.al2023\nbuild: cp boot \"$BENCH_OUTPUT/bootstrap\"; chmod +x \"$BENCH_OUTPUT/bootstrap\"\n")
	p.write("boot", "#!/bin/sh\n")
	guest, err := config.LoadRuntime(p.root)
	if err != nil {
		t.Fatal(err)
	}
	p.mustBuild(guest)
	p.write("results/latest/results.json", "{}")
	if again := p.mustBuild(guest); again.Status != Unchanged {
		t.Errorf("got %s, want unchanged: only the zip and results are new", again.Status)
	}
	p.write("boot", "#!/bin/bash\n")
	if again := p.mustBuild(guest); again.Status != Fresh {
		t.Errorf("got %s for another source, want it built", again.Status)
	}
}

func TestAZipThatLambdaWouldRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"no zip":       {[]byte("hello"), "not a valid zip file"},
		"outside":      {zipOf(t, map[string]string{"../evil": "x"}), `"../evil"`},
		"no bootstrap": {zipOf(t, map[string]string{"index.mjs": "x"}), "the output has no bootstrap"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			t.Setenv("TMPDIR", t.TempDir())
			file := filepath.Join(p.root, "code.zip")
			if err := os.WriteFile(file, c.content, 0o644); err != nil {
				t.Fatal(err)
			}
			guest, err := config.FromZip(file, "provided.al2023", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.build(guest); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "bench-zip-*")); len(left) > 0 {
				t.Errorf("got %v left behind, want nothing", left)
			}
		})
	}
}
