package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	goruntime "runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/record"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/verdict"
)

// localFlags are what a person asked for.
type localFlags struct {
	runtimes     []string
	choices      plan.Local
	out, resume  string
	logs, asJSON bool
	database     databaseFlags
	guest        guestFlags
}

func (a *app) localCommand() *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Measure runtimes on this machine, in a local Lambda engine",
		Long: `Build what has changed, hold every artifact to the API contract, then measure cold
starts and warm calls: new environments of all runtimes in shuffled, interleaved
order, with Lambda's limits on memory and CPU; then the rate of calls at which one
environment of each still answers 99 % within 100 ms. Measured are each runtime's
stock function, what it stands on (layers) and, beside it, its tuned one. Writes
results/<time>/results.json and report.html; results/latest points there. Ctrl-C
keeps what was measured.

Exit code 1 when anything that was asked for is missing or failed, or when a call was
answered wrongly.`,
		Example: `  bench local
  bench local --runtime go --runtime python --quick
  bench local --memory 128,512,1024,1769
  bench local --tuned no --layers none
  bench local --variant python:stock,python:bytecode --layers none
  bench local --code both --layers floor
  bench local --precision 3% --max-time 20m
  bench local --resume results/2026-11-22T061500Z
  bench local --runtime ../my-function
  bench local --zip function.zip --handler index.handler --lambda-runtime nodejs24.x
  bench local --template template.yaml --function HelloFunction --quick`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.resume != "" {
				if err := checkResume(cmd); err != nil {
					return err
				}
			}
			return a.local(cmd.Context(), f)
		},
	}
	flags, choices := cmd.Flags(), &f.choices
	flags.StringSliceVar(&f.runtimes, "runtime", nil, "only these: names, or folders with a runtime.yaml (default: all)")
	flags.StringSliceVar(&choices.Variants, "variant", nil, "runtime:variant instead of the default one; several of one runtime are compared")
	flags.IntSliceVar(&choices.Memory, "memory", nil, fmt.Sprintf("memory sizes in MB (default: %d, of a guest its manifest's)", config.DefaultMemoryMB))
	flags.StringVar(&choices.Arch, "arch", "", "x86_64 or arm64 (default: this machine's)")
	flags.IntVar(&choices.Environments, "environments", 0, fmt.Sprintf("new environments per runtime and memory size (default: %d)", config.Defaults().Environments))
	flags.StringVar(&choices.Precision, "precision", "", `let a pilot fix the number of environments for medians within ±this, such as "3%", at least 36`)
	flags.DurationVar(&choices.MaxTime, "max-time", 0, fmt.Sprintf("take no more environments than fit into this time (with --precision: %s)", phrase.Roughly(plan.DefaultBudget)))
	flags.Uint64Var(&choices.Seed, "seed", 0, "seed of order and workload (default: drawn, and printed)")
	flags.StringVar(&f.out, "out", "", "folder for the results (default: results/<time>)")
	flags.StringVar(&f.resume, "resume", "", "go on with the interrupted run in this folder")
	flags.BoolVar(&choices.Quick, "quick", false, "fewer environments and calls, no load: a look, not a comparison")
	flags.StringVar(&choices.Layers, "layers", "", "what is measured below the API, at one memory size: all (floor, framework, SDK), floor or none (default: all, with --quick floor)")
	flags.StringVar(&choices.Tuned, "tuned", "", "whether a tuned variant is measured beside each stock one, at one memory size: yes or no (default: yes, with --quick no)")
	flags.StringVar(&choices.Code, "code", "warm", "where a cold start reads code and interpreter: warm (this machine's memory, which has them from the last start), cold (its disk) or both, each with all environments")
	flags.BoolVar(&choices.NoLoad, "no-load", false, "leave out how many calls per second hold the objective")
	flags.BoolVar(&f.logs, "logs", false, "print the functions' own logs as well")
	flags.BoolVar(&f.asJSON, "json", false, "print the result document instead of the table")
	f.database.add(cmd)
	f.guest.add(cmd)
	f.guest.addRequests(cmd)
	return cmd
}

func (a *app) local(ctx context.Context, f localFlags) (err error) {
	if goruntime.GOOS != "linux" {
		return fault.New("run it in a Linux virtual machine or container; building, deploying and reports work here", "Lambda's zips can't run on %s", goruntime.GOOS)
	}
	if err := delegate(); err != nil {
		return err
	}
	defer func() {
		if f.resume != "" && ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = fault.New("go on with it: bench local --resume "+f.resume, "interrupted before anything was added; what was measured is kept")
		}
	}()
	run, err := a.prepare(ctx, f)
	if err != nil {
		return err
	}
	if f.logs {
		run.logs = os.Stderr
	}
	document := run.document
	defer func() { err = errors.Join(err, run.out.abandon()) }()
	if len(run.plan.Configurations) == 0 {
		return verdict.Of(document, run.out.dir)
	}
	wrong := a.measure(ctx, run)
	if !run.measured {
		return wrong
	}
	document.End(time.Now())
	saved := run.out.write(a.ui, *document)
	if f.asJSON {
		err = a.ui.JSON(document)
	} else {
		err = a.printReport(view.Build(*document))
	}
	a.sayFew(document)
	if err = errors.Join(saved, err); err != nil {
		return a.first(wrong, err) // behind the table: a full disk takes the file, not what was measured
	}
	a.ui.Say("took %s, planned was about %s", phrase.Roughly(time.Since(run.began)), phrase.Roughly(run.expected))
	a.ui.Say("results: %s", relative(run.project.root, run.out.dir))
	return a.first(wrong, verdict.Of(document, run.out.dir))
}

