package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What AWS's Runtime Interface Emulator is tested for, in our own words: the same
// behaviour through the same call. docs/emulator.md says which of its tests are which.

// probe does what its event asks for.
const probe = `import json, os, threading

def handler(event, context):
    match event["do"]:
        case "answer":
            print("a line of the log")
            return "it worked"
        case "variable":
            return os.environ.get(event["name"])
        case "arn":
            return context.invoked_function_arn
        case "left":
            return context.get_remaining_time_in_millis()
        case "custom":
            return context.client_context.custom
        case "raise":
            raise ValueError("raised on purpose")
        case "exit":
            os._exit(3)
        case "hang":
            threading.Event().wait()
`

// guestOf writes a function into a folder of its own.
func guestOf(t *testing.T, dir, name, source, more string) string {
	t.Helper()
	folder := filepath.Join(dir, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := "name: " + name + "\nlambdaRuntime: python3.13\nhandler: main.handler\nbuild: cp main.py \"$BENCH_OUTPUT/\"\nintegration: event\n" + more
	for file, content := range map[string]string{"main.py": source, "runtime.yaml": manifest} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// invoked is an answer of the Invoke API.
type invoked struct {
	status        int
	functionError string
	body          string
}

func invokeFunction(t *testing.T, base, function, event string, header http.Header) invoked {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/2015-03-31/functions/"+function+"/invocations", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(request.Header, header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return invoked{response.StatusCode, response.Header.Get("X-Amz-Function-Error"), string(body)}
}

// failure is how Lambda words one.
type failure struct {
	ErrorType    string   `json:"errorType"`
	ErrorMessage string   `json:"errorMessage"`
	StackTrace   []string `json:"stackTrace"`
}

func failed(t *testing.T, got invoked) failure {
	t.Helper()
	var f failure
	if err := json.Unmarshal([]byte(got.body), &f); err != nil || got.status != http.StatusOK || got.functionError != "Unhandled" {
		t.Fatalf("got %+v (%v), want a function error with status 200", got, err)
	}
	return f
}

func TestWhatAWSsEmulatorIsTestedFor(t *testing.T) {
	root, cache := t.TempDir(), t.TempDir()
	one := serving(t, "-C", root, "--runtime", guestOf(t, cache, "probe", probe, `env: {MyEnv: "4=4"}`+"\n"))
	several := []string{"-C", root}
	for name, more := range map[string]string{"brief": "timeout: 1\n", "three": "timeout: 3\n", "long": "timeout: 600\n", "my-cool-name": ""} {
		several = append(several, "--runtime", guestOf(t, cache, name, probe, more))
	}
	several = append(several, "--runtime", guestOf(t, cache, "no-module", "import nowhere\n", ""))
	several = append(several, "--runtime", guestOf(t, cache, "no-start", "import os\nos._exit(1)\n", ""))
	others := serving(t, several...)
	says := func(t *testing.T, base, function, event, want string) {
		t.Helper()
		if got := invokeFunction(t, base, function, event, nil); got != (invoked{200, "", want}) {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	left := func(t *testing.T, function string, from, to int) {
		t.Helper()
		got := invokeFunction(t, others, function, `{"do": "left"}`, nil)
		var ms int
		if err := json.Unmarshal([]byte(got.body), &ms); err != nil || ms <= from || ms > to {
			t.Errorf("got %+v, want more than %d ms and at most %d", got, from, to)
		}
	}
	cases := map[string]func(*testing.T){
		"a variable with an equals sign": func(t *testing.T) { says(t, one, "function", `{"do": "variable", "name": "MyEnv"}`, `"4=4"`) },
		"two calls": func(t *testing.T) {
			says(t, one, "function", `{"do": "answer"}`, `"it worked"`)
			says(t, one, "function", `{"do": "answer"}`, `"it worked"`)
		},
		"the function's ARN": func(t *testing.T) {
			says(t, one, "function", `{"do": "arn"}`, `"arn:aws:lambda:us-east-1:123456789012:function:multi-runtime-benchmark-probe-dev"`)
		},
		"the ARN of a name of one's own": func(t *testing.T) {
			says(t, others, "my-cool-name", `{"do": "arn"}`, `"arn:aws:lambda:us-east-1:123456789012:function:multi-runtime-benchmark-my-cool-name-dev"`)
		},
		"the function knows its name": func(t *testing.T) {
			says(t, others, "my-cool-name", `{"do": "variable", "name": "AWS_LAMBDA_FUNCTION_NAME"}`, `"multi-runtime-benchmark-my-cool-name-dev"`)
			folder := guestOf(t, t.TempDir(), "named", probe, "env: {AWS_LAMBDA_FUNCTION_NAME: MyCoolName}\n")
			if code, said := benchIn(t, root, "build", folder); code != 2 || !strings.Contains(said, "a variable that Lambda reserves") {
				t.Errorf("got exit code %d and %s, want the variable refused, as Lambda does", code, said)
			}
		},
		"a call that takes too long": func(t *testing.T) {
			f := failed(t, invokeFunction(t, others, "brief", `{"do": "hang"}`, nil))
			if f.ErrorType != "Sandbox.Timedout" || !strings.HasSuffix(f.ErrorMessage, "Error: Task timed out after 1.00 seconds") {
				t.Errorf("got %+v, want Lambda's words for a time-out", f)
			}
		},
		"an exception": func(t *testing.T) {
			f := failed(t, invokeFunction(t, one, "function", `{"do": "raise"}`, nil))
			if f.ErrorType != "ValueError" || f.ErrorMessage != "raised on purpose" || len(f.StackTrace) != 1 ||
				f.StackTrace[0] != "  File \"/var/task/main.py\", line 17, in handler\n    raise ValueError(\"raised on purpose\")\n" {
				t.Errorf("got %+v, want the exception with where it was raised", f)
			}
		},
		"the time that is left of three seconds":   func(t *testing.T) { left(t, "three", 0, 3000) },
		"the time that is left of ten minutes":     func(t *testing.T) { left(t, "long", 300_000, 600_000) },
		"the time that is left if nobody says":     func(t *testing.T) { left(t, "my-cool-name", 3000, 28_000) },
		"a client's context":                       func(t *testing.T) { clientContext(t, one) },
		"a runtime that ends in a call":            func(t *testing.T) { exits(t, one) },
		"a runtime that ends before its first one": func(t *testing.T) { startsBadly(t, others, "no-start", "Runtime.ExitError") },
		"an init that fails":                       func(t *testing.T) { startsBadly(t, others, "no-module", "Runtime.ImportModuleError") },
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, cases[name])
	}
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, match := range regexp.MustCompile(`(?m)^\| .* \| (?:yes|yes, in Lambda's words): ([^|]+) \|`).FindAllStringSubmatch(string(page), -1) {
		named = append(named, strings.TrimSpace(match[1]))
	}
	slices.Sort(named)
	if want := slices.Sorted(maps.Keys(cases)); !slices.Equal(slices.Compact(named), want) {
		t.Errorf("docs/emulator.md: got the tests\n%s\nwant\n%s", strings.Join(named, "\n"), strings.Join(want, "\n"))
	}
}

func clientContext(t *testing.T, base string) {
	given := base64.StdEncoding.EncodeToString([]byte(`{"custom": {"foo": "bar", "baz": 123}}`))
	got := invokeFunction(t, base, "function", `{"do": "custom"}`, http.Header{"X-Amz-Client-Context": {given}})
	var custom map[string]any
	if err := json.Unmarshal([]byte(got.body), &custom); err != nil || fmt.Sprint(custom) != "map[baz:123 foo:bar]" {
		t.Errorf("got %+v (%v), want the client's own values", got, err)
	}
}

func exits(t *testing.T, base string) {
	f := failed(t, invokeFunction(t, base, "function", `{"do": "exit"}`, nil))
	if f.ErrorType != "Runtime.ExitError" || !strings.HasSuffix(f.ErrorMessage, "Error: Runtime exited with error: exit status 3") {
		t.Errorf("got %+v, want that the runtime has exited", f)
	}
	if got := invokeFunction(t, base, "function", `{"do": "answer"}`, nil); got.body != `"it worked"` {
		t.Errorf("got %+v, want the function to work again", got)
	}
}

func startsBadly(t *testing.T, base, function, want string) {
	if f := failed(t, invokeFunction(t, base, function, `{}`, nil)); f.ErrorType != want {
		t.Errorf("got %+v, want %s", f, want)
	}
}
