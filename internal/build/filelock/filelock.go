// Package filelock keeps two processes from doing the same work at once, with a
// lock file that the kernel frees when its holder dies. It refuses to be a
// mutex within a process's goroutines only, or to work across machines.
//
//	lock, err := filelock.Acquire(ctx, path, func() { report("another process is at it, waiting") })
//	defer lock.Release()
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock is a held lock.
type Lock struct{ file *os.File }

// Acquire waits for the lock at path, making the file and its folder when
// missing. waiting is called once, before a wait begins; it may be nil.
func Acquire(ctx context.Context, path string, waiting func()) (*Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, context.Cause(ctx))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the lock's folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	err = flock(file, syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &Lock{file}, nil
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if waiting != nil {
		waiting()
	}
	// flock has no way to be cancelled: a waiter that is no longer wanted lets go
	// as soon as it gets the lock.
	got := make(chan error, 1)
	go func() { got <- flock(file, syscall.LOCK_EX) }()
	select {
	case err := <-got:
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return &Lock{file}, nil
	case <-ctx.Done():
		go func() {
			<-got
			file.Close()
		}()
		return nil, fmt.Errorf("wait for %s: %w", path, context.Cause(ctx))
	}
}

// Release frees the lock. The file stays: removing it would let two processes
// hold locks of the same name.
func (l *Lock) Release() error { return l.file.Close() }

func flock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
