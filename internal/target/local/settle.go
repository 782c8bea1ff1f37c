package local

import (
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
// the moment of reading.
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
		quiet++
		if runnable > 1 { // one is the reader itself
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
