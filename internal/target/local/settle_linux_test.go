package local

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// A thread of this process that wants a CPU is this process's own, not a
// neighbour to wait for.
func TestOwnRunnableCountsTheReaderAndItsNeighbours(t *testing.T) {
	before := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(before)
	var running, done atomic.Bool
	defer done.Store(true)
	go func() {
		runtime.LockOSThread()
		for !done.Load() {
			running.Store(true)
		}
	}()
	for !running.Load() {
		runtime.Gosched()
	}
	if got, err := ownRunnable(); err != nil || got < 2 {
		t.Errorf("got %d, %v; want the reader and the thread that spins", got, err)
	}
}

func TestRunnable(t *testing.T) {
	if got, err := runnable("0.20 0.18 0.12 3/80 11206\n"); err != nil || got != 3 {
		t.Errorf("got %d, %v; want 3", got, err)
	}
	for _, text := range []string{"", "0.20 0.18 0.12 x/80 11206"} {
		if _, err := runnable(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}
