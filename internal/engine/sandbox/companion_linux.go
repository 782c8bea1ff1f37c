package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// command is one that has been ordered.
type command struct {
	link   *link
	number int
	gate   *os.File // nil: it waits on the link itself
	ended  <-chan wire.End
}

// execute gives it the word.
func (c *command) execute(ctx context.Context) error {
	word := []byte{wire.Go}
	var err error
	if c.gate == nil {
		_, err = c.link.Write(word)
	} else {
		_, err = c.gate.Write(word)
		c.closeGate()
	}
	if err == nil {
		_, err = c.link.await(ctx, wire.Started)
	}
	return err
}

func (c *command) closeGate() {
	if c != nil && c.gate != nil {
		c.gate.Close()
	}
}

func (b *Box) closeGates() {
	for _, c := range append(b.companions, b.command) {
		c.closeGate()
	}
}

// Release executes the command of a box with companions.
func (b *Box) Release(ctx context.Context) error {
	ctx, done := b.cell.bound(ctx)
	defer done()
	b.command.link.ordering.Lock()
	defer b.command.link.ordering.Unlock()
	if err := b.command.execute(ctx); err != nil {
		return b.host.startError(ctx, b.spec, err)
	}
	return nil
}

// Dial connects to a port of 127.0.0.1 in the box's own network, or in this machine's
// where it has none of its own.
func (b *Box) Dial(ctx context.Context, port int) (net.Conn, error) {
	if b.host.kind == bare || b.spec.HostNetwork {
		return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(port))
	}
	link := b.command.link
	link.ordering.Lock()
	defer link.ordering.Unlock()
	order := wire.Run{Dial: port}
	if _, err := link.Write(wire.Encode(&order)); err != nil {
		return nil, fmt.Errorf("connect to box %s: %w", b.id, err)
	}
	// The answer is waited for whatever ctx says: the next order's must not be mixed up
	// with it.
	files, err := link.await(context.WithoutCancel(ctx), wire.Connected)
	if err != nil {
		return nil, fmt.Errorf("connect to box %s: %w", b.id, err)
	}
	defer files[0].Close()
	return net.FileConn(files[0])
}

// Signal sends a signal to the process group of the command, if that lives.
func (b *Box) Signal(s syscall.Signal) error {
	order := wire.Run{Number: b.command.number, Signal: int(s)}
	if _, err := b.command.link.Write(wire.Encode(&order)); err != nil {
		return fmt.Errorf("signal box %s: %w", b.id, err)
	}
	return nil
}

// CompanionEnded waits for the end of a companion, by its number. Each is asked for
// once.
func (b *Box) CompanionEnded(number int) Exit { return exitOf(<-b.companions[number].ended) }
