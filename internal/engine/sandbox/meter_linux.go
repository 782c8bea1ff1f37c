package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
)

// cpuTime is what a box has used.
type cpuTime struct{ user, system time.Duration }

func (t cpuTime) minus(u cpuTime) cpuTime {
	return cpuTime{max(t.user-u.user, 0), max(t.system-u.system, 0)}
}

// cpuMeter reads what a box has used, those of its processes that have ended
// included.
type cpuMeter interface{ used() (cpuTime, error) }

// v2Meter reads cpu.stat, in µs. Every v2 group has it, with a controller or
// without.
type v2Meter struct{ stat *knob }

func (m v2Meter) used() (cpuTime, error) {
	v, err := m.stat.values()
	if err != nil {
		return cpuTime{}, err
	}
	return split(time.Duration(v["usage_usec"])*time.Microsecond, v["user_usec"], v["system_usec"]), nil
}

// v1Meter reads cpuacct.usage, in ns, and the two parts of it, which the kernel
// only estimates from its tick.
type v1Meter struct{ usage, user, system *knob }

func (m v1Meter) used() (cpuTime, error) {
	total, err1 := m.usage.number()
	user, err2 := m.user.number()
	system, err3 := m.system.number()
	return split(time.Duration(total), user, system), errors.Join(err1, err2, err3)
}

// split divides an exact total in the ratio of two estimates, as the kernel
// does for /proc/PID/stat.
func split(total time.Duration, user, system int64) cpuTime {
	if user+system <= 0 {
		return cpuTime{user: total}
	}
	u := time.Duration(float64(total) * float64(user) / float64(user+system))
	return cpuTime{user: u, system: total - u}
}

// procMeter adds up the processes of the commands' sessions, and those that the launcher in
// the cell has buried. What ended unseen, with a parent that did not wait for it
// and still lives, is missing.
type procMeter struct {
	sessions []int
	keeper   int
}

func (m procMeter) used() (cpuTime, error) {
	var sum cpuTime
	pids, err := sessionPIDs(m.sessions)
	if err != nil {
		return sum, err
	}
	const tick = time.Second / procfs.ClockTicks
	for _, pid := range pids {
		stat, err := procfs.Read(pid)
		if err != nil {
			continue // it has just ended
		}
		total := time.Duration(stat.User+stat.System) * tick
		// The process's CPU clock counts in ns, its stat file in 10 ms
		// (clock_getcpuclockid(3)).
		var clock unix.Timespec
		if unix.ClockGettime(int32(^pid<<3|2), &clock) == nil {
			total = time.Duration(clock.Nano())
		}
		own := split(total, int64(stat.User), int64(stat.System))
		sum.user += own.user + time.Duration(stat.ChildUser)*tick
		sum.system += own.system + time.Duration(stat.ChildSystem)*tick
	}
	if stat, err := procfs.Read(m.keeper); err == nil {
		sum.user += time.Duration(stat.ChildUser) * tick
		sum.system += time.Duration(stat.ChildSystem) * tick
	}
	return sum, nil
}

// sessionPIDs lists the processes of sessions.
func sessionPIDs(sessions []int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		var pid int
		if _, err := fmt.Sscanf(e.Name(), "%d", &pid); err != nil {
			continue
		}
		if stat, err := procfs.Read(pid); err == nil && slices.Contains(sessions, stat.Session) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// childrenOf finds the children of a process.
func childrenOf(parent int) (pids []int, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if stat, err := procfs.Read(pid); err == nil && stat.Parent == parent {
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("find the child of process %d: %w", parent, os.ErrNotExist)
	}
	return pids, nil
}

// keptFiles bounds what a function with many processes costs of our descriptors.
const keptFiles = 8

// memoryMeter adds up the memory of processes, whose files stay open.
type memoryMeter map[int]*procfs.MemoryFile

// sum of those processes; one that has ended meanwhile counts nothing.
func (m memoryMeter) sum(pids []int) (Memory, error) {
	var sum Memory
	for _, pid := range pids {
		one, err := m.read(pid)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return Memory{}, fmt.Errorf("read the memory of process %d: %w", pid, err)
		}
		sum.PeakBytes += one.Peak
		sum.RSSBytes += one.RSS
		sum.AnonBytes += one.Anon
	}
	for pid := range m {
		if !slices.Contains(pids, pid) {
			m.forget(pid)
		}
	}
	return sum, nil
}

func (m memoryMeter) read(pid int) (procfs.Memory, error) {
	if file := m[pid]; file != nil {
		memory, err := file.Read()
		if !errors.Is(err, os.ErrNotExist) {
			return memory, err
		}
		m.forget(pid) // another process has its number, or none
	}
	file, err := procfs.OpenMemory(pid)
	if err != nil {
		return procfs.Memory{}, err
	}
	if len(m) < keptFiles {
		m[pid] = file
	} else {
		defer file.Close()
	}
	return file.Read()
}

func (m memoryMeter) forget(pid int) {
	m[pid].Close()
	delete(m, pid)
}

func (m memoryMeter) close() {
	for pid := range m {
		m.forget(pid)
	}
}
