//go:build linux

package main

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// Rights to files, by the version of Landlock that brought them
// (landlock(7)). What a version does not know can't be asked of it.
const (
	landlockReads = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	landlockFirst = 1<<13 - 1 // all up to MAKE_SYM
)

// landlock makes the rules for a command that has no mounts of its own: it sees
// and changes only what it is meant to, connects to its own ports only, and
// sends signals to nobody outside. -1: this kernel has no Landlock.
func landlock(o wire.Run) (ruleset int, err error) {
	version, _, number := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if number != 0 {
		return -1, nil
	}
	a := unix.LandlockRulesetAttr{Handled_access_fs: landlockFirst}
	if version >= 2 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		a.Handled_access_net = unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 6 {
		a.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	// Fields that a version does not know may be there, as zero.
	fd, _, number := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a), 0)
	if number != 0 {
		return -1, fail("make the rules of Landlock", number)
	}
	rules := rules{fd: fd}
	everything := a.Handled_access_fs
	for _, path := range append(systemFolders(), o.Reads...) {
		rules.below(path, landlockReads)
	}
	for _, path := range devices {
		rules.below("/dev/"+path, landlockReads|unix.LANDLOCK_ACCESS_FS_WRITE_FILE)
	}
	rules.below("/proc", landlockReads)
	for _, path := range o.Writes {
		rules.below(path, everything)
	}
	if version >= 4 {
		for _, port := range o.Connects {
			rules.connect(port)
		}
	}
	if rules.err != nil {
		unix.Close(int(fd))
	}
	return int(fd), rules.err
}

type rules struct {
	fd  uintptr
	err error
}

// below allows what is asked for in a folder, or with a file. What is not there
// needs no rule.
func (r *rules) below(path string, access uint64) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT != unix.S_IFDIR { // rights to folders are refused there
		access &= unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	r.add(unix.LANDLOCK_RULE_PATH_BENEATH, unsafe.Pointer(&rule), "allow "+path)
}

func (r *rules) connect(port int) {
	rule := struct{ access, port uint64 }{unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, uint64(port)}
	const ruleNetPort = 2
	r.add(ruleNetPort, unsafe.Pointer(&rule), "allow a port")
}

func (r *rules) add(kind uintptr, rule unsafe.Pointer, what string) {
	if _, _, number := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, r.fd, kind, uintptr(rule), 0, 0, 0); number != 0 && r.err == nil {
		r.err = fail(what, number)
	}
}
