package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// sleepExactly blocks the thread, which is what makes it exact: use it for
// less than two milliseconds.
func sleepExactly(d time.Duration) {
	until := time.Now().Add(d)
	for rest := d; rest > 0; rest = time.Until(until) {
		t := unix.NsecToTimespec(int64(rest))
		if err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &t, nil); err != nil && err != unix.EINTR {
			time.Sleep(rest)
			return
		}
	}
}
