//go:build linux

// Command launcher is the small program between bench and a function. It has
// two lives:
//
//	launcher cell    builds a cell around itself and runs commands in it
//	launcher guard   waits for bench's end and removes what bench left behind
//
// It is a program of its own, not bench started again, so that it starts in a
// millisecond and is small beside what it measures. It refuses arguments and
// environment: everything comes over file descriptor 3. It prints nothing.
package main

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// Capabilities, signal masks and the working folder of what is forked are those
// of the thread that forks: all is done on one.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

// closeFrom sees to it that no file of bench, or of whatever started bench, gets
// any further: neither into the program, nor held open by the guard.
func closeFrom(first int, flags uint) {
	if unix.CloseRange(uint(first), 1<<32-1, flags) == nil {
		return
	}
	// CLOSE_RANGE_CLOEXEC came with Linux 5.11. One by one, without a look into
	// /proc, which would open files of its own.
	var limit syscall.Rlimit
	if syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Cur > 1<<16 {
		limit.Cur = 1 << 16
	}
	for fd := first; fd < int(limit.Cur); fd++ {
		if flags == unix.CLOSE_RANGE_CLOEXEC {
			unix.CloseOnExec(fd)
		} else {
			unix.Close(fd)
		}
	}
}

func run(args []string) int {
	if len(args) != 1 {
		return 2
	}
	switch args[0] {
	case "cell":
		return cell()
	case "guard":
		closeFrom(wire.Socket+1, 0)
		return guard(os.NewFile(wire.Socket, "pipe"))
	case "nothing": // what sandbox.Open starts to see whether a cell can be built
		return 0
	}
	return 2
}

// failure is an error with the step that it happened in and its number.
type failure struct {
	step string
	err  error
}

func (f *failure) Error() string { return f.step }

func fail(step string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{step, err}
}

// onWire makes what the sandbox is told of an error.
func onWire(err error) *wire.Failure {
	f := &wire.Failure{Step: err.Error()}
	if e, ok := err.(*failure); ok {
		cause := e.err
		if p, ok := cause.(*os.PathError); ok {
			cause = p.Err
		}
		if number, ok := cause.(syscall.Errno); ok {
			f.Errno = int(number)
		} else {
			f.Step += ": " + cause.Error()
		}
	}
	return f
}
