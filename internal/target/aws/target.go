package aws

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/awsjournal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// Options of a Target.
type Options struct {
	Environment deployed.Environment
	Runtimes    []config.Runtime // those of the environment's functions that are measured
	// Hosted are the hostings that are measured beside their functions, by runtime.
	Hosted  map[string][]config.Hosting
	DistDir string
	// AllowDifferent measures functions whose code is not what lies in DistDir.
	AllowDifferent bool

	// Live looks at the functions as the API calls them, by its alias.
	Live bool

	// Idle is how long nobody calls a function before its environment is taken for ended.
	Idle time.Duration
	// Age is how old a version is when it is called first.
	Age time.Duration
	// Burst is how many calls leave at once.
	Burst int
	// Workers send bursts in place of this process; nil: there are none.
	Workers Workers
	// Waiting hears what is waited for, and until when.
	Waiting func(what string, until time.Time)
	// Now and Wait are the clock; nil is the machine's.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Target is a deployed environment.
type Target struct {
	account   *Account
	options   Options
	host      string            // of the API, for the events
	functions []found           // by runtime, a main function before its hostings
	used      map[string]use    // the last call, by function
	aged      map[string][]aged // versions that are getting old, by function and memory
	run       string
	changes   int
	mu        sync.Mutex // of used
	journal   string     // its path, "" before Begin
	// Left counts items that could not be deleted.
	Left int
}

// New looks at the functions.
func New(ctx context.Context, account *Account, o Options) (*Target, error) {
	if o.Now == nil {
		o.Now, o.Wait = time.Now, bench.Wait
	}
	t := &Target{account: account, options: o, used: map[string]use{}, aged: map[string][]aged{}, run: uuid.NewString()}
	if u, err := url.Parse(o.Environment.URL); err == nil {
		t.host = u.Host
	}
	for _, r := range o.Runtimes {
		if err := t.find(ctx, r, o.Hosted[r.Name]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Describe says where the functions run. The host is the machine that calls them.
func (t *Target) Describe(context.Context) (target.Description, error) {
	return target.Description{
		Source: results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: t.account.Region, Account: t.account.Masked(), SDK: sdk.SDKName + " " + sdk.SDKVersion},
		Host: results.Host{
			CPU: goruntime.GOARCH, Cores: goruntime.NumCPU(), OS: goruntime.GOOS, Cgroup: "none", Freezer: "none",
			Database: results.Database{Kind: "service", TLS: true},
		},
	}, nil
}

// Artifact is the zip in dist, if it is what the function runs.
func (t *Target) Artifact(_ context.Context, c target.Config) (results.Artifact, error) {
	variant, err := c.Runtime.Variant(c.Variant)
	if err != nil {
		return results.Artifact{}, err
	}
	f, _ := t.function(c)
	id := c.Runtime.ArtifactID(variant.Artifact, c.Arch)
	const hint = "deploy what is in dist/, or measure what is there: --allow-different-artifact"
	built, err := build.Open(t.options.DistDir, c.Runtime, variant.Artifact, c.Arch)
	m := built.Meta
	switch {
	case err == nil && (m.CodeSHA256 == f.CodeSHA256 || f.Image): // of which image it was made can't be told: see Different
		return results.Artifact{
			ID: m.ID, Runtime: m.Runtime, Arch: m.Arch, SHA256: m.SHA256, CodeSHA256: m.CodeSHA256,
			Packed: m.PackedBytes, Unpacked: m.UnpackedBytes, LambdaRuntime: m.LambdaRuntime, Handler: m.Handler,
			Interpreter: f.RuntimeVersion, Versions: m.Versions,
		}, nil
	case err == nil && !t.options.AllowDifferent:
		return results.Artifact{}, fault.New(hint, "%s does not run dist/%s.zip: got CodeSha256 %s, want %s", f.Name, id, f.CodeSHA256, m.CodeSHA256)
	case !t.options.AllowDifferent:
		return results.Artifact{}, fault.New(fault.Hint(err)+"; then "+hint, "%w", err)
	}
	sum, err := base64.StdEncoding.DecodeString(f.CodeSHA256)
	if f.Image {
		sum, err = hex.DecodeString(f.CodeSHA256)
	}
	if err != nil {
		return results.Artifact{}, fmt.Errorf("read CodeSha256 of %s: %w", f.Name, err)
	}
	return results.Artifact{
		ID: id, Runtime: c.Runtime.Name, Arch: c.Arch, SHA256: hex.EncodeToString(sum), CodeSHA256: base64.StdEncoding.EncodeToString(sum), Packed: f.CodeBytes,
		LambdaRuntime: cmp.Or(f.Runtime, c.Runtime.Artifacts[variant.Artifact].LambdaRuntime), Handler: cmp.Or(f.Handler, variant.Handler), Interpreter: f.RuntimeVersion, Versions: map[string]string{},
	}, nil
}

// Different is a sentence about a function whose code is not what lies in dist, "" where
// it is.
func (t *Target) Different(c target.Config, a results.Artifact) string {
	built, err := build.Open(t.options.DistDir, c.Runtime, c.Runtime.Variants[c.Variant].Artifact, c.Arch)
	if f, _ := t.function(c); f.Image {
		return fmt.Sprintf("%s %s runs the image %s: that it was made of this checkout's zip is not known here.", c.Runtime.DisplayName, c.Variant, f.CodeSHA256)
	}
	if err == nil && built.Meta.SHA256 == a.SHA256 {
		return ""
	}
	return fmt.Sprintf("%s %s runs other code than this checkout's (CodeSha256 %s): its sources are not known here.", c.Runtime.DisplayName, c.Variant, a.CodeSHA256)
}

// Begin writes the journal of all that the configurations will change for these kinds of
// cold start.
func (t *Target) Begin(folder string, configurations []target.Config, kinds []results.ColdKind) (path string, err error) {
	j := awsjournal.Journal{Run: t.run, Began: time.Now().UTC(), Account: t.account.ID, Region: t.account.Region, Environment: t.options.Environment.Name}
	for _, one := range t.functions {
		f := one.Function
		entry := awsjournal.Function{Name: f.Name, MemoryMB: f.MemoryMB, Variables: f.Variables, Publishes: slices.ContainsFunc(kinds, results.ColdKind.Publishes), Provisions: one.hosting == config.HostingProvisioned}
		for _, c := range configurations {
			if one.runs(c) && !slices.Contains(entry.SizesMB, c.MemoryMB) {
				entry.SizesMB = append(entry.SizesMB, c.MemoryMB)
			}
		}
		j.Functions = append(j.Functions, entry)
	}
	t.journal, err = awsjournal.Write(folder, j)
	return t.journal, err
}

// End puts everything back and removes the journal. Where something could not be put
// back, the journal stays.
func (t *Target) End(ctx context.Context) error {
	j, err := awsjournal.Read(t.journal)
	if err != nil {
		return err
	}
	if _, err := t.account.Restore(ctx, j, false); err != nil {
		return err
	}
	return awsjournal.Remove(t.journal)
}

// Open prepares to measure one configuration.
func (t *Target) Open(_ context.Context, c target.Config) (target.Session, error) { return t.open(c) }

func (t *Target) open(c target.Config) (*session, error) {
	f, ok := t.function(c)
	if !ok || t.journal == "" {
		return nil, fmt.Errorf("open %s: the journal does not know it", c.Runtime.Name)
	}
	r := c.Runtime
	prefix := ""
	if len(r.Prefixes) > 0 {
		prefix = r.Prefixes[0]
	}
	return &session{
		target: t, function: f, memoryMB: c.MemoryMB, resources: r.Resources(), prefix: prefix,
		api: gateway.API{Kind: gateway.Kind(r.Integration), Stage: config.StageName(t.options.Environment.Name), Binary: r.BinaryMediaTypes},
	}, nil
}

// called remembers when a function was called last.
func (t *Target) called(function string, memoryMB int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used[function] = use{memoryMB, t.options.Now()}
}

// mark is the variable whose value forces new environments.
const mark = "BENCH_FORCED_COLD_START"

// ours is a value of mark that a run has written.
func ours(run, value string) bool { return strings.HasPrefix(value, run+"-") }
