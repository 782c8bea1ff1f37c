package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder is the zip of its files, and a zip is what it is.
func TestPackLayer(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "python"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "python", "extra.py"), []byte("NAME = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := PackLayer(dir, out)
	if err != nil || folder.Unpacked != 9 {
		t.Fatalf("got %+v, %v; want 9 bytes", folder, err)
	}
	again, err := PackLayer(dir, out)
	if err != nil || again != folder {
		t.Errorf("got %+v, %v; want %+v again", again, err, folder)
	}
	taken, err := PackLayer(folder.Path, out)
	if err != nil || taken != folder {
		t.Errorf("got %+v, %v; want the zip as it is: %+v", taken, err, folder)
	}
	file := filepath.Join(dir, "python", "extra.py")
	for path, want := range map[string]string{file: "got no zip, want one", t.TempDir(): "got nothing in it", filepath.Join(dir, "none"): "no such file"} {
		if _, err := PackLayer(path, out); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want …%s…", path, err, want)
		}
		if err := CheckLayer(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check %s: got %v, want …%s…", path, err, want)
		}
	}
	for _, path := range []string{dir, folder.Path} {
		if err := CheckLayer(path); err != nil {
			t.Errorf("check %s: got %v, want it taken", path, err)
		}
	}
}

// Links to what is under /opt are a layer's own, even to what another one has.
func TestLinksOfALayer(t *testing.T) {
	for target, want := range map[string]string{"/opt/lib/other": "", "/opt/../etc/passwd": "names a place on this machine", "/etc/passwd": "names a place on this machine"} {
		dir := t.TempDir()
		if err := os.Symlink(target, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		_, err := PackLayer(dir, t.TempDir())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", target, err, want)
		}
	}
}
