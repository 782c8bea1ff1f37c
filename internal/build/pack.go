package build

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// file is one entry of a zip to be.
type file struct {
	name string // slash path
	size int64
	mode fs.FileMode // 0644, 0755, or a symbolic link
	link string      // a link's target
}

// scan lists a folder's files, sorted by name, and refuses what must not go into
// a zip. Empty folders are left out.
func scan(dir string, except ...string) ([]file, error) { return scanAt(dir, "", except...) }

// scanAt is scan of a folder that is seen at a place of its own: links to there are links
// within the folder. "" is for code, whose place nobody's build knows.
func scanAt(dir, seen string, except ...string) ([]file, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("read the output: %w", err)
	}
	var files []file
	var total int64
	err = filepath.WalkDir(real, func(full string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if slices.Contains(except, full) {
				return fs.SkipDir
			}
			return err
		}
		rel, err := filepath.Rel(real, full)
		if err != nil {
			return err
		}
		f := file{name: filepath.ToSlash(rel)}
		if err := checkName(f.name); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case info.Mode().IsRegular():
			f.size, f.mode = info.Size(), 0o644
			if info.Mode()&0o111 != 0 {
				f.mode = 0o755
			}
		case info.Mode()&fs.ModeSymlink != 0:
			f.mode = fs.ModeSymlink | 0o777
			if f.link, err = checkLink(real, full, f.name, seen); err != nil {
				return err
			}
			f.size = int64(len(f.link))
		default:
			return fault.New("remove it at the end of the build command", "%s: got a %s, want a file, a folder or a link", f.name, info.Mode().Type())
		}
		total += f.size
		files = append(files, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the output: %w", err)
	}
	if len(files) == 0 {
		return nil, fault.New("the build command must put its result into $BENCH_OUTPUT", "output %s: got nothing in it, want the function's files", dir)
	}
	if total > config.MaxUnpackedBytes {
		return nil, fault.New("leave out what the function does not need at run time",
			"output %s: got %d bytes unpacked, want at most %d, which is Lambda's limit", dir, total, config.MaxUnpackedBytes)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// checkName refuses names that another system would unpack elsewhere or not at
// all.
func checkName(name string) error {
	bad := !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' })
	if bad || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") {
		return fault.New("rename it or leave it out", "file name %q: want UTF-8 without control characters, backslashes or ..", name)
	}
	return nil
}

// checkLink returns the target of a link that stays inside the folder.
func checkLink(root, full, name, seen string) (string, error) {
	target, err := os.Readlink(full)
	if err != nil {
		return "", err
	}
	refuse := func(why string) error {
		return fault.New("copy the file instead, or link to it by a relative path", "%s: got a link to %s, which %s, want one that stays in the output", name, target, why)
	}
	if seen != "" && strings.HasPrefix(path.Clean(target), seen+"/") {
		return target, nil // what it leads to may be another layer's
	}
	if filepath.IsAbs(target) {
		return "", refuse("names a place on this machine")
	}
	// By the words and by the truth: a link may go through another one.
	if lexical := path.Join(path.Dir(name), filepath.ToSlash(target)); lexical == ".." || strings.HasPrefix(lexical, "../") {
		return "", refuse("leaves the folder")
	}
	real, err := filepath.EvalSymlinks(full)
	if errors.Is(err, fs.ErrNotExist) {
		return "", refuse("does not exist")
	} else if err != nil {
		return "", err
	}
	if real != root && !strings.HasPrefix(real, root+string(filepath.Separator)) {
		return "", refuse("leaves the folder")
	}
	return filepath.ToSlash(target), nil
}

// dosDate is 1980-01-01 in MS-DOS's form: bits 9–15 years since 1980, 5–8 the
// month, 0–4 the day (APPNOTE.TXT 6.3.10, 4.4.6).
const dosDate = 1<<5 | 1

// writeZip writes the files so that the same ones give the same bytes: in the
// given order, with one fixed time, without extra fields, at one level.
func writeZip(w io.Writer, dir string, files []file) error {
	z := zip.NewWriter(w)
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return err
	}
	for _, f := range files {
		content := []byte(f.link)
		if f.link == "" {
			if content, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.name))); err != nil {
				return fmt.Errorf("pack: %w", err)
			}
		}
		packed.Reset()
		deflate.Reset(&packed)
		if _, err := deflate.Write(content); err != nil {
			return fmt.Errorf("pack %s: %w", f.name, err)
		}
		if err := deflate.Close(); err != nil {
			return fmt.Errorf("pack %s: %w", f.name, err)
		}
		h := zip.FileHeader{
			Name: f.name, Method: zip.Deflate, ReaderVersion: 20, CreatorVersion: 20,
			CRC32: crc32.ChecksumIEEE(content), UncompressedSize64: uint64(len(content)),
			//lint:ignore SA1019 Modified would add an extra field.
			ModifiedDate: dosDate,
		}
		if strings.ContainsFunc(f.name, func(r rune) bool { return r >= utf8.RuneSelf }) {
			h.Flags |= 0x800 // the name is UTF-8
		}
		h.SetMode(f.mode)
		body := packed.Bytes()
		if len(body) >= len(content) {
			h.Method, body = zip.Store, content
		}
		h.CompressedSize64 = uint64(len(body))
		entry, err := z.CreateRaw(&h)
		if err != nil {
			return fmt.Errorf("pack %s: %w", f.name, err)
		}
		if _, err := entry.Write(body); err != nil {
			return fmt.Errorf("pack %s: %w", f.name, err)
		}
	}
	return z.Close()
}
