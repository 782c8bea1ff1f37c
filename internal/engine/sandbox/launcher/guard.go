//go:build linux

package main

import (
	"bufio"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

// guardTime is how long the guard tries before it gives up, so that it does not
// stay behind itself. What is left then, `bench clean` finds.
const guardTime = 15 * time.Second

// guard reads what bench makes, line by line, and removes it when the pipe ends:
// that is when bench has ended, in whatever way. After an orderly end there is
// nothing left to do.
func guard(pipe *os.File) int {
	// A Ctrl-C or a closed terminal ends bench; the guard is there for what
	// comes after that.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	var left remains.Remains
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was never finished
		}
		left.Apply(strings.TrimSuffix(line, "\n"))
	}
	if _, err := left.Remove(guardTime); err != nil {
		return 1
	}
	return 0
}
