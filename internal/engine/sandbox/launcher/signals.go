//go:build linux

package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// defaultSignals gives every signal that is ignored its default action back. An
// ignored signal stays ignored through an exec, and whoever started bench
// (nohup does it to SIGHUP) has no say in what a function is given. Signals that
// are caught here need nothing: exec does it. By system call, since os/signal
// does not know the two signals above 31 that C libraries keep for themselves.
func defaultSignals() {
	// The kernel's struct sigaction: handler, flags, restorer, mask.
	type sigaction struct{ handler, flags, restorer, mask uint64 }
	const ignored = 1 // SIG_IGN
	for number := uintptr(1); number <= 64; number++ {
		var old, fresh sigaction
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, 0, uintptr(unsafe.Pointer(&old)), 8, 0, 0); errno == 0 && old.handler == ignored {
			unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&fresh)), 0, 8, 0, 0)
		}
	}
}
