package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// threads are workers of this process.
type threads struct {
	settings sdk.Config
	n        int
	mend     func([]invoke.Answer) ([]invoke.Answer, []string, error)
}

func (w threads) N() int { return w.n }

func (w threads) Burst(ctx context.Context, run string, call invoke.Call, calls int) ([]invoke.Answer, []string, error) {
	if !strings.HasPrefix(run, "burst-") || len(run) > 80 { // as Step Functions wants it
		return nil, nil, fmt.Errorf("got the run %q", run)
	}
	answers, errs := make([]invoke.Answer, calls), make([]error, calls)
	var left sync.WaitGroup
	for i := range calls {
		left.Go(func() { answers[i], errs[i] = invoke.Once(ctx, invoke.Client(w.settings), call) })
	}
	left.Wait()
	if w.mend != nil {
		return w.mend(answers)
	}
	return answers, nil, errors.Join(errs...)
}

// byWorkers opens a function that answers bursts of twelve by workers.
func byWorkers(t *testing.T) (*awstest.Account, *aws.Target, target.Burster, *awstest.Items, *threads) {
	t.Helper()
	w := &threads{n: 3}
	account, opened, session, items := openWith(t, awstest.Function{}, aws.Options{Burst: 12, Workers: w})
	var err error
	if w.settings, err = deployed.Connect(t.Context(), "us-east-1"); err != nil {
		t.Fatal(err)
	}
	items.Together, items.Unwarmed = 12, true
	return account, opened, session.(target.Burster), items, w
}

