package aws_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

const name = "multi-runtime-benchmark-x-dev"

var runtime = config.Runtime{Name: "x", Prefixes: []string{"/x"}, Variants: map[string]config.Variant{
	"stock":     {Name: "stock", Artifact: "api", Kind: config.API, Default: true},
	"snapstart": {Name: "snapstart", Artifact: "api", Kind: config.API},
}}

// open deploys one function and opens a session of it.
func open(t *testing.T, f awstest.Function) (*awstest.Account, *aws.Target, target.Session, *awstest.Items) {
	t.Helper()
	return openWith(t, f, aws.Options{})
}

func openWith(t *testing.T, f awstest.Function, o aws.Options) (*awstest.Account, *aws.Target, target.Session, *awstest.Items) {
	t.Helper()
	items, account := &awstest.Items{}, &awstest.Account{}
	f.Name, f.MemoryMB, f.Start = name, 1769, items.Start
	account.Deploy("stack", f)
	account.Serve(t)
	settings, err := deployed.Connect(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	here, err := aws.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	o.Environment = deployed.Environment{Name: "dev", URL: "https://abc.example/dev", Functions: map[string]string{"x": name}}
	o.Runtimes, o.DistDir = []config.Runtime{runtime}, t.TempDir()
	opened, err := aws.New(t.Context(), here, o)
	if err != nil {
		t.Fatal(err)
	}
	c := opened.Configuration(runtime)
	c.MemoryMB = 512
	if _, err := opened.Open(t.Context(), c); err == nil {
		t.Error("got a session without a journal")
	}
	if _, err := opened.Begin(t.TempDir(), []target.Config{c}, results.KindsInAWS()); err != nil {
		t.Fatal(err)
	}
	session, err := opened.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return account, opened, session, items
}

// A function without variables has none afterwards. What is deployed is told by the
// stack's description.
func TestSession(t *testing.T) {
	account, opened, session, items := open(t, awstest.Function{Description: "X, variant snapstart"})
	if c := opened.Configuration(runtime); c.Variant != "snapstart" || c.MemoryMB != 1769 || c.Arch != config.X8664 {
		t.Errorf("got %s at %d MB on %s", c.Variant, c.MemoryMB, c.Arch)
	}
	for range 2 {
		made, err := session.Cold(t.Context(), results.Forced, 1)
		if err != nil {
			t.Fatal(err)
		}
		for call := range 3 {
			reply, err := session.Do(t.Context(), made[0].ID, target.Request{Method: http.MethodPost, Path: "/x/items", Header: http.Header{}})
			if err != nil || reply.Failure != "" || reply.Status != http.StatusCreated || reply.Environment != made[0].ID || reply.Cold != (call == 0) {
				t.Errorf("call %d: got %+v, %v", call, reply, err)
			}
			if reply.Report == nil || reply.Report.RequestID != reply.RequestID || (reply.Report.Init > 0) != (call == 0) || reply.Duration != reply.Report.Duration {
				t.Errorf("call %d: got the report %+v of %s", call, reply.Report, reply.RequestID)
			}
		}
	}
	if memory, variables := account.Configured(name); memory != 512 || len(variables) != 1 {
		t.Errorf("got %d MB and %v, want what was asked for and one variable", memory, variables)
	}
	if _, err := session.Do(t.Context(), "another", target.Request{Method: http.MethodGet, Path: "/x/items"}); err == nil {
		t.Error("got an answer of an environment that is not the session's")
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if living, made := items.Living(); living != 0 || made != 6 || opened.Left != 0 {
		t.Errorf("got %d of %d items left, %d told", living, made, opened.Left)
	}
	if err := opened.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if memory, variables := account.Configured(name); memory != 1769 || len(variables) != 0 {
		t.Errorf("got %d MB and %v, want all as before", memory, variables)
	}
	for kind, n := range map[results.ColdKind]int{results.Spawn: 1, results.Disk: 1, results.Forced: 2} {
		if _, err := session.Cold(t.Context(), kind, n); !fault.IsUsage(err) {
			t.Errorf("%d of kind %s: got %v, want them refused", n, kind, err)
		}
	}
}

// The SDK asks again where an answer was lost, and is told that the revision is another
// one: it is our own.
func TestLostAnswer(t *testing.T) {
	account, opened, session, _ := open(t, awstest.Function{Variables: map[string]string{"A": "b"}})
	account.Lose = func(action string, n int) bool { return action == "lambda:UpdateFunctionConfiguration" && n == 1 }
	if _, err := session.Cold(t.Context(), results.Forced, 1); err != nil {
		t.Error(err)
	}
	if asked := account.Asked()["lambda:UpdateFunctionConfiguration"]; asked != 2 {
		t.Errorf("got %d requests, want the lost one and another", asked)
	}
	if err := opened.End(t.Context()); err != nil {
		t.Error(err)
	}
	if _, variables := account.Configured(name); !maps.Equal(variables, map[string]string{"A": "b"}) {
		t.Errorf("got %v, want all as before", variables)
	}
}

// A configuration that does not come into force forces nothing.
func TestUpdateFails(t *testing.T) {
	account, _, session, _ := open(t, awstest.Function{Slow: 3})
	account.Change(name, func(f *awstest.Function) { f.Fails = "The subnet is full." })
	if _, err := session.Cold(t.Context(), results.Forced, 1); err == nil || !strings.Contains(err.Error(), "did not come into force: InternalError The subnet is full.") {
		t.Errorf("got %v, want it said", err)
	}
}

func TestInterrupted(t *testing.T) {
	_, _, session, _ := open(t, awstest.Function{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := session.Cold(ctx, results.Forced, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
