package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// Cell is what stays when a box is killed and another one takes its place: the
// file system with its /tmp, the network, the user. The zero value is one that
// its first box builds. Close it when no box follows any more.
type Cell struct {
	mu   sync.Mutex
	host *Host
	*keeper
	user io.Closer // holds its number
}

// keeper is a launcher in namespaces of its own, with or without an order yet.
type keeper struct {
	process *os.Process
	noted   remains.Process
	link    *link
}

// open builds the cell, unless an earlier box has.
func (c *Cell) open(ctx context.Context, h *Host, s Spec) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeper != nil {
		return nil
	}
	c.host = h
	order := h.cellOrder(s)
	if h.kind == asRoot {
		number, held, err := h.users.claim()
		if err != nil {
			return err
		}
		order.User, c.user = number, held
	}
	var err error
	if c.keeper = h.takeSpare(s.HostNetwork); c.keeper == nil {
		if c.keeper, err = h.launch(s.HostNetwork); err != nil {
			return errors.Join(err, c.close())
		}
	}
	ctx, done := c.bound(ctx)
	defer done()
	_, err = c.link.Write(wire.Encode(&order))
	if err == nil {
		_, err = c.link.await(ctx, wire.Ready)
	}
	if err != nil {
		return errors.Join(err, c.close())
	}
	return nil
}

// launch clones the launcher into new namespaces.
func (h *Host) launch(hostNetwork bool) (k *keeper, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "launcher"), os.NewFile(uintptr(fds[1]), "launcher")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	k = &keeper{link: newLink(conn.(*net.UnixConn))}
	defer func() {
		if err != nil {
			k.end()
			k = nil
		}
	}()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return k, err
	}
	defer null.Close()
	k.process, err = os.StartProcess(h.launcher, []string{"launcher", "cell"}, &os.ProcAttr{
		Dir: "/", Env: []string{"GOMAXPROCS=1", "GOGC=off"},
		Files: []*os.File{null, null, null, theirs},
		Sys:   h.attributes(hostNetwork),
	})
	if err != nil {
		return k, err
	}
	stat, err := procfs.Read(k.process.Pid)
	if err != nil {
		return k, err
	}
	k.noted = remains.Process{PID: stat.PID, Start: stat.Start}
	return k, h.note(remains.ProcessLine(k.noted))
}

// end kills the launcher, and with it what is in its namespaces.
func (k *keeper) end() {
	if k.process != nil {
		_ = k.process.Kill()
		_, _ = k.process.Wait()
	}
	k.link.Close()
}

// A network namespace takes the kernel some milliseconds. So one launcher stands
// ready in its namespaces, made while nothing is measured: when a cell is closed.

// takeSpare gives the one that stands ready; nil: there is none.
func (h *Host) takeSpare(hostNetwork bool) *keeper {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.spare
	if k == nil || hostNetwork {
		return nil
	}
	h.spare = nil
	if h.kind != h.spareKind || !k.noted.Alive() {
		k.end()
		_ = h.noteHeld(remains.EndedLine(k.noted))
		return nil
	}
	return k
}

// makeSpare makes it, unless this run ends. Without one a cell only takes longer
// to build, so that a failure is no error.
func (h *Host) makeSpare() {
	h.mu.Lock()
	needed := h.spare == nil && !h.closed
	if needed {
		h.starting.Add(1) // Close waits for it
	}
	kind := h.kind
	h.mu.Unlock()
	if !needed {
		return
	}
	defer h.starting.Done()
	k, err := h.launch(false)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.spare != nil { // somebody else was faster
		k.end()
		_ = h.noteHeld(remains.EndedLine(k.noted))
		return
	}
	h.spare, h.spareKind = k, kind
}

// bound limits how long the launcher is waited for, until the returned function
// is called. A cancelled context ends every wait.
func (c *Cell) bound(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	link, cut := c.link, make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = link.SetWriteDeadline(time.Now())
		close(cut)
	})
	return ctx, func() {
		if !stop() {
			<-cut
		}
		cancel()
		_ = link.SetWriteDeadline(time.Time{})
	}
}

// Close ends what runs in the cell, and removes it. It may be called any number
// of times, and on a cell that was never built.
func (c *Cell) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.close()
}

func (c *Cell) close() (err error) {
	if c.keeper != nil {
		c.keeper.end()
		err = c.host.note(remains.EndedLine(c.noted))
		if errors.Is(err, errClosed) {
			err = nil
		}
		c.keeper = nil
		c.host.makeSpare()
	}
	if c.user != nil {
		c.user.Close()
		c.user = nil
	}
	return err
}
