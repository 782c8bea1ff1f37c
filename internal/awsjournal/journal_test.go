package awsjournal

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

var written = Journal{
	Run: "r1", Began: time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC), Account: "123456789012", Region: "eu-west-1", Environment: "dev-anna",
	Functions: []Function{{Name: "f", MemoryMB: 1769, Variables: map[string]string{"TOKEN": "it's secret"}, SizesMB: []int{128}}},
}

func TestJournal(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "aws")
	path, err := Write(folder, written)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, folder: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v for its owner alone", name, info.Mode(), err, want)
		}
	}
	got, err := Read(path)
	want := written
	want.Version = Version
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	second := written
	second.Run = "r2"
	if _, err := Write(folder, second); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(fault.Hint(err), "bench aws restore") {
		t.Errorf("got %v, want the first journal to stay and be named", err)
	}
	if got, err := Read(path); err != nil || got.Run != "r1" {
		t.Errorf("got run %s, %v, want the first one's", got.Run, err)
	}
	if left, err := Left(folder); err != nil || len(left) != 1 || left[0] != path {
		t.Errorf("got %v, %v, want %s alone", left, err, path)
	}
	if err := Remove(path); err != nil {
		t.Fatal(err)
	}
	inside, err := os.ReadDir(folder)
	if err != nil || len(inside) > 0 {
		t.Errorf("got %v, %v, want an empty folder", inside, err)
	}
}

func TestNoJournal(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"half": `{"version": 1, "run":`, "another": `{"version": 2, "run": "r"}`, "anything": `{}`} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !fault.IsUsage(err) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if _, err := Read(filepath.Join(folder, "none")); err == nil || !fault.IsUsage(err) {
		t.Errorf("got %v, want it said that there is none", err)
	}
	if left, err := Left(filepath.Join(folder, "none")); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v, want none", left, err)
	}
}
