package results

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheSchemaIsReadInAnyFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a, b [c] 100% #d")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	if _, err := compileSchema(); err != nil {
		t.Error(err)
	}
}
