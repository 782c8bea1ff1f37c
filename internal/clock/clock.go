// Package clock waits for a moment more exactly than a timer of the Go runtime,
// which comes up to a millisecond late: for a database's injected service time
// of 0.3 ms, and for calls that have to leave on schedule.
//
//	err := clock.Until(ctx, started.Add(300*time.Microsecond))
package clock

import (
	"context"
	"fmt"
	"time"
)

// coarse is how late a runtime timer may come: the poller that wakes it counts
// in whole milliseconds.
const coarse = 1500 * time.Microsecond

// Until returns at the given time, or with the context's error before. It
// sleeps by timer until shortly before the time, and the rest by the kernel's
// high-resolution clock.
func Until(ctx context.Context, until time.Time) error {
	if early := time.Until(until) - coarse; early > 0 {
		timer := time.NewTimer(early)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait: %w", ctx.Err())
		case <-timer.C:
		}
	}
	if rest := time.Until(until); rest > 0 {
		sleepExactly(rest)
	}
	return ctx.Err()
}
