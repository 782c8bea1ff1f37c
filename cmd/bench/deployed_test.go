package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
)

// deploy puts dev-anna into an account, with Go's function alone: its API answers
// /go/health to who sends the key, and counts these. It returns the API's URL.
func deploy(t *testing.T) (url string, answered *int) {
	t.Helper()
	answered = new(int)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("X-Api-Key") != "it's secret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/dev-anna/go/health" {
			*answered++
			for name, value := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Cold-Start": "false", "X-Runtime": "go"} {
				w.Header().Set(name, value)
			}
			fmt.Fprint(w, `{"status":"ok","runtime":"go","runtimeVersion":"1","framework":"gin","architecture":"x86_64","memoryLimitMb":1769,"coldStart":false,"version":"1.0.0"}`)
		}
	}))
	t.Cleanup(api.Close)
	deployedtest.AWS{
		Stacks: map[string]map[string]string{
			"MultiRuntimeBenchmarkSharedStackDevAnna": {"Url": api.URL + "/dev-anna/", "ApiKeyId": "k1"},
			"MultiRuntimeBenchmarkGoStackDevAnna":     {"FunctionName": "multi-runtime-benchmark-go-dev-anna"},
		},
		Keys: map[string]string{"k1": "it's secret"},
	}.Serve(t)
	t.Setenv("AWS_REGION", "eu-west-1")
	return api.URL + "/dev-anna", answered
}

func called(words ...string) (code int, stdout, stderr string) {
	var out, said bytes.Buffer
	code = run(context.Background(), words, strings.NewReader(""), &out, &said)
	return code, out.String(), said.String()
}

func TestVerifyDeployed(t *testing.T) {
	url, answered := deploy(t)
	for _, more := range [][]string{nil, {"--runtime", "go"}, {"--base-url", url}} {
		*answered = 0
		code, _, stderr := called(append([]string{"verify", "--environment", "dev", "--suffix", "anna", "--case", "health/shape"}, more...)...)
		if code != 0 || *answered == 0 {
			t.Errorf("%v: got exit code %d after %d requests with the key\n%s", more, code, *answered, stderr)
		}
		if left := strings.Contains(stderr, "dev-anna in eu-west-1 has no "); left != (len(more) == 0 || more[0] != "--runtime") {
			t.Errorf("%v: got %q, want it said who is not there, and only that", more, stderr)
		}
	}
	for words, want := range map[string]struct {
		code       int
		says, hint string
	}{
		"--environment dev --suffix anna --runtime rust": {1, "dev-anna in eu-west-1 has no rust", "deploy it"},
		"--environment dev":                                   {1, "no environment dev in eu-west-1", "deploy it"},
		"--environment production":                            {2, `unknown environment "production"`, "dev, staging, prod"},
		"--environment dev --suffix Anna":                     {2, "--suffix Anna: not a suffix", "small letters"},
		"--suffix anna":                                       {2, "--suffix and --region are about a deployed environment", "--environment dev"},
		"--environment dev --suffix anna --variant go:tuned":  {2, "--base-url and --environment say where", "leave one"},
		"--environment dev --suffix anna --differential 1000": {2, "--differential takes", "--help"},
	} {
		code, _, stderr := called(append([]string{"verify"}, strings.Fields(words)...)...)
		if code != want.code || !strings.Contains(stderr, "error: "+want.says) || !strings.Contains(stderr, want.hint) {
			t.Errorf("%s: got exit code %d and %q, want %d, %q and %q", words, code, stderr, want.code, want.says, want.hint)
		}
	}
}

func TestTarget(t *testing.T) {
	url, _ := deploy(t)
	code, stdout, stderr := called("target", "--suffix", "anna")
	if want := "URL='" + url + "'\nKEY='it'\\''s secret'\n"; code != 0 || stdout != want || stderr != "" {
		t.Errorf("got exit code %d, %q, %q, want %q", code, stdout, stderr, want)
	}
	code, stdout, stderr = called("target", "--suffix", "anna", "--json")
	var got struct {
		URL, Key  string
		Functions map[string]string
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || got.URL != url || got.Key != "it's secret" || got.Functions["go"] == "" || len(got.Functions) != 1 {
		t.Errorf("got exit code %d, %v, %s%s", code, err, stdout, stderr)
	}
}
