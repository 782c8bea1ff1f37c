package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/loadtesttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions/stepfunctionstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

const scaleScenario = `{"name": "brief", "about": "For tests.", "seed": 5, "startRate": 200, "stages": [{"target": 200, "seconds": 1}],
 "mix": [{"operation": "create", "weight": 20}, {"operation": "read", "weight": 60}, {"operation": "delete", "weight": 20}],
 "items": 8, "maxInFlight": 800, "objective": {"errorShare": 0.01, "p99Ms": 60000}}`

// loadBy runs bench load and returns its document, where there is one.
func loadBy(t *testing.T, args ...string) (code int, doc results.Document, stderr string) {
	t.Helper()
	out := t.TempDir()
	scenario := filepath.Join(out, "scenario.json")
	if err := os.WriteFile(scenario, []byte(scaleScenario), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = called(append([]string{"load", scenario, "--runtime", "go,rust", "--window", "1s", "--out", out}, args...)...)
	if _, err := os.Stat(filepath.Join(out, "results.json")); err != nil {
		return code, doc, stderr
	}
	doc, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	return code, doc, stderr
}

// answered counts the right answers by runtime and operation.
func answered(doc results.Document) map[string]int64 {
	got := map[string]int64{}
	for _, c := range doc.Configurations {
		for _, w := range c.Windows {
			for name, o := range w.Operations {
				got[c.Runtime+" "+name] += o.N
			}
		}
	}
	return got
}

func TestScaleCountsAsOne(t *testing.T) {
	server := httptest.NewServer(&loadtesttest.API{})
	defer server.Close()
	var counts []map[string]int64
	for _, more := range [][]string{nil, {"--scale", "8"}} {
		code, doc, stderr := loadBy(t, append(more, "--base-url", server.URL)...)
		if code != 0 || doc.Status != results.Complete || *doc.LoadTest.Iterations != 200 {
			t.Fatalf("%v: got exit code %d, %+v and %s", more, code, doc.LoadTest, stderr)
		}
		counts = append(counts, answered(doc))
	}
	if !maps.Equal(counts[0], counts[1]) {
		t.Errorf("got %v of one and %v of eight", counts[0], counts[1])
	}
}

// A worker that is killed takes its share with it: the rest is kept, and the exit code is 1.
func TestScaleWithAKilledWorker(t *testing.T) {
	killed := 0
	api := &loadtesttest.API{Spoil: func(n int, _ *http.Request) int {
		if n == 80 { // the load is under way
			killed = killAWorker(t)
		}
		return 0
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	code, doc, stderr := loadBy(t, "--scale", "4", "--base-url", server.URL)
	if code != 1 || killed == 0 || !strings.Contains(stderr, "of 4 is missing: its worker was ended: signal: killed") {
		t.Errorf("got exit code %d, %d killed and %s", code, killed, stderr)
	}
	if doc.Status != results.Interrupted || doc.LoadTest.Parts != 3 || *doc.LoadTest.Iterations != 150 || len(doc.Warnings) != 1 || !strings.HasPrefix(doc.Warnings[0], "Share ") {
		t.Errorf("got %s, %+v, %q", doc.Status, doc.LoadTest, doc.Warnings)
	}
}

// Ctrl-C ends the workers, and what they have sent by then is kept.
func TestScaleInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api := &loadtesttest.API{Spoil: func(n int, _ *http.Request) int {
		if n == 80 {
			cancel()
		}
		return 0
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	out := t.TempDir()
	scenario := filepath.Join(out, "scenario.json")
	if err := os.WriteFile(scenario, []byte(scaleScenario), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"load", scenario, "--runtime", "go", "--duration", "10m", "--scale", "4", "--base-url", server.URL, "--out", out}, strings.NewReader(""), &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "the load was interrupted; what was sent by then is kept") {
		t.Errorf("got exit code %d and %s", code, stderr.String())
	}
	doc, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil || doc.Status != results.Interrupted || doc.LoadTest.Parts != 4 || len(doc.Warnings) != 4 || api.Left() > 0 {
		t.Errorf("got %s, %+v, %v, %d items left", doc.Status, doc.LoadTest, err, api.Left())
	}
}

// killAWorker kills one of this process's workers.
func killAWorker(t *testing.T) (pid int) {
	lines, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Error(err)
	}
	for _, path := range lines {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has gone
		}
		for _, word := range strings.Fields(string(text)) {
			command, err := os.ReadFile(filepath.Join("/proc", word, "cmdline"))
			if err != nil || !strings.HasPrefix(string(command), "bench-load-worker") {
				continue
			}
			if _, err := fmt.Sscan(word, &pid); err != nil {
				t.Error(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			return pid
		}
	}
	return 0
}

// inLambda is an account with an environment dev, its LoadStack and an API in memory.
func inLambda(t *testing.T) (*stepfunctionstest.AWS, *awstest.Account, *loadtesttest.API) {
	t.Helper()
	api := &loadtesttest.API{Key: "secret"}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	others, _ := inAWS(t)
	others.Deploy("MultiRuntimeBenchmarkLoadStack", awstest.Function{Name: loadFunction, MemoryMB: 1769})
	others.Keys = map[string]string{"k1": "secret"}
	others.Stacks["MultiRuntimeBenchmarkSharedStack"] = map[string]string{"Url": server.URL + "/", "ApiKeyId": "k1"}
	others.Stacks["MultiRuntimeBenchmarkLoadStack"] = map[string]string{"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:load", "BucketName": "shares"}
	account := &stepfunctionstest.AWS{Lead: 3 * time.Second, Others: others}
	deployedtest.Start(t, account)
	settings, err := deployed.Connect(t.Context(), awstest.Region)
	if err != nil {
		t.Fatal(err)
	}
	worker := stepfunctions.Worker{Settings: settings, Base: server.URL, KeyID: "k1", Bucket: "shares", Look: 100 * time.Millisecond}
	account.Work = func(text []byte) ([]byte, error) {
		var task stepfunctions.Task
		if err := json.Unmarshal(text, &task); err != nil {
			return nil, err
		}
		receipt, err := worker.Handle(context.WithoutCancel(t.Context()), task)
		if err != nil {
			return nil, err
		}
		return json.Marshal(receipt)
	}
	return account, others, api
}

// loadFunction is the worker's.
const loadFunction = "multi-runtime-benchmark-load-dev"

// loadInLambda is loadBy, by workers in Lambda of which somebody has said yes to.
func loadInLambda(t *testing.T, workers string) (code int, doc results.Document, stderr string) {
	t.Helper()
	return loadBy(t, "--scale", workers, "--environment", "dev", "--region", awstest.Region, "--yes")
}

func TestScaleInLambda(t *testing.T) {
	account, _, api := inLambda(t)
	work := account.Work
	var once sync.Once
	account.Work = func(task []byte) (answer []byte, err error) {
		if strings.Contains(string(task), `"index":1,"job"`) {
			once.Do(func() { err = fmt.Errorf("RequestId: 1 Error: Runtime exited with error: signal: killed") })
			return nil, err
		}
		return work(task)
	}
	code, doc, stderr := loadInLambda(t, "3")
	if code != 1 || !strings.Contains(stderr, "share 2 of 3 is missing: RequestId: 1 Error: Runtime exited with error: signal: killed") {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	if doc.Status != results.Interrupted || doc.LoadTest.Parts != 2 || *doc.LoadTest.Iterations+*doc.LoadTest.Dropped != 133 || api.Left() > 0 || len(account.Objects()) > 0 {
		t.Errorf("got %s, %+v, %d items and %v left", doc.Status, doc.LoadTest, api.Left(), account.Objects())
	}
}

func TestScaleRefuses(t *testing.T) {
	_, others, _ := inLambda(t)
	delete(others.Stacks, "MultiRuntimeBenchmarkLoadStack")
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"none":      {[]string{"--scale", "-1"}, 2, "--scale -1: got no number of workers from 1 to 64"},
		"many":      {[]string{"--scale", "201", "--environment", "dev"}, 2, "from 1 to 200"},
		"too long":  {[]string{"--scale", "2", "--environment", "dev", "--duration", "13m"}, 2, "a worker in Lambda has 12m0s for it"},
		"no stack":  {[]string{"--scale", "2", "--environment", "dev", "--region", "us-east-1"}, 1, "there is no stack MultiRuntimeBenchmarkLoadStack in us-east-1"},
		"nobody":    {[]string{"--scale", "2", "--base-url", "http://127.0.0.1:1"}, 1, "make an item of go at http://127.0.0.1:1"},
		"no suffix": {[]string{"--scale", "2", "--environment", "dev", "--suffix", "Anna!", "--region", "us-east-1"}, 2, "not a suffix"},
	}
	for name, tt := range tests {
		if code, _, stderr := loadBy(t, tt.args...); code != tt.code || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: got exit code %d and %s", name, code, stderr)
		}
	}
}

// The policy of docs/load-tests.md allows what bench load --scale asks for.
func TestScalePolicy(t *testing.T) {
	account, others, _ := inLambda(t)
	account.Work = func([]byte) ([]byte, error) { return nil, fmt.Errorf("no time") }
	if code, _, stderr := loadInLambda(t, "2"); code != 1 {
		t.Fatalf("got exit code %d and %s", code, stderr)
	}
	asked := account.Asked()
	maps.Copy(asked, others.Asked())
	delete(asked, "sts:GetCallerIdentity")              // needs no permission
	asked["s3:GetObject"], asked["s3:PutObject"] = 1, 1 // of shares, and to call them off: see internal/loadtest/stepfunctions
	page, err := os.ReadFile("../../docs/load-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	got := actionsOf(t, string(page), "scale")
	if want := slices.Sorted(maps.Keys(asked)); !slices.Equal(got, want) {
		t.Errorf("got the actions %v, want %v", got, want)
	}
}
