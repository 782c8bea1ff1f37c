package sandbox

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// freezer stops every process of a box and lets them run again.
type freezer interface {
	freeze() error
	thaw() error
}

// freezeLimit is how long a box may take to stand still. It takes a tenth of a
// millisecond, unless a process hangs in the kernel.
const freezeLimit = 2 * time.Second

// v2Freezer writes cgroup.freeze. What stands still can be killed.
type v2Freezer struct{ control, events *knob }

func (f v2Freezer) freeze() error {
	if err := f.control.write("1"); err != nil {
		return err
	}
	return until(func() (bool, error) {
		b, err := f.events.read()
		return bytes.Contains(b, []byte("frozen 1")), err
	})
}

func (f v2Freezer) thaw() error { return f.control.write("0") }

// v1Freezer writes freezer.state. It holds a SIGKILL back until the thaw: who
// kills must thaw.
type v1Freezer struct{ state *knob }

func (f v1Freezer) freeze() error {
	return until(func() (bool, error) {
		// Written again each time: that is how the kernel is asked to look
		// again at what was FREEZING (cgroup-v1/freezer-subsystem.rst).
		if err := f.state.write("FROZEN"); err != nil {
			return false, err
		}
		b, err := f.state.read()
		return bytes.HasPrefix(b, []byte("FROZEN")), err
	})
}

func (f v1Freezer) thaw() error { return f.state.write("THAWED") }

// signalFreezer is what is left without control groups. It reaches the commands'
// process groups only, and returns before everything stands.
type signalFreezer struct{ groups []int }

func (f signalFreezer) freeze() error { return f.send(unix.SIGSTOP) }
func (f signalFreezer) thaw() error   { return f.send(unix.SIGCONT) }

func (f signalFreezer) send(s unix.Signal) (err error) {
	for _, group := range f.groups {
		// A companion may have ended; what the command's end means is its owner's to know.
		if e := unix.Kill(-group, s); e != nil && (e != unix.ESRCH || len(f.groups) == 1) {
			err = e
		}
	}
	return err
}

// until asks until the answer is yes. The kernel's own notification of
// cgroup.events comes at most every 10 ms, many times what it takes: so it is
// asked, at first giving way only to who wants to run.
func until(done func() (bool, error)) error {
	start := time.Now()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		switch waited := time.Since(start); {
		case waited < 300*time.Microsecond:
			yield()
		case waited < freezeLimit:
			time.Sleep(100 * time.Microsecond)
		default:
			return fmt.Errorf("%w, which is %v", ErrRestless, freezeLimit)
		}
	}
}

// yield lets another thread have this CPU: on two cores the process that is to
// stand still may be waiting for it.
func yield() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
