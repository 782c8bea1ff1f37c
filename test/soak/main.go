// Command soak calls functions in the local engine for a long time while things go
// wrong, and accounts for every call exactly once: what was sent, what came back,
// what the log says, what is in the table. It prints what grew per 1,000 calls, and
// fails if anything did, or if one call is missing or there twice.
//
//	go run ./test/soak --calls 1000000
//
// The artifacts are those in dist. What a rule allows stands beside what it judges:
// judge.go for calls, rows.go for the table, growth.go for the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/test/internal/finding"
)

// options of a soak.
type options struct {
	calls    int
	most     time.Duration // after which no call is begun; 0: none
	faults   float64       // share of the calls that something goes wrong in
	workers  int           // environments of each runtime
	runtimes string        // names with commas; "": all
	seed     uint64
	timeout  time.Duration // of the functions
	memory   int           // MB
}

func main() {
	var o options
	var asJSON bool
	flag.IntVar(&o.calls, "calls", 1_000_000, "how many calls")
	flag.DurationVar(&o.most, "for", 0, "begin no call after so much time, and account for those that were made")
	flag.Float64Var(&o.faults, "faults", 0.002, "share of the calls in which something goes wrong")
	flag.IntVar(&o.workers, "environments", 2, "environments of each runtime that are called at the same time")
	flag.StringVar(&o.runtimes, "runtime", "", "only these, with commas between them")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "of everything random")
	flag.DurationVar(&o.timeout, "timeout", 10*time.Second, "of the functions; a call in eight faults takes so long")
	flag.IntVar(&o.memory, "memory", config.DefaultMemoryMB, "of the functions, in MB")
	flag.BoolVar(&asJSON, "json", false, "print the result as JSON; progress goes to standard error")
	flag.Parse()
	finding.Main(asJSON, func(ctx context.Context) (finding.Result, error) { return soak(ctx, o, os.Stderr) })
}

// soak makes the calls. Its error is that of the machine; what is wrong with calls is
// in the result.
func soak(ctx context.Context, o options, progress io.Writer) (*result, error) {
	fmt.Fprintf(progress, "seed %d\n", o.seed)
	runtimes, err := chosen(o.runtimes)
	if err != nil {
		return nil, err
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "soak-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	// All temporary folders of this program are made in one that nobody else has.
	if err := os.Setenv("TMPDIR", temp); err != nil {
		return nil, err
	}
	before := here()
	book := newLedger(o.seed, o.calls)
	r := newResult(o, progress)
	lab, err := local.OpenLab(ctx, local.Options{
		DistDir: "dist", CacheDir: cache, Version: "soak", TLS: true,
		Database: dynamodb.Options{Kind: dynamodb.Builtin},
		Tap:      dynamodb.TapOptions{Seed: o.seed, Record: true},
		Progress: func(step string) { fmt.Fprintln(progress, step) },
		Installing: func(what string) runtimeclient.Work {
			fmt.Fprintln(progress, "installing", what)
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	// Ctrl-C ends the calls, not the account.
	defer context.AfterFunc(ctx, book.shut)()
	ctx = context.WithoutCancel(ctx)
	run := &run{options: o, lab: lab, book: book, result: r, groups: newGroups(lab.RunDir())}
	err = run.all(ctx, runtimes, progress)
	if err == nil {
		err = run.checkTable(ctx)
	}
	if err = errors.Join(err, lab.Close()); err != nil {
		return nil, err
	}
	book.close(r)
	r.left(before, run.groups)
	return r, nil
}

func chosen(names string) ([]config.Runtime, error) {
	all, err := config.Discover(".")
	if err != nil || names == "" {
		return all, err
	}
	var some []config.Runtime
	for _, name := range strings.Split(names, ",") {
		i := len(some)
		for _, r := range all {
			if r.Name == name {
				some = append(some, r)
			}
		}
		if i == len(some) {
			return nil, fmt.Errorf("there is no runtime %q", name)
		}
	}
	return some, nil
}

// run is what the workers of a soak share.
type run struct {
	options options
	lab     *local.Lab
	book    *ledger
	result  *result
	groups  groups

	workers []*worker
}

// all lets the workers make the calls, samples the machine meanwhile, and ends all
// environments.
func (r *run) all(ctx context.Context, runtimes []config.Runtime, progress io.Writer) error {
	for _, runtime := range runtimes {
		function, err := r.lab.Prepare(ctx, target.Config{
			Runtime: runtime, Variant: runtime.DefaultVariant().Name, MemoryMB: r.options.memory, Arch: config.DefaultArchitecture,
		})
		if err != nil {
			return err
		}
		for range r.options.workers {
			w, err := newWorker(r, runtime, function, uint64(len(r.workers)))
			if err != nil {
				return err
			}
			r.workers = append(r.workers, w)
		}
	}
	r.result.Living = len(r.workers)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if r.options.most > 0 {
		defer time.AfterFunc(r.options.most, r.book.shut).Stop()
	}
	var working sync.WaitGroup
	for _, w := range r.workers {
		working.Go(func() {
			if err := w.work(ctx); err != nil {
				cancel(err)
			}
		})
	}
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()
	r.sample(done, progress)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}
