package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// behindAPI has the same functions behind their API, with its key and access logs.
func behindAPI(t *testing.T) (*awstest.Account, *awstest.Items) {
	t.Helper()
	account, items := inAWS(t)
	items.Short, account.APIKey = true, "the API's key"
	account.Keys = map[string]string{"k1": account.APIKey}
	account.Stacks["MultiRuntimeBenchmarkSharedStack"] = map[string]string{
		"Url": account.ServeAPI(t, map[string]string{"/go": goFunction, "/rust": rustFunction}), "ApiKeyId": "k1", "AccessLogs": awstest.AccessLogs,
	}
	return account, items
}

// Both vantages measure the same functions: by Invoke, and through the API, where
// nothing is changed and each call is joined to its REPORT.
func TestAWSVantages(t *testing.T) {
	account, items := behindAPI(t)
	out := t.TempDir()
	code, stdout, stderr := measureInAWS(t.Context(), out, "--vantage", "both", "--runtime", "go", "--idle", "1ms")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{"$LATEST, 2 times", "nothing is changed: the API is called as its users call it", "idle: 2 waits"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	if strings.Contains(stdout+stderr, account.APIKey) {
		t.Error("got the API's key printed")
	}
	if n := account.Asked()["cloudwatch:DescribeAlarms"]; n != 1 {
		t.Errorf("got asked for alarms %d times, want once for both", n)
	}
	for _, want := range []string{"functions invoked directly", "through the HTTP API"} {
		if !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
			t.Errorf("got %s\nwant %q", stdout, want)
		}
	}
	for folder, want := range map[string]struct {
		vantage results.Vantage
		kind    results.ColdKind
	}{"": {results.Invoke, results.Forced}, "http": {results.HTTP, results.Idle}} {
		document := documentOf(t, account, items, filepath.Join(out, folder))
		c := document.Configurations[0]
		if document.Source.Vantage != want.vantage || c.Status != results.Measured || len(c.Environments) != 2 || len(c.Rejected) > 0 {
			t.Errorf("%s: got %s with %d environments of %s and %v", want.vantage, c.Status, len(c.Environments), document.Source.Vantage, c.Rejected)
		}
		for _, e := range c.Environments {
			through := want.vantage == results.HTTP
			if e.Kind != want.kind || (e.FirstCall.Client != nil) != through || e.Init.WallMs != results.Ms(awstest.InitTime) || len(e.Curve) != 20 || e.Curve[0].ClientMs == nil || e.Curve[0].DurationMs == nil {
				t.Errorf("%s: got %+v", want.vantage, e)
			}
		}
	}
}

// What is missing in the logs, warm, or another environment's is refused and counted.
func TestAWSThroughAPIRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*awstest.Account, *awstest.Items)
		reason string
	}{
		"kept": {func(_ *awstest.Account, i *awstest.Items) { i.Short = false }, "the first call was not cold"},
		"other": {func(a *awstest.Account, _ *awstest.Items) {
			a.Stream = func(n int, is string) string {
				if n%7 == 0 {
					return "another"
				}
				return is
			}
		}, "was answered by another environment"},
		"expired": {func(a *awstest.Account, _ *awstest.Items) { expireAt(a, "logs:StartQuery", 3) }, ""},
		"no key":  {func(a *awstest.Account, _ *awstest.Items) { a.APIKey = "a new one" }, ""},
		"no logs": {func(a *awstest.Account, _ *awstest.Items) {
			delete(a.Stacks["MultiRuntimeBenchmarkSharedStack"], "AccessLogs")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			account, items := behindAPI(t)
			tt.change(account, items)
			out := t.TempDir()
			code, _, stderr := measureInAWS(t.Context(), out, "--vantage", "http", "--runtime", "go", "--idle", "1ms")
			defer func() {
				if t.Failed() {
					t.Log(stderr)
				}
			}()
			if code != 1 {
				t.Errorf("got exit code %d, want 1", code)
			}
			unchanged(t, account)
			switch name {
			case "no key":
				if !strings.Contains(stderr, "API Gateway answered 403 ForbiddenException") || !strings.Contains(stderr, "hint: ") {
					t.Errorf("got %s", stderr)
				}
				return
			case "expired":
				if !strings.Contains(stderr, "ask the log group ") || !strings.Contains(stderr, "sign in again") || strings.Count(stderr, "error: ") != 1 {
					t.Errorf("got %s", stderr)
				}
				return
			case "no logs":
				if !strings.Contains(stderr, "writes no access logs") || !strings.Contains(stderr, "hint: deploy with -c accessLogs=true") {
					t.Errorf("got %s", stderr)
				}
				return
			}
			document := documentOf(t, account, items, out)
			if c := document.Configurations[0]; c.Status != results.Failed || len(c.Rejected) == 0 || !strings.Contains(c.Rejected[0].Reason, tt.reason) {
				t.Errorf("got %+v, want %q", c.Rejected, tt.reason)
			}
		})
	}
}

// What would change what the API's users meet is refused, before anything is measured.
func TestAWSThroughAPIUsage(t *testing.T) {
	account, _ := behindAPI(t)
	for words, want := range map[string]string{
		"--cold forced": "--cold forced: through the API, cold starts are those behind idling",
		"--memory 512":  "--memory 512: the API calls " + goFunction + " as it is deployed, with 1769 MB",
	} {
		code, _, stderr := measureInAWS(t.Context(), t.TempDir(), append(strings.Fields(words), "--vantage", "http", "--runtime", "go")...)
		if code != 2 || !strings.Contains(stderr, want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: got exit code %d and %s, want %q", words, code, stderr, want)
		}
	}
	for action := range account.Asked() {
		if strings.HasPrefix(action, "logs:") {
			t.Errorf("got %s asked for", action)
		}
	}
}
