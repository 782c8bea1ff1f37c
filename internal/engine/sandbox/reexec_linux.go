package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// scopeVariable marks a program that has been started again already, so that it
// is not started a third time.
const scopeVariable = "MULTI_RUNTIME_BENCHMARK_SCOPE"

// Reexec decides whether this program has to be started again to be given a
// control group of its own, and with which command line. That is so for a plain
// user on cgroup v2, where systemd delegates a group to whoever asks. args is
// the whole command line, with the program's name.
//
//	if argv, needed := sandbox.Reexec(os.Args); needed {
//		err := syscall.Exec(argv[0], argv, os.Environ())
//	}
func Reexec(args []string) (argv []string, needed bool) {
	mountinfo, err1 := os.ReadFile("/proc/self/mountinfo")
	cgroup, err2 := os.ReadFile("/proc/self/cgroup")
	if err1 != nil || err2 != nil {
		return nil, false
	}
	l := parseLayout(string(mountinfo), string(cgroup))
	s := situation{
		root:    os.Geteuid() == 0,
		kind:    l.kind(),
		already: os.Getenv(scopeVariable) != "",
	}
	if l.unified.exists() {
		s.writable = unix.Access(l.unified.dir(), unix.W_OK) == nil && alone(l.unified)
		s.controllers = fields(l.unified, "cgroup.controllers")
	}
	s.systemdRun, _ = exec.LookPath("systemd-run")
	// The user's systemd listens here; without it systemd-run only fails.
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		_, err := os.Stat(filepath.Join(dir, "systemd", "private"))
		s.userManager = err == nil
	}
	program, err := os.Executable()
	if err != nil || len(args) == 0 {
		return nil, false
	}
	if !s.needsDelegation() {
		return nil, false
	}
	return s.command(program, args[1:]), true
}

// situation is what the decision depends on.
type situation struct {
	root        bool
	kind        string   // of the layout
	writable    bool     // groups can be made below this process's own, and nobody else is in it
	controllers []string // of this process's own group
	systemdRun  string   // path, "" if there is none
	userManager bool     // systemd runs for this user
	already     bool     // this is the second start
}

// needsDelegation: root makes groups where it likes, on v1 nothing is delegated,
// and without systemd there is nobody to ask.
func (s situation) needsDelegation() bool {
	if s.root || s.already || s.kind != "v2" || s.systemdRun == "" || !s.userManager {
		return false
	}
	delegated := s.writable && slices.Contains(s.controllers, "memory") && slices.Contains(s.controllers, "cpu")
	return !delegated
}

// command asks systemd for a scope of the user's own, in which the program runs
// with the same terminal, environment and folder.
func (s situation) command(program string, args []string) []string {
	return append([]string{
		s.systemdRun, "--user", "--scope", "--quiet", "--collect",
		"--property=Delegate=yes", "--setenv=" + scopeVariable + "=1", "--", program,
	}, args...)
}
