package engine

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// MaxUnzippedBytes is Lambda's limit of a deployment package, unzipped: 250 MB,
// docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const MaxUnzippedBytes = 250 * 1024 * 1024

// Unpack unzips a function's code into dir, which must not exist yet: either all
// of it is there afterwards, or nothing. Unix modes and times are kept, set-id
// bits are not. It refuses what could leave the folder (absolute names, "..", links to
// the outside), what is in there twice, and what is larger than Lambda allows.
func Unpack(zipFile, dir string) (err error) { return unpack(zipFile, dir, "") }

// UnpackLayer is Unpack of a layer. Links in it to places under /opt, where functions see
// it, become links within the folder.
func UnpackLayer(zipFile, dir string) error { return unpack(zipFile, dir, optRoot) }

func unpack(zipFile, dir, seen string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("unpack %s: %w", zipFile, err)
		}
	}()
	if _, err := os.Lstat(dir); err == nil {
		return fault.New("remove it first, or choose another folder", "the folder %s exists already", dir)
	}
	archive, err := zip.OpenReader(zipFile)
	if err != nil {
		return err
	}
	defer archive.Close()
	entries, err := plan(archive.File)
	if err != nil {
		return err
	}
	parent, name := filepath.Split(filepath.Clean(dir))
	temp, err := os.MkdirTemp(filepath.Clean(parent+"."), "."+name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) // After the rename there is nothing left to remove.
	if err := extract(entries, temp, seen); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	return os.Rename(temp, dir)
}

// entry is one file of a zip, found harmless.
type entry struct {
	file *zip.File
	name string // clean, with slashes
	mode fs.FileMode
}

const hintZip = "make the zip anew, with names relative to the code's folder"

// plan checks all names before anything is written.
func plan(files []*zip.File) ([]entry, error) {
	kinds := map[string]fs.FileMode{} // of everything that will exist
	var entries []entry
	var total uint64
	for _, file := range files {
		name := path.Clean(strings.TrimSuffix(file.Name, "/"))
		mode := file.Mode()
		switch {
		case file.Name == "" || strings.ContainsAny(file.Name, "\\\x00") || !filepath.IsLocal(name):
			return nil, fault.New(hintZip, "got the name %q, want one inside the folder", file.Name)
		case !mode.IsRegular() && !mode.IsDir() && mode.Type() != fs.ModeSymlink:
			return nil, fault.New(hintZip, "%s: got a file of type %v, want files, folders and links", file.Name, mode.Type())
		case name == "." && !mode.IsDir():
			return nil, fault.New(hintZip, "got the name %q for a file", file.Name)
		}
		if _, double := kinds[name]; double {
			return nil, fault.New(hintZip, "got %s twice, want every name once", name)
		}
		kinds[name] = mode.Type()
		total += file.UncompressedSize64
		if file.UncompressedSize64 > MaxUnzippedBytes || total > MaxUnzippedBytes {
			return nil, tooLarge()
		}
		entries = append(entries, entry{file, name, mode})
	}
	// What lies below a file or a link would be written somewhere else.
	for _, e := range entries {
		for above := path.Dir(e.name); above != "."; above = path.Dir(above) {
			if kind, ok := kinds[above]; ok && kind != fs.ModeDir {
				return nil, fault.New(hintZip, "got %s below %s, which is no folder", e.name, above)
			}
		}
	}
	return entries, nil
}

func tooLarge() error {
	return fault.New("leave out what the function does not need",
		"got more than %d bytes unzipped, want at most Lambda's 250 MB", MaxUnzippedBytes)
}

func extract(entries []entry, dir, seen string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(MaxUnzippedBytes)
	for _, e := range entries {
		if err := root.MkdirAll(path.Dir(e.name), 0o755); err != nil {
			return err
		}
		switch e.mode.Type() {
		case fs.ModeDir:
			err = root.MkdirAll(e.name, 0o755)
		case fs.ModeSymlink:
			err = link(root, e, seen)
		default:
			var n int64
			n, err = extractFile(root, e, left)
			left -= n
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	// Folders last: one that cannot be written into could not be filled.
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.mode.IsDir() && e.name != "." {
			if err := root.Chmod(e.name, e.mode.Perm()|0o700); err != nil {
				return err
			}
		}
	}
	return nil
}

func extractFile(root *os.Root, e entry, left int64) (n int64, err error) {
	from, err := e.file.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := root.OpenFile(e.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	// What a zip says of its sizes need not be true.
	n, err = io.Copy(to, io.LimitReader(from, left+1))
	if n > left {
		return n, tooLarge()
	}
	if err != nil {
		return n, err
	}
	// As on Lambda: some programs compare times, such as a JVM with a cache of its jars.
	if err := root.Chtimes(e.name, e.file.Modified, e.file.Modified); err != nil {
		return n, err
	}
	return n, to.Chmod(e.mode.Perm())
}

// maxLink is far longer than any path that a system takes.
const maxLink = 4096

// link makes a symbolic link that stays inside. Only leading ".." are allowed:
// the link's own folder is a real one, so they lead up real folders, and nothing
// that follows can lead up again.
func link(root *os.Root, e entry, seen string) error {
	from, err := e.file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	data, err := io.ReadAll(io.LimitReader(from, maxLink+1))
	if err != nil {
		return err
	}
	target := string(data)
	if clean := path.Clean(target); seen != "" && strings.HasPrefix(clean, seen+"/") {
		if target, err = filepath.Rel(path.Dir(seen+"/"+e.name), clean); err != nil {
			return err
		}
	}
	down := target
	for up := 0; down == ".." || strings.HasPrefix(down, "../"); up++ {
		if up == strings.Count(e.name, "/") {
			down = "/"
			break
		}
		down = strings.TrimPrefix(strings.TrimPrefix(down, ".."), "/")
	}
	if target == "" || len(target) > maxLink || (down != "" && !filepath.IsLocal(down)) || strings.Contains("/"+down+"/", "/../") {
		return fault.New(hintZip, "got a link to %q, want one inside the folder", target)
	}
	return root.Symlink(target, e.name)
}
