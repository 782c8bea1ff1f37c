package dynamodb

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the processor time that a database started here has used so far; its
// children's is not in it. It is errors.ErrUnsupported for a database of somebody
// else.
func (db *Database) CPU() (time.Duration, error) {
	pid := db.PID()
	if pid == 0 {
		return 0, fmt.Errorf("the processor time of %s: %w", db.Endpoint(), errors.ErrUnsupported)
	}
	// The clock of another process: clock_getcpuclockid(3) computes it so.
	const processClock = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|processClock), &used); err != nil {
		return 0, fmt.Errorf("the processor time of the database: %w", err)
	}
	return time.Duration(used.Nano()), nil
}
