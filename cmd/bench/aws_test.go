package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// secret stands for what a person's own functions may hold.
const secret = "it's secret"

const goFunction, rustFunction = "multi-runtime-benchmark-go-dev", "multi-runtime-benchmark-rust-dev"

// inAWS deploys Go's and Rust's functions to dev, in an account whose journals are the
// test's own.
func inAWS(t *testing.T) (*awstest.Account, *awstest.Items) {
	t.Helper()
	t.Setenv("BENCH_CACHE_DIR", t.TempDir())
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	items := &awstest.Items{}
	account := &awstest.Account{}
	for _, name := range []string{"go", "rust"} {
		account.Deploy("MultiRuntimeBenchmark"+strings.ToUpper(name[:1])+name[1:]+"Stack", awstest.Function{
			Name: "multi-runtime-benchmark-" + name + "-dev", Description: name + ", variant stock", Code: []byte(name), LambdaRuntime: "provided.al2023",
			MemoryMB: 1769, Variables: map[string]string{"TABLE_NAME": "t", "TOKEN": secret}, Start: items.Start,
		})
	}
	account.Stacks["MultiRuntimeBenchmarkSharedStack"] = map[string]string{"Url": "https://abc.execute-api.us-east-1.amazonaws.com/dev/", "ApiKeyId": "k1"}
	account.Serve(t)
	return account, items
}

// measureInAWS runs bench aws over a few environments.
func measureInAWS(ctx context.Context, out string, more ...string) (code int, stdout, stderr string) {
	var printed, said bytes.Buffer
	words := append([]string{"aws", "--environments", "2", "--quick", "--yes", "--seed", "7", "--allow-different-artifact", "--out", out}, more...)
	code = run(ctx, words, strings.NewReader(""), &printed, &said)
	return code, printed.String(), said.String()
}

// unchanged wants everything as it was deployed, and no journal.
func unchanged(t *testing.T, account *awstest.Account) {
	t.Helper()
	for _, name := range account.Names() {
		memory, variables := account.Configured(name)
		if want := map[string]string{"TABLE_NAME": "t", "TOKEN": secret}; memory != 1769 || !maps.Equal(variables, want) {
			t.Errorf("%s: got %d MB and %v, want all as before", name, memory, variables)
		}
	}
	if left := journalsLeft(t); len(left) > 0 {
		t.Errorf("got the journals %v, want none", left)
	}
}

// tidied wants the same, and no item left.
func tidied(t *testing.T, account *awstest.Account, items *awstest.Items) {
	t.Helper()
	unchanged(t, account)
	if living, made := items.Living(); living != 0 {
		t.Errorf("got %d of %d items left", living, made)
	}
}

