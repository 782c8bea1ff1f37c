package sandbox

import (
	"context"
	"fmt"
	"os"
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
	if err := b.command.execute(ctx); err != nil {
		return b.host.startError(ctx, b.spec, err)
	}
	return nil
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
