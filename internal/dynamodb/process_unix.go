//go:build unix

package dynamodb

import (
	"os/exec"
	"syscall"
)

// inGroup gives the command a process group of its own, so that it can be
// killed with all its children, and so that an interrupt from the keyboard
// reaches this program only.
func inGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroupOnCancel makes the end of the command's context the end of the
// whole group, not of its leader only.
func killGroupOnCancel(command *exec.Cmd) {
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}

// killGroup is called while the leader has not been waited for, or right
// after; a group that is gone is not an error.
func killGroup(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }
