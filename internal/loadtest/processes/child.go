// Package processes sends a load from several processes of this machine: this program,
// started again under another name. They prepare, wait for each other, and begin at one
// moment; each gives back what it saw as a loadtest.Share.
//
//	shares, failures := processes.Run(ctx, job, base, key, nil)
//	recorder, test, problems, err := job.Merge(shares)
package processes

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

// processName is the first argument by which a program that has this package knows that
// it is to be a worker.
const processName = "bench-load-worker"

func init() {
	if len(os.Args) == 1 && os.Args[0] == processName {
		// The parent hears of Ctrl-C, and closes the standard input.
		signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		os.Exit(work(os.Stdin, os.Stdout))
	}
}

// order is the parent's first line, and moment its second: when the schedule begins. The
// end of its lines is the end of the load.
type order struct {
	Job  loadtest.Job
	Base string
	Key  string
}

type moment struct{ Begin time.Time }

// word is a line of a worker's: first that it is ready, now and then how many calls were
// due, in the end a share or what went wrong.
type word struct {
	Ready       bool            `json:",omitempty"`
	Due         int64           `json:",omitempty"`
	Share       *loadtest.Share `json:",omitempty"`
	Error, Hint string          `json:",omitempty"`
}

var errParentGone = errors.New("whoever started the worker has gone")

// work is a worker's whole life; it returns the exit code.
func work(in io.Reader, out io.Writer) int {
	say := json.NewEncoder(out)
	share, err := send(in, func(w word) { _ = say.Encode(w) }) // without a parent nobody is left to tell
	if err != nil {
		_ = say.Encode(word{Error: err.Error(), Hint: fault.Hint(err)})
		return 1
	}
	if say.Encode(word{Share: &share}) != nil {
		return 1
	}
	return 0
}

func send(in io.Reader, say func(word)) (loadtest.Share, error) {
	lines := json.NewDecoder(bufio.NewReader(in))
	var o order
	if err := lines.Decode(&o); err != nil {
		return loadtest.Share{}, fmt.Errorf("read the job: %w", err)
	}
	if err := o.Job.Check(); err != nil {
		return loadtest.Share{}, err
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	begins := make(chan time.Time, 1)
	go func() {
		var m moment
		if lines.Decode(&m) == nil {
			begins <- m.Begin
			_ = lines.Decode(&m) // until the parent closes it
		}
		stop(errParentGone)
	}()
	sender := o.Job.Sender(o.Base, o.Key)
	sender.Begin = func(ctx context.Context) (time.Time, error) {
		say(word{Ready: true})
		select {
		case begin := <-begins:
			return begin, nil
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		}
	}
	due, said := int64(0), time.Now()
	sender.Progress = func() {
		if due++; time.Since(said) >= time.Second {
			say(word{Due: due})
			due, said = 0, time.Now()
		}
	}
	test, err := sender.Send(ctx)
	if err != nil {
		return loadtest.Share{}, err
	}
	say(word{Due: due})
	return o.Job.Share(test, sender.Recorder), nil
}
