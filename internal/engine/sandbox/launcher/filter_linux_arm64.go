package main

import "golang.org/x/sys/unix"

const (
	auditArchitecture = unix.AUDIT_ARCH_AARCH64
	firstForeign      = 0
)

var refusedHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}
