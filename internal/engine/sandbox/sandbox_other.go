//go:build !linux

package sandbox

import (
	"context"
	"net"
	"runtime"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Host is one run's place on this machine.
type Host struct{}

// Box is one process tree in its cage.
type Box struct{}

// Cell is what stays from one box to the next.
type Cell struct{}

// Close does nothing.
func (c *Cell) Close() error { return nil }

func unsupported() error {
	return fault.New("run it in a Linux virtual machine or container, or measure in AWS: bench aws",
		"functions are Linux programs and can't run on %s", runtime.GOOS)
}

// Open fails: Lambda's zips hold Linux programs.
func Open(context.Context, Options) (*Host, error) { return nil, unsupported() }

// Description is empty.
func (h *Host) Description() Description {
	return Description{LimitsInForce: []string{}, Walls: []string{}}
}

// Namespaces is false.
func (h *Host) Namespaces() bool { return false }

// PrivateNetwork is false.
func (h *Host) PrivateNetwork() bool { return false }

// RunDir is "".
func (h *Host) RunDir() string { return "" }

// Adopt fails.
func (h *Host) Adopt(int) error { return unsupported() }

// Start fails.
func (h *Host) Start(context.Context, Spec) (*Box, error) { return nil, unsupported() }

// Close does nothing.
func (h *Host) Close() error { return nil }

// Started is zero.
func (b *Box) Started() time.Time { return time.Time{} }

// LimitCPU fails.
func (b *Box) LimitCPU(float64) error { return unsupported() }

// Freeze fails.
func (b *Box) Freeze() error { return unsupported() }

// Thaw fails.
func (b *Box) Thaw() error { return unsupported() }

// CPU fails.
func (b *Box) CPU() (user, system time.Duration, err error) { return 0, 0, unsupported() }

// Memory fails.
func (b *Box) Memory() (Memory, error) { return Memory{}, unsupported() }

// Reads fails.
func (b *Box) Reads() (Reads, error) { return Reads{}, unsupported() }

// Done is never closed.
func (b *Box) Done() <-chan struct{} { return nil }

// Exit is empty.
func (b *Box) Exit() Exit { return Exit{} }

// Kill does nothing.
func (b *Box) Kill() error { return nil }

// Leftovers finds nothing: nothing can have run here.
func Leftovers() ([]string, error) { return nil, nil }

// Clean removes nothing.
func Clean() ([]string, error) { return nil, nil }

// Reexec is never needed.
func Reexec([]string) (argv []string, needed bool) { return nil, false }

// Release fails.
func (b *Box) Release(context.Context) error { return unsupported() }

// Dial fails.
func (b *Box) Dial(context.Context, int) (net.Conn, error) { return nil, unsupported() }

// Signal fails.
func (b *Box) Signal(syscall.Signal) error { return unsupported() }

// CompanionEnded is zero.
func (b *Box) CompanionEnded(int) Exit { return Exit{} }
