package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// host deploys a hosting of a runtime beside its function, and returns its name.
func host(account *awstest.Account, items *awstest.Items, runtime string, h config.Hosting, f awstest.Function) string {
	stack := config.StackName(runtime, config.Dev)
	f.Name = config.VariantFunctionName(runtime, string(h), config.Dev)
	f.Code, f.LambdaRuntime, f.MemoryMB, f.Start = []byte(runtime), "provided.al2023", 1769, items.Start
	f.Variables = map[string]string{"TABLE_NAME": "t", "TOKEN": secret}
	account.Deploy(stack+string(h), f)
	account.Stacks[stack][config.HostedOutput(h)] = f.Name
	return f.Name
}

// kotlin deploys its function, too.
func kotlin(account *awstest.Account, items *awstest.Items) {
	account.Deploy(config.StackName("kotlin", config.Dev), awstest.Function{
		Name: "multi-runtime-benchmark-kotlin-dev", Description: "Kotlin, variant stock", Code: []byte("kotlin"), LambdaRuntime: "java25",
		MemoryMB: 1769, Variables: map[string]string{"TABLE_NAME": "t", "TOKEN": secret}, Start: items.Start,
	})
}

// kindsOf counts a configuration's environments by kind.
func kindsOf(c results.Configuration) map[results.ColdKind]int {
	n := map[results.ColdKind]int{}
	for _, e := range c.Environments {
		n[e.Kind]++
	}
	return n
}

// reported wants words in the page of a run.
func reported(t *testing.T, out string, words ...string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range words {
		if !strings.Contains(string(page), want) {
			t.Errorf("got no %q in the report", want)
		}
	}
}

