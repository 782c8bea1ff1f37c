package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// A run's folder holds code that is going to be executed: nobody else may write
// to it or swap it. So it lies below a folder that belongs to this user alone,
// and that is looked at, not trusted, when it is already there.

const hintTempDir = "set TMPDIR to a folder of your own, for example: TMPDIR=$HOME/tmp bench local"

// userDir is the folder of all runs of this user.
func userDir(temp string) string {
	return filepath.Join(temp, "multi-runtime-benchmark-"+strconv.Itoa(os.Geteuid()))
}

// openUserDir makes sure that it is there and this user's own.
func openUserDir(temp string) (string, error) {
	temp, err := filepath.Abs(temp)
	if err != nil {
		return "", fmt.Errorf("find the folder for temporary files: %w", err)
	}
	if strings.ContainsAny(temp, "\n") {
		return "", fault.New(hintTempDir, "the folder for temporary files, %q, has a line feed in its name", temp)
	}
	dir := userDir(temp)
	err = os.Mkdir(dir, 0o700)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return "", fault.New(hintTempDir, "make the folder for runs: %w", err)
	}
	return dir, checkUserDir(dir)
}

// checkUserDir refuses a folder that somebody else could have prepared or could
// exchange: a link, another owner, open rights, a parent that anybody can
// rename things in.
func checkUserDir(dir string) error {
	var stat unix.Stat_t
	if err := unix.Lstat(dir, &stat); err != nil {
		return &os.PathError{Op: "look at", Path: dir, Err: err}
	}
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fault.New(hintTempDir, "%s is not a folder (a link is none)", dir)
	case int(stat.Uid) != os.Geteuid():
		return fault.New(hintTempDir, "%s belongs to user %d, not to you (%d)", dir, stat.Uid, os.Geteuid())
	case stat.Mode&0o077 != 0:
		return fault.New("chmod 700 "+dir, "%s is open to others: its mode is %#o, want 0700", dir, stat.Mode&0o777)
	}
	var parent unix.Stat_t
	if err := unix.Stat(filepath.Dir(dir), &parent); err != nil {
		return &os.PathError{Op: "look at", Path: filepath.Dir(dir), Err: err}
	}
	if parent.Mode&0o022 != 0 && parent.Mode&unix.S_ISVTX == 0 {
		return fault.New(hintTempDir, "anybody can exchange folders in %s: its mode is %#o, without the sticky bit", filepath.Dir(dir), parent.Mode&0o7777)
	}
	return nil
}

var runs atomic.Int64

// newRunID names a run after this process, so that whoever finds its remains
// can see whether it still lives.
func newRunID() (string, error) {
	namespace, err := pidNamespace()
	if err != nil {
		return "", err
	}
	stat, err := procfs.Read(os.Getpid())
	if err != nil {
		return "", fmt.Errorf("read this process's own start time: %w", err)
	}
	return remains.RunID(namespace, stat.PID, stat.Start, int(runs.Add(1))), nil
}

// pidNamespace is the number of this process's PID namespace: process numbers
// mean something only within one.
func pidNamespace() (uint64, error) {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return 0, fmt.Errorf("find this process's PID namespace: %w", err)
	}
	number := strings.TrimSuffix(strings.TrimPrefix(link, "pid:["), "]")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("find this process's PID namespace: got %q, want pid:[number]", link)
	}
	return n, nil
}
