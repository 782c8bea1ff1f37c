package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	settleLimit  = 500 * time.Millisecond
	settleWindow = 5 * time.Millisecond
	settleQuiet  = 4 // quiet windows in a row
)

// Settle waits until nothing but this process wants a CPU, at most 500 ms:
// right behind a JVM's end another runtime's init measured double. It looks at
// the number of runnable threads in /proc/loadavg, which the kernel counts at
// the moment of reading, without those of this process: the timer that wakes the
// reader often wakes a second thread of the Go runtime beside it.
func Settle(ctx context.Context) error {
	deadline := time.Now().Add(settleLimit)
	ticker := time.NewTicker(settleWindow)
	defer ticker.Stop()
	for quiet := 0; quiet < settleQuiet && time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		text, err := os.ReadFile("/proc/loadavg")
		if err != nil {
			return fmt.Errorf("read the machine's load: %w", err)
		}
		runnable, err := runnable(string(text))
		if err != nil {
			return err
		}
		own, err := ownRunnable()
		if err != nil {
			return err
		}
		quiet++
		if runnable > own {
			quiet = 0
		}
	}
	return nil
}

// runnable reads the number of runnable threads out of a line such as
// "0.20 0.18 0.12 1/80 11206": the part before the slash, see proc(5).
func runnable(loadavg string) (int, error) {
	fields := strings.Fields(loadavg)
	if len(fields) < 4 {
		return 0, fmt.Errorf("read the machine's load: got %q, want five fields", loadavg)
	}
	before, _, _ := strings.Cut(fields[3], "/")
	n, err := strconv.Atoi(before)
	if err != nil {
		return 0, fmt.Errorf("read the machine's load: got %q, want runnable/all", fields[3])
	}
	return n, nil
}

// ownRunnable is the number of this process's threads that run or want to. One
// that ends meanwhile does not count.
func ownRunnable() (int, error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0, fmt.Errorf("list this process's threads: %w", err)
	}
	n := 0
	for _, thread := range threads {
		text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/stat")
		if err != nil {
			continue
		}
		// The state stands behind the name, which may itself have brackets: proc(5).
		if end := bytes.LastIndexByte(text, ')'); end >= 0 && bytes.HasPrefix(text[end+1:], []byte(" R")) {
			n++
		}
	}
	return n, nil
}
