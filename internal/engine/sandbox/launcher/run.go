//go:build linux

package main

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// A command is executed by a fork of this process, not by os/exec: what it has
// to do in between (enter control groups, become another user, let a filter
// judge its system calls) os/exec does not know. A fork of a Go program has no
// runtime to rely on. So all that it does is written down before, as a list of
// system calls, and the child goes through the list.

// step is one system call of the child.
type step struct {
	what   string // for the failure's text
	number uintptr
	a      [5]uintptr
	result uintptr // what it must return, unless that is 0
	may    bool    // fail
}

// steps is the list, with what its addresses point to.
type steps struct {
	list []step
	keep []any
}

func (s *steps) add(what string, number uintptr, a ...uintptr) *step {
	next := step{what: what, number: number}
	copy(next.a[:], a)
	s.list = append(s.list, next)
	return &s.list[len(s.list)-1]
}

// address is where the first of some values lies, for as long as the list lives.
func address[T any](s *steps, values []T) uintptr {
	s.keep = append(s.keep, values)
	return uintptr(unsafe.Pointer(unsafe.SliceData(values)))
}

func (s *steps) text(t string) uintptr { return address(s, append([]byte(t), 0)) }

// texts is an array as execve(2) wants it.
func (s *steps) texts(list []string) uintptr {
	array := make([]*byte, len(list)+1)
	for i, t := range list {
		array[i] = unsafe.SliceData(append([]byte(t), 0))
	}
	return address(s, array)
}

