package engine_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

type zipped struct {
	name, content string
	mode          fs.FileMode
}

var zippedTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func writeZip(t testing.TB, files ...zipped) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: zippedTime}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entry, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnpackKeepsWhatIsInThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "code")
	err := engine.Unpack(writeZip(t,
		zipped{"bootstrap", "#!", 0o755},
		zipped{"data/", "", fs.ModeDir | 0o555},
		zipped{"data/a.txt", "a", 0o444},
		zipped{"lib/deep/b.so", "b", 0o644 | fs.ModeSetuid},
		zipped{"lib/link", "deep/b.so", fs.ModeSymlink | 0o777},
		zipped{"lib/deep/up", "../../data/a.txt", fs.ModeSymlink | 0o777},
		zipped{"all", ".", fs.ModeSymlink | 0o777},
		zipped{"empty", "", 0o600},
	), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		mode    fs.FileMode
		content string
	}{
		"bootstrap": {0o755, "#!"}, "data/a.txt": {0o444, "a"}, "lib/deep/b.so": {0o644, "b"},
		"lib/link": {0o644, "b"}, "lib/deep/up": {0o444, "a"}, "empty": {0o600, ""}, "all/data/a.txt": {0o444, "a"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(data) != want.content {
			t.Errorf("%s: got %q, %v, want %q", name, data, err, want.content)
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want.mode {
			t.Errorf("%s: got mode %v, %v, want %v", name, info.Mode(), err, want.mode)
		}
		if !info.ModTime().Equal(zippedTime) {
			t.Errorf("%s: got the time %v, want the zip's %v", name, info.ModTime(), zippedTime)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("got %v beside the folder, want nothing", left)
	}
}

func TestUnpackRefuses(t *testing.T) {
	link := fs.ModeSymlink | 0o777
	tests := []struct {
		name  string
		files []zipped
	}{
		{"a name that leads up", []zipped{{"../evil", "x", 0o644}}},
		{"a name that leads up later", []zipped{{"a/../../evil", "x", 0o644}}},
		{"an absolute name", []zipped{{"/etc/evil", "x", 0o644}}},
		{"a backslash", []zipped{{`..\evil`, "x", 0o644}}},
		{"the same name twice", []zipped{{"a", "1", 0o644}, {"a", "2", 0o644}}},
		{"the same name in other words", []zipped{{"a/b", "1", 0o644}, {"a/./b", "2", 0o644}}},
		{"a file and a folder of one name", []zipped{{"a", "1", 0o644}, {"a/", "", fs.ModeDir | 0o755}}},
		{"a file below a file", []zipped{{"a", "1", 0o644}, {"a/b", "2", 0o644}}},
		{"a file below a link", []zipped{{"a", "b", link}, {"b/", "", fs.ModeDir | 0o755}, {"a/c", "2", 0o644}}},
		{"an absolute link", []zipped{{"a", "/etc/passwd", link}}},
		{"a link that leads out", []zipped{{"a", "../evil", link}}},
		{"a link that leads out from below", []zipped{{"d/a", "../../evil", link}}},
		{"a link that leads down and up", []zipped{{"d/a", "b/../../../evil", link}}},
		{"a link over a link", []zipped{{"d/e/b", "../..", link}, {"d/e/a", "b/../evil", link}}},
		{"an empty link", []zipped{{"a", "", link}}},
		{"an endless link", []zipped{{"a", strings.Repeat("a/", 3000), link}}},
		{"a device", []zipped{{"a", "", fs.ModeDevice | 0o644}}},
		{"a file for the folder itself", []zipped{{".", "x", 0o644}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "code")
			err := engine.Unpack(writeZip(t, test.files...), dir)
			if fault.Hint(err) == "" {
				t.Errorf("got %v, want an error with a hint", err)
			}
			if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 0 {
				t.Errorf("got %v left behind, want nothing", left)
			}
		})
	}
}

func TestUnpackRefusesAFolderThatExists(t *testing.T) {
	dir := t.TempDir()
	if err := engine.Unpack(writeZip(t, zipped{"a", "", 0o644}), dir); fault.Hint(err) == "" {
		t.Errorf("got %v, want an error with a hint", err)
	}
}

func TestUnpackRefusesWhatIsNoZip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := engine.Unpack(path, filepath.Join(t.TempDir(), "code")); err == nil {
		t.Error("got no error")
	}
}

// bomb is a zip of zeros whose directory says what it likes about its size.
func bomb(t *testing.T, size int64, said uint64) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	entry, err := w.Create("zeros")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for left := size; left > 0; left -= int64(len(zeros)) {
		if _, err := entry.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if said != uint64(size) {
		// The central directory's header: its uncompressed size is at 24.
		at := bytes.Index(data, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(data[at+24:], uint32(said))
	}
	path := filepath.Join(t.TempDir(), "bomb.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnpackRefusesBombs(t *testing.T) {
	for name, said := range map[string]uint64{"honest": engine.MaxUnzippedBytes + 1, "lying": 10} {
		dir := filepath.Join(t.TempDir(), "code")
		if err := engine.Unpack(bomb(t, engine.MaxUnzippedBytes+1, said), dir); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 0 {
			t.Errorf("%s: got %v left behind, want nothing", name, left)
		}
	}
}

// A layer is seen under /opt: links to there stay within it, wherever it is unpacked.
func TestLinksOfALayer(t *testing.T) {
	for target, want := range map[string]string{
		"/opt/lib/tool": "../lib/tool", "/opt/bin/other": "other", "/opt//lib/./tool": "../lib/tool", "/opt/lib/../../etc/passwd": "", "/opt": "", "/optional/tool": "", "/etc/passwd": "",
	} {
		file := filepath.Join(t.TempDir(), "layer.zip")
		var archive bytes.Buffer
		w := zip.NewWriter(&archive)
		header := &zip.FileHeader{Name: "bin/tool"}
		header.SetMode(os.ModeSymlink | 0o777)
		entry, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		_, err = entry.Write([]byte(target))
		if err := errors.Join(err, w.Close(), os.WriteFile(file, archive.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "opt")
		err = engine.UnpackLayer(file, dir)
		if got, _ := os.Readlink(filepath.Join(dir, "bin/tool")); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got the link %q, %v; want %q", target, got, err, want)
		}
		if err := engine.Unpack(file, dir+"-code"); err == nil {
			t.Errorf("%s: got the link in code taken, want it refused", target)
		}
	}
}
