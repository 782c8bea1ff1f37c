package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/loadtesttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions/stepfunctionstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// stack is an account with a LoadStack before an API in memory.
type stack struct {
	*stepfunctionstest.AWS
	api   *loadtesttest.API
	fleet *Fleet
}

func job(of int) loadtest.Job {
	return loadtest.Job{
		Run: "load-1", Part: loadtest.Part{Of: of}, Runtimes: []string{"go", "rust"}, WindowSeconds: 1,
		Scenario: loadtest.Scenario{
			Name: "brief", Seed: 5, StartRate: 200, Stages: []loadtest.Stage{{Target: 200, Seconds: 0.5}}, Items: 1, MaxInFlight: 400,
			Mix:       []results.MixShare{{Operation: "create", Weight: 20}, {Operation: "read", Weight: 50}, {Operation: "update", Weight: 20}, {Operation: "delete", Weight: 10}},
			Objective: loadtest.Objective{ErrorShare: 0.01, P99Ms: 60_000},
		},
	}
}

func deploy(t *testing.T) *stack {
	t.Helper()
	api := &loadtesttest.API{Key: "secret"}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	s := &stack{api: api, AWS: &stepfunctionstest.AWS{Lead: 3 * time.Second, AWS: deployedtest.AWS{
		Keys: map[string]string{"k1": "secret"}, Refuse: map[string]deployedtest.Refusal{},
		Stacks: map[string]map[string]string{"MultiRuntimeBenchmarkLoadStack": {"StateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine:load", "BucketName": "shares"}},
	}}}
	deployedtest.Start(t, s.AWS)
	settings, err := deployed.Connect(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	worker := Worker{Settings: settings, Base: server.URL, KeyID: "k1", Bucket: "shares", Look: 10 * time.Millisecond}
	s.Work = func(text []byte) ([]byte, error) {
		var task Task
		if err := json.Unmarshal(text, &task); err != nil {
			return nil, err
		}
		receipt, err := worker.Handle(context.WithoutCancel(t.Context()), task)
		if err != nil {
			return nil, err
		}
		return json.Marshal(receipt)
	}
	if s.fleet, err = Find(t.Context(), settings, "dev"); err != nil {
		t.Fatal(err)
	}
	s.fleet.poll = 10 * time.Millisecond
	return s
}

// AWS throttles and fails now and then: the SDK asks again.
func TestWorkersInLambda(t *testing.T) {
	s := deploy(t)
	s.Fault = func(action string, n int) *deployedtest.Refusal {
		if n == 1 && slices.Contains([]string{"states:StartExecution", "states:DescribeExecution"}, action) {
			return &deployedtest.Refusal{Status: http.StatusBadRequest, Code: "ThrottlingException", Message: "Rate exceeded"}
		}
		if n == 1 && slices.Contains([]string{"s3:PutObject", "s3:DeleteObject"}, action) {
			return &deployedtest.Refusal{Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "Please reduce your request rate."}
		}
		return nil
	}
	shares, failures, err := s.fleet.Run(t.Context(), job(4))
	if err != nil || len(failures) > 0 {
		t.Fatalf("got %v, %v", failures, err)
	}
	_, test, problems, err := job(4).Merge(shares)
	if err != nil || len(problems) > 0 || *test.Iterations+*test.Dropped != 100 || test.Parts != 4 {
		t.Errorf("got %+v, %v, %v", test, problems, err)
	}
	if s.api.Left() > 0 || len(s.Objects()) > 0 {
		t.Errorf("got %d items and %v left, want nothing", s.api.Left(), s.Objects())
	}
}

// A worker that starts late, one that does another's share, one whose share was damaged.
func TestWhatIsWrongWithAShareIsNamed(t *testing.T) {
	s := deploy(t)
	work := s.Work
	s.Work = func(text []byte) ([]byte, error) {
		changed := strings.NewReplacer(`"index":1,"job"`, `"index":0,"job"`).Replace(string(text))
		if strings.Contains(changed, `"index":2,"job"`) {
			changed = strings.Replace(changed, `"leadSeconds":3`, `"leadSeconds":-3`, 1)
		}
		answer, err := work([]byte(changed))
		s.Change("0003.json", func(text []byte) []byte { return text[:len(text)/2] })
		return answer, err
	}
	shares, failures, err := s.fleet.Run(t.Context(), job(5))
	if err != nil || len(failures) != 3 {
		t.Fatalf("got %v, %v", failures, err)
	}
	for _, says := range []string{"share 3 of 5: was ready ", "share 1 of 5: leave what was counted in runs/load-1/0000.json: ", "read runs/load-1/0003.json in shares: "} {
		if !slices.ContainsFunc(failures, func(f loadtest.Failure) bool { return strings.HasPrefix(f.Err.Error(), says) }) {
			t.Errorf("got %v, want %q", failures, says)
		}
	}
	_, test, problems, err := job(5).Merge(shares)
	if err != nil || test.Parts != 2 || !slices.Equal(problems, []string{"share 2 of 5 is missing", "share 3 of 5 is missing", "share 4 of 5 is missing"}) {
		t.Errorf("got %+v, %v, %v", test, problems, err)
	}
}

func TestACalledOffLoadGivesWhatItHas(t *testing.T) {
	s := deploy(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.api.Spoil = func(n int, _ *http.Request) int {
		if n == 30 {
			cancel()
		}
		return 0
	}
	long := job(2)
	long.Scenario.Stages[0].Seconds = 600
	shares, failures, err := s.fleet.Run(ctx, long)
	if err != nil || len(failures) > 0 {
		t.Fatalf("got %v, %v", failures, err)
	}
	_, test, problems, err := long.Merge(shares)
	if err != nil || len(problems) != 2 || !strings.Contains(problems[0], "ended after") || *test.Iterations == 0 {
		t.Errorf("got %+v, %v, %v", test, problems, err)
	}
	if s.api.Left() > 0 || len(s.Objects()) > 0 {
		t.Errorf("got %d items and %v left, want nothing", s.api.Left(), s.Objects())
	}
}

func TestFailures(t *testing.T) {
	tests := map[string]struct {
		action     string
		code       string
		says, hint string
	}{
		"not allowed to start":  {"states:StartExecution", "AccessDeniedException", "start the workers: AccessDeniedException: ", "allow states:StartExecution"},
		"expired on the way":    {"states:DescribeExecution", "ExpiredTokenException", "ask how far the workers are; they are called off: arn:aws:states:eu-west-1:1:execution:load:load-1: ExpiredTokenException: ", "sign in again"},
		"not allowed to remove": {"s3:DeleteObject", "AccessDenied", "remove runs/load-1/ from shares: AccessDenied: ", "allow s3:DeleteObject"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := deploy(t)
			s.Work = func([]byte) ([]byte, error) { return nil, errors.New("no time") }
			s.Fault = func(action string, _ int) *deployedtest.Refusal {
				if action == tt.action {
					return &deployedtest.Refusal{Status: http.StatusForbidden, Code: tt.code, Message: "no"}
				}
				return nil
			}
			_, _, err := s.fleet.Run(t.Context(), job(2))
			if err == nil || !strings.HasPrefix(err.Error(), tt.says) || !strings.Contains(fault.Hint(err), tt.hint) {
				t.Errorf("got %v, hint %q", err, fault.Hint(err))
			}
		})
	}
	t.Run("the machine fails", func(t *testing.T) {
		s := deploy(t)
		s.Fails = "out of luck"
		s.Work = func([]byte) ([]byte, error) { return nil, errors.New("no time") }
		if _, _, err := s.fleet.Run(t.Context(), job(2)); err == nil || !strings.HasSuffix(err.Error(), "FAILED States.Runtime: out of luck") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no stack", func(t *testing.T) {
		s := deploy(t)
		delete(s.Stacks, "MultiRuntimeBenchmarkLoadStack")
		settings, err := deployed.Connect(t.Context(), "eu-west-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Find(t.Context(), settings, "dev"); err == nil || !strings.Contains(err.Error(), "there is no stack MultiRuntimeBenchmarkLoadStack in eu-west-1") || !strings.Contains(fault.Hint(err), "-c load=true") {
			t.Errorf("got %v, hint %q", err, fault.Hint(err))
		}
	})
}

// A cause that is no answer of a function's is told as it is.
func TestFailed(t *testing.T) {
	for want, f := range map[string]Failed{
		"no":                                    {"errorString", `{"errorMessage":"no","errorType":"errorString"}`},
		"States.Timeout: ":                      {"States.Timeout", ""},
		"Lambda.Unknown: The cause could be it": {"Lambda.Unknown", "The cause\ncould be it"},
	} {
		if got := f.err(); !errors.Is(got, got) || got.Error() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
