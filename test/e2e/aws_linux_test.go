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
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

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
// emulator has changed a function's configuration, its environments end, and so they do
// when nobody has called them for as long as idleness.
type reported struct {
	d        *deployment
	lab      *local.Lab
	invoke   *invokeapi.Handler
	emulator *httputil.ReverseProxy

	mu        sync.Mutex
	functions map[string]*running
}

// running are a function's environments.
type running struct {
	pool  *engine.Pool
	under int       // calls that are under way
	last  time.Time // when the latest came back
}

// idleness is how long environments live that nobody calls: longer than any pause
// between warm calls, shorter than what bench aws is told to wait.
const (
	idleness = 2 * time.Second
	waited   = 3 * time.Second
)

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
	if one, ok := f.functions[name]; ok {
		_ = one.pool.Close() // the lab removes what is left
		delete(f.functions, name)
	}
}

// take is what a call goes to, with the memory that the emulator says the function has
// now. Whoever takes it gives it back.
func (f *reported) take(ctx context.Context, name string) (*running, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.functions[name]
	if ok && one.under == 0 && time.Since(one.last) > idleness {
		_ = one.pool.Close() // as above
		ok = false
	}
	if !ok {
		pool, err := f.pool(ctx, name)
		if err != nil {
			return nil, err
		}
		one = &running{pool: pool}
		f.functions[name] = one
	}
	one.under++
	return one, nil
}

func (f *reported) give(one *running) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.under, one.last = one.under-1, time.Now()
}

func (f *reported) pool(ctx context.Context, name string) (*engine.Pool, error) {
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
		function.Concurrency = workers * burst
		return f.lab.Pool(function), nil
	}
	return nil, gateway.ErrNotFound
}

func (f *reported) Invoke(ctx context.Context, name string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
	one, err := f.take(ctx, name)
	if err != nil {
		return gateway.Result{}, err
	}
	defer f.give(one)
	answer, err := one.pool.Invoke(ctx, engine.Request{Payload: payload, RequestID: o.RequestID})
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

// burst is how many calls leave at once for a scale-out, or from each of the workers.
const (
	burst   = 3
	workers = 2
)

// measured runs bench aws over all that is deployed, as a person would: forced cold
// starts of each, and the other kinds that there are here of one.
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
	front := &reported{d: d, lab: lab, emulator: httputil.NewSingleHostReverseProxy(address), functions: map[string]*running{}}
	front.invoke = invokeapi.New(invokeapi.Options{Invoker: front})
	server := httptest.NewServer(front)
	defer server.Close()
	at := []string{"AWS_ENDPOINT_URL=" + server.URL, "BENCH_CACHE_DIR=" + t.TempDir()}
	d.kinds(t, at, d.runtimes, results.Forced)
	d.kinds(t, at, d.runtimes[:1], results.ScaleOut, results.Idle)
	for _, r := range d.runtimes {
		front.end(config.FunctionName(r.Name, environment))
	}
	d.notHere(t, at)
	d.scaled(t, at, server.URL)
	if after := d.configured(t); !maps.Equal(before, after) {
		t.Errorf("got %v, want all as before, %v", after, before)
	}
}

