package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// burstOf deploys a function beside the workers, and returns a burst of ten calls by four.
func burstOf(t *testing.T) (*stack, *awstest.Items, Burst) {
	t.Helper()
	s := deploy(t)
	s.Lead = time.Second
	items, account := &awstest.Items{}, &awstest.Account{}
	account.Deploy("stack", awstest.Function{Name: "f", MemoryMB: 512, Start: items.Start})
	url := account.Serve(t)
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", url)
	return s, items, Burst{Run: "burst-1", Workers: 4, Function: "f", Event: json.RawMessage(`{"httpMethod": "POST", "path": "/x/items"}`), Calls: 10}
}

// All calls of a burst are sent once, at one moment, and each is answered with its own
// request's id and log.
func TestBurst(t *testing.T) {
	s, items, burst := burstOf(t)
	items.Together, items.Unwarmed = 10, true // who comes alone is not answered
	answers, failures, err := s.fleet.Burst(t.Context(), burst, time.Minute)
	if err != nil || len(failures) > 0 || len(answers) != 10 {
		t.Fatalf("got %d answers, %v, %v", len(answers), failures, err)
	}
	ids := map[string]bool{}
	for _, a := range answers {
		ids[a.RequestID] = true
		if a.Unrun != "" || a.Failed || a.Took <= 0 || !strings.Contains(string(a.Log), "Init Duration") || !strings.Contains(string(a.Log), a.RequestID) || !strings.Contains(string(a.Payload), "201") {
			t.Errorf("got %+v with the log %s", a, a.Log)
		}
	}
	if living, made := items.Living(); len(ids) != 10 || living != 10 || made != 10 || len(s.Objects()) > 0 {
		t.Errorf("got %d request ids, %d of %d items and %v left", len(ids), living, made, s.Objects())
	}
}

// A worker that failed is told of by its share, and so is what is no share of this burst.
func TestBurstsOfWorkersThatFail(t *testing.T) {
	s, _, burst := burstOf(t)
	work := s.Work
	s.Work = func(task []byte) ([]byte, error) {
		switch text := string(task); {
		case strings.Contains(text, `"index":1,"job"`):
			return nil, errors.New("RequestId: 1 Error: Runtime exited with error: signal: killed")
		case strings.Contains(text, `"index":2,"job"`):
			return work([]byte(strings.Replace(text, `"leadSeconds":1`, `"leadSeconds":-1`, 1)))
		}
		answer, err := work(task)
		s.Change("0003.json", func(text []byte) []byte {
			return []byte(strings.Replace(string(text), `"run":"burst-1"`, `"run":"burst-2"`, 1))
		})
		return answer, err
	}
	answers, failures, err := s.fleet.Burst(t.Context(), burst, time.Minute)
	if err != nil || len(answers) != 3 || len(failures) != 3 {
		t.Fatalf("got %d answers, %v, %v, want those of the first worker alone", len(answers), failures, err)
	}
	for _, says := range []string{"share 2 of 4: RequestId: 1 Error: Runtime exited with error: signal: killed", "share 3 of 4: share 3 of 4: was ready ", `share 4 of 4: is of the burst "burst-2"`} {
		if !slices.ContainsFunc(failures, func(f loadtest.Failure) bool { return strings.HasPrefix(f.Part.String()+": "+f.Err.Error(), says) }) {
			t.Errorf("got %v, want %q", failures, says)
		}
	}
}

// What Lambda refuses is an answer, and so is what can't get better: the other calls may
// have made items.
func TestBurstRefused(t *testing.T) {
	s, _, burst := burstOf(t)
	burst.Function = "g"
	answers, failures, err := s.fleet.Burst(t.Context(), burst, time.Minute)
	if err != nil || len(failures) > 0 || len(answers) != 10 {
		t.Fatalf("got %d answers, %v, %v", len(answers), failures, err)
	}
	for _, a := range answers {
		if a.Throttled || !strings.HasPrefix(a.Unrun, "call g: ") || !strings.Contains(a.Unrun, "ResourceNotFoundException") {
			t.Errorf("got %+v", a)
		}
	}
}

// A burst that is called off before it begins sends nothing.
func TestBurstCalledOff(t *testing.T) {
	s, items, burst := burstOf(t)
	s.Lead = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	work := s.Work
	s.Work = func(task []byte) ([]byte, error) {
		cancel()
		return work(task)
	}
	answers, failures, err := s.fleet.Burst(ctx, burst, time.Minute)
	if !errors.Is(err, context.Canceled) || len(answers)+len(failures) > 0 {
		t.Errorf("got %d answers, %v, %v", len(answers), failures, err)
	}
	if _, made := items.Living(); made > 0 || len(s.Objects()) > 0 {
		t.Errorf("got %d items made and %v left", made, s.Objects())
	}
}

// A task must say whole what it is for.
func TestTasksThatAreRefused(t *testing.T) {
	s := deploy(t)
	for says, task := range map[string]string{
		"job: got neither a load nor a burst":                           `{"job": {}}`,
		`burst: got the run "" of the function "f" with an event of 2 `: `{"job": {"burst": {"function": "f", "event": {}, "workers": 1, "calls": 1}}}`,
		"index: got 2 of 2, wanted 0 to one less than there are":        `{"index": 2, "job": {"burst": {"run": "r", "function": "f", "event": {}, "workers": 2, "calls": 2}}}`,
		"calls: got 1 for 2 workers, wanted one for each at least":      `{"job": {"burst": {"run": "r", "function": "f", "event": {}, "workers": 2, "calls": 1}}}`,
		"runtimes: got none, wanted one at least":                       `{"job": {"load": {"run": "r", "of": 1}}}`,
	} {
		if _, err := s.Work([]byte(task)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", task, err, says)
		}
	}
}

// Who gives up while the workers are being started calls them off, too: whether the answer
// would have come is not known.
func TestBurstCalledOffAtItsStart(t *testing.T) {
	s, items, burst := burstOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Fault = func(action string, _ int) *deployedtest.Refusal {
		if action == "states:StartExecution" {
			cancel()
		}
		return nil
	}
	answers, failures, err := s.fleet.Burst(ctx, burst, time.Minute)
	if !errors.Is(err, context.Canceled) || len(answers)+len(failures) > 0 {
		t.Errorf("got %d answers, %v, %v", len(answers), failures, err)
	}
	time.Sleep(s.Lead + 500*time.Millisecond) // nobody waits for workers that were forgotten
	if _, made := items.Living(); made != 0 || len(s.Objects()) > 0 {
		t.Errorf("got %d items made and %v left, want nobody to have called", made, s.Objects())
	}
	before := s.Asked()["states:StartExecution"]
	if _, _, err := s.fleet.Burst(ctx, burst, time.Minute); !errors.Is(err, context.Canceled) || s.Asked()["states:StartExecution"] != before {
		t.Errorf("got %v, want no workers started by who has given up", err)
	}
}

// Each call of a burst makes a connection of its own, also where the worker has sent a
// burst before: what the client's time holds is the same for all.
func TestBurstsMakeNewConnections(t *testing.T) {
	s, _, burst := burstOf(t)
	behind, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_LAMBDA"))
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
	for range 2 {
		if answers, failures, err := s.fleet.Burst(t.Context(), burst, time.Minute); err != nil || len(failures) > 0 || len(answers) != burst.Calls {
			t.Fatalf("got %d answers, %v, %v", len(answers), failures, err)
		}
		burst.Run = "burst-2"
	}
	if n := int(connections.Load()); n != 2*burst.Calls {
		t.Errorf("got %d connections for %d calls", n, 2*burst.Calls)
	}
}
