package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/router"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// onTheEngine deploys the real function of Go, whose environments the engine makes anew
// for each change. live, where it isn't nil, stands between the API and what it calls.
func onTheEngine(t *testing.T, live func(start func() (router.Functions, error)) gateway.Invoker) (*awstest.Account, build.Built) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := build.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	runtimes, err := config.Pick(root, []string{"go"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, dist := runtimes[0], filepath.Join(root, "dist")
	variant := r.DefaultVariant()
	built, err := build.Build(t.Context(), []build.Request{{Runtime: r, Artifact: variant.Artifact, Arch: config.X8664}}, build.Options{Root: root, DistDir: dist, CacheDir: cache})
	if err != nil || built[0].Err != nil {
		t.Fatal(err, built[0].Err)
	}
	lab, err := local.OpenLab(t.Context(), local.Options{DistDir: dist, CacheDir: cache, Database: dynamodb.Options{Kind: dynamodb.Builtin}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	c := target.Config{Runtime: r, Variant: variant.Name, MemoryMB: config.DefaultMemoryMB, Arch: config.X8664}
	function, err := lab.Prepare(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	account := &awstest.Account{}
	account.Deploy("MultiRuntimeBenchmarkGoStack", awstest.Function{
		Name: goFunction, Description: "Go, variant " + variant.Name, CodeSHA256: built[0].Meta.CodeSHA256, LambdaRuntime: built[0].Meta.LambdaRuntime,
		MemoryMB: config.DefaultMemoryMB, Variables: maps.Clone(function.Env),
		Start: func(memoryMB int, variables map[string]string) (gateway.Invoker, func(), error) {
			start := func() (router.Functions, error) {
				changed := c
				changed.MemoryMB = memoryMB
				f, err := lab.Prepare(t.Context(), changed)
				f.Env, f.Concurrency = variables, 8
				return router.Functions{goFunction: lab.Pool(f)}, err
			}
			if live != nil {
				return live(start), func() {}, nil
			}
			running, err := start()
			return running, running.Close, err
		},
	})
	account.Stacks["MultiRuntimeBenchmarkSharedStack"] = map[string]string{"Url": "https://abc.execute-api.us-east-1.amazonaws.com/dev/"}
	account.Serve(t)
	t.Setenv("BENCH_CACHE_DIR", t.TempDir())
	return account, built[0]
}

// The real function: every sample has its own REPORT, and the code is that of dist/.
func TestAWSOnTheEngine(t *testing.T) {
	account, built := onTheEngine(t, nil)
	_, before := account.Configured(goFunction)
	out := t.TempDir()
	code, _, stderr := called("aws", "--runtime", "go", "--memory", "512,1769", "--cold", "forced,scale-out", "--burst", "8", "--environments", "3", "--quick", "--yes", "--out", out)
	if few := strings.Count(stderr, "has no figure, since it has no interval"); code != 0 || few != 4 || strings.Count(stderr, "warning: ") != few {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	if memory, variables := account.Configured(goFunction); memory != config.DefaultMemoryMB || !maps.Equal(variables, before) {
		t.Errorf("got %d MB and %v, want all as before", memory, variables)
	}
	if left := journalsLeft(t); len(left) > 0 {
		t.Errorf("got the journals %v, want none", left)
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range document.Configurations {
		burstsAlone := !slices.ContainsFunc(c.Rejected, func(r results.Rejection) bool {
			return !strings.HasPrefix(r.Reason, "scale-out: no call of the burst was cold")
		})
		if c.Status != results.Measured || len(c.Environments) != 6 || !burstsAlone { // a busy machine may answer a whole burst one by one
			t.Errorf("%s: got %s with %d environments and %v", c.Key(), c.Status, len(c.Environments), c.Rejected)
		}
		for _, e := range c.Environments {
			if e.Init.WallMs <= 0 || *e.FirstCall.DurationMs <= 0 || *e.FirstCall.ClientMs < *e.FirstCall.DurationMs || *e.Memory.Peak < 1<<20 {
				t.Errorf("%s: got the init %+v, the first call %+v and the memory %+v", c.Key(), e.Init, e.FirstCall, e.Memory)
			}
			if b := e.Burst; (b != nil) != (e.Kind == results.ScaleOut) || b != nil && (b.Calls != 8 || b.Cold == 0 || b.Throttled+b.Refused > 0) {
				t.Errorf("%s: got %s with the burst %+v", c.Key(), e.Kind, b)
			}
			for name, o := range e.Operations {
				if o.Errors > 0 {
					t.Errorf("%s: %s: %d wrong answers: %s", c.Key(), name, o.Errors, o.Wrong)
				}
			}
		}
	}
	if a := document.Artifacts[0]; a.SHA256 != built.Meta.SHA256 || a.Interpreter == "" {
		t.Errorf("got the artifact %+v, want that of dist/ and Lambda's version of the runtime", a)
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
		t.Error(err)
	}
}

// brief are environments that end with the call behind which no item is left, as those
// end in which nobody is interested any more.
type brief struct {
	start func() (router.Functions, error)

	mu      sync.Mutex
	running router.Functions
	items   int
}

func (b *brief) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (result gateway.Result, err error) {
	b.mu.Lock() // calls come one at a time
	defer b.mu.Unlock()
	if b.running == nil {
		if b.running, err = b.start(); err != nil {
			return result, err
		}
	}
	if result, err = b.running.Invoke(ctx, name, payload, o); err != nil {
		return result, err
	}
	var answer struct{ StatusCode int }
	if err := json.Unmarshal(result.Payload, &answer); err != nil {
		return result, err
	}
	switch answer.StatusCode {
	case http.StatusCreated:
		b.items++
	case http.StatusNoContent:
		b.items--
	}
	if b.items == 0 {
		b.running.Close()
		b.running = nil
	}
	return result, nil
}

// The same function through our own gateway, which is that of bench serve: each call is
// joined to the engine's REPORT, and both clocks are in the document.
func TestAWSThroughTheGateway(t *testing.T) {
	account, built := onTheEngine(t, func(start func() (router.Functions, error)) gateway.Invoker { return &brief{start: start} })
	account.APIKey = "the API's key"
	account.Keys = map[string]string{"k1": account.APIKey}
	account.Stacks["MultiRuntimeBenchmarkSharedStack"] = map[string]string{
		"Url": account.ServeAPI(t, map[string]string{"/go": goFunction}), "ApiKeyId": "k1", "AccessLogs": awstest.AccessLogs,
	}
	out := t.TempDir()
	code, _, stderr := called("aws", "--runtime", "go", "--vantage", "http", "--idle", "1ms", "--environments", "3", "--quick", "--yes", "--out", out)
	if few := strings.Count(stderr, "has no figure, since it has no interval"); code != 0 || few != 1 || strings.Count(stderr, "warning: ") != few {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	for action := range account.Asked() {
		if strings.HasPrefix(action, "lambda:") && action != "lambda:GetFunction" && action != "lambda:GetAccountSettings" {
			t.Errorf("got %s asked for, want nothing changed, and nothing called but the API", action)
		}
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := document.Configurations[0]
	if document.Source.Vantage != results.HTTP || c.Status != results.Measured || len(c.Environments) != 3 || len(c.Rejected) > 0 || document.Artifacts[0].SHA256 != built.Meta.SHA256 {
		t.Errorf("got %s of %s with %d environments and %v", c.Status, document.Source.Vantage, len(c.Environments), c.Rejected)
	}
	for _, e := range c.Environments {
		first := e.FirstCall
		if e.Kind != results.Idle || e.Init.WallMs <= 0 || *first.ClientMs < e.Init.WallMs+*first.DurationMs || first.Client == nil || first.Client.ConnectMs == nil || *e.Memory.Peak < 1<<20 {
			t.Errorf("got %s with the init %+v and the first call %+v", e.Kind, e.Init, first)
		}
		for _, point := range e.Curve {
			if point.DurationMs == nil || *point.ClientMs < *point.DurationMs {
				t.Errorf("got the warm call %+v, want the client's time around the function's", point)
			}
		}
		for name, o := range e.Operations {
			if o.Errors > 0 {
				t.Errorf("%s: %d wrong answers: %s", name, o.Errors, o.Wrong)
			}
		}
	}
}
