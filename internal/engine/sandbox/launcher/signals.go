//go:build linux

package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// defaultSignals gives every signal its default action, save for those that the
// Go runtime itself lives by. An ignored signal would stay ignored through an
// exec, and whoever started bench (nohup does it to SIGHUP) has no say in what a
// function is given. And the first process of a PID namespace is immune to what
// it has no handler for: nobody in the cell can end it. By system call, since
// os/signal does not know the two signals above 31 that C libraries keep for
// themselves.
func defaultSignals() {
	// The kernel's struct sigaction: handler, flags, restorer, mask.
	type sigaction struct{ handler, flags, restorer, mask uint64 }
	for number := uintptr(1); number <= 64; number++ {
		switch unix.Signal(number) {
		case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGURG:
			continue
		}
		var fresh sigaction
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&fresh)), 0, 8, 0, 0)
	}
}
