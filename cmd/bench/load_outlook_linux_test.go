package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// Nothing starts before somebody has said yes to what will happen, where, and for how
// much. What can't be answered anyway is refused before that.
func TestScaleAsks(t *testing.T) {
	reserved := func(name string, n int) func(*awstest.Account) {
		return func(a *awstest.Account) { a.Change(name, func(f *awstest.Function) { f.Reserved = &n }) }
	}
	denied := func(action string) func(*awstest.Account) {
		return func(a *awstest.Account) {
			a.Fault = func(asked string, _ int) *awstest.Refusal {
				if asked != action {
					return nil
				}
				return &awstest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "not authorized"}
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*awstest.Account)
		words  string
		code   int
		says   []string
	}{
		"nobody": {code: 2, says: []string{
			"dev in account …9012, us-east-1: go, rust", "planned: 3 workers in Lambda, 200 calls in 1s, with what belongs to them at most 344 requests",
			"costs at most ", "without Step Functions, S3 and taxes", "error: nobody is there to say yes", "say --yes",
		}},
		"a new account": {func(a *awstest.Account) { a.Concurrency = 10 }, "--yes", 1, []string{
			"error: only 10 functions may run at once in us-east-1: got a load that takes 31 at least, 3 of them workers", "hint: say fewer workers or a lower --rate",
		}},
		"little reserved":  {reserved(rustFunction, 13), "--yes", 1, []string{"error: " + rustFunction + " may run 13 times at once, which its reserved concurrency is: got a load that takes 14 at least"}},
		"workers reserved": {reserved(loadFunction, 2), "--yes", 1, []string{"error: " + loadFunction + " may run 2 times at once", "got a load that takes 3 at least"}},
		"few":              {func(a *awstest.Account) { a.Concurrency = 500 }, "", 2, []string{"warning: Up to 800 calls are under way at a time, beside 3 workers, and 500 functions may run at once in us-east-1: "}},
		"not there":        {func(a *awstest.Account) { a.Remove(rustFunction) }, "--yes", 1, []string{"error: look at the function " + rustFunction, "hint: deploy it again"}},
		"limits denied":    {denied("lambda:GetAccountSettings"), "--yes", 1, []string{"error: read the account's limits", "allow lambda:GetAccountSettings"}},
		"functions denied": {denied("lambda:GetFunction"), "--yes", 1, []string{"error: look at the function " + loadFunction, "allow lambda:GetFunction"}},
		"identity denied":  {denied("sts:GetCallerIdentity"), "--yes", 1, []string{"error: ask whose credentials these are", "allow sts:GetCallerIdentity"}},
		"processes here":   {denied("lambda:GetAccountSettings"), "--base-url http://127.0.0.1:1", 1, []string{"make an item of go at http://127.0.0.1:1"}}, // is not asked
	} {
		t.Run(name, func(t *testing.T) {
			account, others, api := inLambda(t)
			if tt.change != nil {
				tt.change(others)
			}
			args := append([]string{"--scale", "3", "--environment", "dev", "--region", awstest.Region}, strings.Fields(tt.words)...)
			code, _, stderr := loadBy(t, args...)
			if code != tt.code || strings.Count(stderr, "error: ") < 1 {
				t.Errorf("got exit code %d and %s, want %d", code, stderr, tt.code)
			}
			for _, says := range tt.says {
				if !strings.Contains(stderr, says) {
					t.Errorf("got %s\nwant %q", stderr, says)
				}
			}
			if started := account.Asked()["states:StartExecution"]; started > 0 || len(api.Calls()) > 0 {
				t.Errorf("got %d loads and %d calls, want none before a yes", started, len(api.Calls()))
			}
		})
	}
}

// The most that a load can cost is bounded by what may be under way at a time, and by
// what the functions' timeouts allow.
func TestScaleCost(t *testing.T) {
	prices, err := cost.Latest().Region(cost.DefaultRegion)
	if err != nil {
		t.Fatal(err)
	}
	function := aws.Function{MemoryMB: 1024, Arch: "x86_64", Timeout: 28 * time.Second}
	worker := aws.Function{MemoryMB: 1024, Arch: "x86_64", Timeout: 15 * time.Minute}
	load := fleetLoad{workers: 2, worker: worker, functions: []aws.Function{function}, scenario: loadtest.Scenario{
		StartRate: 100, Stages: []loadtest.Stage{{Target: 100, Seconds: 10}}, Items: 1, MaxInFlight: 10,
		Mix: []results.MixShare{{Operation: "read", Weight: 1}},
	}}
	const second, request = 0.0000166667, (0.20 + 3.50 + 0.625 + 0.125) / 1e6 // USD, and some for logs
	most, usual := load.dollars(prices)
	busy := 10*(10+28.0) + 2*4*28 + 2*900 // seconds: of ten calls at a time, of two items with their attempts, of workers
	if want := busy*second + 1008*request; most < want || most > 1.1*want {
		t.Errorf("got at most %v USD, want a little more than %v", most, want)
	}
	if want := (1008*0.1+2*70)*second + 1008*request; usual < want || usual > want+0.005 {
		t.Errorf("got usually %v USD, want a little more than %v", usual, want)
	}
	load.scenario.MaxInFlight = 100_000
	if slow, _ := load.dollars(prices); slow < 1000*28*second || slow > 1.2*(1000*28+busy)*second {
		t.Errorf("got at most %v USD, want every call to take its timeout", slow)
	}
	for sum, want := range map[float64]string{0.00341: "0.0034", 1.21: "1.2", 45.4: "45", 1234.4: "1234"} {
		if got := usd(sum); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
