//go:build linux

package main

import "golang.org/x/sys/unix"

// The filter of system calls is what containers have: whatever could make a
// namespace or a mount, look into another process or load anything into the
// kernel is answered with EPERM. Everything else is allowed without a condition,
// which the kernel knows beforehand (since Linux 5.11), so that those calls cost
// no more than before.

// refused are the calls that nothing which runs as a function needs.
var refused = append([]uint32{
	unix.SYS_UNSHARE, unix.SYS_SETNS, // namespaces
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	unix.SYS_OPEN_TREE, unix.SYS_OPEN_TREE_ATTR, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP, // other processes
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_VHANGUP,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME,
}, refusedHere...)

const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// Where struct seccomp_data has its fields. The machines that this is built for
// are little-endian: an argument's lower half comes first.
const (
	dataNumber       = 0
	dataArchitecture = 4
	dataArgument0    = 16
)

func filterProgram() []unix.SockFilter {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		anyBit = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
	)
	var program []unix.SockFilter
	add := func(code uint16, k uint32, yes, no uint8) {
		program = append(program, unix.SockFilter{Code: code, Jt: yes, Jf: no, K: k})
	}
	refuse := func(number unix.Errno) { add(answer, unix.SECCOMP_RET_ERRNO|uint32(number), 0, 0) }
	allow := func() { add(answer, unix.SECCOMP_RET_ALLOW, 0, 0) }
	// The numbers below mean something in this architecture's own interface only.
	add(load, dataArchitecture, 0, 0)
	add(equal, auditArchitecture, 1, 0)
	refuse(unix.ENOSYS)
	add(load, dataNumber, 0, 0)
	if firstForeign > 0 {
		add(least, firstForeign, 0, 1)
		refuse(unix.ENOSYS)
	}
	// Its flags are in memory, where a filter can't see them. C libraries then
	// take clone.
	add(equal, unix.SYS_CLONE3, 0, 1)
	refuse(unix.ENOSYS)
	for _, number := range refused {
		add(equal, number, 0, 1)
		refuse(unix.EPERM)
	}
	add(equal, unix.SYS_CLONE, 0, 4)
	add(load, dataArgument0, 0, 0)
	add(anyBit, newNamespaces, 0, 1)
	refuse(unix.EPERM)
	allow()
	// Of all kinds of sockets this one leads out of a network namespace: to a
	// virtual machine's host.
	add(equal, unix.SYS_SOCKET, 0, 3)
	add(load, dataArgument0, 0, 0)
	add(equal, unix.AF_VSOCK, 0, 1)
	refuse(unix.EPERM)
	allow()
	return program
}
