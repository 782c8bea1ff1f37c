package loadtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/loadtesttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func brief() Scenario {
	return Scenario{Name: "brief", Seed: 5, StartRate: 400, Stages: []Stage{{Target: 400, Seconds: 0.5}}, Mix: fixedMix, Items: 3, MaxInFlight: 100, Objective: Objective{ErrorShare: 0.01, P99Ms: 60_000}}
}

// sent sends a scenario to an API in memory.
func sent(t *testing.T, ctx context.Context, api *loadtesttest.API, scenario Scenario) (results.Document, []string) {
	t.Helper()
	server := httptest.NewServer(api)
	defer server.Close()
	s := Sender{Base: server.URL, Key: api.Key, Runtimes: []string{"go", "rust"}, Scenario: scenario, Recorder: NewRecorder(time.Second)}
	test, err := s.Send(ctx)
	if err != nil {
		t.Fatal(err)
	}
	doc := s.Recorder.Document(About{Test: test, Scenario: &scenario})
	if err := doc.Check(); err != nil {
		t.Fatal(err)
	}
	misses, err := doc.Misses()
	if err != nil {
		t.Fatal(err)
	}
	return doc, misses
}

func TestSendSendsTheScenarioAndLeavesNothing(t *testing.T) {
	api := &loadtesttest.API{Key: "secret"}
	doc, misses := sent(t, t.Context(), api, brief())
	if len(misses) != 0 {
		t.Errorf("got %v, want all held", misses)
	}
	if *doc.LoadTest.Iterations != 200 || *doc.LoadTest.Dropped != 0 || api.Left() != 0 {
		t.Errorf("got %d calls, %d dropped, %d items left; want 200, 0, 0", *doc.LoadTest.Iterations, *doc.LoadTest.Dropped, api.Left())
	}
	calls, items := brief().Requests(2, 1)
	if n := int64(len(api.Calls())); calls != 260 || n != calls+2*6 || items < 2*6 {
		t.Errorf("got %d requests, and expected %d and %d; want each call with its upkeep, and six items that are made and removed", n, calls, items)
	}
	for _, c := range doc.Configurations {
		got := map[string]int64{}
		for _, w := range c.Windows {
			for name, o := range w.Operations {
				got[name] += o.N
				if o.Errors != 0 {
					t.Errorf("%s %s: %s", c.Runtime, name, o.Wrong)
				}
			}
		}
		for _, share := range fixedMix {
			if got[share.Operation] != int64(share.Weight) { // of a hundred calls of each runtime
				t.Errorf("%s: got %d times %s, want %d", c.Runtime, got[share.Operation], share.Operation, share.Weight)
			}
		}
		if c.Memory != 0 || c.Arch != "" || !strings.HasSuffix(c.Key(), "/unknown/unknown") {
			t.Errorf("got %s, want an unknown memory size and architecture", c.Key())
		}
		if c.Connections == nil || c.Connections.TLSMs != nil {
			t.Errorf("got the connections %+v, want them over plain TCP", c.Connections)
		}
	}
}

// Calls that have to make a connection have its time apart.
func TestSendClocksConnections(t *testing.T) {
	doc, _ := sent(t, t.Context(), &loadtesttest.API{Close: true}, brief())
	for _, c := range doc.Configurations {
		if c.Connections == nil || c.Connections.ConnectingMs == nil || c.Connections.ConnectingMs.N() == 0 {
			t.Errorf("%s: got %+v, want connections that were made", c.Runtime, c.Connections)
		}
	}
}

func TestSendCountsWrongAnswersAndItsMisses(t *testing.T) {
	api := &loadtesttest.API{Spoil: func(n int, r *http.Request) int {
		if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/rust/") {
			return http.StatusServiceUnavailable
		}
		return 0
	}}
	doc, misses := sent(t, t.Context(), api, brief())
	if len(misses) != 1 || !strings.HasPrefix(misses[0], "rust: 10 % of 100 calls answered wrongly") {
		t.Errorf("got %v, want Rust's errors", misses)
	}
	all, err := doc.Configurations[1].Outside()
	if err != nil || all.Errors != 10 || all.N != 90 || !strings.HasPrefix(all.Wrong, "status 503 instead of 200") {
		t.Errorf("got %d right, %d wrong (%s), %v", all.N, all.Errors, all.Wrong, err)
	}
}

func TestSendDropsWhatIsTooMuchAtATime(t *testing.T) {
	held := make(chan struct{})
	under := 0
	api := &loadtesttest.API{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			<-held
		}
		api.ServeHTTP(w, r)
	}))
	defer server.Close()
	scenario := brief()
	scenario.MaxInFlight, scenario.Mix = 2, []results.MixShare{{Operation: "update", Weight: 1}}
	s := Sender{Base: server.URL, Runtimes: []string{"go"}, Scenario: scenario, Recorder: NewRecorder(time.Second)}
	s.Progress = func() {
		if under++; under == 200 { // the last one is due
			close(held)
		}
	}
	test, err := s.Send(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if *test.Iterations+*test.Dropped != 200 || *test.Dropped < 190 || *test.PeakInFlight != 2 || s.Recorder.Calls() != *test.Iterations {
		t.Errorf("got %d sent, %d dropped, %d at a time, %d counted", *test.Iterations, *test.Dropped, *test.PeakInFlight, s.Recorder.Calls())
	}
}

func TestAnInterruptedLoadLeavesNothingEither(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api := &loadtesttest.API{Spoil: func(n int, _ *http.Request) int {
		if n == 60 {
			cancel()
		}
		return 0
	}}
	doc, _ := sent(t, ctx, api, brief())
	if n := *doc.LoadTest.Iterations; n < 10 || n >= 200 || api.Left() != 0 {
		t.Errorf("got %d calls and %d items left, want a part of the calls and no item", n, api.Left())
	}
}

func TestSendNeedsAnAPI(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	s := Sender{Base: server.URL, Runtimes: []string{"go"}, Scenario: brief(), Recorder: NewRecorder(time.Second)}
	if _, err := s.Send(t.Context()); err == nil || !strings.Contains(err.Error(), "make an item of go") || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want what was answered", err)
	}
}

func TestStartsFollowTheRate(t *testing.T) {
	s := Scenario{StartRate: 0, Stages: []Stage{{0, 10}, {10, 0}, {10, 2}, {0, 4}, {20, 0}, {20, 1}}}
	if got := s.Calls(); got != 20+20+20 {
		t.Fatalf("got %d calls, want 60", got)
	}
	for k, want := range map[int64]time.Duration{
		0: 10 * time.Second, 10: 11 * time.Second, 20: 12 * time.Second,
		35: 14 * time.Second, // three quarters of a slope are over in half of its time
		40: 16 * time.Second, 50: 16500 * time.Millisecond,
	} {
		if got := s.Start(k); (got - want).Abs() > time.Microsecond {
			t.Errorf("call %d: got %v, want %v", k, got, want)
		}
	}
	var starts []time.Duration
	for k := range s.Calls() {
		starts = append(starts, s.Start(k))
	}
	if !slices.IsSorted(starts) {
		t.Errorf("got starts out of order: %v", starts)
	}
	if !(Scenario{StartRate: 3, Stages: []Stage{{3, 5}}}).Constant() || s.Constant() {
		t.Error("got the wrong one for constant")
	}
}
