package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/plan"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/verdict"
)

// awsFlags are what a person asked for.
type awsFlags struct {
	deployed  deployedFlags
	runtimes  []string
	hosting   []string
	choices   plan.AWS
	out       string
	yes       bool
	different bool
	asJSON    bool
	vantage   string
}

func (a *app) awsCommand() *cobra.Command {
	var f awsFlags
	cmd := &cobra.Command{
		Use:   "aws",
		Short: "Measure runtimes where they are deployed, in AWS",
		Long: `Measure the functions of a deployed environment: cold starts of several
kinds and warm calls, in shuffled, interleaved order as bench local does, with the times of Lambda's own
reports and those that this client sees. Says what it will do and what that can cost,
and asks. It changes the configuration of the functions' unpublished version, which
the API does not call, and puts it back in the end, as bench aws restore does after a
crash. Credentials and region are those of the AWS CLI.

Exit code 1 when anything that was asked for is missing or failed.`,
		Example: `  bench aws --quick
  bench aws --environment dev --suffix anna --runtime go --runtime rust
  bench aws --cold forced,scale-out,idle --idle 20m --environments 12
  bench aws --runtime kotlin --hosting kotlin:snapstart,kotlin:arm64 --cold forced,restored
  bench aws --vantage both --environments 12
  bench aws --cold scale-out --scale 20 --burst 45 --environments 9000
  bench aws --environment dev --memory 512,1769 --region eu-west-1 --yes
  bench aws restore`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.aws(cmd, f) },
	}
	f.deployed.add(cmd, config.Dev)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.runtimes, "runtime", nil, "only these (default: all that are deployed there)")
	flags.StringSliceVar(&f.hosting, "hosting", nil, "hostings that stand beside their runtime's function, such as go:arm64, as in cdk deploy -c hosting=…")
	flags.IntSliceVar(&f.choices.Memory, "memory", nil, "memory sizes in MB (default: each function's own)")
	flags.IntVar(&f.choices.Environments, "environments", 0, fmt.Sprintf("new environments per runtime and memory size (default: %d, with --scale those of %d bursts)", config.Defaults().Environments, plan.DefaultBursts))
	flags.Uint64Var(&f.choices.Seed, "seed", 0, "seed of order and workload (default: drawn, and printed)")
	flags.StringVar(&f.out, "out", "", "folder for the results (default: results/<time>)")
	flags.BoolVar(&f.choices.Quick, "quick", false, "fewer environments and calls: a look, not a comparison")
	flags.BoolVar(&f.different, "allow-different-artifact", false, "measure functions whose code is not what lies in dist/, and mark the run")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	flags.BoolVar(&f.asJSON, "json", false, "print the result document instead of the table")
	addCold(cmd, &f.choices.Cold)
	flags.StringVar(&f.vantage, "vantage", string(results.Invoke), "how functions are called: invoke; http, through their API, behind idling; or both")
	restore := a.awsRestoreCommand()
	restore.Args = usageArgs(restore.Args)
	cmd.AddCommand(restore)
	return cmd
}

// awsRun is a run that is about to begin.
type awsRun struct {
	project  project
	target   *aws.Target
	through  *aws.API // in place of target, nil where functions are invoked
	plan     bench.Plan
	document *results.Document
	cold     plan.Cold
	workers  *burstWorkers // nil: this machine calls
	settings sdk.Config
	name     string // of the environment
	out      *output
	progress *bar // nil before the first sample
}