// Hostings stand beside their runtime's function in one document, each with the kinds of
// cold start that it can have; all are put back.
func TestAWSHostings(t *testing.T) {
	account, items := inAWS(t)
	kotlin(account, items)
	host(account, items, "kotlin", config.HostingARM64, awstest.Function{Description: "Kotlin, variant stock", Arch: config.ARM64})
	snapped := &awstest.Items{Restored: true}
	host(account, snapped, "kotlin", config.HostingSnapStart, awstest.Function{Description: "Kotlin, variant snapstart", SnapStart: true})
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, "--runtime", "kotlin", "--hosting", "kotlin:snapstart,kotlin:arm64", "--cold", "forced,restored")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{"Kotlin, Kotlin on arm64, Kotlin snapstart\n", "Kotlin on arm64 has no cold starts of the kind restored: left out", "planned: 8 environments"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	document := documentOf(t, account, items, out)
	got := map[string]map[results.ColdKind]int{}
	for _, c := range document.Configurations {
		got[c.Key()] = kindsOf(c)
	}
	for key, want := range map[string]map[results.ColdKind]int{
		"kotlin/stock/1769/x86_64":     {results.Forced: 2},
		"kotlin/stock/1769/arm64":      {results.Forced: 2},
		"kotlin/snapstart/1769/x86_64": {results.Forced: 2, results.Restored: 2},
	} {
		if len(got) != 3 || got[key][results.Forced] != want[results.Forced] || got[key][results.Restored] != want[results.Restored] {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	reported(t, out, "stock, 1,769 MB, arm64, forced cold starts", "stock, 1,769 MB, x86_64, restored cold starts", "Kotlin (snapstart)")
}

// What is not deployed, or can't be, is said in one line before anything is changed.
func TestAWSHostingsRefused(t *testing.T) {
	for words, want := range map[string]struct {
		code       int
		says, hint string
	}{
		"--hosting go:arm64":                                  {1, "dev in us-east-1 has no hosting arm64 of go", "cdk deploy -c hosting=go:arm64"},
		"--hosting go:moon":                                   {2, `--hosting: got "go:moon", want a hosting that there is`, "known hostings: "},
		"--hosting python:arm64":                              {2, `--hosting: unknown runtime "python"`, "known runtimes: "},
		"--runtime rust --hosting rust:provisioned":           {2, "--cold forced: multi-runtime-benchmark-rust-provisioned-dev keeps environments ready", "--cold provisioned"},
		"--runtime rust --cold provisioned":                   {2, "--cold provisioned: " + rustFunction + " keeps no environment ready", "--hosting"},
		"--hosting go:instances":                              {2, `--hosting: got "go:instances", want a managed runtime of Java 21`, "leave it out"},
		"--runtime kotlin --hosting kotlin:instances":         {2, "--hosting kotlin:instances: what runs on instances is there before anybody calls it", "leave it out"},
		"--hosting go:snapstart":                              {2, `--hosting: got "go:snapstart", want a runtime that has a variant with SnapStart`, "Java, Python"},
		"--runtime rust --hosting rust:arm64 --cold restored": {2, "--cold restored: " + rustFunction + " has no SnapStart", "--runtime"},
	} {
		account, items := inAWS(t)
		host(account, items, "rust", config.HostingARM64, awstest.Function{Arch: config.ARM64})
		host(account, items, "rust", config.HostingProvisioned, awstest.Function{})
		kotlin(account, items)
		host(account, items, "kotlin", config.HostingInstances, awstest.Function{})
		code, _, stderr := measureInAWS(t.Context(), t.TempDir(), strings.Fields(words)...)
		if code != want.code || strings.Count(stderr, "error: ") != 1 || !strings.Contains(stderr, want.says) || !strings.Contains(stderr, want.hint) {
			t.Errorf("%s: got exit code %d and\n%s\nwant %d, %q and %q", words, code, stderr, want.code, want.says, want.hint)
		}
		unchanged(t, account)
	}
}

// ready makes Lambda report an init that was made long before the first call.
func ready(n int, line *report.Line) {
	if n == 1 {
		line.Init = time.Hour
	}
}

// What is kept ready stands beside its runtime's function under its own name; its init is
// in no call's time. No version and no environment is left, also after a crash.
func TestAWSProvisioned(t *testing.T) {
	account, items := inAWS(t)
	name := host(account, &awstest.Items{Mend: ready}, "go", config.HostingProvisioned, awstest.Function{Description: "Go, variant provisioned", Slow: 1})
	words := []string{"--runtime", "go", "--hosting", "go:provisioned", "--cold", "forced,provisioned"}
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, words...)
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{"Go, Go provisioned\n", "Go has no cold starts of the kind provisioned: left out", "Go provisioned has no cold starts of the kind forced: left out", "published versions are deleted again"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	reported(t, out, "Go (provisioned)", "provisioned cold starts")
	document := documentOf(t, account, items, out)
	runtime, _ := document.Runtime("go")
	if v, _ := runtime.Variant("provisioned"); v.Hosting != "provisioned" || v.Default || len(v.Settings) == 0 {
		t.Errorf("got the variant %+v", v)
	}
	for _, c := range document.Configurations {
		for _, e := range c.Environments {
			if made := e.Kind == results.Provisioned; made != (c.Variant == "provisioned") || made && (e.Init.WallMs != results.Ms(time.Hour) || e.AwaitedMs() != 0) {
				t.Errorf("%s: got %s with the init %+v", c.Key(), e.Kind, e.Init)
			}
		}
	}
	expire(account, account.Asked()["lambda:InvokeFunction"]+10)
	if code, _, stderr := measureInAWS(t.Context(), t.TempDir(), words...); code != 1 || !strings.Contains(stderr, "sign in again") {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	account.Fault = nil
	if code, _, stderr := called("aws", "restore"); code != 0 {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	unchanged(t, account)
	if left := account.Versions(name); len(left) > 0 {
		t.Errorf("got the versions %v left", left)
	}
}

// behindHTTPAPI has Go's function behind an HTTP API of its own, too.
func behindHTTPAPI(t *testing.T) (*awstest.Account, *awstest.Items) {
	t.Helper()
	account, items := behindAPI(t)
	name := host(account, &awstest.Items{Short: true}, "go", config.HostingHTTP, awstest.Function{Description: "Go, variant http"})
	stack := account.Stacks[config.StackName("go", config.Dev)]
	stack[config.HostedOutput(config.HostingHTTP)+config.HostedAddress] = account.ServeHTTPAPI(t, name)
	stack[config.HostedOutput(config.HostingHTTP)+config.HostedAccessLogs] = awstest.HTTPAccessLogs
	return account, items
}

// An HTTP API stands beside the REST API: its requests are signed, its key is nobody's,
// and each call is joined to its REPORT by its own access log.
func TestAWSBehindHTTPAPI(t *testing.T) {
	account, items := behindHTTPAPI(t)
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, "--vantage", "http", "--runtime", "go", "--hosting", "go:http", "--idle", "1ms")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	document := documentOf(t, account, items, out)
	for i, want := range []string{"stock", "http"} {
		c := document.Configurations[i]
		if len(document.Configurations) != 2 || c.Variant != want || c.Status != results.Measured || len(c.Environments) != 2 || len(c.Rejected) > 0 {
			t.Errorf("%s: got %s with %d environments and %v", c.Key(), c.Status, len(c.Environments), c.Rejected)
		}
		for _, e := range c.Environments {
			if e.Kind != results.Idle || e.FirstCall.Client == nil || e.Init.WallMs != results.Ms(awstest.InitTime) {
				t.Errorf("%s: got %+v", c.Key(), e)
			}
		}
	}
	reported(t, out, "Go (http)")
}

func TestAWSBehindHTTPAPIRefused(t *testing.T) {
	for words, want := range map[string]struct {
		code       int
		says, hint string
	}{
		"--hosting go:http":                                    {2, "--vantage invoke: multi-runtime-benchmark-go-http-dev is set apart by its HTTP API alone", "--vantage http"},
		"--hosting go:arm64 --vantage http":                    {2, "--vantage http: no route leads to multi-runtime-benchmark-go-arm64-dev", "--vantage invoke"},
		"--hosting go:http --vantage http --idle 1ms unsigned": {1, "its HTTP API answered 403", "allow execute-api:Invoke"},
	} {
		account, _ := behindHTTPAPI(t)
		host(account, &awstest.Items{}, "go", config.HostingARM64, awstest.Function{Arch: config.ARM64})
		fields := strings.Fields(words)
		if account.Unsigned = fields[len(fields)-1] == "unsigned"; account.Unsigned {
			fields = fields[:len(fields)-1]
		}
		code, _, stderr := measureInAWS(t.Context(), t.TempDir(), append(fields, "--runtime", "go")...)
		if code != want.code || !strings.Contains(stderr, want.says) || !strings.Contains(stderr, want.hint) {
			t.Errorf("%s: got exit code %d and\n%s\nwant %d, %q and %q", words, code, stderr, want.code, want.says, want.hint)
		}
		unchanged(t, account)
	}
}

// A function from an image is measured as any other; that nobody can tell what it was
// made of is a warning.
func TestAWSFromAnImage(t *testing.T) {
	account, items := inAWS(t)
	host(account, items, "go", config.HostingImage, awstest.Function{Description: "Go, variant image", Image: true})
	out := t.TempDir()
	code, _, stderr := measureInAWS(t.Context(), out, "--runtime", "go", "--hosting", "go:image")
	if code != 0 || !strings.Contains(stderr, "Go image runs the image ") || !strings.Contains(stderr, "is not known here") {
		t.Errorf("got exit code %d\n%s", code, stderr)
	}
	document := documentOf(t, account, items, out)
	if len(document.Configurations) != 2 || len(document.Artifacts) != 1 {
		t.Fatalf("got %d configurations and %d artifacts", len(document.Configurations), len(document.Artifacts))
	}
	for i, want := range []string{"stock", "image"} {
		if c := document.Configurations[i]; c.Variant != want || c.Status != results.Measured || kindsOf(c)[results.Forced] != 2 {
			t.Errorf("%s: got %s with %v", c.Key(), c.Status, kindsOf(c))
		}
	}
}
