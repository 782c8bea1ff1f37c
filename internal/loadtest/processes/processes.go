package processes

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
)

// ahead is how long before the schedule all workers know its beginning.
const ahead = 200 * time.Millisecond

// Options of a load. Progress hears how many more calls are due; Started of each worker
// that runs, by its process id. Both may be nil.
type Options struct {
	Base, Key string
	Progress  func(calls int64)
	Started   func(part loadtest.Part, pid int)
}

// Run sends the job's load from job.Of processes. One that fails before all are ready
// keeps the load from beginning, and is the error; one that fails later is among the
// failures, and the others come to their end. When the context ends, so does the load,
// and what was counted by then comes back.
func Run(ctx context.Context, job loadtest.Job, o Options) ([]loadtest.Share, []loadtest.Failure, error) {
	r := run{options: o, ready: make(chan error, job.Of), begin: make(chan struct{}), failed: make(chan struct{})}
	var workers sync.WaitGroup
	for i := range job.Of {
		part := job
		part.Index = i
		workers.Go(func() { r.worker(ctx, part) })
	}
	var err error
	for range job.Of {
		if err = <-r.ready; err != nil {
			close(r.failed)
			break
		}
	}
	if err == nil {
		r.at = time.Now().Add(ahead)
		close(r.begin)
	}
	workers.Wait()
	if err != nil {
		return nil, nil, err
	}
	return r.shares, r.failures, nil
}

type run struct {
	options Options
	ready   chan error    // one of each worker
	begin   chan struct{} // closed when at is set
	at      time.Time
	failed  chan struct{} // closed where the load will never begin

	mu       sync.Mutex // over what follows, and Progress
	shares   []loadtest.Share
	failures []loadtest.Failure
}

func (r *run) worker(ctx context.Context, job loadtest.Job) {
	share, err := r.watch(ctx, job)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failures = append(r.failures, loadtest.Failure{Part: job.Part, Err: err})
		return
	}
	r.shares = append(r.shares, share)
}

// watch starts a process and speaks with it to its end.
func (r *run) watch(ctx context.Context, job loadtest.Job) (share loadtest.Share, err error) {
	wasReady := false
	defer func() {
		if !wasReady {
			if err == nil {
				err = errors.New("its worker never was ready")
			}
			r.ready <- fault.New(fault.Hint(err), "%s: %w", job.Part, err)
		}
	}()
	command, in, out, err := start()
	if err != nil {
		return share, err
	}
	if r.options.Started != nil {
		r.options.Started(job.Part, command.Process.Pid)
	}
	defer func() {
		_ = in.Close()
		if ended := command.Wait(); ended != nil && err == nil && share.Recorder == nil {
			err = fmt.Errorf("its worker was ended: %w", ended)
		}
	}()
	say := json.NewEncoder(in)
	if err := say.Encode(order{Job: job, Base: r.options.Base, Key: r.options.Key}); err != nil {
		return share, nil // Wait says why
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-r.begin:
			_ = say.Encode(moment{r.at}) // where nobody hears, the worker's end says why
		case <-r.failed:
		case <-ctx.Done():
		case <-over:
			return
		}
		select {
		case <-r.failed:
		case <-ctx.Done():
		case <-over:
			return
		}
		_ = in.Close()
	}()
	lines := json.NewDecoder(bufio.NewReader(out))
	for {
		var w word
		if lines.Decode(&w) != nil {
			return share, nil // Wait says why
		}
		switch {
		case w.Error != "":
			return share, fault.New(w.Hint, "%s", w.Error)
		case w.Share != nil:
			share = *w.Share
		case w.Ready:
			wasReady = true
			r.ready <- nil
		case r.options.Progress != nil:
			r.mu.Lock()
			r.options.Progress(w.Due)
			r.mu.Unlock()
		}
	}
}

// start starts this very program again.
func start() (command *exec.Cmd, in io.WriteCloser, out io.Reader, err error) {
	path, err := os.Executable()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("look for this program's own file: %w", err)
	}
	if runtime.GOOS == "linux" {
		path = "/proc/self/exe" // whatever has been put in the file's place since
	}
	command = &exec.Cmd{Path: path, Args: []string{processName}, Stderr: os.Stderr}
	if in, err = command.StdinPipe(); err != nil {
		return nil, nil, nil, fmt.Errorf("start a worker: %w", err)
	}
	if out, err = command.StdoutPipe(); err != nil {
		return nil, nil, nil, fmt.Errorf("start a worker: %w", err)
	}
	if err = command.Start(); err != nil {
		return nil, nil, nil, fmt.Errorf("start a worker: %w", err)
	}
	return command, in, out, nil
}
