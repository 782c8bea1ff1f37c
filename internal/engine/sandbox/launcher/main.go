//go:build linux

// Command launcher is the small program between bench and a function. It has
// two lives:
//
//	launcher box     builds one cage around itself and becomes the program in it
//	launcher guard   waits for bench's end and removes what bench left behind
//
// It is a program of its own, not bench started again, so that it starts in a
// millisecond and is small beside what it measures. It refuses arguments and
// environment: everything comes over file descriptor 3. It prints nothing.
package main

import (
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// Mounts, affinity and capabilities belong to a thread, and the thread that
// executes the program is the one whose are kept: all is done on one.
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
	case "box":
		return box(os.NewFile(wire.Socket, "socket"))
	case "guard":
		closeFrom(wire.Socket+1, 0)
		return guard(os.NewFile(wire.Socket, "pipe"))
	case "nothing": // what sandbox.Open starts to see whether a cage can be built
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

// box does what the order says and becomes the program. It only comes back on
// failure.
func box(socket *os.File) int {
	order, err := wire.Read(socket)
	if err != nil {
		return 2 // bench is gone
	}
	path, err := prepare(order)
	if err == nil {
		if _, err := socket.Write([]byte{wire.Ready}); err != nil {
			return 2
		}
		word := make([]byte, 1)
		if n, err := socket.Read(word); n != 1 || err != nil || word[0] != wire.Go {
			return 2 // bench is gone, or does not want it any more
		}
		err = fail("execute "+order.Command[0], syscall.Exec(path, order.Command, order.Env))
		report(socket, err)
		return 127
	}
	report(socket, err)
	return 1
}

func report(socket *os.File, err error) {
	f := wire.Failure{Step: err.Error()}
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
	_, _ = socket.Write(append([]byte{wire.Fail}, wire.EncodeFailure(f)...))
}

// prepare builds the cage and finds the program. The order of the steps
// matters: mounts need the privileges that are dropped at the end, and the
// control groups are entered late, so that this work is not on the box's bill.
func prepare(o wire.Order) (path string, err error) {
	closeFrom(wire.Socket, unix.CLOSE_RANGE_CLOEXEC)
	defaultSignals()
	if o.Root != "" {
		if err := changeRoot(o); err != nil {
			return "", err
		}
	}
	dir := o.Dir
	if dir == "" {
		dir = "/"
	}
	if err := unix.Chdir(dir); err != nil {
		return "", fail("change to folder "+dir, err)
	}
	if path, err = find(o.Command, o.Env); err != nil {
		return "", err
	}
	if len(o.CPUs) > 0 {
		var set unix.CPUSet
		for _, cpu := range o.CPUs {
			set.Set(cpu)
		}
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			return "", fail("set the CPU affinity", err)
		}
	}
	for i := range o.Enter {
		// "0" is whoever writes it. The file was opened by bench: neither the
		// new root nor lost privileges stand in the way.
		fd := wire.Socket + 1 + i
		if _, err := unix.Write(fd, []byte("0")); err != nil {
			return "", fail("enter control group "+strconv.Itoa(i+1), err)
		}
		unix.Close(fd)
	}
	if err := dropPrivileges(); err != nil {
		return "", err
	}
	files := uint64(o.Files)
	for _, limit := range []struct {
		resource int
		value    uint64
	}{{unix.RLIMIT_NOFILE, files}, {unix.RLIMIT_CORE, 0}} {
		r := syscall.Rlimit{Cur: limit.value, Max: limit.value}
		// syscall's, not unix's: it also forgets the limit that Go's runtime
		// found at its start, which syscall.Exec would put back.
		if err := syscall.Setrlimit(limit.resource, &r); err != nil {
			return "", fail("set the limit on open files", err)
		}
	}
	return path, nil
}

// find resolves a command as execvp(3) does, with the box's own PATH.
func find(command, env []string) (string, error) {
	if len(command) == 0 || command[0] == "" {
		return "", &failure{"execute an empty command", syscall.ENOENT}
	}
	name := command[0]
	slash := false
	for i := range len(name) {
		slash = slash || name[i] == '/'
	}
	if slash {
		return name, nil
	}
	list := ""
	for _, v := range env {
		if len(v) >= 5 && v[:5] == "PATH=" {
			list = v[5:]
		}
	}
	for len(list) > 0 {
		end := 0
		for end < len(list) && list[end] != ':' {
			end++
		}
		dir := list[:end]
		list = list[min(end+1, len(list)):]
		if dir == "" {
			dir = "."
		}
		path := dir + "/" + name
		var stat unix.Stat_t
		if unix.Stat(path, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && unix.Access(path, unix.X_OK) == nil {
			return path, nil
		}
	}
	return "", &failure{"find " + name + " in the PATH of the box", syscall.ENOENT}
}

// dropPrivileges makes root an ordinary user who happens to have number 0: what
// is mounted read-only stays read-only, and no set-user-id program gives
// anything back. It is what Lambda's functions have, and no more than that: no
// protection against a program that means harm.
func dropPrivileges() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fail("refuse new privileges", err)
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) // since Linux 4.3
	for c := uintptr(0); c < 64; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // EINVAL: past the last one; EPERM: a plain user, who has none
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return fail("drop capabilities", unix.Capset(&header, &none[0]))
}
