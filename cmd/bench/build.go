package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

func (a *app) buildCommand() *cobra.Command {
	var arch string
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "build [runtime[:artifact]...]",
		Short: "Build the zips that are both measured and deployed",
		Long: `Build every artifact of the named runtimes (default: all) into dist/, each with a
.json beside it: hashes, sizes, versions. What has not changed is not built again,
and two builds of the same sources give the same bytes. Artifacts that are marked
onDemand are built only by name, or when a variant of theirs is asked for.`,
		Example: `  bench build
  bench build go python --arch arm64
  bench build python:bytecode
  bench build ../my-function`,
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, asked := artifactsOf(args)
			p, err := a.open(chosen)
			if err != nil {
				return err
			}
			arches := []string{arch}
			if arch == "all" {
				arches = []string{config.X8664, config.ARM64}
			}
			var requests []build.Request
			for _, r := range p.runtimes {
				names, err := wanted(r, asked)
				if err != nil {
					return err
				}
				for _, name := range names {
					for _, one := range arches {
						if slices.Contains(r.Artifacts[name].Architectures, one) {
							requests = append(requests, build.Request{Runtime: r, Artifact: name, Arch: one})
						}
					}
				}
			}
			built, err := a.build(cmd.Context(), p, requests, force)
			if asJSON {
				metas := []build.Meta{}
				for _, b := range built {
					if b.Err == nil && b.Path != "" {
						metas = append(metas, b.Meta)
					}
				}
				err = errors.Join(err, a.ui.JSON(metas))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&arch, "arch", config.DefaultArchitecture, "x86_64, arm64 or all")
	cmd.Flags().BoolVar(&force, "force", false, "build even what has not changed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was built as JSON")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains([]string{config.X8664, config.ARM64, "all"}, arch) {
			return fault.Usage("use --arch x86_64, --arch arm64 or --arch all", "unknown architecture %q", arch)
		}
		return nil
	}
	return cmd
}

// artifactsOf separates words such as python:bytecode into runtimes and the
// artifacts that were asked for, by the word for the runtime.
func artifactsOf(words []string) (runtimes []string, asked map[string][]string) {
	asked = map[string][]string{}
	for _, word := range words {
		runtime, artifact, named := strings.Cut(word, ":")
		runtimes = append(runtimes, runtime)
		if named {
			asked[runtime] = append(asked[runtime], artifact)
		}
	}
	return runtimes, asked
}

// wanted is what is built of a runtime: what was asked for, or all that is not
// on demand.
func wanted(r config.Runtime, asked map[string][]string) ([]string, error) {
	var names []string
	for word, artifacts := range asked {
		if dir, err := filepath.Abs(word); word == r.Name || err == nil && dir == r.Dir {
			names = append(names, artifacts...)
		}
	}
	for _, name := range names {
		if _, err := r.Artifact(name); err != nil {
			return nil, err
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	return slices.DeleteFunc(r.ArtifactNames(), func(name string) bool { return r.Artifacts[name].OnDemand }), nil
}

// build builds with progress. A runtime that can't be built for want of a tool
// is said, and is an error unless its artifact is optional.
func (a *app) build(ctx context.Context, p project, requests []build.Request, force bool) ([]build.Built, error) {
	progress := &buildProgress{ui: a.ui, root: p.root, work: map[string]*work{}}
	built, err := build.Build(ctx, requests, build.Options{
		Root: p.root, DistDir: p.dist, CacheDir: p.cache, Progress: progress, Installing: a.ui.installing, Force: force,
	})
	unchanged := 0
	for _, b := range built {
		var missing *build.Missing
		if b.Status == build.Unchanged {
			unchanged++
		}
		if errors.As(b.Err, &missing) && !missing.Optional {
			err = errors.Join(err, missing)
		}
	}
	if unchanged > 0 && unchanged == len(built) {
		a.ui.Say("%s in %s up to date", phrase.Plural(unchanged, "artifact is", "artifacts are"), relative(p.root, p.dist))
	}
	return built, err
}

// buildToRun builds what is run here.
func (a *app) buildToRun(ctx context.Context, p project, requests []build.Request) ([]build.Built, error) {
	if err := runnable(requests); err != nil {
		return nil, err
	}
	for _, r := range requests {
		lambdaRuntime := r.Runtime.Artifacts[r.Artifact].LambdaRuntime
		if day := runtimeclient.Ended(lambdaRuntime); day != "" {
			a.ui.Warn("%s: AWS ended its support of the Lambda runtime %s on %s: it is run here, but no new function has it there.", r.Runtime.Name, lambdaRuntime, day)
		}
	}
	return a.build(ctx, p, requests, false)
}

// runnable is an error if there are Lambda runtimes among it that can't be run here, or
// layers that can't be seen: nothing has to be built first to know that.
func runnable(requests []build.Request) error {
	var unsupported []error
	for _, r := range requests {
		if err := runtimeclient.Supported(r.Runtime.Artifacts[r.Artifact].LambdaRuntime); err != nil {
			unsupported = append(unsupported, fmt.Errorf("%s: %w", r.Runtime.Name, err))
			continue
		}
		for i, layer := range r.Runtime.Layers {
			if err := build.CheckLayer(r.Runtime.ZipPath(layer)); err != nil {
				unsupported = append(unsupported, fmt.Errorf("%s: layers.%d: %w", filepath.Join(r.Runtime.Dir, config.ManifestName), i, err))
			}
		}
	}
	return errors.Join(unsupported...)
}

// buildProgress prints one line when a build starts and one when it ends, and shows in
// between what it does: builds run side by side, and their whole output goes to a log.
type buildProgress struct {
	ui   *ui
	root string
	mu   sync.Mutex
	work map[string]*work // by id
}

func (b *buildProgress) Started(id string, expected time.Duration) {
	about, said := "", ""
	if expected > 0 { // somebody has said
		about = phrase.Roughly(expected)
		said = " (about " + about + " with empty caches)"
	}
	b.ui.Say("building %s%s", id, said)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.work[id] = b.ui.Work("building "+id, about)
}

func (b *buildProgress) Line(id, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.work[id]; w != nil {
		w.Line(text)
	}
}

func (b *buildProgress) Done(built build.Built) {
	id := built.Request.ID()
	b.mu.Lock()
	if w := b.work[id]; w != nil {
		w.End()
		delete(b.work, id)
	}
	b.mu.Unlock()
	switch built.Status {
	case build.Fresh:
		b.ui.Say("built    %s: %s zip, %s unpacked, in %s", id, megabytes(built.Meta.PackedBytes), megabytes(built.Meta.UnpackedBytes), phrase.Roughly(built.Took))
	case build.Skipped:
		b.ui.Say("skipped  %s: %s", id, phrase.FirstLine(built.Err.Error()))
	case build.Failed:
		b.ui.Say("failed   %s after %s", id, phrase.Roughly(built.Took))
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// relative names a path as a person in root would.
func relative(root, path string) string {
	if short, err := filepath.Rel(root, path); err == nil && !strings.HasPrefix(short, "..") {
		return short
	}
	return path
}
