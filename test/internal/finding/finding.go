// Package finding is the main of the commands that look for something wrong: how they
// are interrupted, what they print and with which exit code they end.
package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Result is what was found. As JSON it is printed as its fields are tagged.
type Result interface {
	Print(io.Writer) error
	// Failed reports whether anything was found that must not be.
	Failed() bool
}

// Main looks, prints the result to standard output and ends the process: with 0 where
// nothing is wrong, and with 1 where something is or nothing could be looked at. SIGINT,
// SIGTERM and SIGHUP end the context, a second one ends the process at once.
func Main(asJSON bool, look func(context.Context) (Result, error)) {
	// A SIGHUP that is ignored here, as under nohup, would be ignored by every child.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	found, err := look(ctx)
	if err == nil {
		err = show(os.Stdout, found, asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if found.Failed() {
		os.Exit(1)
	}
}

func show(out io.Writer, found Result, asJSON bool) error {
	if !asJSON {
		return found.Print(out)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(found)
}
