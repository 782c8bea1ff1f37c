//go:build !linux

package pagecache

import "errors"

// Drop is for Linux only, as the engine's sandbox is.
func Drop(...string) error { return errors.New("files can't be dropped from memory on this system") }
