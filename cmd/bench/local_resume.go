package main

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/resume"
)

// besideResume are the flags that say nothing about the plan of a run.
var besideResume = []string{"resume", "runtime", "json", "dynamodb", "dynamodb-endpoint", "zip", "handler", "lambda-runtime", "template", "function", "integration", "requests", "logs"}

// checkResume refuses flags that a resumed run can't follow.
func checkResume(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && cmd.InheritedFlags().Lookup(f.Name) == nil && !slices.Contains(besideResume, f.Name) {
			err = fault.Usage("leave it out, or measure anew without --resume", "--%s: a run that is resumed keeps its own plan", f.Name)
		}
	})
	return err
}

// resume opens the run in a folder to go on with it: same seed, plan and
// artifacts.
func (a *app) resume(ctx context.Context, f localFlags) (*localRun, error) {
	document, err := results.Load(filepath.Join(f.resume, "results.json"))
	if err != nil {
		return nil, err
	}
	if document.Source.Kind != results.Local {
		return nil, fault.Usage("name the folder of a run of bench local", "--resume %s: the run was made in %s", f.resume, document.Source.Kind)
	}
	p, err := a.openResumed(f, &document)
	if err != nil {
		return nil, err
	}
	rest, err := resume.Plan(&document, p.runtimes)
	if err != nil {
		return nil, fault.New(fault.Hint(err), "resume %s: %w", f.resume, err)
	}
	got, wanted := document.Counted()
	if document.Status == results.Complete || len(rest.Configurations) == 0 {
		return nil, fault.Usage("measure anew without --resume", "--resume %s: the run has come to its end, with %d of %d environments", f.resume, got, wanted)
	}
	behind := database{Options: dynamodb.Options{Kind: dynamodb.Kind(document.Host.Database.Kind)}, TLS: document.Host.Database.TLS}
	if f.database.endpoint != "" || behind.Kind == dynamodb.Endpoint {
		if f.database.endpoint == "" {
			return nil, fault.Usage("name it again: --dynamodb-endpoint URL", "--resume %s: the run used a database that bench does not start", f.resume)
		}
		chosen, err := f.database.options()
		if err != nil {
			return nil, err
		}
		behind.Options = chosen.Options
	}
	if err := a.sameArtifacts(ctx, p, rest, &document); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	document.Warnings = append(document.Warnings, resume.Warnings(&document, results.Tool{Version: version(), Commit: commit(p.root)}, now)...)
	a.ui.Say("going on with %s: %d of %d environments are there, seed %d", relative(p.root, f.resume), got, wanted, rest.Seed)
	output := &output{dir: f.resume}
	if dir, err := filepath.Abs(f.resume); err == nil && filepath.Dir(dir) == filepath.Join(p.root, "results") {
		output.latest = filepath.Join(p.root, "results", "latest")
	}
	return &localRun{project: p, plan: rest, document: &document, database: behind, out: output, resumed: true, began: now}, nil
}

// openResumed reads the runtimes of a run again. Guests have to be named again: a
// document does not say where they were.
func (a *app) openResumed(f localFlags, document *results.Document) (project, error) {
	names, folders := namesAndFolders(f.runtimes)
	if len(names) > 0 {
		return project{}, fault.Usage("leave it out; only folders outside of lambdas/ have to be named again", "--runtime %s: a run that is resumed keeps its own runtimes", names[0])
	}
	guests, err := a.guests(f.guest)
	if err != nil {
		return project{}, err
	}
	named := slices.Clone(guests)
	if len(folders) > 0 {
		p, err := a.openWith(folders, nil)
		if err != nil {
			return project{}, err
		}
		named = append(named, p.runtimes...)
	}
	words := folders
	for _, r := range document.Runtimes {
		if slices.ContainsFunc(named, func(n config.Runtime) bool { return n.Name == r.Name }) {
			continue
		}
		guest := slices.ContainsFunc(r.Variants, func(v results.Variant) bool { return v.Kind == results.KindGuest })
		if _, err := a.openWith([]string{r.Name}, nil); guest && err != nil { // one that is not in lambdas/
			return project{}, fault.Usage(resume.BegunWith(document, r.Name), "--resume %s: it measures %s, which has to be named again", f.resume, r.Name)
		}
		words = append(words, r.Name)
	}
	p, err := a.openWith(words, guests)
	if err != nil {
		return project{}, err
	}
	p.dist = f.guest.dist(p, words)
	return p, nil
}

// sameArtifacts sees to it that dist/ holds the very zips that were measured,
// building them only where it does not.
func (a *app) sameArtifacts(ctx context.Context, p project, rest bench.Plan, document *results.Document) error {
	hash := func(r build.Request) (string, error) {
		built, err := build.Open(p.dist, r.Runtime, r.Artifact, r.Arch)
		return built.Meta.SHA256, err
	}
	lines, requests := resume.Differing(rest, document, hash)
	if len(requests) > 0 {
		if _, err := a.buildToRun(ctx, p, requests); err != nil {
			return err
		}
		lines, _ = resume.Differing(rest, document, hash)
	}
	return resume.Refuse(document, lines)
}