// sayFew gives the single values of what has too few for a figure.
func (a *app) sayFew(document *results.Document) {
	for _, sentence := range verdict.Few(document) {
		a.ui.Warn("%s", sentence)
	}
}

// first says what went wrong before what came of it, each with its own hint.
func (a *app) first(wrong, then error) error {
	if wrong == nil || then == nil {
		return errors.Join(wrong, then)
	}
	a.ui.Error(wrong)
	return then
}

// localRun is a run that is about to begin, or to go on.
type localRun struct {
	project  project
	plan     bench.Plan
	document *results.Document
	database database
	out      *output
	logs     io.Writer // gets what functions print; nil for nobody
	counted  bool      // a person gave the number of environments
	resumed  bool
	began    time.Time     // behind the builds
	expected time.Duration // from there on
	measured bool          // or partly: it is told and kept, whatever went wrong then
}

// prepare turns flags into a run, and builds what it needs.
func (a *app) prepare(ctx context.Context, f localFlags) (*localRun, error) {
	if f.resume != "" {
		return a.resume(ctx, f)
	}
	database, err := f.database.options()
	if err != nil {
		return nil, err
	}
	guests, err := a.guests(f.guest)
	if err != nil {
		return nil, err
	}
	p, err := a.openWith(f.runtimes, guests)
	if err != nil {
		return nil, err
	}
	p.dist = f.guest.dist(p, f.runtimes)
	measured, err := f.plan(p.runtimes)
	if err != nil {
		return nil, err
	}
	if err := runnable(plan.Artifacts(measured.Configurations)); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	document, err := newDocument(p, measured, now)
	if err != nil {
		return nil, err
	}
	output, err := openOutput(p.root, f.out, now)
	if err != nil {
		return nil, err
	}
	run := &localRun{project: p, plan: measured, document: document, database: database, out: output, counted: f.choices.Environments > 0}
	if err := a.buildFor(ctx, run); err != nil {
		return nil, errors.Join(err, output.abandon())
	}
	run.began = time.Now()
	return run, nil
}

// plan is what was asked for, of these runtimes.
func (f localFlags) plan(runtimes []config.Runtime) (measured bench.Plan, err error) {
	f.choices.Host = hostArch()
	if f.choices.Seed, err = plan.Seed(f.choices.Seed, rand.Uint64N); err != nil {
		return measured, err
	}
	if measured, err = f.choices.Plan(runtimes); err != nil {
		return measured, err
	}
	measured.Guests, err = bench.LoadGuests(measured.Configurations)
	return measured, err
}

func newDocument(p project, measured bench.Plan, now time.Time) (*results.Document, error) {
	return record.New(measured, p.runtimes, results.Tool{Version: version(), Commit: commit(p.root)}, now)
}

// buildFor builds the run's artifacts. Configurations that can't be built go from the plan
// into the document, with the reason: a result, too.
func (a *app) buildFor(ctx context.Context, run *localRun) error {
	requests := plan.Artifacts(run.plan.Configurations)
	index := map[string]int{}
	for i, request := range requests {
		index[request.ID()] = i
	}
	built, err := a.build(ctx, run.project, requests, false)
	if ctx.Err() != nil || len(built) != len(requests) {
		return errors.Join(err, context.Cause(ctx))
	}
	plan.Without(&run.plan, run.document, func(c target.Config) (results.Status, string) {
		b := built[index[c.Runtime.ArtifactID(c.Runtime.Variants[c.Variant].Artifact, c.Arch)]]
		switch {
		case b.Err == nil:
			return results.Measured, ""
		case b.Status == build.Skipped:
			return results.Unavailable, phrase.FirstLine(b.Err.Error())
		}
		return results.Failed, phrase.FirstLine(b.Err.Error())
	})
	var failures []error
	for _, b := range built {
		if b.Err != nil {
			failures = append(failures, b.Err)
		}
	}
	if len(run.plan.Configurations) == 0 {
		return errors.Join(failures...) // which is all that there is to say
	}
	for _, failure := range failures {
		a.ui.Error(failure)
	}
	return nil
}

func relativeLink(from, to string) string {
	if link, err := filepath.Rel(from, to); err == nil {
		return link
	}
	return to
}
