package sandbox

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// Box is one process tree in its cage. Its methods may be called at the same
// time. After Kill the last figures remain.
type Box struct {
	host     *Host
	id       string
	spec     Spec
	cpus     []int
	cell     *Cell
	alone    bool  // the cell is this box's own
	sessions []int // of the commands, where there is no group
	outputs  *outputs
	started  time.Time
	before   cpuTime           // used while the cage was built
	noted    []remains.Process // in the manifest, where there is no group

	command    *command
	companions []*command
	done       chan struct{}
	exit       Exit

	mu      sync.Mutex // guards the files of the cage, and what follows
	cage    *cage
	killed  bool
	limited float64 // CPUs; 0: not yet
	used    cpuTime // the last reading
	memory  Memory  // the last reading, with the highest peak
	meter   memoryMeter

	killing sync.Once
	killErr error
}

// Started is the time just before the command was executed, with its cage ready
// around it.
func (b *Box) Started() time.Time { return b.started }

// Done is closed when the first process has ended and what it had written by
// then is with the writers. Its children may still run: Kill ends them.
func (b *Box) Done() <-chan struct{} { return b.done }

// Exit is valid when Done is closed.
func (b *Box) Exit() Exit {
	select {
	case <-b.done:
		return b.exit
	default:
		return Exit{}
	}
}

var errKilled = errors.New("the box has been killed")

// with runs f with the cage's files open.
func (b *Box) with(doing string, f func(c *cage) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := errKilled
	if !b.killed {
		err = f(b.cage)
	}
	if err != nil {
		return fmt.Errorf("%s box %s: %w", doing, b.id, err)
	}
	return nil
}

// LimitCPU sets the quota, in CPUs, with a period of 20 ms. It is set once and
// never lifted. Where there is no quota (see Description) it does nothing.
func (b *Box) LimitCPU(cpus float64) error {
	return b.with("limit the CPU of", func(c *cage) error {
		if b.limited != 0 && b.limited != cpus {
			return fmt.Errorf("its quota is %g CPUs already and is never changed: got %g", b.limited, cpus)
		}
		if c.quota != nil {
			if err := c.limit(cpus); err != nil {
				return err
			}
		}
		b.limited = cpus
		return nil
	})
}

// Freeze stops every process of the box and comes back when they stand.
func (b *Box) Freeze() error {
	return b.with("freeze", func(c *cage) error {
		err := c.freezer.freeze()
		if errors.Is(err, ErrRestless) {
			if thawing := c.freezer.thaw(); thawing != nil {
				return thawing
			}
		}
		return err
	})
}

// Thaw lets them run again.
func (b *Box) Thaw() error {
	return b.with("thaw", func(c *cage) error { return c.freezer.thaw() })
}

// CPU is what all processes of the box have used since Started, those that have
// ended included. The sum is exact; how it divides into user and system is the
// kernel's estimate.
func (b *Box) CPU() (user, system time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.killed {
		err = b.readCPU()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the CPU time of box %s: %w", b.id, err)
	}
	return b.used.user, b.used.system, nil
}

func (b *Box) readCPU() error {
	used, err := b.cage.meter.used()
	// Where there is no group, what has ended is known to the tick only.
	if used = used.minus(b.before); err == nil && used.user+used.system > b.used.user+b.used.system {
		b.used = used
	}
	return err
}

// Memory of all processes of the box. Call it when an invocation has ended: what
// ends takes its figures along. After the end the last figures remain.
func (b *Box) Memory() (Memory, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.killed {
		if err := b.readMemory(); err != nil {
			return Memory{}, fmt.Errorf("read the memory of box %s: %w", b.id, err)
		}
	}
	return b.memory, nil
}

// Reads is what the processes that live have read until now.
func (b *Box) Reads() (sum Reads, err error) {
	err = b.with("read the page faults of", func(*cage) error {
		pids, err := b.pids()
		if err != nil {
			return err
		}
		for _, pid := range pids {
			stat, err1 := procfs.Read(pid)
			bytes, err2 := procfs.ReadBytes(pid)
			if errors.Is(err1, os.ErrNotExist) || errors.Is(err2, os.ErrNotExist) {
				continue // it has just ended
			}
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			sum.MajorFaults += int64(stat.MajorFaults)
			sum.Bytes += bytes
		}
		return nil
	})
	return sum, err
}

// pids are the processes that live.
func (b *Box) pids() ([]int, error) {
	if b.cage.procs != nil {
		return b.cage.procs.pids()
	}
	return sessionPIDs(b.sessions)
}

func (b *Box) readMemory() error {
	pids, err := b.pids()
	if err != nil {
		return err
	}
	sum, err := b.meter.sum(pids)
	if err != nil {
		return err
	}
	if sum.OOMKills, err = b.cage.oomKills(); err != nil {
		return err
	}
	if sum.RSSBytes == 0 { // all of it has ended
		sum.RSSBytes, sum.AnonBytes = b.memory.RSSBytes, b.memory.AnonBytes
	}
	sum.PeakBytes = max(sum.PeakBytes, b.memory.PeakBytes)
	b.memory = sum
	return nil
}

// wait takes down how the first process ended.
func (b *Box) wait() {
	end := <-b.command.ended
	exit := exitOf(end)
	b.mu.Lock()
	if !b.killed {
		_ = b.readMemory()
		exit.OOM = b.memory.OOMKills > 0
	}
	// What ended before anybody looked has left its high-water mark.
	b.memory.PeakBytes = max(b.memory.PeakBytes, int64(end.PeakKB)<<10)
	b.mu.Unlock()
	b.outputs.drain()
	b.exit = exit
	close(b.done)
}

func exitOf(end wire.End) Exit {
	status := syscall.WaitStatus(end.Status)
	if status.Signaled() {
		return Exit{Code: -1, Signal: status.Signal()}
	}
	return Exit{Code: status.ExitStatus()}
}

// Kill ends everything in the box, frozen or not, removes its groups and waits
// until all is gone. It may be called any number of times.
func (b *Box) Kill() error {
	b.killing.Do(func() {
		err := b.kill()
		if err != nil {
			b.killErr = fmt.Errorf("kill box %s: %w", b.id, err)
		}
		b.host.release(b.id, b.cpus)
	})
	return b.killErr
}

func (b *Box) kill() error {
	var err error
	b.mu.Lock()
	_, _ = b.readCPU(), b.readMemory() // the last figures
	b.mu.Unlock()
	for _, p := range b.noted {
		err = errors.Join(err, remains.KillProcess(p, removeLimit))
	}
	// The groups go last: their count of OOM kills is still to be read. The
	// processes are ended before, which empties the groups.
	err = errors.Join(err, remains.KillMembers(b.cage.dirs, removeLimit))
	if b.alone {
		err = errors.Join(err, b.cell.Close())
	}
	select {
	case <-b.done:
	case <-time.After(removeLimit):
		return errors.Join(err, errors.New("its first process does not end"))
	}
	b.mu.Lock()
	b.killed = true
	_ = b.readCPU()
	b.cage.close()
	b.closeGates()
	b.meter.close()
	b.mu.Unlock()
	err = errors.Join(err, remains.KillGroups(b.cage.dirs, removeLimit))
	b.outputs.wait(time.Second)
	for _, p := range b.noted {
		if e := b.host.note(remains.EndedLine(p)); !errors.Is(e, errClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}
