//go:build !linux

package dynamodb

import "time"

func sleepExactly(d time.Duration) { time.Sleep(d) }