// documentOf is what a run has left in a folder, which has left nothing else behind.
func documentOf(t *testing.T, account *awstest.Account, items *awstest.Items, out string) results.Document {
	t.Helper()
	tidied(t, account, items)
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func journalsLeft(t *testing.T) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(os.Getenv("BENCH_CACHE_DIR"), "aws", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestAWS(t *testing.T) {
	account, items := inAWS(t)
	account.Change(goFunction, func(f *awstest.Function) { f.Slow = 2 })
	items.JSON = true
	out := t.TempDir()
	code, stdout, stderr := measureInAWS(t.Context(), out, "--memory", "512,1769")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{
		"dev in us-east-1 has no ", "dev in account …9012, us-east-1: ", "planned: 8 environments, about ", "put back: the configuration of the functions' $LATEST, 8 times",
		"costs at most ", " runs other code than this checkout's", "everything is configured as it was before", "bench aws restore " + os.Getenv("BENCH_CACHE_DIR"),
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	if strings.Contains(stderr+stdout, secret) || strings.Contains(stderr+stdout, awstest.ID+" ") {
		t.Errorf("got a secret printed:\n%s%s", stderr, stdout)
	}
	if _, made := items.Living(); made < 8*5 {
		t.Errorf("got %d items made, want five of each environment at least", made)
	}
	document := documentOf(t, account, items, out)
	if s := document.Source; s.Kind != results.AWS || s.Region != "us-east-1" || s.Account != "…9012" || !strings.HasPrefix(s.SDK, "aws-sdk-go-v2 ") || document.Host.Database.Kind != "service" {
		t.Errorf("got the source %+v and the database %+v", s, document.Host.Database)
	}
	if len(document.Plan.Phases) != 2 || len(document.Configurations) != 4 {
		t.Fatalf("got the phases %v and %d configurations", document.Plan.Phases, len(document.Configurations))
	}
	for _, c := range document.Configurations {
		if c.Status != results.Measured || c.Variant != "stock" || len(c.Environments) != 2 || len(c.Rejected) != 0 {
			t.Errorf("%s: got %s, %d environments, %v", c.Key(), c.Status, len(c.Environments), c.Rejected)
		}
		for _, e := range c.Environments {
			if e.Kind != results.Forced || e.Init.WallMs != 0.05 || *e.FirstCall.DurationMs != 0.02 || e.FirstCall.ClientMs == nil || *e.Memory.Peak != 40<<20 || len(e.Curve) != 20 {
				t.Errorf("%s: got %+v", c.Key(), e)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "Called from") || strings.Contains(string(page), "visible to a function") {
		t.Error("got a page that does not tell the caller from where the functions ran")
	}
	for _, text := range []string{stdout, string(page)} {
		if strings.Contains(strings.ToLower(text), "this machine") || strings.Contains(text, "local engine") {
			t.Errorf("got a report that speaks of this machine:\n%.2000s", text)
		}
	}
}

// What is missing or not allowed is one line that names it, with what to do about it;
// nothing is left changed.
func TestAWSRefused(t *testing.T) {
	denied := func(action string) func(*awstest.Account) {
		return func(a *awstest.Account) {
			a.Fault = func(asked string, _ int) *awstest.Refusal {
				if asked != action {
					return nil
				}
				return &awstest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "User: bench is not authorized to perform: " + action}
			}
		}
	}
	zero := 0
	for name, tt := range map[string]struct {
		change     func(*awstest.Account)
		words      string
		env        map[string]string
		code       int
		says, hint string
	}{
		"no credentials":  {env: map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, code: 1, says: "no AWS credentials", hint: "AWS_PROFILE"},
		"no stacks":       {change: func(a *awstest.Account) { a.Stacks = nil }, code: 1, says: "no environment dev in us-east-1", hint: "--region"},
		"other suffix":    {words: "--suffix anna", code: 1, says: "no environment dev-anna in us-east-1", hint: "deploy it"},
		"wrong region":    {words: "--region eu-west-1", code: 1, says: "no environment dev in eu-west-1", hint: "--region"},
		"not deployed":    {words: "--runtime python", code: 1, says: "dev in us-east-1 has no python", hint: "deploy it"},
		"a folder":        {words: "--runtime ../../lambdas/go", code: 2, says: "--runtime ../../lambdas/go: only what the CDK app deploys", hint: "lambdas/"},
		"memory":          {words: "--memory 64", code: 2, says: "--memory 64: not a memory size", hint: "128"},
		"other code":      {words: "--allow-different-artifact=false --runtime go", code: 1, says: "go-", hint: "--allow-different-artifact"},
		"kind":            {words: "--cold frozen", code: 2, says: "--cold frozen: not a kind of cold start in AWS", hint: "scale-out"},
		"no kind":         {words: "--cold=", code: 2, says: "--cold: no kind", hint: "--cold forced"},
		"burst of one":    {words: "--cold scale-out --burst 1", code: 2, says: "--burst 1: not a burst", hint: "2 to 100"},
		"no idling":       {words: "--cold idle --idle 0s", code: 2, says: "--idle 0s: not a time to wait", hint: "--idle 15m"},
		"no snapshots":    {words: "--cold restored --runtime go", code: 2, says: "--cold restored: " + goFunction + " has no SnapStart", hint: "cdk deploy"},
		"burst too large": {words: "--cold scale-out --burst 20", change: func(a *awstest.Account) { a.Concurrency = 10 }, code: 1, says: "only 10 functions may run at once in us-east-1: got a burst of 20 calls", hint: "--burst"},
		"little reserved": {words: "--cold scale-out", change: func(a *awstest.Account) {
			a.Change(rustFunction, func(f *awstest.Function) { three := 3; f.Reserved = &three })
		}, code: 1, says: rustFunction + " may run 3 times at once", hint: "--burst 3"},
		"stacks denied":    {change: denied("cloudformation:DescribeStacks"), code: 1, says: "look for the stack", hint: "allow cloudformation:DescribeStacks"},
		"identity denied":  {change: denied("sts:GetCallerIdentity"), code: 1, says: "ask whose credentials these are", hint: "allow sts:GetCallerIdentity"},
		"look denied":      {change: denied("lambda:GetFunction"), code: 1, says: "look at the function " + goFunction, hint: "allow lambda:GetFunction"},
		"limits denied":    {change: denied("lambda:GetAccountSettings"), code: 1, says: "read the account's limits", hint: "allow lambda:GetAccountSettings"},
		"change denied":    {change: denied("lambda:UpdateFunctionConfiguration"), code: 1, says: "change the configuration of multi-runtime-benchmark-", hint: "allow lambda:UpdateFunctionConfiguration"},
		"call denied":      {change: denied("lambda:InvokeFunction"), code: 1, says: "call multi-runtime-benchmark-", hint: "allow lambda:InvokeFunction"},
		"function removed": {change: func(a *awstest.Account) { a.Remove(goFunction) }, code: 1, says: "look at the function " + goFunction, hint: "deploy it again"},
		"publish denied": {words: "--runtime go --cold restored", change: func(a *awstest.Account) {
			a.Change(goFunction, func(f *awstest.Function) { f.SnapStart = true })
			denied("lambda:PublishVersion")(a)
		}, code: 1, says: "publish a version of " + goFunction, hint: "allow lambda:PublishVersion"},
		"vantage":       {words: "--vantage sideways", code: 2, says: "--vantage sideways: not a way to call functions", hint: "invoke, http or both"},
		"two documents": {words: "--vantage both --json", code: 2, says: "--json prints one document", hint: "--vantage invoke or http"},
		"may not run": {change: func(a *awstest.Account) {
			a.Change(rustFunction, func(f *awstest.Function) { f.Reserved = &zero })
		}, code: 1, says: rustFunction + " may not run: its reserved concurrency is 0", hint: "delete-function-concurrency"},
		"nothing unreserved": {change: func(a *awstest.Account) { a.Concurrency, a.Unreserved = 1000, -1 }, code: 1, says: "no function without reserved concurrency may run in us-east-1: all 1000 are reserved", hint: "reserved concurrency"},
		"hidden variables": {change: func(a *awstest.Account) {
			a.Change(goFunction, func(f *awstest.Function) { f.Hidden = "Lambda was unable to decrypt" })
		}, code: 1, says: goFunction + " does not show its environment variables: Lambda was unable to decrypt", hint: "kms:Decrypt"},
		"control plane throttled": {change: func(a *awstest.Account) {
			a.Fault = func(action string, n int) *awstest.Refusal {
				if action == "lambda:UpdateFunctionConfiguration" {
					return &awstest.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate exceeded"}
				}
				return nil
			}
		}, code: 1, says: "change the configuration of multi-runtime-benchmark-", hint: "too many ask at once"},
		"update fails": {change: func(a *awstest.Account) {
			a.Change(goFunction, func(f *awstest.Function) { f.Fails = "The role is gone." })
		}, code: 1, says: "the last update of " + goFunction + " failed: InternalError The role is gone.", hint: "deploy it again"},
		"Lambda is down": {change: func(a *awstest.Account) {
			a.Fault = func(action string, n int) *awstest.Refusal {
				if action == "lambda:GetFunction" && n == 3 {
					return &awstest.Refusal{Status: http.StatusInternalServerError, Code: "ServiceException", Message: "An error occurred."}
				}
				return nil
			}
		}, code: 1, says: "look at the function multi-runtime-benchmark-", hint: "words"},
	} {
		t.Run(name, func(t *testing.T) {
			account, items := inAWS(t)
			if tt.change != nil {
				tt.change(account)
			}
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			code, _, stderr := measureInAWS(t.Context(), t.TempDir(), strings.Fields(tt.words)...)
			if code != tt.code || strings.Count(stderr, "error: ") != 1 || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, "hint: ") || !strings.Contains(stderr, tt.hint) {
				t.Errorf("got exit code %d and\n%s\nwant %d, %q and %q", code, stderr, tt.code, tt.says, tt.hint)
			}
			tidied(t, account, items)
		})
	}
}

// Nobody is asked who can't answer.
func TestAWSAsks(t *testing.T) {
	account, _ := inAWS(t)
	code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--yes=false")
	if code != 2 || !strings.Contains(stderr, "error: nobody is there to say yes") || !strings.Contains(stderr, "--yes") || !strings.Contains(stderr, "costs at most") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if asked := account.Asked(); asked["lambda:UpdateFunctionConfiguration"]+asked["lambda:InvokeFunction"] > 0 {
		t.Errorf("got %v, want nothing changed or called", asked)
	}
}

func TestYes(t *testing.T) {
	for said, want := range map[string]bool{"y\n": true, "Yes \n": true, "yes": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		if err := yes(t.Context(), strings.NewReader(said)); (err == nil) != want {
			t.Errorf("%q: got %v, want %v", said, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, end := io.Pipe()
	defer end.Close() //nolint:errcheck // nothing was written
	if err := yes(ctx, silent); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// A new account's limit is enough, but is told.
func TestAWSNewAccount(t *testing.T) {
	account, _ := inAWS(t)
	account.Concurrency = 10
	code, _, stderr := measureInAWS(t.Context(), t.TempDir(), "--runtime", "go")
	if code != 0 || !strings.Contains(stderr, "warning: The account may run 10 functions at a time in us-east-1.") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
}

// Throttles, faults of the service and samples of the wrong temperature do not count;
// others are made in their place, behind the plan.
func TestAWSRefusesSamples(t *testing.T) {
	nth := func(call int, r awstest.Refusal) func(*awstest.Account, *awstest.Items) {
		return func(a *awstest.Account, _ *awstest.Items) {
			a.Fault = func(action string, n int) *awstest.Refusal {
				if action == "lambda:InvokeFunction" && n == call {
					return &r
				}
				return nil
			}
		}
	}
	mended := func(call int, mend func(*report.Line)) func(*awstest.Account, *awstest.Items) {
		done := false
		return func(_ *awstest.Account, i *awstest.Items) {
			i.Mend = func(n int, line *report.Line) {
				if n == call && !done {
					done = true
					mend(line)
				}
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*awstest.Account, *awstest.Items)
		reason string
	}{
		"throttled first": {nth(1, awstest.Refusal{Status: 429, Code: "TooManyRequestsException", Message: "Rate Exceeded."}), "the first call: throttled: ConcurrentInvocationLimitExceeded"},
		"throttled warm":  {nth(9, awstest.Refusal{Status: 429, Code: "TooManyRequestsException", Message: "Rate Exceeded."}), "warm call 8: throttled: ConcurrentInvocationLimitExceeded"},
		"fault":           {nth(3, awstest.Refusal{Status: 502, Code: "ServiceException", Message: "…"}), "warm call 2: Lambda answered 502"},
		"not cold":        {mended(1, func(l *report.Line) { l.Init = 0 }), "the first call was not cold"},
		"init again": {func(a *awstest.Account, i *awstest.Items) {
			i.Before = "INIT_REPORT Init Duration: 10000.12 ms\tPhase: init\tStatus: timeout\n"
			mended(1, func(l *report.Line) { l.Init = 0 })(a, i)
		}, "first call: its init failed, or took longer than Lambda waits"},
		"cold":              {mended(5, func(l *report.Line) { l.Init = 99 * 1e6 }), "warm call 4 was cold"},
		"another's report":  {mended(4, func(l *report.Line) { l.RequestID = "another" }), "warm call 3: the log's tail has no REPORT of the call"},
		"ahead":             {mended(1, func(l *report.Line) { l.Init = time.Hour }), "first call: Lambda had initialised it ahead of the call"},
		"the former memory": {mended(1, func(l *report.Line) { l.MemorySizeMB = 128 }), "first call: it ran with 128 MB instead of 1769"},
	} {
		t.Run(name, func(t *testing.T) {
			account, items := inAWS(t)
			tt.change(account, items)
			out := t.TempDir()
			code, _, stderr := measureInAWS(t.Context(), out, "--runtime", "go")
			if code != 0 {
				t.Errorf("got exit code %d\n%s", code, stderr)
			}
			document := documentOf(t, account, items, out)
			c := document.Configurations[0]
			if len(c.Environments) != 2 || len(c.Rejected) != 1 || !strings.Contains("the "+c.Rejected[0].Reason, tt.reason) || c.Rejected[0].N != 1 {
				t.Errorf("got %d environments and %+v, want 2 and once %q", len(c.Environments), c.Rejected, tt.reason)
			}
			if last := c.Environments[1].Block; last != 2 {
				t.Errorf("got the last in block %d, want 2, behind the plan's", last)
			}
		})
	}
}

// An interrupted run puts everything back and keeps what it has.
func TestAWSInterrupted(t *testing.T) {
	account, items := inAWS(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	account.Fault = func(action string, n int) *awstest.Refusal {
		if action == "lambda:InvokeFunction" && n == 45 { // of the second environment, or the third
			cancel()
		}
		return nil
	}
	out := t.TempDir()
	code, _, stderr := measureInAWS(ctx, out)
	if code != 1 || !strings.Contains(stderr, "the run was interrupted after ") || !strings.Contains(stderr, "these are kept") || strings.Contains(stderr, "bench local") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if living, _ := items.Living(); living > 1 { // the answer of the call under way may have told of one
		t.Errorf("got %d items left", living)
	}
	if document, err := results.Load(filepath.Join(out, "results.json")); err != nil || document.Status != results.Interrupted {
		t.Errorf("got %s, %v", document.Status, err)
	}
}
