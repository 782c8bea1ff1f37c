package sandbox

import (
	"context"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Host is one run's place on this machine.
type Host struct{}

// Box is one process tree in its cage.
type Box struct{ cpu cpuTime }

var errSkeleton = fault.New("it is being written", "the sandbox does not work yet")

// Open finds out what the machine can do, makes the run's folder and control
// groups and starts the guard.
func Open(ctx context.Context, o Options) (*Host, error) { return nil, errSkeleton }

// Description of the machine and of the limits in force.
func (h *Host) Description() Description { return Description{} }

// Namespaces is false where mounts can't be made: Dir and Env must then name
// true paths, and Start refuses Mounts.
func (h *Host) Namespaces() bool { return false }

// RunDir is a private folder, removed by Close or by the guard.
func (h *Host) RunDir() string { return "" }

// Adopt makes the guard kill this process and its group when this program dies.
func (h *Host) Adopt(pid int) error { return errSkeleton }

// Start runs a command in a new box.
func (h *Host) Start(ctx context.Context, s Spec) (*Box, error) { return nil, errSkeleton }

// Close kills what still runs and removes groups and folder.
func (h *Host) Close() error { return nil }

// Started is the time just before the fork.
func (b *Box) Started() time.Time { return time.Time{} }

// LimitCPU sets the quota in CPUs, period 20 ms. It is never lifted again.
func (b *Box) LimitCPU(cpus float64) error { return errSkeleton }

// Freeze stops every process of the box and returns when they stand.
func (b *Box) Freeze() error { return errSkeleton }

// Thaw lets them run again.
func (b *Box) Thaw() error { return errSkeleton }

// CPU is what all processes of the box have used so far.
func (b *Box) CPU() (user, system time.Duration, err error) { return b.cpu.user, b.cpu.system, errSkeleton }

// Memory of all processes of the box.
func (b *Box) Memory() (Memory, error) { return Memory{}, errSkeleton }

// Done is closed when the first process has ended.
func (b *Box) Done() <-chan struct{} { return nil }

// Exit is valid when Done is closed.
func (b *Box) Exit() Exit { return Exit{} }

// Kill ends everything in the box and waits until it is gone. It may be called
// any number of times.
func (b *Box) Kill() error { return nil }

// Leftovers lists what dead runs have left: folders, groups, processes.
func Leftovers() ([]string, error) { return nil, nil }

// Clean removes them and lists what it removed.
func Clean() ([]string, error) { return nil, nil }

// Reexec decides whether the program must be started again under systemd-run to
// be given a control group of its own, and builds the command line.
func Reexec(args []string) (argv []string, needed bool) { return nil, false }