// burst makes one of a kind.
func burst(t *testing.T, session target.Burster, kind results.ColdKind) target.Burst {
	t.Helper()
	if made, err := session.Cold(t.Context(), kind, 1); err != nil || made[0].Failure != "" {
		t.Fatalf("got %+v, %v", made, err)
	}
	b, err := session.Burst(t.Context(), post)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Of a burst by workers each call that was cold is another environment's, forced or over a
// warm one; what else became of it is counted and told.
func TestBurstByWorkers(t *testing.T) {
	account, opened, session, items, w := byWorkers(t)
	for kind, want := range map[results.ColdKind]results.Burst{
		results.Forced:   {Workers: 3, Calls: 12, Cold: 12},
		results.ScaleOut: {Workers: 3, Calls: 12, Cold: 11, Warm: 1},
	} {
		burst := burst(t, session, kind)
		seen := map[string]bool{}
		for _, reply := range burst.Cold {
			seen[reply.Environment] = true
			if !reply.Cold || reply.Failure != "" || reply.Report.Init != awstest.InitTime || reply.Status != http.StatusCreated {
				t.Errorf("got %+v", reply)
			}
		}
		if burst.Counted != want || len(seen) != want.Cold || len(burst.Problems) > 0 {
			t.Errorf("%s: got %+v with %d environments and %q, want %+v", kind, burst.Counted, len(seen), burst.Problems, want)
		}
	}
	w.mend = func(answers []invoke.Answer) ([]invoke.Answer, []string, error) { // of which a worker's four are lost
		answers[0] = invoke.Answer{Unrun: "throttled: Rate", Throttled: true}
		answers[1] = invoke.Answer{Unrun: "Lambda answered 502"}
		answers[2].Log = nil
		return answers[:8], []string{"share 3 of 3: killed"}, nil
	}
	got := burst(t, session, results.Forced)
	if want := (results.Burst{Workers: 3, Calls: 12, Cold: 5, Throttled: 1, Refused: 6}); got.Counted != want {
		t.Errorf("got %+v, want %+v", got.Counted, want)
	}
	if want := []string{"share 3 of 3: killed", "1 of 12 calls of the burst: Lambda answered 502", "1 of 12 calls of the burst: the log's tail has no REPORT of the call: it is empty"}; !slices.Equal(got.Problems, want) {
		t.Errorf("got %q, want %q", got.Problems, want)
	}
	lost := errors.New("called off")
	w.mend = func(answers []invoke.Answer) ([]invoke.Answer, []string, error) { return answers, nil, lost }
	if _, err := session.Cold(t.Context(), results.Forced, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Burst(t.Context(), post); !errors.Is(err, lost) {
		t.Errorf("got %v, want %v", err, lost)
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Those of the lost answers are not known: they go by their time to live.
	if living, made := items.Living(); living != 6 || made != 48 || opened.Left != 0 {
		t.Errorf("got %d of %d items left and %d told, want those whose answers were lost", living, made, opened.Left)
	}
	if n := account.Asked()["lambda:UpdateFunctionConfiguration"]; n != 4 {
		t.Errorf("got %d changes, want one for each burst", n)
	}
}

// Why a call of a burst does not count is told once for all that have the reason, whose
// words differ by the request alone.
func TestWhyCallsOfABurstDoNotCount(t *testing.T) {
	_, _, session, items, w := byWorkers(t)
	w.mend = func(answers []invoke.Answer) ([]invoke.Answer, []string, error) {
		for i := range answers {
			switch id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", i); {
			case i < 3: // as the SDK says it
				answers[i] = invoke.Answer{Unrun: "call f: operation error Lambda: Invoke, https response error StatusCode: 403, RequestID: " + id + ", AccessDeniedException: …"}
			case i < 5: // as Lambda says it
				answers[i].Failed, answers[i].Payload = true, json.RawMessage(`{"errorMessage":"RequestId: `+id+` Error: Runtime exited with error: exit status 1","errorType":"Runtime.ExitError"}`)
			case i < 7:
				answers[i] = invoke.Answer{Unrun: fmt.Sprintf(`call f: Post "https://lambda/f": read tcp 10.0.0.1:%d->10.0.0.2:443: read: connection reset by peer`, 40000+i)}
			case i == 7:
				answers[i].Log = nil
			}
		}
		return answers, nil, nil
	}
	got := burst(t, session, results.Forced)
	if want := (results.Burst{Workers: 3, Calls: 12, Cold: 4, Refused: 8}); got.Counted != want {
		t.Errorf("got %+v, want %+v", got.Counted, want)
	}
	want := []string{ // sorted
		"1 of 12 calls of the burst: the log's tail has no REPORT of the call: it is empty",
		`2 of 12 calls of the burst: call f: Post "https://lambda/f": read tcp 10.0.0.1->10.0.0.2:443: read: connection reset by peer`,
		`2 of 12 calls of the burst: {"errorMessage":"Error: Runtime exited with error: exit status 1","errorType":"Runtime.ExitError"}`,
		"3 of 12 calls of the burst: call f: operation error Lambda: Invoke, https response error StatusCode: 403, AccessDeniedException: …",
	}
	slices.Sort(got.Problems)
	if len(got.Problems) != len(want) {
		t.Fatalf("got %q, want %q", got.Problems, want)
	}
	for i, problem := range got.Problems {
		if !strings.HasPrefix(problem, want[i]) {
			t.Errorf("got %q, want %q", problem, want[i])
		}
	}
	w.mend = func(answers []invoke.Answer) ([]invoke.Answer, []string, error) {
		for i := range answers {
			answers[i].Log = fmt.Appendf(nil, "line %d\n", i)
		}
		return answers, nil, nil
	}
	if got := burst(t, session, results.Forced); len(got.Problems) != 6 || got.Problems[5] != "calls of the burst for 7 reasons more" {
		t.Errorf("got %q, want five reasons and how many more there are", got.Problems)
	}
	items.Mend = func(_ int, line *report.Line) { line.MemorySizeMB = 1024 }
	w.mend = nil
	if got := burst(t, session, results.Forced); !slices.Equal(got.Problems, []string{"12 of 12 calls of the burst: it ran with 1024 MB instead of 512"}) {
		t.Errorf("got %q, want the reason", got.Problems)
	}
}

// An item that can't be deleted at once keeps none of the others, and is tried again; where none
// can be, all are told of.
func TestItemsBehindABurst(t *testing.T) {
	account, opened, session, items, _ := byWorkers(t)
	burst(t, session, results.Forced)
	account.Fault = func(action string, n int) *awstest.Refusal {
		if action == "lambda:InvokeFunction" && n == 14 {
			return &awstest.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate Exceeded."}
		}
		return nil
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if living, made := items.Living(); living != 0 || opened.Left != 0 || made != 12 {
		t.Errorf("got %d of %d items left, %d told, want none", living, made, opened.Left)
	}
	account.Fault = nil
	burst(t, session, results.Forced)
	account.Fault = func(string, int) *awstest.Refusal {
		return &awstest.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate Exceeded."}
	}
	if _, err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if living, _ := items.Living(); living != 12 || opened.Left != 12 {
		t.Errorf("got %d items left, %d told, want all twelve", living, opened.Left)
	}
}

// Calls and workers take room only where they have none of their own.
func TestRoomForABurst(t *testing.T) {
	for name, tt := range map[string]struct {
		reserved *int // the function's own
		left     int  // for all others
		workers  int  // without reserved concurrency
		says     string
	}{
		"both fit":                     {nil, 16, 4, ""},
		"both do not":                  {nil, 15, 4, "only 15 functions may run at once in us-east-1: got a burst of 12 calls and 4 workers"},
		"workers have their own":       {nil, 12, 0, ""},
		"calls have their own":         {new(12), 11, 4, ""},
		"only workers, and do not fit": {new(12), 11, 20, "only 11 functions may run at once in us-east-1: got 20 workers"},
		"all have their own":           {new(12), 11, 0, ""},
	} {
		account, opened, _, _ := openWith(t, awstest.Function{Reserved: tt.reserved}, aws.Options{Burst: 12})
		account.Unreserved = tt.left
		_, err := opened.Doctor(t.Context(), 12, tt.workers)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || err.Error() != tt.says || fault.Hint(err) == "") {
			t.Errorf("%s: got %v, want %q", name, err, tt.says)
		}
	}
}

// Lambda makes no more than a thousand environments of a function at once.
func TestBurstsThatLambdaDoesNotMake(t *testing.T) {
	account, opened, _, _ := openWith(t, awstest.Function{}, aws.Options{Burst: 1001})
	account.Concurrency = 5000
	for calls, want := range map[int]int{1000: 0, 1001: 1} {
		warnings, err := opened.Doctor(t.Context(), calls, 20)
		if err != nil || len(warnings) != want {
			t.Errorf("%d calls: got %q, %v", calls, warnings, err)
		}
	}
}
