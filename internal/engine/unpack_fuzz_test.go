package engine_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

// FuzzUnpack makes zips of three entries whose names, contents and modes are anything:
// all of it is inside of the folder afterwards, or nothing is there.
func FuzzUnpack(f *testing.F) {
	link := uint32(fs.ModeSymlink | 0o777)
	f.Add("a", "text", uint32(0o644), "b/", "", uint32(fs.ModeDir|0o755), "b/c", "../a", link)
	f.Add("a", "..", link, "a/b", "x", uint32(0o755), "../c", "x", uint32(0o644))
	f.Add("d/a", "../../evil", link, "d/e/b", "../..", link, "/c", "", uint32(fs.ModeDevice))
	f.Fuzz(func(t *testing.T, name1, content1 string, mode1 uint32, name2, content2 string, mode2 uint32, name3, content3 string, mode3 uint32) {
		files := []zipped{{name1, content1, fs.FileMode(mode1)}, {name2, content2, fs.FileMode(mode2)}, {name3, content3, fs.FileMode(mode3)}}
		for i := range files {
			files[i].name = files[i].name[:min(len(files[i].name), 1000)]
			if strings.HasSuffix(files[i].name, "/") { // what writes zips gives folders no content
				files[i].content = ""
			}
		}
		unpackInside(t, writeZip(t, files...))
	})
}

// FuzzUnpackBytes has files that are hardly zips any more.
func FuzzUnpackBytes(f *testing.F) {
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "code.zip")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		unpackInside(t, file)
	})
}

func unpackInside(t *testing.T, file string) {
	t.Helper()
	parent := t.TempDir()
	dir := filepath.Join(parent, "code")
	err := engine.Unpack(file, dir)
	there, readErr := os.ReadDir(parent)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if err != nil {
		if len(there) != 0 {
			t.Errorf("got %v beside %v, want nothing", there, err)
		}
		return
	}
	if len(there) != 1 || there[0].Name() != "code" {
		t.Errorf("got %v, want the folder alone", there)
	}
	walkErr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		if end, err := filepath.EvalSymlinks(path); err == nil && end != dir && !strings.HasPrefix(end, dir+"/") {
			t.Errorf("%s leads to %s", path, end)
		}
		return nil
	})
	if walkErr != nil {
		t.Error(walkErr)
	}
}
