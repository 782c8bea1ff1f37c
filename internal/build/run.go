package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/filelock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
)

// Build builds what has changed, side by side, the slowest first. The result has
// one entry a request, in their order. The error joins what failed, or is the
// context's. A missing toolchain is no failure here but a status (Skipped, with a
// *Missing): whether that is acceptable, the caller knows.
func Build(ctx context.Context, requests []Request, o Options) ([]Built, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	version, err := config.ReadVersion(o.Root)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if err := r.check(); err != nil {
			return nil, err
		}
	}
	b := &builder{o: o, version: version, results: make([]Built, len(requests)), requests: requests}

	// First what needs no building: that is quick, so all cores may help.
	groups := b.groups()
	each(runtime.NumCPU(), groups, func(g group) {
		for _, i := range g.indices {
			b.check(ctx, i)
		}
	})
	each(o.Workers, groups, func(g group) {
		for _, i := range g.indices {
			if b.results[i].Status == "" {
				b.finish(i, b.build(ctx, requests[i]))
			}
		}
	})
	return b.results, b.err(ctx)
}

func (r Request) check() error {
	a, err := r.Runtime.Artifact(r.Artifact)
	if err != nil {
		return err
	}
	if !slices.Contains(a.Architectures, r.Arch) {
		return fault.Usage(fmt.Sprintf("architectures of %s: %v", r.Runtime.Name, a.Architectures),
			"artifact %q of %s: got the architecture %q, want one that the manifest lists", r.Artifact, r.Runtime.Name, r.Arch)
	}
	return nil
}

func (o Options) complete() (Options, error) {
	if o.Progress == nil {
		o.Progress = silence{}
	}
	if o.Workers == 0 {
		o.Workers = min(2, runtime.NumCPU())
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, dir := range []*string{&o.Root, &o.DistDir, &o.CacheDir} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return o, fmt.Errorf("find the folder %s: %w", *dir, err)
		}
		*dir = abs
	}
	return o, nil
}

type silence struct{}

func (silence) Started(string, time.Duration) {}
func (silence) Line(string, string)           {}
func (silence) Done(Built)                    {}

type builder struct {
	o        Options
	version  string
	requests []Request
	results  []Built // each group writes its own entries
}

// group is the requests of one runtime.
type group struct {
	indices []int
	seconds int
}

// groups sorts the work: the runtime that takes longest first, and its slowest
// artifact first within it.
func (b *builder) groups() []group {
	seconds := func(i int) int { return b.requests[i].Runtime.Artifacts[b.requests[i].Artifact].ExpectedSeconds }
	var groups []group
	byDir := map[string]int{}
	for i, r := range b.requests {
		at, ok := byDir[r.Runtime.Dir]
		if !ok {
			at = len(groups)
			byDir[r.Runtime.Dir] = at
			groups = append(groups, group{})
		}
		groups[at].indices = append(groups[at].indices, i)
		groups[at].seconds += seconds(i)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.indices, func(x, y int) int { return cmp.Compare(seconds(y), seconds(x)) })
	}
	slices.SortStableFunc(groups, func(x, y group) int { return cmp.Compare(y.seconds, x.seconds) })
	return groups
}

// each works through the groups with n workers, in order.
func each(n int, groups []group, work func(group)) {
	queue := make(chan group, len(groups))
	for _, g := range groups {
		queue <- g
	}
	close(queue)
	var workers sync.WaitGroup
	for range min(n, len(groups)) {
		workers.Go(func() {
			for g := range queue {
				work(g)
			}
		})
	}
	workers.Wait()
}

// check settles what is unchanged or can't be built.
func (b *builder) check(ctx context.Context, i int) {
	r := b.requests[i]
	in, err := b.inputs(ctx, r)
	if err != nil {
		b.finish(i, b.failed(r, err))
		return
	}
	if b.o.Force {
		return
	}
	built, hash, err := b.unchanged(in)
	switch {
	case err != nil:
		b.finish(i, b.failed(r, err))
	case hash != "" && built.Status == Unchanged:
		b.finish(i, built)
	}
}

