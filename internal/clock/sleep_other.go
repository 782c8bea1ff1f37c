//go:build !linux

package clock

import "time"

func sleepExactly(d time.Duration) { time.Sleep(d) }
