//go:build k6

package k6test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/k6"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/loadtesttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func findK6(t *testing.T) string {
	t.Helper()
	path, err := exec.Command("./find-k6.sh").Output()
	if err != nil {
		t.Fatalf("there is no k6: make k6-test builds it (%v)", err)
	}
	return strings.TrimSpace(string(path))
}

// run runs k6 against an API and returns its exit code and what it printed.
func run(t *testing.T, api *loadtesttest.API, script string, arguments ...string) (int, string) {
	t.Helper()
	server := httptest.NewServer(api)
	defer server.Close()
	command := exec.CommandContext(t.Context(), findK6(t), append(append([]string{"run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0"}, arguments...), script)...)
	command.Env = append(os.Environ(), "BASE_URL="+server.URL, "RUNTIMES=go,rust", "API_KEY="+api.Key)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String()
}

func TestEveryScriptIsRead(t *testing.T) {
	for _, path := range scenarios(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		out, err := exec.Command(findK6(t), "inspect", "--execution-requirements", "-e", "RUNTIMES=go,rust", name+".js").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
			continue
		}
		for _, want := range []string{`"dropped_iterations": [`, `"call_errors{runtime:rust}": [`, `"call_duration{runtime:go}": [`, `arrival-rate"`} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: got no %s in\n%s", name, want, out)
			}
		}
	}
}

func TestASmokeTestThatPasses(t *testing.T) {
	api := &loadtesttest.API{Key: "secret"}
	code, out := run(t, api, "smoke.js", "-e", "RATE=40", "-e", "DURATION=3s")
	if code != 0 || strings.Contains(out, "✗") || api.Left() != 0 {
		t.Errorf("got exit code %d and %d items left:\n%s", code, api.Left(), out)
	}
}

func TestThresholdsFailWithTheirNames(t *testing.T) {
	api := &loadtesttest.API{Spoil: func(_ int, r *http.Request) int {
		if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/rust/") {
			return http.StatusServiceUnavailable
		}
		return 0
	}}
	code, out := run(t, api, "smoke.js", "-e", "RATE=40", "-e", "DURATION=3s")
	if code != 99 || !strings.Contains(out, "call_errors{runtime:rust}' have been crossed") && !strings.Contains(out, "'call_errors{runtime:rust}' has been crossed") || strings.Contains(out, "call_errors{runtime:go}' ha") || api.Left() != 0 {
		t.Errorf("got exit code %d, %d items left:\n%s", code, api.Left(), out)
	}
}

// imported are the calls that k6 wrote into files, by runtime and operation.
func imported(t *testing.T, files ...string) (map[string]int64, results.LoadTest) {
	t.Helper()
	reader := k6.NewReader(k6.Options{Window: time.Second})
	for _, file := range files {
		if err := reader.File(file); err != nil {
			t.Fatal(err)
		}
	}
	recorder, test := reader.Result()
	doc := recorder.Document(loadtest.About{Tool: results.Tool{Version: "1"}, Test: test})
	if err := doc.Check(); err != nil {
		t.Fatal(err)
	}
	calls := map[string]int64{}
	for _, c := range doc.Configurations {
		for _, w := range c.Windows {
			for name, o := range w.Operations {
				calls[c.Runtime+" "+name] += o.N
			}
			if w.Cold != nil {
				calls["cold"] += w.Cold.N
			}
		}
	}
	return calls, test
}

// TestK6SendsWhatTheScenarioSays compares what k6 sent with what bench load would.
func TestK6SendsWhatTheScenarioSays(t *testing.T) {
	scenario, err := loadtest.ReadScenario("scenarios/load.json")
	if err != nil {
		t.Fatal(err)
	}
	points := filepath.Join(t.TempDir(), "points.json.gz")
	api := &loadtesttest.API{}
	if code, out := run(t, api, "load.js", "-e", "RATE=40", "-e", "DURATION=3s", "--out", "json="+points); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, out)
	}
	got, test := imported(t, points)
	order, want := loadtest.NewOrder(scenario.Seed, []string{"go", "rust"}, scenario.Mix), map[string]int64{}
	for k := range *test.Iterations {
		call := order.Call(k)
		want[call.Runtime+" "+call.Operation]++
	}
	if *test.Iterations < 120 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v in %d iterations, want %v", got, *test.Iterations, want)
	}
}

// TestInstancesOfOneTest runs three instances side by side, each with its segment, as
// k6-operator does: together they send the calls of one, none twice.
func TestInstancesOfOneTest(t *testing.T) {
	segments := []string{"0:1/3", "1/3:2/3", "2/3:1"}
	folder := t.TempDir()
	one := filepath.Join(folder, "one.json")
	rate := []string{"-e", "RATE=60", "-e", "DURATION=3s"}
	if code, out := run(t, &loadtesttest.API{}, "load.js", append(rate, "--out", "json="+one)...); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, out)
	}
	type result struct {
		code int
		out  string
	}
	ended := make(chan result)
	var files []string
	for i, segment := range segments {
		file := filepath.Join(folder, fmt.Sprintf("part-%d.json.gz", i))
		files = append(files, file)
		go func() {
			code, out := run(t, &loadtesttest.API{}, "load.js", append(rate, "--out", "json="+file, "--execution-segment", segment, "--execution-segment-sequence", "0,1/3,2/3,1")...)
			ended <- result{code, out}
		}()
	}
	for range segments {
		if r := <-ended; r.code != 0 {
			t.Errorf("got exit code %d:\n%s", r.code, r.out)
		}
	}
	whole, _ := imported(t, one)
	together, test := imported(t, files...)
	if test.Parts != 3 || fmt.Sprint(whole) != fmt.Sprint(together) {
		t.Errorf("got %v of three instances, want %v as of one", together, whole)
	}
}
