package filelock_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/filelock"
)

func TestOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locks", "x.lock")
	first, err := filelock.Acquire(context.Background(), path, func() { t.Error("got a wait for a free lock") })
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan struct{})
	got := make(chan error)
	go func() {
		second, err := filelock.Acquire(context.Background(), path, func() { close(waits) })
		if err == nil {
			err = second.Release()
		}
		got <- err
	}()
	<-waits // the second found it held
	select {
	case err := <-got:
		t.Fatalf("got the lock twice (%v)", err)
	default:
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("after the release: got %v", err)
	}
}

func TestAWaitCanBeCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	first, err := filelock.Acquire(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := filelock.Acquire(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := filelock.Acquire(context.Background(), path, nil)
	if err != nil {
		t.Fatalf("the cancelled waiter kept the lock: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderThatCantBeMade(t *testing.T) {
	if _, err := filelock.Acquire(context.Background(), "/dev/null/x.lock", nil); err == nil {
		t.Error("got no error")
	}
}
