package build

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"pgregory.net/rapid"
)

type zipped struct {
	content string
	mode    fs.FileMode
}

func readZip(t interface {
	Fatal(...any)
	Errorf(string, ...any)
}, content []byte) map[string]zipped {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]zipped{}
	last := ""
	for _, f := range r.File {
		if f.Name <= last {
			t.Errorf("got %q after %q, want sorted names", f.Name, last)
		}
		last = f.Name
		if len(f.Extra) != 0 || f.Comment != "" || f.Flags&^0x800 != 0 {
			t.Errorf("%s: got extra %x, comment %q, flags %x; want none", f.Name, f.Extra, f.Comment, f.Flags)
		}
		if want := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC); !f.Modified.Equal(want) {
			t.Errorf("%s: got time %s, want %s", f.Name, f.Modified, want)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in) // checks the CRC, too
		if err != nil {
			t.Fatal(err)
		}
		entries[f.Name] = zipped{string(body), f.Mode()}
	}
	return entries
}

// Whatever the order, times, modes and place of the files: the same bytes, and
// what comes out is what went in.
func TestZipIsDeterministic(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		tree := rapid.MapOfN(
			rapid.StringMatching(`[a-zé._-]{1,3}x(/[A-Z ]{1,2}y){0,2}`),
			rapid.OneOf(rapid.String(), rapid.StringN(300, 2000, -1), rapid.Just(strings.Repeat("zip ", 5000))), 1, 8).Draw(t, "tree")
		for name := range tree { // a name can't be both a file and a folder
			for other := range tree {
				if strings.HasPrefix(other, name+"/") {
					delete(tree, other)
				}
			}
		}
		executable := rapid.SampledFrom(slices.Sorted(maps.Keys(tree))).Draw(t, "executable")
		var zips [][]byte
		for round := range 2 {
			n++
			dir := filepath.Join(base, fmt.Sprint(n), strings.Repeat("d", 1+3*round))
			names := rapid.Permutation(slices.Sorted(maps.Keys(tree))).Draw(t, "order")
			for _, name := range names {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				mode := fs.FileMode(0o600 | round*0o044)
				if name == executable {
					mode |= 0o100
				}
				if err := os.WriteFile(path, []byte(tree[name]), mode); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, time.Time{}, time.Unix(int64(n*1000), 0)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("empty%d", round)), 0o755); err != nil {
				t.Fatal(err)
			}
			files, err := scan(dir)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := writeZip(&out, dir, files); err != nil {
				t.Fatal(err)
			}
			zips = append(zips, out.Bytes())
		}
		if !bytes.Equal(zips[0], zips[1]) {
			t.Errorf("got different bytes from two folders")
		}
		entries := readZip(t, zips[0])
		if len(entries) != len(tree) {
			t.Errorf("got %d entries, want %d", len(entries), len(tree))
		}
		for name, content := range tree {
			mode := fs.FileMode(0o644)
			if name == executable {
				mode = 0o755
			}
			if got := entries[name]; got.content != content || got.mode != mode {
				t.Errorf("%s: got %q %s, want %q %s", name, got.content, got.mode, content, mode)
			}
		}
	})
}

func TestLinksInsideStayLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "lib", "v1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lib", "v1", "a.so"), []byte("so"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"a.so": "lib/v1/a.so", "lib/current": "v1", "lib/v1/up": "../../a.so"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeZip(&out, dir, files); err != nil {
		t.Fatal(err)
	}
	want := map[string]zipped{
		"a.so":        {"lib/v1/a.so", fs.ModeSymlink | 0o777},
		"lib/current": {"v1", fs.ModeSymlink | 0o777},
		"lib/v1/a.so": {"so", 0o644},
		"lib/v1/up":   {"../../a.so", fs.ModeSymlink | 0o777},
	}
	if got := readZip(t, out.Bytes()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCheckName(t *testing.T) {
	for _, bad := range []string{"../x", "..", "/x", "a/../b", "a//b", "./a", "a\\b", "a\nb", "a\x7f", "\xff"} {
		if checkName(bad) == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
	for _, good := range []string{"a", "a/b.c", "..a", "a/..b", "ä b"} {
		if err := checkName(good); err != nil {
			t.Errorf("%q: got %v", good, err)
		}
	}
}

func TestTooLargeForLambda(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(config.MaxUnpackedBytes); err != nil { // takes no room
		t.Fatal(err)
	}
	if _, err := scan(dir); err != nil {
		t.Errorf("exactly the limit: got %v", err)
	}
	if err := f.Truncate(config.MaxUnpackedBytes + 1); err != nil {
		t.Fatal(err)
	}
	if _, err := scan(dir); err == nil || !strings.Contains(err.Error(), "got 262144001 bytes unpacked, want at most 262144000") {
		t.Errorf("one byte more: got %v", err)
	}
}
