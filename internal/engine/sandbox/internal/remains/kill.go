//go:build linux

package remains

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
)

// tree is a group and all groups below it, the deepest first; none when it is
// not there.
func tree(group string) []string {
	entries, err := os.ReadDir(group)
	if err != nil {
		return nil
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, tree(filepath.Join(group, e.Name()))...)
		}
	}
	return append(dirs, group)
}

// members are the processes in one group, this one left out.
func members(dir string) []int {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil
	}
	var pids []int
	for _, field := range strings.Fields(string(b)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// KillMembers kills everything in the groups and below them, and waits until it
// has ended. The groups stay.
func KillMembers(groups []string, within time.Duration) error {
	deadline := time.Now().Add(within)
	for round := 0; ; round++ {
		var dying []int // pidfds
		left := ""
		for _, group := range groups {
			for _, dir := range tree(group) {
				if len(members(dir)) > 0 {
					left = dir
				}
				dying = append(dying, signalGroup(dir)...)
			}
		}
		await(dying, time.Until(deadline))
		if left == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("kill what is in control group " + left + describe(left))
		}
		pause(round)
	}
}

// KillGroups kills everything in the groups and below them, and removes them.
// Groups that are not there are fine: it may be called any number of times.
func KillGroups(groups []string, within time.Duration) error {
	deadline := time.Now().Add(within)
	if err := KillMembers(groups, within); err != nil {
		return err
	}
	for round := 0; ; round++ {
		left, cause := "", error(nil)
		for _, group := range groups {
			for _, dir := range tree(group) {
				if err := unix.Rmdir(dir); err != nil && err != unix.ENOENT {
					left, cause = dir, err
				}
			}
		}
		if left == "" {
			return nil
		}
		if cause != unix.EBUSY || time.Now().After(deadline) {
			return errors.New("remove control group " + left + describe(left) + ": " + cause.Error())
		}
		pause(round)
		if err := KillMembers(groups, time.Until(deadline)); err != nil {
			return err
		}
	}
}

// pause gives the kernel a moment: it unlinks a process from its group a little
// after it has ended, and tells nobody.
func pause(round int) { time.Sleep(min(50*time.Microsecond<<min(round, 8), 5*time.Millisecond)) }

func describe(dir string) string {
	pids := members(dir)
	if len(pids) == 0 {
		return ""
	}
	stat, err := procfs.Read(pids[0])
	if err != nil {
		return ""
	}
	return " with process " + strconv.Itoa(pids[0]) + " (" + stat.Name + ", state " + string(stat.State) + ") in it"
}

// signalGroup kills every process of one group, frozen or not, and returns file
// descriptors by which their end can be awaited.
func signalGroup(dir string) (pidfds []int) {
	held := map[int]int{}
	for _, pid := range members(dir) {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			held[pid] = fd
			pidfds = append(pidfds, fd)
		}
	}
	// Looked at again with the descriptors in hand: a number that was used
	// again meanwhile is somebody else's, unless it is in this group too.
	for _, pid := range members(dir) {
		if fd, ok := held[pid]; ok {
			_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		} else {
			_ = unix.Kill(pid, unix.SIGKILL) // new, or before Linux 5.3
		}
	}
	// What has forked meanwhile is caught here, by one write, or in the next
	// round where the kernel is older than 5.14. A v2 freezer lets a SIGKILL
	// through; a v1 freezer holds it back until the group is thawed.
	_ = write(filepath.Join(dir, "cgroup.kill"), "1")
	_ = write(filepath.Join(dir, "freezer.state"), "THAWED")
	return pidfds
}

// write never creates: a control group has only the kernel's files.
func write(path, value string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, []byte(value))
	return err
}

// await waits until all processes have ended, and closes the descriptors.
func await(pidfds []int, within time.Duration) {
	deadline := time.Now().Add(within)
	for _, fd := range pidfds {
		for {
			left := max(time.Until(deadline), 0)
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds()))
			if err != unix.EINTR || n > 0 {
				break
			}
		}
		unix.Close(fd)
	}
}

// signalProcessGroup is PIDFD_SIGNAL_PROCESS_GROUP of Linux 6.9.
const signalProcessGroup = 1 << 2

// KillProcess kills a process, and its process group if it leads one, and waits
// for its end. One with another start time is somebody else's: it is left alone.
func KillProcess(p Process, within time.Duration) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if err == unix.ESRCH || err == unix.EINVAL {
		return nil
	}
	stat, statErr := procfs.Read(p.PID)
	if statErr != nil || stat.Start != p.Start {
		if err == nil {
			unix.Close(fd)
		}
		return nil
	}
	if err != nil { // before Linux 5.3
		if stat.Group == p.PID {
			return ignoreGone(unix.Kill(-p.PID, unix.SIGKILL))
		}
		return ignoreGone(unix.Kill(p.PID, unix.SIGKILL))
	}
	// The descriptor holds on to the very process: from here on the number
	// does not matter, save for the group before Linux 6.9.
	dying := []int{fd}
	if stat.Group == p.PID {
		for _, pid := range groupMembers(p.PID) {
			if fd, err := unix.PidfdOpen(pid, 0); err == nil {
				dying = append(dying, fd)
			}
		}
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, signalProcessGroup); err == unix.EINVAL {
			_ = unix.Kill(-p.PID, unix.SIGKILL)
		}
	}
	err = ignoreGone(unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0))
	// A stopped process dies of a SIGKILL as well; only a frozen one does not.
	await(dying, within)
	if err != nil {
		return errors.New("kill process " + strconv.Itoa(p.PID) + ": " + err.Error())
	}
	return nil
}

// groupMembers are the processes of a process group but its leader.
func groupMembers(group int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != group {
			if stat, err := procfs.Read(pid); err == nil && stat.Group == group {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func ignoreGone(err error) error {
	if err == unix.ESRCH {
		return nil
	}
	return err
}
