// Package pagecache makes the kernel forget what it has read of files, so that who
// starts next reads them from the disk.
//
//	err := pagecache.Drop("/var/cache/function", "/usr/lib/jvm/java-25")
package pagecache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// written are the paths whose files have been brought to the disk: what has not
// been written can't be forgotten.
var written sync.Map

// Drop forgets the pages of files, and of all files below folders. What another
// process has mapped stays, such as the C library (posix_fadvise(2),
// POSIX_FADV_DONTNEED). It fails where files are in memory only.
func Drop(paths ...string) error {
	for _, path := range paths {
		_, before := written.LoadOrStore(path, true)
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
				return nil // gone meanwhile, or nothing that a function could read either
			case err != nil:
				return err
			case entry.Type().IsRegular(), name == path && !entry.IsDir():
				return drop(name, !before)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func drop(name string, write bool) error {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	fd := int(file.Fd())
	var system unix.Statfs_t
	if err := unix.Fstatfs(fd, &system); err != nil {
		return fmt.Errorf("find out where %s lies: %w", name, err)
	}
	if system.Type == unix.TMPFS_MAGIC || system.Type == unix.RAMFS_MAGIC {
		return fault.New("put the cache folder (--cache) and TMPDIR on a disk", "%s is in memory only: it can't be read from a disk", name)
	}
	if write {
		if err := file.Sync(); err != nil {
			return fmt.Errorf("write %s to the disk: %w", name, err)
		}
	}
	if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("drop the pages of %s: %w", name, err)
	}
	return nil
}
