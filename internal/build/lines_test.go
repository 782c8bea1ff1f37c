package build_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

func TestLines(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"main.x": "a\n\n  \nb", "main_test.x": "c\n", "deep/er.x": "\t\nd\n", "other.y": "e\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := build.Lines(dir, []string{"**/*.x", "!**/*_test.x"}); err != nil || got != 3 {
		t.Errorf("got %d lines (%v), want 3: a, b and d", got, err)
	}
	if got, err := build.Lines(dir, nil); err != nil || got != 0 {
		t.Errorf("got %d lines (%v) of no files", got, err)
	}
	if _, err := build.Lines(dir, []string{"gone.x"}); err == nil {
		t.Error("got no error for a glob that names nothing")
	}
}
