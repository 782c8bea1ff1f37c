package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// startLimit bounds how long a cage may take to build.
const startLimit = 30 * time.Second

// Start runs a command in a new box. It comes back when the command has been
// executed, or could not be. The context bounds Start alone: the box lives until
// it is killed.
//
// The cage is built first and the clock started then: entering a control group
// makes the kernel wait for all CPUs (5 to 25 ms measured on two), and that is
// the machine's time, not the function's.
func (h *Host) Start(ctx context.Context, s Spec) (*Box, error) {
	if err := h.check(s); err != nil {
		return nil, err
	}
	cpus, err := h.reserve(s)
	if err != nil {
		return nil, err
	}
	defer h.starting.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(h.stop, func() { cancel(errClosed) })()
	b, err := h.build(ctx, s, cpus)
	if err != nil {
		h.release(s.ID, cpus)
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.boxes[s.ID] = b // Close waits for this, and kills it
	return b, nil
}

func (h *Host) build(ctx context.Context, s Spec, cpus []int) (_ *Box, err error) {
	b := &Box{host: h, id: s.ID, cpus: cpus, done: make(chan struct{}), cage: &cage{}, cell: s.Cell, meter: memoryMeter{}}
	if b.cell == nil {
		b.cell, b.alone = &Cell{}, true
	}
	if h.groups != nil {
		if b.cage, err = h.groups.cage(s.ID, s.MemoryMB); err != nil {
			return nil, fmt.Errorf("start box %s: %w", s.ID, err)
		}
	}
	// From here on a failure kills what there is, the cell too: who knows what
	// state it is in.
	defer func() {
		if err != nil {
			b.cage.close()
			err = errors.Join(err, remains.KillGroups(b.cage.dirs, removeLimit), b.cell.Close())
		}
	}()
	if b.outputs, err = openOutputs(s.Stdout, s.Stderr); err != nil {
		return nil, fmt.Errorf("start box %s: %w", s.ID, err)
	}
	b.outputs.copy()
	defer b.outputs.started()
	if err := b.cell.open(ctx, h, s); err != nil {
		return nil, h.startError(ctx, s, err)
	}
	defer b.cell.bound(ctx)()
	if err := h.order(s, b, cpus); err != nil {
		return nil, h.startError(ctx, s, err)
	}
	files, err := b.cell.await(wire.Listening)
	if err == nil {
		err = serve(s.Ports, files)
	}
	if err == nil {
		_, err = b.cell.await(wire.Ready)
	}
	if err != nil {
		return nil, h.startError(ctx, s, err)
	}
	b.cage.entered()
	if err := b.track(); err != nil {
		return nil, fmt.Errorf("start box %s: %w", s.ID, err)
	}
	if b.before, err = b.cage.meter.used(); err != nil {
		return nil, fmt.Errorf("start box %s: %w", s.ID, err)
	}
	b.started = time.Now()
	if _, err := b.cell.link.Write([]byte{wire.Go}); err != nil {
		return nil, h.startError(ctx, s, err)
	}
	if _, err := b.cell.await(wire.Started); err != nil {
		return nil, h.startError(ctx, s, err)
	}
	go b.wait(b.cell.link)
	return b, nil
}

// order tells the launcher what to run, with its outputs and control groups.
func (h *Host) order(s Spec, b *Box, cpus []int) error {
	o := wire.Run{
		Groups: len(b.cage.enter), CPUs: cpus, Files: MaxFiles, Processes: h.maxProcesses(),
		Dir: s.Dir, Command: s.Command, Env: s.Env,
	}
	for _, p := range s.Ports {
		o.Ports = append(o.Ports, p.Number)
	}
	if h.kind == bare && len(s.Writes) > 0 {
		o.Confine, o.Reads, o.Writes, o.Connects = true, s.Reads, s.Writes, s.Connects
	}
	fds := []int{int(b.outputs.stdout.Fd()), int(b.outputs.stderr.Fd())}
	for _, f := range b.cage.enter {
		fds = append(fds, int(f.Fd()))
	}
	order := wire.Encode(&o)
	n, _, err := b.cell.link.WriteMsgUnix(order, unix.UnixRights(fds...), nil)
	if err == nil {
		_, err = b.cell.link.Write(order[n:])
	}
	return err
}

// serve hands the listening sockets to those who answer there.
func serve(ports []Port, files []*os.File) error {
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if len(files) != len(ports) {
		return fmt.Errorf("got %d sockets for %d ports", len(files), len(ports))
	}
	for i, p := range ports {
		listener, err := net.FileListener(files[i])
		if err != nil {
			return err
		}
		p.Serve(listener)
	}
	return nil
}

// track fills in what needs a process number where there are no control groups.
func (b *Box) track() error {
	if len(b.cage.dirs) > 0 {
		return nil
	}
	pid, err := childOf(b.cell.process.Pid)
	if err != nil {
		return err
	}
	b.pid = pid
	b.cage.meter, b.cage.freezer = procMeter{pid, b.cell.process.Pid}, signalFreezer{pid}
	stat, err := procfs.Read(pid)
	if err != nil {
		return err
	}
	b.noted = &remains.Process{PID: pid, Start: stat.Start}
	return b.host.note(remains.ProcessLine(*b.noted))
}

// startError says why a box did not start, in words for whoever wrote the
// command.
func (h *Host) startError(ctx context.Context, s Spec, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start box %s: %w", s.ID, context.Cause(ctx))
	}
	var f *failure
	if !errors.As(err, &f) {
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			return fmt.Errorf("start box %s: the launcher ended before the cage stood", s.ID)
		}
		return fmt.Errorf("start box %s: talk to the launcher: %w", s.ID, err)
	}
	cause := fmt.Errorf("start box %s: %w", s.ID, err)
	if !strings.HasPrefix(f.Step, "execute ") && !strings.HasPrefix(f.Step, "find ") {
		return cause
	}
	hint := ""
	switch syscall.Errno(f.Errno) {
	case syscall.ENOENT:
		hint = fmt.Sprintf("there must be %s in %s, and what its first line or its ELF header names as interpreter", s.Command[0], s.Dir)
	case syscall.EACCES:
		hint = "make it executable: chmod +x " + s.Command[0] + ", and readable for everybody: functions are nobody's own user"
	case syscall.ENOEXEC:
		hint = "it must be a program for this machine's architecture, or a script that begins with #!"
	default:
		return cause
	}
	return fault.New(hint, "%w", cause)
}
