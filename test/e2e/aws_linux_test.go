//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/invokeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// reported stands in front of the emulator, whose answers to Invoke have no REPORT: it
// hands calls to our engine, which has one, and all else to the emulator. Whenever the
// emulator has changed a function's configuration, its environments end.
type reported struct {
	d        *deployment
	lab      *local.Lab
	invoke   *invokeapi.Handler
	emulator *httputil.ReverseProxy

	mu    sync.Mutex
	pools map[string]*engine.Pool
}

func (f *reported) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/invocations") {
		f.invoke.ServeHTTP(w, r)
		return
	}
	f.emulator.ServeHTTP(w, r)
	name, changed := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/configuration")
	if changed && r.Method == http.MethodPut {
		f.end(name)
	}
}

func (f *reported) end(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pool, ok := f.pools[name]; ok {
		_ = pool.Close() // the lab removes what is left
		delete(f.pools, name)
	}
}

// pool has the memory that the emulator says the function has now.
func (f *reported) pool(ctx context.Context, name string) (*engine.Pool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pool, ok := f.pools[name]; ok {
		return pool, nil
	}
	now, err := lambda.NewFromConfig(f.d.aws).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, err
	}
	for _, r := range f.d.runtimes {
		if config.FunctionName(r.Name, environment) != name {
			continue
		}
		function, err := f.lab.Prepare(ctx, target.Config{Runtime: r, Variant: r.DefaultVariant().Name, MemoryMB: int(aws.ToInt32(now.MemorySize)), Arch: config.DefaultArchitecture})
		if err != nil {
			return nil, err
		}
		function.InitTimeout = 2 * time.Minute // a busy machine must not make an init again within its call
		f.pools[name] = f.lab.Pool(function)
		return f.pools[name], nil
	}
	return nil, gateway.ErrNotFound
}

func (f *reported) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	pool, err := f.pool(ctx, name)
	if err != nil {
		return gateway.Result{}, err
	}
	answer, err := pool.Invoke(ctx, engine.Request{Payload: payload, RequestID: o.RequestID})
	if errors.Is(err, engine.ErrThrottled) {
		err = fmt.Errorf("%w: %w", gateway.ErrThrottled, err)
	}
	return gateway.Result{Payload: answer.Payload, FunctionError: answer.FunctionError, LogTail: answer.LogTail, Cold: answer.Cold}, err
}

// configured is what bench aws changes.
func (d *deployment) configured(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range d.runtimes {
		got, err := lambda.NewFromConfig(d.aws).GetFunctionConfiguration(d.ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(config.FunctionName(r.Name, environment))})
		if err != nil {
			t.Fatal(err)
		}
		all[r.Name] = fmt.Sprint(aws.ToInt32(got.MemorySize), got.Environment.Variables)
	}
	return all
}

// measured runs bench aws over all that is deployed, as a person would.
func (d *deployment) measured(t *testing.T) {
	before := d.configured(t)
	address, err := url.Parse(d.emulator.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	lab, err := local.OpenLab(d.ctx, local.Options{
		DistDir: filepath.Join(d.root, "dist"), CacheDir: cacheDir(t), Database: dynamodb.Options{Kind: dynamodb.Builtin},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close() //nolint:errcheck // its environments have ended
	front := &reported{d: d, lab: lab, emulator: httputil.NewSingleHostReverseProxy(address), pools: map[string]*engine.Pool{}}
	front.invoke = invokeapi.New(invokeapi.Options{Invoker: front})
	server := httptest.NewServer(front)
	defer server.Close()
	out := t.TempDir()
	cmd := d.bench("aws", "--environment", config.Dev, "--suffix", suffix, "--quick", "--environments", "2", "--yes", "--out", out)
	cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL="+server.URL, "BENCH_CACHE_DIR="+t.TempDir())
	_, said := run(t, cmd)
	for _, r := range d.runtimes {
		front.end(config.FunctionName(r.Name, environment))
	}
	few := strings.Count(said, "has no figure, since it has no interval") // of two environments
	if strings.Count(said, "warning: ") != few || few != len(d.runtimes) || !strings.Contains(said, "everything is configured as it was before") {
		t.Errorf("got %s", said)
	}
	if after := d.configured(t); !maps.Equal(before, after) {
		t.Errorf("got %v, want all as before, %v", after, before)
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(document.Configurations) != len(d.runtimes) || document.Source.Kind != results.AWS {
		t.Errorf("got %d configurations of %s, want %d", len(document.Configurations), document.Source.Kind, len(d.runtimes))
	}
	for _, c := range document.Configurations {
		if c.Status != results.Measured || len(c.Environments) != 2 {
			t.Errorf("%s: got %s with %d environments: %s", c.Key(), c.Status, len(c.Environments), c.Reason)
		}
	}
}
