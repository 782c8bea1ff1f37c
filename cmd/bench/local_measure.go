package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/contract"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gate"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/resume"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// measure opens the machine, runs the gate and carries the plan out.
func (a *app) measure(ctx context.Context, run *localRun) (err error) {
	if run.plan.Sizing.Precision == 0 && !run.resumed {
		if err := a.fit(run, run.plan, expectations(run.project.root), plan.Ahead(run.plan)); err != nil {
			return err
		}
	}
	lab, err := a.openLab(ctx, run.project, run.database, run.logs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	t := lab.Target()
	if err := a.describe(ctx, t, run); err != nil {
		return err
	}
	if err := prepareArtifacts(ctx, lab, t, run); err != nil {
		return err
	}
	if !run.resumed { // what was measured has passed it
		if err := a.gate(ctx, lab, run); err != nil {
			return err
		}
	}
	runner := a.runner(t, run)
	if run.plan.Sizing.Precision > 0 && !run.resumed && len(run.plan.Configurations) > 0 {
		sized, shown, err := a.pilot(ctx, runner, run.document)
		if err != nil {
			return err
		}
		if err := a.fit(run, sized, shown, time.Since(run.began)); err != nil {
			return err
		}
		runner.Plan = run.plan
	}
	if run.resumed {
		run.expected = run.plan.Remaining(run.document, bench.Expect(run.document))
		a.ui.Say("the rest takes about %s", phrase.Roughly(run.expected))
	}
	steps := run.plan.Steps()
	a.ui.Say("measuring %s in %s, seed %d", phrase.Plural(len(run.plan.Configurations), "configuration", "configurations"),
		phrase.Plural(len(steps), "environment", "environments"), run.plan.Seed)
	progress := a.ui.Bar("environments", len(steps))
	defer progress.End()
	runner.Progress = func(_, _ int, c target.Config) {
		progress.Step(fmt.Sprintf("%s %s %d MB", c.Runtime.DisplayName, c.Variant, c.MemoryMB))
	}
	run.measured = true
	if _, err := lab.TakeServed(); err != nil { // what led up to the run
		return err
	}
	err = runner.Run(ctx, run.document)
	if err != nil {
		run.document.Status = results.Interrupted
	}
	if failed := served(lab, &run.document.Host.Database); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

// served writes what the database did since the last time into the document, and
// adds it to what it did before an interruption.
func served(lab *local.Lab, d *results.Database) error {
	now, err := lab.TakeServed()
	if err != nil {
		return err
	}
	if d.Served != nil {
		if now, err = d.Served.Add(now); err != nil {
			return err
		}
	}
	d.Served = &now
	return nil
}

// gate holds everything that has a contract to it, before anything is timed.
func (a *app) gate(ctx context.Context, lab *local.Lab, run *localRun) error {
	suite, err := contract.Load(api.Files)
	if err != nil {
		return err
	}
	return gate.Keep(ctx, suite, &run.plan, run.document, subjects(lab), func(report contract.Report) error {
		a.ui.Say("contract %s", report.Summary())
		if !report.Failed() {
			return nil
		}
		return a.printContract(report)
	})
}

// expectations are what an earlier run here has shown; none if there was none.
func expectations(root string) bench.Expectations {
	document, err := results.Load(filepath.Join(root, "results", "latest", "results.json"))
	if err != nil || document.Source.Kind != results.Local {
		return nil // there is none, or another version's, or AWS's: then it is guessed
	}
	return bench.Expect(&document)
}

// fit gives the run a plan that fits into its budget, of which some is used by what lies
// ahead of the first sample, and says what is planned.
func (a *app) fit(run *localRun, wanted bench.Plan, known bench.Expectations, ahead time.Duration) error {
	fitting, warning, err := plan.Fit(wanted, known, ahead, run.counted)
	if err != nil {
		return err
	}
	if warning != "" {
		a.ui.Warn("%s", warning)
		run.document.Warnings = append(run.document.Warnings, warning)
	}
	run.plan, run.expected = fitting, ahead+fitting.Project(known)
	a.ui.Say("%s", plan.Text(run.plan, run.expected))
	return nil
}

// pilot measures a few environments of each configuration, fixes the sizes by
// them and throws them away.
func (a *app) pilot(ctx context.Context, runner bench.Runner, document *results.Document) (bench.Plan, bench.Expectations, error) {
	wanted := runner.Plan
	runner.Plan = wanted.Pilot()
	bar := a.ui.Bar("pilot", len(runner.Plan.Steps()))
	defer bar.End()
	runner.Progress = func(_, _ int, c target.Config) { bar.Step(c.Runtime.DisplayName) }
	runner.Save, runner.LoadProgress = nil, nil
	pilot := results.Document{Runtimes: document.Runtimes}
	if err := runner.Run(ctx, &pilot); err != nil {
		return wanted, nil, err
	}
	if ctx.Err() != nil {
		return wanted, nil, context.Cause(ctx)
	}
	sized, why, err := plan.ByPilot(wanted, &pilot)
	if err != nil {
		return wanted, nil, err
	}
	a.ui.Say("%s", why)
	return sized, bench.Expect(&pilot), nil
}

// describe writes the machine into the document.
func (a *app) describe(ctx context.Context, t target.Target, run *localRun) error {
	described, err := t.Describe(ctx)
	if err != nil {
		return err
	}
	if run.resumed {
		if err := resume.SameHost(run.document.Host, described.Host); err != nil {
			return err
		}
	}
	served := run.document.Host.Database.Served
	run.document.Source, run.document.Host = described.Source, described.Host
	run.document.Host.Database.Served = served
	warnings := described.Warnings
	for _, c := range run.plan.Configurations {
		warning := fmt.Sprintf("%s %s has this machine's network: its manifest says so.", c.Runtime.DisplayName, c.Variant)
		if c.Runtime.Variants[c.Variant].Network == config.HostNetwork && !slices.Contains(warnings, warning) {
			warnings = append(warnings, warning)
		}
	}
	for _, warning := range warnings {
		a.ui.Warn("%s", warning)
		if !slices.Contains(run.document.Warnings, warning) {
			run.document.Warnings = append(run.document.Warnings, warning)
		}
	}
	return nil
}

// prepareArtifacts unpacks and installs everything now, so that nothing of it
// happens between samples.
func prepareArtifacts(ctx context.Context, lab *local.Lab, t target.Target, run *localRun) error {
	for _, c := range run.plan.Configurations {
		if _, err := lab.Prepare(ctx, c); err != nil {
			return err
		}
		artifact, err := t.Artifact(ctx, c)
		if err != nil {
			return err
		}
		known, ok := run.document.Artifact(artifact.ID)
		if !ok {
			run.document.Artifacts = append(run.document.Artifacts, artifact)
		} else if known.Interpreter != artifact.Interpreter {
			return fault.New("measure anew without --resume", "%s runs on another interpreter than it was measured on: got %s, wanted %s", artifact.ID, artifact.Interpreter, known.Interpreter)
		}
	}
	return nil
}

// runner carries the plan out on this machine.
func (a *app) runner(t target.Target, run *localRun) bench.Runner {
	return bench.Runner{
		Target: t, Plan: run.plan, Now: time.Now, Wait: bench.Wait, Until: clock.Until, Settle: local.Settle,
		LoadProgress: func(done, total int, c target.Config, step results.LoadStep) {
			came := "held"
			if failure := step.Failure(run.document.Plan.SLO); failure != "" {
				came = failure
			}
			a.ui.Say("load %d/%d %s %s %d MB: %v/s, %s", done+1, total, c.Runtime.DisplayName, c.Variant, c.MemoryMB, step.Rate, came)
		},
		Save: func(d *results.Document) { run.out.checkpoint(a.ui, *d) },
	}
}