func (b *builder) inputs(ctx context.Context, r Request) (inputs, error) {
	if err := ctx.Err(); err != nil {
		return inputs{}, context.Cause(ctx)
	}
	tools, err := findTools(ctx, r, b.o)
	written := []string{b.o.DistDir, b.o.CacheDir, filepath.Join(b.o.Root, "results")}
	return inputs{request: r, version: b.version, tools: tools, written: written}, err
}

// unchanged returns the artifact that is there if it was made from the same
// inputs, and the hash of these.
func (b *builder) unchanged(in inputs) (Built, string, error) {
	hash, err := in.hash()
	if err != nil {
		return Built{}, "", err
	}
	r := in.request
	built, err := Open(b.o.DistDir, r.Runtime, r.Artifact, r.Arch)
	if err != nil || built.Meta.BuiltFrom != hash {
		return Built{}, hash, nil // whatever is there does not count
	}
	return built, hash, nil
}

func (b *builder) finish(i int, built Built) {
	b.results[i] = built
	b.o.Progress.Done(built)
}

func (b *builder) failed(r Request, err error) Built {
	built := Built{Request: r, Status: Failed, Err: fmt.Errorf("build %s: %w", r.ID(), err)}
	var missing *Missing
	if errors.As(err, &missing) {
		built.Status, built.Err = Skipped, missing
	}
	return built
}

func (b *builder) err(ctx context.Context) error {
	var failures []error
	for _, built := range b.results {
		// What was stopped is one error, not one for each request.
		if built.Status == Failed && (ctx.Err() == nil || !errors.Is(built.Err, context.Cause(ctx))) {
			failures = append(failures, built.Err)
		}
	}
	if ctx.Err() != nil {
		failures = append(failures, fmt.Errorf("build: %w", context.Cause(ctx)))
	}
	return errors.Join(failures...)
}

// build makes one artifact, from the empty output folder to the zip in dist/.
func (b *builder) build(ctx context.Context, r Request) Built {
	started := b.o.Now()
	artifact := r.Runtime.Artifacts[r.Artifact]
	b.o.Progress.Started(r.ID(), time.Duration(artifact.ExpectedSeconds)*time.Second)
	built, err := b.buildLocked(ctx, r, artifact)
	if err != nil {
		built = b.failed(r, err)
	}
	built.Request = r
	built.Took = b.o.Now().Sub(started)
	return built
}

func (b *builder) buildLocked(ctx context.Context, r Request, artifact config.Artifact) (Built, error) {
	// The lock belongs to the runtime's folder, whichever dist/ it is built into.
	name := fmt.Sprintf("build-%s-%x.lock", r.Runtime.Name, sha256.Sum256([]byte(r.Runtime.Dir)))
	lock, err := filelock.Acquire(ctx, filepath.Join(b.o.CacheDir, "locks", name), func() {
		b.o.Progress.Line(r.ID(), "another process is building "+r.Runtime.Name+", waiting for it")
	})
	if err != nil {
		return Built{}, explain(err, b.o.CacheDir)
	}
	defer lock.Release()

	in, err := b.inputs(ctx, r)
	if err != nil {
		return Built{}, err
	}
	there, hash, err := b.unchanged(in)
	if err != nil {
		return Built{}, err
	}
	if there.Status == Unchanged && !b.o.Force {
		return there, nil // the other process built it
	}
	output, versions, err := b.output(ctx, in, artifact)
	if err != nil {
		return Built{}, err
	}
	if output.temporary {
		defer os.RemoveAll(output.dir)
	}
	files, err := scan(output.dir, in.written...) // a given folder may be the current one
	if err != nil {
		return Built{}, err
	}
	if err := checkBinaries(output.dir, files, r.Arch, artifact.GlibcMax); err != nil {
		return Built{}, err
	}
	if err := checkRequired(artifact, files); err != nil {
		return Built{}, err
	}
	if len(versions) == 0 {
		versions = linkedModules(output.dir, files)
	}
	for _, t := range in.tools {
		if _, ok := versions[t.Tool]; !ok {
			versions[t.Tool] = t.Version
		}
	}
	if after, err := in.hash(); err == nil && after != hash {
		b.o.Progress.Line(r.ID(), "its sources changed while it was built: it will be built again next time")
	}
	return publish(b.o.DistDir, output, files, Meta{
		ID: r.ID(), Runtime: r.Runtime.Name, Artifact: r.Artifact, Arch: r.Arch, Versions: versions,
		BuiltFrom: hash, LambdaRuntime: artifact.LambdaRuntime, Handler: artifact.Handler,
	})
}

