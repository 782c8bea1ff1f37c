package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	b := &Box{host: h, id: s.ID, cpus: cpus, done: make(chan struct{}), cage: &cage{}}
	if h.groups != nil {
		if b.cage, err = h.groups.cage(s.ID, s.MemoryMB); err != nil {
			return nil, fmt.Errorf("start box %s: %w", s.ID, err)
		}
	}
	// From here on a failure kills what there is.
	defer func() {
		if err != nil {
			b.cage.close()
			err = errors.Join(err, remains.KillGroups(b.cage.dirs, removeLimit))
		}
	}()
	if b.outputs, err = openOutputs(s.Stdout, s.Stderr); err != nil {
		return nil, fmt.Errorf("start box %s: %w", s.ID, err)
	}
	b.outputs.copy()
	defer b.outputs.started()
	socket, err := h.launch(b)
	if err != nil {
		return nil, fmt.Errorf("start box %s: %w", s.ID, err)
	}
	defer socket.Close()
	fail := func(err error) error {
		_ = b.process.Kill()
		_, _ = b.process.Wait()
		return err
	}
	// A cancelled context ends every wait on the socket.
	_ = socket.SetDeadline(time.Now().Add(startLimit))
	defer context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Now()) })()
	if _, err := socket.Write(wire.Encode(h.order(s, len(b.cage.enter), cpus))); err != nil {
		return nil, fail(h.startError(ctx, s, err, nil))
	}
	if err := h.await(ctx, s, socket, wire.Ready); err != nil {
		return nil, fail(err)
	}
	b.cage.entered()
	if err := b.track(); err != nil {
		return nil, fail(fmt.Errorf("start box %s: %w", s.ID, err))
	}
	if b.before, err = b.cage.meter.used(); err != nil {
		return nil, fail(fmt.Errorf("start box %s: %w", s.ID, err))
	}
	b.started = time.Now()
	if _, err := socket.Write([]byte{wire.Go}); err != nil {
		return nil, fail(h.startError(ctx, s, err, nil))
	}
	// The socket is closed by the execution itself.
	if err := h.await(ctx, s, socket, 0); err != nil {
		return nil, fail(err)
	}
	go b.wait()
	return b, nil
}

// launch clones the launcher and returns our end of its socket.
func (h *Host) launch(b *Box) (*os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "launcher")
	defer theirs.Close()
	if err := unix.SetNonblock(fds[0], true); err != nil {
		unix.Close(fds[0])
		return nil, os.NewSyscallError("fcntl", err)
	}
	ours := os.NewFile(uintptr(fds[0]), "launcher")
	null, err := os.Open(os.DevNull)
	if err != nil {
		ours.Close()
		return nil, err
	}
	defer null.Close()
	b.process, err = os.StartProcess(h.launcher, []string{"launcher", "box"}, &os.ProcAttr{
		Dir: "/", Env: []string{"GOMAXPROCS=1", "GOGC=off"},
		Files: append([]*os.File{null, b.outputs.stdout, b.outputs.stderr, theirs}, b.cage.enter...),
		Sys:   h.attributes(),
	})
	if err != nil {
		ours.Close()
		return nil, err
	}
	return ours, nil
}

// track fills in what needs a process number where there are no control groups.
func (b *Box) track() error {
	pid := b.process.Pid
	if b.cage.meter == nil {
		b.cage.meter = procMeter{pid}
	}
	if b.cage.freezer == nil {
		b.cage.freezer = signalFreezer{pid}
	}
	if len(b.cage.dirs) > 0 {
		return nil
	}
	stat, err := procfs.Read(pid)
	if err != nil {
		return err
	}
	b.noted = &remains.Process{PID: pid, Start: stat.Start}
	b.host.mu.Lock()
	defer b.host.mu.Unlock()
	return b.host.note(remains.ProcessLine(*b.noted))
}

// await waits for one word of the launcher, or for its end when word is 0.
func (h *Host) await(ctx context.Context, s Spec, socket io.Reader, word byte) error {
	got := make([]byte, 1)
	_, err := io.ReadFull(socket, got)
	switch {
	case err == nil && got[0] == word:
		return nil
	case err == nil && got[0] == wire.Fail:
		text, err := io.ReadAll(socket)
		failure := wire.DecodeFailure(text)
		return h.startError(ctx, s, err, &failure)
	case word == 0 && errors.Is(err, io.EOF), word == 0 && errors.Is(err, syscall.ECONNRESET):
		return nil
	}
	return h.startError(ctx, s, err, nil)
}

// startError says why a box did not start, in words for whoever wrote the
// command.
func (h *Host) startError(ctx context.Context, s Spec, err error, f *wire.Failure) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start box %s: %w", s.ID, context.Cause(ctx))
	}
	if f == nil {
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			return fmt.Errorf("start box %s: the launcher ended before the cage stood", s.ID)
		}
		return fmt.Errorf("start box %s: talk to the launcher: %w", s.ID, err)
	}
	if f.Errno == 0 {
		return fmt.Errorf("start box %s: %s", s.ID, f.Step)
	}
	number := syscall.Errno(f.Errno)
	cause := fmt.Errorf("start box %s: %s: %w", s.ID, f.Step, number)
	if !strings.HasPrefix(f.Step, "execute ") && !strings.HasPrefix(f.Step, "find ") {
		return cause
	}
	hint := ""
	switch number {
	case syscall.ENOENT:
		hint = fmt.Sprintf("there must be %s in %s, and what its first line or its ELF header names as interpreter", s.Command[0], s.Dir)
	case syscall.EACCES:
		hint = "make it executable: chmod +x " + s.Command[0]
	case syscall.ENOEXEC:
		hint = "it must be a program for this machine's architecture, or a script that begins with #!"
	default:
		return cause
	}
	return fault.New(hint, "%w", cause)
}