// run forks a command and comes back when it has been executed, or at once where it
// waits at a gate. files are its two outputs, then the control groups' cgroup.procs,
// then the gate.
func (k *keeper) run(o wire.Run, files []int) error {
	defer closeAll(files)
	if o.Signal != 0 {
		k.signal(o.Number, unix.Signal(o.Signal))
		return nil
	}
	if o.Dial != 0 {
		return k.dial(o.Dial)
	}
	gate := wire.Socket
	if n := 2 + o.Groups; o.Gated && len(files) == n+1 {
		gate = files[n]
		files = files[:n:n]
		defer unix.Close(gate)
	}
	if len(files) != 2+o.Groups || o.Gated == (gate == wire.Socket) {
		return &failure{"receive the command's files", unix.EBADF}
	}
	if k.order.OwnPIDs && !o.Joins {
		_ = unix.Kill(-1, unix.SIGKILL) // what an earlier command left
	}
	sockets, err := k.listen(o.Ports)
	if err == nil {
		err = fail("hand sockets over", k.link.say(wire.Listening, nil, sockets...))
	}
	if err != nil {
		return err
	}
	s, err := k.steps(o, files, gate)
	if err != nil {
		return err
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return fail("make a pipe", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	pid, err := s.fork(pipe[1])
	unix.Close(pipe[1])
	if err != nil {
		unix.Close(pipe[0])
		return fail("fork", err)
	}
	select {
	case k.began <- struct{}{}:
	default: // it waits already
	}
	if o.Gated {
		k.commands[pid] = o.Number
		go func() {
			err := s.executed(pipe[0])
			k.mu.Lock()
			defer k.mu.Unlock()
			if err == nil {
				err = k.link.say(wire.Started, nil)
			} else {
				err = k.link.say(wire.Fail, onWire(err))
			}
			_ = err // bench is gone, and so will this process be
		}()
		return nil
	}
	if err := s.executed(pipe[0]); err != nil {
		return err
	}
	k.commands[pid] = o.Number
	return k.link.say(wire.Started, nil)
}

// executed waits until the child has gone through the list, or says where it stopped.
func (s *steps) executed(pipe int) error {
	defer unix.Close(pipe)
	var said [16]byte
	n, err := unix.Read(pipe, said[:])
	for err == unix.EINTR {
		n, err = unix.Read(pipe, said[:])
	}
	runtime.KeepAlive(s)
	if n == len(said) {
		at, number := binary.NativeEndian.Uint64(said[:]), binary.NativeEndian.Uint64(said[8:])
		return fail(s.list[at].what, unix.Errno(number))
	}
	return nil
}

// signal reaches a command's process group, if the command lives.
func (k *keeper) signal(command int, s unix.Signal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for pid, number := range k.commands {
		if number == command {
			_ = unix.Kill(-pid, s)
		}
	}
}

// steps is what the child does. The order matters: control groups are entered
// and resources limited with the privileges that are dropped then, and the
// filter comes last, since it refuses what was needed before.
func (k *keeper) steps(o wire.Run, files []int, gate int) (*steps, error) {
	dir := o.Dir
	if dir == "" {
		dir = "/"
	}
	// Where a command without a path lies, relative to its folder.
	if err := unix.Chdir(dir); err != nil {
		return nil, fail("change to folder "+dir, err)
	}
	path, err := find(o.Command, o.Env)
	if err != nil {
		return nil, err
	}
	s := &steps{}
	s.add("begin a session", unix.SYS_SETSID)
	for _, fd := range files[2:] {
		// "0" is whoever writes it. The file was opened by bench: neither the
		// new root nor lost privileges stand in the way.
		s.add("enter a control group", unix.SYS_WRITE, uintptr(fd), s.text("0"), 1)
	}
	if k.order.OwnPIDs {
		// It hides where on this machine the groups lie.
		s.add("", unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP).may = true
	}
	if len(o.CPUs) > 0 {
		var set unix.CPUSet
		for _, cpu := range o.CPUs {
			set.Set(cpu)
		}
		s.add("set the CPU affinity", unix.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(set), address(s, set[:]))
	}
	s.add("open its output", unix.SYS_DUP3, uintptr(files[0]), 1, 0)
	s.add("open its output", unix.SYS_DUP3, uintptr(files[1]), 2, 0)
	limit := func(resource int, value int) {
		s.add("set a limit", unix.SYS_PRLIMIT64, 0, uintptr(resource),
			address(s, []unix.Rlimit{{Cur: uint64(value), Max: uint64(value)}}), 0)
	}
	limit(unix.RLIMIT_NOFILE, o.Files)
	limit(unix.RLIMIT_CORE, 0)
	if o.Processes > 0 {
		limit(unix.RLIMIT_NPROC, o.Processes)
	}
	if walls {
		k.dropPrivileges(s)
	}
	s.add("change to folder "+dir, unix.SYS_CHDIR, s.text(dir))
	if o.Confine && walls {
		ruleset, err := landlock(o)
		if err != nil {
			return nil, err
		}
		if ruleset >= 0 {
			s.add("confine it", unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0)
		}
	}
	if walls {
		filter := filterProgram()
		program := []unix.SockFprog{{Len: uint16(len(filter)), Filter: unsafe.SliceData(filter)}}
		s.add("filter its system calls", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, address(s, program))
	}
	// Signals were blocked for the fork.
	s.add("let signals in", unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, address(s, []uint64{0}), 0, 8)
	s.add("say that all is ready", unix.SYS_WRITE, wire.Socket, address(s, []byte{wire.Ready}), 1)
	// Nothing but Go is ever sent here; the end of the stream is no byte.
	s.add("wait for the word", unix.SYS_READ, uintptr(gate), address(s, make([]byte, 1)), 1).result = 1
	s.add("execute "+o.Command[0], unix.SYS_EXECVE, s.text(path), s.texts(o.Command), s.texts(o.Env))
	return s, nil
}

// dropPrivileges makes it an ordinary user for good: no set-user-id program and
// no namespace gives anything back.
func (k *keeper) dropPrivileges(s *steps) {
	for c := uintptr(0); c < 64; c++ {
		if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil || has < 0 {
			break // past the last one
		}
		s.add("", unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c).may = true // a plain user has none
	}
	if user := uintptr(k.order.User); k.order.User >= 0 {
		s.add("leave the groups", unix.SYS_SETGROUPS, 0, 0)
		s.add("become its group", unix.SYS_SETRESGID, user, user, user)
		s.add("become its user", unix.SYS_SETRESUID, user, user, user)
	}
	s.add("refuse new privileges", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	s.add("", unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL).may = true // since Linux 4.3
	header := []unix.CapUserHeader{{Version: unix.LINUX_CAPABILITY_VERSION_3}}
	s.add("drop capabilities", unix.SYS_CAPSET, address(s, header), address(s, make([]unix.CapUserData, 2)))
}

// fork makes the child, which writes into the pipe which step failed and why.
// With all signals blocked no handler of the Go runtime can run in the child.
func (s *steps) fork(pipe int) (pid int, err error) {
	all, before := ^uint64(0), uint64(0)
	mask := func(from, to *uint64) {
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(to)), 8, 0, 0)
	}
	said := make([]uint64, 2)
	mask(&all, &before)
	child, _, number := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if number == 0 && child == 0 {
		goThrough(s.list, said, uintptr(pipe))
	}
	mask(&before, nil)
	if number != 0 {
		return 0, number
	}
	return int(child), nil
}

// goThrough is all that the child does. It never comes back, allocates nothing
// and calls nothing but the kernel. It must not be split: where a function grows
// its stack the scheduler may take it off its thread, and the child has no other.
//
//go:nosplit
//go:norace
func goThrough(list []step, said []uint64, pipe uintptr) {
	for i := range list {
		s := &list[i]
		result, _, number := unix.RawSyscall6(s.number, s.a[0], s.a[1], s.a[2], s.a[3], s.a[4], 0)
		if number != 0 && !s.may || s.result != 0 && result != s.result {
			said[0], said[1] = uint64(i), uint64(number)
			break
		}
	}
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, pipe, uintptr(unsafe.Pointer(unsafe.SliceData(said))), 16)
	for {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 127, 0, 0)
	}
}