// output is the folder with what goes into the zip.
type output struct {
	dir       string
	zip       string // the zip itself where there is one already: its bytes are kept
	temporary bool   // the folder is ours to remove
}

// output builds an artifact, or finds what was built elsewhere. It returns the
// versions that a build command told.
func (b *builder) output(ctx context.Context, in inputs, artifact config.Artifact) (output, map[string]string, error) {
	r := in.request
	if artifact.Zip == "" {
		dir := r.Runtime.OutputDir(artifact, r.Arch)
		versions, err := b.command(ctx, in, artifact, dir)
		return output{dir: dir}, versions, err
	}
	given := r.Runtime.ZipPath(artifact.Zip)
	info, err := os.Stat(given)
	switch {
	case err != nil:
		return output{}, nil, fault.Usage("correct the path or make the file", "the zip of %s: got %s, want a file or a folder that exists", r.ID(), given)
	case info.IsDir():
		return output{dir: given}, map[string]string{}, nil
	}
	dir, err := os.MkdirTemp("", "bench-zip-")
	if err != nil {
		return output{}, nil, explain(fmt.Errorf("make a temporary folder: %w", err), os.TempDir())
	}
	if err := unzip(given, dir); err != nil {
		return output{}, nil, errors.Join(fault.Usage("make the zip anew, with names relative to the code's folder", "the zip of %s: %s: %w", r.ID(), given, err), os.RemoveAll(dir))
	}
	return output{dir: dir, zip: given, temporary: true}, map[string]string{}, nil
}

// command empties the output folder, runs the build command and returns the
// versions that it told.
func (b *builder) command(ctx context.Context, in inputs, artifact config.Artifact, output string) (map[string]string, error) {
	r := in.request
	if err := os.RemoveAll(output); err != nil {
		return nil, explain(fmt.Errorf("empty the output folder: %w", err), output)
	}
	if err := os.MkdirAll(output, 0o755); err != nil {
		return nil, explain(fmt.Errorf("make the output folder: %w", err), filepath.Dir(output))
	}
	scratch, err := os.MkdirTemp("", "bench-build-")
	if err != nil {
		return nil, explain(fmt.Errorf("make a temporary folder: %w", err), os.TempDir())
	}
	defer os.RemoveAll(scratch)
	told := filepath.Join(scratch, "versions")
	if err := os.WriteFile(told, nil, 0o644); err != nil {
		return nil, explain(fmt.Errorf("make a temporary file: %w", err), scratch)
	}

	env, err := environment(r, b.o, b.version, in.tools)
	if err != nil {
		return nil, err
	}
	env = append(env, "BENCH_VERSIONS="+told)
	for name, value := range artifact.Build.Env {
		env = append(env, name+"="+value)
	}
	err = script.Run(ctx, script.Script{
		Command: artifact.Build.Command, Dir: r.Runtime.Dir, Env: env,
		Log:    filepath.Join(b.o.CacheDir, "logs", "build-"+r.ID()+".log"),
		OnLine: func(line string) { b.o.Progress.Line(r.ID(), line) },
	})
	if err != nil {
		return nil, explain(err, b.o.CacheDir)
	}
	return readVersions(told)
}

// checkRequired looks for the files that the Lambda runtime wants in a zip.
func checkRequired(a config.Artifact, files []file) error {
	client, err := runtimeclient.Load(a.LambdaRuntime)
	if err != nil {
		return nil // a Lambda runtime that is unknown here wants nothing that is known
	}
	for _, want := range client.Requires {
		i := slices.IndexFunc(files, func(f file) bool { return f.name == want.File })
		if i < 0 {
			return fault.New(want.Hint, "the output has no %s, want one for the Lambda runtime %s", want.File, a.LambdaRuntime)
		}
		if want.Executable && files[i].mode&0o111 == 0 {
			return fault.New(want.Hint, "%s: got a file that is not executable, want one that is, for the Lambda runtime %s", want.File, a.LambdaRuntime)
		}
	}
	return nil
}
