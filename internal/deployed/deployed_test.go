package deployed_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// anna has an environment of her own, with one runtime of two.
func anna() deployedtest.AWS {
	return deployedtest.AWS{
		Stacks: map[string]map[string]string{
			"MultiRuntimeBenchmarkSharedStackDevAnna": {"Url": "https://abc.execute-api.eu-west-1.amazonaws.com/dev-anna/", "ApiKeyId": "k1", "TableName": "t"},
			"MultiRuntimeBenchmarkGoStackDevAnna": {"FunctionName": "multi-runtime-benchmark-go-dev-anna", "Url": "…",
				"HostedArm64": "go-arm64", "HostedHttp": "go-http", "HostedHttpAddress": "https://def.example/", "HostedHttpAccessLogs": "logs"},
		},
		Keys:   map[string]string{"k1": "secret"},
		Refuse: map[string]deployedtest.Refusal{},
	}
}

var options = deployed.Options{Region: "eu-west-1", Runtimes: []string{"go", "rust"}}

func TestFind(t *testing.T) {
	anna().Serve(t)
	got, err := deployed.Find(context.Background(), "dev-anna", options)
	want := deployed.Environment{
		Name: "dev-anna", Region: "eu-west-1", URL: "https://abc.execute-api.eu-west-1.amazonaws.com/dev-anna", Key: "secret",
		Functions: map[string]string{"go": "multi-runtime-benchmark-go-dev-anna"},
		Hosted: map[string]map[config.Hosting]deployed.Hosted{"go": {
			config.HostingARM64: {Function: "go-arm64"}, config.HostingHTTP: {Function: "go-http", URL: "https://def.example", AccessLogs: "logs"},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// An API without a key has no output for it, and nobody is asked for one.
func TestWithoutKey(t *testing.T) {
	account := anna()
	delete(account.Stacks["MultiRuntimeBenchmarkSharedStackDevAnna"], "ApiKeyId")
	account.Refuse["apigateway"] = deployedtest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"}
	account.Serve(t)
	t.Setenv("AWS_REGION", "eu-west-1")
	got, err := deployed.Find(context.Background(), "dev-anna", deployed.Options{})
	if err != nil || got.Key != "" || got.URL == "" || got.Region != "eu-west-1" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Each failure is one line that names the thing, and says what to do.
func TestFailures(t *testing.T) {
	refuse := func(service, code, message string, status int) func(*testing.T, *deployedtest.AWS) {
		return func(_ *testing.T, a *deployedtest.AWS) {
			a.Refuse[service] = deployedtest.Refusal{Status: status, Code: code, Message: message}
		}
	}
	shared := "look for the stack MultiRuntimeBenchmarkSharedStackDevAnna: "
	tests := map[string]struct {
		change     func(*testing.T, *deployedtest.AWS)
		after      map[string]string // environment variables
		region     string
		says, hint string
		usage      bool
	}{
		"no such stack": {change: func(_ *testing.T, a *deployedtest.AWS) { a.Stacks = nil }, region: "eu-west-1",
			says: "no environment dev-anna in eu-west-1: there is no stack MultiRuntimeBenchmarkSharedStackDevAnna", hint: "--region"},
		"no region":      {says: "no AWS region: where to look?", hint: "--region eu-west-1", usage: true},
		"no credentials": {after: map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, region: "eu-west-1", says: "no AWS credentials: neither in the environment", hint: "AWS_PROFILE"},
		"no such profile": {after: map[string]string{"AWS_PROFILE": "nobody"}, region: "eu-west-1",
			says: `no AWS profile "nobody"`, hint: "list-profiles"},
		"no such region": {after: map[string]string{"AWS_ENDPOINT_URL": "http://cloudformation.nowhere.invalid"}, region: "nowhere",
			says: shared + "nobody is called cloudformation.nowhere.invalid", hint: "is nowhere a region of AWS"},
		"nobody answers": {after: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, region: "eu-west-1", says: shared, hint: "a network"},
		"not allowed to look": {change: refuse("cloudformation", "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: cloudformation:DescribeStacks", 403), region: "eu-west-1",
			says: shared + "AccessDenied: User: arn:aws:iam::1:user/x is not authorized to perform: cloudformation:DescribeStacks", hint: "allow cloudformation:DescribeStacks"},
		"expired": {change: refuse("cloudformation", "ExpiredToken", "The security token included in the request is expired", 403), region: "eu-west-1",
			says: shared + "ExpiredToken: ", hint: "sign in again"},
		"unknown credentials": {change: refuse("cloudformation", "InvalidClientTokenId", "The security token included in the request is invalid.", 403), region: "ap-east-1",
			says: shared + "InvalidClientTokenId: ", hint: "in ap-east-1"},
		"not allowed to read the key": {change: refuse("apigateway", "AccessDeniedException", "User is not authorized to perform: apigateway:GET", 403), region: "eu-west-1",
			says: "read the API key k1 of dev-anna: AccessDeniedException: ", hint: "apigateway:GET"},
		"the key was deleted": {change: func(_ *testing.T, a *deployedtest.AWS) { a.Keys = nil }, region: "eu-west-1",
			says: "read the API key k1 of dev-anna: NotFoundException: ", hint: "deploy again"},
		"half deployed": {change: func(_ *testing.T, a *deployedtest.AWS) {
			a.Stacks["MultiRuntimeBenchmarkSharedStackDevAnna"] = nil
		}, region: "eu-west-1", says: "MultiRuntimeBenchmarkSharedStackDevAnna in eu-west-1 does not tell where its API is", hint: "events"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			account := anna()
			if tt.change != nil {
				tt.change(t, &account)
			}
			account.Serve(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			for name, value := range tt.after {
				t.Setenv(name, value)
			}
			_, err := deployed.Find(context.Background(), "dev-anna", deployed.Options{Region: tt.region})
			if err == nil || !strings.HasPrefix(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line that begins with %q", err, tt.says)
			}
			if !strings.Contains(fault.Hint(err), tt.hint) || fault.IsUsage(err) != tt.usage {
				t.Errorf("got the hint %q, usage %v, want %q, %v", fault.Hint(err), fault.IsUsage(err), tt.hint, tt.usage)
			}
		})
	}
}

// The configuration's own words have lines and paths.
func TestBrokenConfiguration(t *testing.T) {
	anna().Serve(t)
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("[profile broken]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"AWS_CONFIG_FILE": path, "AWS_PROFILE": "broken", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""} {
		t.Setenv(name, value)
	}
	_, err := deployed.Find(context.Background(), "dev-anna", options)
	if err == nil || strings.Contains(err.Error(), "\n") || fault.Hint(err) == "" {
		t.Errorf("got %v, hint %q, want one line and a hint", err, fault.Hint(err))
	}
}

func TestInterrupted(t *testing.T) {
	anna().Serve(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := deployed.Find(ctx, "dev-anna", options); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// A stage's limit is read where the address tells which one it is.
func TestStageLimit(t *testing.T) {
	account := deployedtest.AWS{StageRate: 50, Refuse: map[string]deployedtest.Refusal{}}
	account.Serve(t)
	settings, err := deployed.Connect(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	const address = "https://abc.execute-api.eu-west-1.amazonaws.com/dev/"
	for at, want := range map[string]float64{address: 50, "https://api.example.com/": 0, "http://127.0.0.1:8080/dev": 0} {
		if got, err := deployed.StageLimit(t.Context(), settings, at); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", at, got, err, want)
		}
	}
	account.Refuse["apigateway"] = deployedtest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"}
	if _, err := deployed.StageLimit(t.Context(), settings, address); err == nil || !strings.Contains(fault.Hint(err), "apigateway:GET on /restapis/*/stages/*") {
		t.Errorf("got %v with the hint %q", err, fault.Hint(err))
	}
	deployedtest.AWS{}.Serve(t)
	if settings, err = deployed.Connect(t.Context(), "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	if got, err := deployed.StageLimit(t.Context(), settings, address); err != nil || got != 0 {
		t.Errorf("without a limit: got %v, %v", got, err)
	}
}