func (a *app) aws(cmd *cobra.Command, f awsFlags) error {
	ctx := cmd.Context()
	vantages, err := f.vantages(cmd)
	if err != nil {
		return err
	}
	var runs []*awsRun
	for _, one := range vantages {
		run, err := a.prepareAWS(ctx, one)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	if err := a.warnOfAlarms(ctx, runs[0]); err != nil { // of which every other one has a part
		return err
	}
	if !f.yes {
		if err := a.ask(ctx, cmd.InOrStdin()); err != nil {
			return err
		}
	}
	out, err := openOutput(runs[0].project.root, f.out, time.Now().UTC())
	if err != nil {
		return err
	}
	for i, run := range runs {
		if run.out = out; i > 0 { // of its own, inside
			inside, failed := openOutput(run.project.root, filepath.Join(out.dir, string(run.document.Source.Vantage)), time.Now().UTC())
			if failed != nil {
				return errors.Join(err, failed)
			}
			run.out = inside
		}
		err = errors.Join(err, a.carryOut(ctx, run, f.asJSON))
		if ctx.Err() != nil {
			break
		}
	}
	return err
}

// carryOut measures what was prepared, and reports.
func (a *app) carryOut(ctx context.Context, run *awsRun, asJSON bool) (err error) {
	defer func() { err = errors.Join(err, run.out.abandon()) }()
	began := time.Now()
	run.document.Started = began.UTC()
	measured, wrong := a.measureAWS(ctx, run)
	if !measured {
		return wrong
	}
	document := run.document
	got, planned := document.Counted()
	if wrong != nil && got == 0 { // a report would say nothing
		return wrong
	}
	document.Ended = time.Now().UTC()
	saved := run.out.write(a.ui, *document)
	if asJSON {
		err = a.ui.JSON(document)
	} else {
		err = a.printReport(view.Build(*document))
	}
	a.sayFew(document)
	if err = errors.Join(saved, err); err != nil {
		return a.first(wrong, err)
	}
	a.ui.Say("took %s, planned was about %s", phrase.Roughly(time.Since(began)), phrase.Roughly(run.cold.Expected(run.plan)))
	a.ui.Say("results: %s", relative(run.project.root, run.out.dir))
	if wrong != nil {
		a.ui.Say("%d of %d environments were measured before that, and are kept", got, planned)
		return wrong
	}
	return verdict.Of(document, run.out.dir)
}

// prepareAWS finds out what is there and plans, without changing anything.
func (a *app) prepareAWS(ctx context.Context, f awsFlags) (*awsRun, error) {
	p, err := a.open(f.runtimes)
	if err != nil {
		return nil, err
	}
	if _, folders := namesAndFolders(f.runtimes); len(folders) > 0 {
		return nil, fault.Usage("name runtimes of lambdas/", "--runtime %s: only what the CDK app deploys is measured in AWS", folders[0])
	}
	chosen, err := f.plan()
	if err != nil {
		return nil, err
	}
	found, err := f.deployed.find(ctx, p.runtimes)
	if err != nil {
		return nil, err
	}
	if err := keepDeployed(a.ui, &p, found); err != nil {
		return nil, err
	}
	hostings, err := f.hostings(p.runtimes)
	if err != nil {
		return nil, err
	}
	settings, err := deployed.Connect(ctx, f.deployed.region)
	if err != nil {
		return nil, err
	}
	account, err := aws.Open(ctx, settings)
	if err != nil {
		return nil, err
	}
	run := &awsRun{cold: f.choices.Cold, settings: settings, name: found.Name}
	if run.workers, err = f.burstWorkers(ctx, settings, account, found.Name); err != nil {
		return nil, err
	}
	options := aws.Options{
		Environment: found, Runtimes: p.runtimes, Hosted: hostings, DistDir: p.dist, AllowDifferent: f.different,
		Idle: run.cold.Idle, Age: run.cold.Age, Burst: run.cold.Together(), Live: f.vantage == string(results.HTTP),
		Waiting: func(what string, until time.Time) {
			run.progress.Note(fmt.Sprintf("%s waits until %s", what, until.Format("15:04:05")))
		},
	}
	if run.workers != nil {
		options.Workers = run.workers
	}
	t, err := aws.New(ctx, account, options)
	if err != nil {
		return nil, err
	}
	p.runtimes = t.Runtimes()
	chosen.Configurations = f.choices.Of(t.Configurations())
	supports := t.Supports
	if f.vantage == string(results.HTTP) {
		run.through = t.Through()
		supports = run.through.Supports
	}
	if err := plan.Spread(&chosen, len(hostings) > 0, supports); err != nil {
		return nil, err
	}
	for _, line := range leftOut(chosen) {
		a.ui.Say("%s", line)
	}
	document, err := newDocument(p, chosen, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	run.project, run.target, run.plan, run.document = p, t, chosen, document
	if err := a.describeAWS(ctx, run); err != nil {
		return nil, err
	}
	for _, line := range awsOutlook(account, found.Name, run) {
		a.ui.Say("%s", line)
	}
	if run.through != nil {
		a.warnOfLimit(ctx, settings, found.URL, plan.Rate(run.plan))
	}
	return run, nil
}

// describeAWS writes into the document where the functions run and what they are, and
// finds what would keep them from running.
func (a *app) describeAWS(ctx context.Context, run *awsRun) error {
	described, err := run.measured().Describe(ctx)
	if err != nil {
		return err
	}
	run.document.Source, run.document.Host = described.Source, described.Host
	warnings, err := run.target.Doctor(ctx, run.cold.AtOnce(run.plan), run.workers.unreserved())
	if err != nil {
		return err
	}
	for _, c := range run.plan.Configurations {
		artifact, err := run.target.Artifact(ctx, c)
		if err != nil {
			return err
		}
		_, known := run.document.Artifact(artifact.ID)
		if !known {
			run.document.Artifacts = append(run.document.Artifacts, artifact)
		}
		if known && c.Runtime.Variants[c.Variant].Hosting != config.HostingImage {
			continue
		}
		if different := run.target.Different(c, artifact); different != "" {
			warnings = append(warnings, different)
		}
	}
	for _, warning := range append(described.Warnings, warnings...) {
		a.ui.Warn("%s", warning)
		run.document.Warnings = append(run.document.Warnings, warning)
	}
	return nil
}

// measureAWS carries the plan out and puts everything back. measured tells whether the
// document has anything to say.
func (a *app) measureAWS(ctx context.Context, run *awsRun) (measured bool, err error) {
	defer func() {
		if left := run.target.Left; left > 0 {
			a.ui.Warn("%s could not be deleted; they go by themselves within %d days.", phrase.Plural(left, "item", "items"), config.ItemTTLDays)
		}
	}()
	if run.through != nil { // nothing is changed
		defer run.through.Close()
		return a.runAWS(ctx, run)
	}
	folder, err := a.journals()
	if err != nil {
		return false, err
	}
	path, err := run.target.Begin(folder, run.plan.Configurations, run.plan.ColdKinds)
	if err != nil {
		return false, err
	}
	a.ui.Say("what is changed is put back in the end, or by: bench aws restore %s", path)
	defer func() {
		if failed := run.target.End(context.WithoutCancel(ctx)); failed != nil {
			err = errors.Join(err, fault.New(fault.Hint(failed)+"; then: bench aws restore "+path, "not everything could be put back: %w", failed))
			return
		}
		a.ui.Say("everything is configured as it was before")
	}()
	if slices.Contains(run.plan.ColdKinds, results.RestoredAged) {
		for _, c := range run.plan.Configurations {
			if !slices.Contains(run.plan.KindsOf(c), results.RestoredAged) {
				continue
			}
			a.ui.Say("publishing versions of %s that will have aged", c.Runtime.DisplayName)
			if err := run.target.PublishAged(ctx, c, run.cold.Aged(run.plan)); err != nil {
				return false, err
			}
		}
	}
	return a.runAWS(ctx, run)
}

// runAWS carries the plan out.
func (a *app) runAWS(ctx context.Context, run *awsRun) (measured bool, err error) {
	steps := run.plan.Steps()
	a.ui.Say("measuring %s in %s, seed %d", phrase.Plural(len(run.plan.Configurations), "configuration", "configurations"),
		run.planned(), run.plan.Seed)
	run.progress = a.ui.Bar(run.stepName(), len(steps))
	defer run.progress.End()
	runner := bench.Runner{
		Target: run.measured(), Plan: run.plan, Now: time.Now, Wait: bench.Wait, Spare: plan.Spare(run.plan),
		Progress: func(_, _ int, c target.Config) {
			run.progress.Step(fmt.Sprintf("%s %d MB", shownName(c), c.MemoryMB))
		},
		Save: func(d *results.Document) { run.out.checkpoint(a.ui, *d) },
	}
	err = runner.Run(ctx, run.document)
	if err != nil {
		run.document.Status = results.Interrupted
	}
	return true, err
}
