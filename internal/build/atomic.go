package build

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// writeAtomically makes or replaces a file in one step: readers see the old
// content or the new one, and after an error the old one is still there and
// nothing else is.
func writeAtomically(path string, fill func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = explain(fmt.Errorf("write %s: %w", path, err), filepath.Dir(path))
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// In the same folder, so that the rename crosses no file system.
	f, err := os.CreateTemp(filepath.Dir(path), partialPattern(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := fill(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	// Without it a crash soon after could leave the name with an empty file.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func partialPattern(path string) string { return "." + filepath.Base(path) + ".*.partial" }

// removeLeftovers removes what writeAtomically left when it was killed. That it
// can't be removed is no reason not to write.
func removeLeftovers(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if ok, err := filepath.Match(partialPattern(path), e.Name()); err == nil && ok {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// explain adds what a person can do about the usual troubles with a folder.
func explain(err error, dir string) error {
	switch {
	case err == nil || fault.Hint(err) != "":
		return err
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fault.New("the disk is full: free some space and run it again; nothing half-written was left in "+dir, "%w", err)
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return fault.New("make "+dir+" writable for you, or choose another folder", "%w", err)
	}
	return err
}
