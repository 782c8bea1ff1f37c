package processes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/loadtesttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func job(of int) loadtest.Job {
	mix := []results.MixShare{{Operation: "create", Weight: 20}, {Operation: "read", Weight: 50}, {Operation: "list", Weight: 10}, {Operation: "update", Weight: 10}, {Operation: "delete", Weight: 10}}
	return loadtest.Job{
		Run: "r", Part: loadtest.Part{Of: of}, Runtimes: []string{"go", "rust"}, WindowSeconds: 1,
		Scenario: loadtest.Scenario{
			Name: "brief", Seed: 5, StartRate: 200, Stages: []loadtest.Stage{{Target: 200, Seconds: 1}}, Mix: mix, Items: 3, MaxInFlight: 400,
			Objective: loadtest.Objective{ErrorShare: 0.01, P99Ms: 60_000},
		},
	}
}

// counts are how often each operation of each runtime was answered rightly.
func counts(t *testing.T, recorder *loadtest.Recorder, test results.LoadTest) map[string]int64 {
	t.Helper()
	doc := recorder.Document(loadtest.About{Test: test})
	if err := doc.Check(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, c := range doc.Configurations {
		for _, w := range c.Windows {
			for name, o := range w.Operations {
				got[c.Runtime+" "+name] += o.N
				if o.Errors > 0 {
					t.Errorf("%s %s: %s", c.Runtime, name, o.Wrong)
				}
			}
			if w.Cold != nil {
				got["cold"] += w.Cold.N
			}
		}
	}
	return got
}

func TestWorkersTogetherSendWhatOneSends(t *testing.T) {
	all := map[int]map[string]int64{}
	for _, of := range []int{1, 8} {
		api := &loadtesttest.API{Key: "secret"}
		server := httptest.NewServer(api)
		defer server.Close()
		due := int64(0)
		shares, failures, err := Run(t.Context(), job(of), Options{Base: server.URL, Key: "secret", Progress: func(n int64) { due += n }})
		if err != nil || len(failures) > 0 || len(shares) != of {
			t.Fatalf("got %d shares, %v, %v", len(shares), failures, err)
		}
		recorder, test, problems, err := job(of).Merge(shares)
		if err != nil || len(problems) > 0 || *test.Iterations != 200 || *test.Dropped != 0 || test.Parts != of || test.PeakInFlight != nil || due != 200 {
			t.Errorf("got %+v, %v, %v, %d due", test, problems, err, due)
		}
		if api.Left() != 0 {
			t.Errorf("got %d items left", api.Left())
		}
		all[of] = counts(t, recorder, test)
	}
	for name, n := range all[1] {
		if all[8][name] != n {
			t.Errorf("%s: got %d calls of eight workers, want one's %d", name, all[8][name], n)
		}
	}
}

func TestAKilledWorkersShareIsNamed(t *testing.T) {
	var mu sync.Mutex
	pids, calls := map[int]int{}, 0
	api := &loadtesttest.API{Spoil: func(int, *http.Request) int {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 60 { // the load is under way
			process, err := os.FindProcess(pids[2])
			if err == nil {
				err = process.Kill()
			}
			if err != nil {
				t.Error(err)
			}
		}
		return 0
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	shares, failures, err := Run(t.Context(), job(4), Options{Base: server.URL, Started: func(part loadtest.Part, pid int) {
		mu.Lock()
		defer mu.Unlock()
		pids[part.Index] = pid
	}})
	if err != nil || len(shares) != 3 || len(failures) != 1 {
		t.Fatalf("got %d shares, %v, %v", len(shares), failures, err)
	}
	if got := failures[0]; got.String() != "share 3 of 4" || !strings.Contains(got.Err.Error(), "killed") {
		t.Errorf("got %v: %v", got.Part, got.Err)
	}
	_, test, problems, err := job(4).Merge(shares)
	if err != nil || !slices.Equal(problems, []string{"share 3 of 4 is missing"}) || *test.Iterations != 150 || test.Parts != 3 {
		t.Errorf("got %+v, %v, %v", test, problems, err)
	}
}

func TestNoWorkerBeginsWithoutTheOthers(t *testing.T) {
	api := &loadtesttest.API{Spoil: func(_ int, r *http.Request) int {
		if strings.HasPrefix(r.URL.Path, "/rust") && r.Method == http.MethodPost {
			return http.StatusServiceUnavailable
		}
		return 0
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	shares, _, err := Run(t.Context(), job(3), Options{Base: server.URL})
	if err == nil || len(shares) > 0 || !strings.Contains(err.Error(), "make an item of rust") || !strings.Contains(err.Error(), "of 3: ") || fault.Hint(err) == "" {
		t.Errorf("got %d shares, %v", len(shares), err)
	}
	if slices.ContainsFunc(api.Calls(), func(call string) bool { return strings.HasPrefix(call, "GET") || strings.HasPrefix(call, "PUT") }) || api.Left() > 0 {
		t.Errorf("got %v and %d items left, want items made and removed", api.Calls(), api.Left())
	}
}

func TestInterruptedWorkersGiveWhatTheyHave(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api := &loadtesttest.API{Spoil: func(n int, _ *http.Request) int {
		if n == 60 {
			cancel()
		}
		return 0
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	shares, failures, err := Run(ctx, job(2), Options{Base: server.URL})
	if err != nil && !errors.Is(err, context.Canceled) || len(failures) > 0 || len(shares) != 2 {
		t.Fatalf("got %d shares, %v, %v", len(shares), failures, err)
	}
	_, test, problems, err := job(2).Merge(shares)
	if err != nil || len(problems) != 2 || !strings.Contains(problems[0], "share 1 of 2 ended after ") || *test.Iterations >= 200 || *test.Iterations == 0 {
		t.Errorf("got %+v, %v, %v", test, problems, err)
	}
	if api.Left() > 0 {
		t.Errorf("got %d items left, want none", api.Left())
	}
}
