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
	b := &Box{host: h, id: s.ID, spec: s, cpus: cpus, done: make(chan struct{}), cage: &cage{}, cell: s.Cell, meter: memoryMeter{}}
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
			b.closeGates()
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
	ctx, done := b.cell.bound(ctx)
	defer done()
	b.cell.link.ordering.Lock()
	defer b.cell.link.ordering.Unlock()
	if err := b.prepare(ctx, s, cpus); err != nil {
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
	if len(b.companions) == 0 {
		if err := b.command.execute(ctx); err != nil {
			return nil, h.startError(ctx, s, err)
		}
	}
	for i, c := range b.companions {
		if err := c.execute(ctx); err != nil {
			return nil, h.startError(ctx, s, &CompanionError{i, err})
		}
	}
	go b.wait()
	return b, nil
}

// prepare has every command of the box wait for its word, with the cage around it.
func (b *Box) prepare(ctx context.Context, s Spec, cpus []int) error {
	for i, c := range s.Companions {
		order := wire.Run{Joins: i > 0, Gated: true, Command: c.Command, Env: c.Env}
		made, err := b.order(ctx, s, order, cpus, nil, c.Output, c.Output)
		if err != nil {
			return &CompanionError{i, err}
		}
		b.companions = append(b.companions, made)
	}
	more := len(s.Companions) > 0
	order := wire.Run{Joins: more, Gated: more, Command: s.Command, Env: s.Env}
	var err error
	b.command, err = b.order(ctx, s, order, cpus, s.Ports, b.outputs.stdout, b.outputs.stderr)
	return err
}

// order tells the launcher what to run, with its outputs and control groups, and comes
// back when that waits for its word.
func (b *Box) order(ctx context.Context, s Spec, o wire.Run, cpus []int, ports []Port, stdout, stderr *os.File) (*command, error) {
	c := &command{link: b.cell.link}
	c.number, c.ended = c.link.command()
	o.Number, o.Groups, o.CPUs, o.Dir = c.number, len(b.cage.enter), cpus, s.Dir
	o.Files, o.Processes = MaxFiles, b.host.maxProcesses()
	for _, p := range ports {
		o.Ports = append(o.Ports, p.Number)
	}
	if b.host.kind == bare && len(s.Writes) > 0 {
		o.Confine, o.Reads, o.Writes, o.Connects = true, s.Reads, s.Writes, s.Connects
	}
	fds := []int{int(stdout.Fd()), int(stderr.Fd())}
	for _, f := range b.cage.enter {
		fds = append(fds, int(f.Fd()))
	}
	if o.Gated {
		gate, ours, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		defer gate.Close()
		c.gate = ours
		fds = append(fds, int(gate.Fd()))
	}
	message := wire.Encode(&o)
	n, _, err := c.link.WriteMsgUnix(message, unix.UnixRights(fds...), nil)
	if err == nil {
		_, err = c.link.Write(message[n:])
	}
	if err != nil {
		return nil, err
	}
	files, err := c.link.await(ctx, wire.Listening)
	if err == nil {
		err = serve(ports, files)
	}
	if err == nil {
		_, err = c.link.await(ctx, wire.Ready)
	}
	return c, err
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
	var err error
	if b.sessions, err = childrenOf(b.cell.process.Pid); err != nil {
		return err
	}
	b.cage.meter, b.cage.freezer = procMeter{b.sessions, b.cell.process.Pid}, signalFreezer{b.sessions}
	for _, pid := range b.sessions {
		stat, err := procfs.Read(pid)
		if err != nil {
			return err
		}
		p := remains.Process{PID: pid, Start: stat.Start}
		b.noted = append(b.noted, p)
		if err := b.host.note(remains.ProcessLine(p)); err != nil {
			return err
		}
	}
	return nil
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
	command := s.Command
	if c := (*CompanionError)(nil); errors.As(err, &c) {
		command = s.Companions[c.Number].Command
	}
	hint := ""
	switch syscall.Errno(f.Errno) {
	case syscall.ENOENT:
		hint = fmt.Sprintf("there must be %s in %s, and what its first line or its ELF header names as interpreter", command[0], s.Dir)
	case syscall.EACCES:
		hint = "make it executable: chmod +x " + command[0] + ", and readable for everybody: functions are nobody's own user"
	case syscall.ENOEXEC:
		hint = "it must be a program for this machine's architecture, or a script that begins with #!"
	default:
		return cause
	}
	return fault.New(hint, "%w", cause)
}