// kinds wants two cold starts of each kind, of each runtime.
func (d *deployment) kinds(t *testing.T, at []string, runtimes []config.Runtime, kinds ...results.ColdKind) {
	t.Helper()
	out := t.TempDir()
	var names, words []string
	for _, r := range runtimes {
		names = append(names, r.Name)
	}
	for _, kind := range kinds {
		words = append(words, string(kind))
	}
	cmd := d.bench("aws", "--environment", config.Dev, "--suffix", suffix, "--quick", "--environments", "2", "--yes", "--out", out,
		"--runtime", strings.Join(names, ","), "--cold", strings.Join(words, ","), "--burst", fmt.Sprint(burst), "--idle", waited.String())
	cmd.Env = append(cmd.Env, at...)
	_, said := run(t, cmd)
	few := strings.Count(said, "has no figure, since it has no interval") // of two environments
	if strings.Count(said, "warning: ") != few || few < len(runtimes) || !strings.Contains(said, "everything is configured as it was before") {
		t.Errorf("got %s", said)
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(document.Configurations) != len(runtimes) || document.Source.Kind != results.AWS {
		t.Errorf("got %d configurations of %s, want %d", len(document.Configurations), document.Source.Kind, len(runtimes))
	}
	for _, c := range document.Configurations {
		n := map[results.ColdKind]int{}
		for _, e := range c.Environments {
			n[e.Kind]++
			if (e.Burst != nil) != (e.Kind == results.ScaleOut) || e.Burst != nil && e.Burst.Calls != burst {
				t.Errorf("%s: got %s with the burst %+v", c.Key(), e.Kind, e.Burst)
			}
		}
		for _, kind := range kinds {
			if c.Status != results.Measured || n[kind] != 2 {
				t.Errorf("%s: got %s with %d environments of %s, %v: %s", c.Key(), c.Status, n[kind], kind, c.Rejected, c.Reason)
			}
		}
	}
}

// notHere asks for what an emulator does not have: each is refused in one line, with
// what to do about it, before anything is changed.
func (d *deployment) notHere(t *testing.T, at []string) {
	t.Helper()
	for _, tt := range []struct{ words, says, hint string }{
		{"--cold restored", " has no SnapStart", "cdk deploy -c variant="},
		{"--vantage http", "the API of " + environment + " writes no access logs", "-c accessLogs=true"},
		{"--vantage both", "the API of " + environment + " writes no access logs", "--vantage invoke"},
	} {
		cmd := d.bench(append([]string{"aws", "--environment", config.Dev, "--suffix", suffix, "--runtime", d.runtimes[0].Name, "--yes", "--out", t.TempDir()}, strings.Fields(tt.words)...)...)
		cmd.Env = append(cmd.Env, at...)
		text, err := cmd.CombinedOutput()
		said := string(text)
		if err == nil || strings.Count(said, "error: ") != 1 || !strings.Contains(said, tt.says) || !strings.Contains(said, "hint: ") || !strings.Contains(said, tt.hint) || strings.Contains(said, "measuring ") {
			t.Errorf("%s: got %v and\n%s\nwant %q and %q", tt.words, err, said, tt.says, tt.hint)
		}
	}
}

// scaled has the load workers send bursts of cold starts, started by the emulator's Step
// Functions as AWS's are.
func (d *deployment) scaled(t *testing.T, at []string, invoke string) {
	t.Helper()
	functions, name := lambda.NewFromConfig(d.aws), config.FunctionName(config.LoadPart, environment)
	now, err := functions.GetFunctionConfiguration(d.ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		t.Fatal(err)
	}
	variables := maps.Clone(now.Environment.Variables)
	variables["AWS_ENDPOINT_URL_LAMBDA"] = invoke // as above, for its answers with a REPORT
	if _, err := functions.UpdateFunctionConfiguration(d.ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Environment: &types.Environment{Variables: variables}}); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	cmd := d.bench("aws", "--environment", config.Dev, "--suffix", suffix, "--yes", "--out", out, "--runtime", d.runtimes[0].Name,
		"--scale", fmt.Sprint(workers), "--burst", fmt.Sprint(burst), "--lead", "2s", "--environments", fmt.Sprint(bursts*workers*burst))
	cmd.Env = append(cmd.Env, at...)
	_, said := run(t, cmd)
	if want := fmt.Sprintf("%d environments in %d bursts of %d calls, each sent by %d workers in Lambda", bursts*workers*burst, bursts, workers*burst, workers); !strings.Contains(said, want) {
		t.Errorf("got %s\nwant %q", said, want)
	}
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := document.Configurations[0]
	for _, e := range c.Environments {
		if e.Burst != nil && *e.Burst != (results.Burst{Workers: workers, Calls: workers * burst, Cold: workers * burst}) {
			t.Errorf("got the burst %+v", *e.Burst)
		}
	}
	if c.Status != results.Measured || len(c.Environments) != bursts*workers*burst || len(c.Rejected) > 0 {
		t.Errorf("got %s with %d environments, %v: %s", c.Status, len(c.Environments), c.Rejected, c.Reason)
	}
}

// bursts are as many as an interval needs.
const bursts = 6
