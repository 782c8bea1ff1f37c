package results

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// TestSaveLeavesTheOldFileWhenTheDiskIsFull stands in for a full disk with a
// writer that fails after some bytes.
func TestSaveLeavesTheOldFileWhenTheDiskIsFull(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "results.json")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err := saveFile(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "save "+path) || fault.Hint(err) == "" {
		t.Errorf("got %v (hint %q), want the cause, the path and a hint", err, fault.Hint(err))
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "old" {
		t.Errorf("got %q, %v; want the old file untouched", got, err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("got %d files, %v; want no temporary file left", len(left), err)
	}
}

func TestSaveWhereAFolderIsInTheWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.MkdirAll(filepath.Join(path, "child"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := saveFile(path, func(io.Writer) error { return nil }); err == nil {
		t.Error("got no error, want one")
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("got %d entries, %v; want no temporary file left", len(left), err)
	}
}
