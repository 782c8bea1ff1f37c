package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed/deployedtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/invoke"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest/stepfunctions/stepfunctionstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/aws/awstest"
)

// burstsInLambda is an account whose functions answer bursts of twelve, as four workers
// send them: each call meets a new environment, but for one that finds a warm one.
func burstsInLambda(t *testing.T) (*stepfunctionstest.AWS, *awstest.Account, *awstest.Items) {
	t.Helper()
	account, others, _ := inLambda(t)
	account.Lead = time.Second
	items := &awstest.Items{Together: 12, Unwarmed: true}
	for _, name := range []string{goFunction, rustFunction} {
		others.Change(name, func(f *awstest.Function) { f.Start = items.Start })
	}
	return account, others, items
}

// scaled runs bench aws with bursts of four workers, three calls each.
func scaled(ctx context.Context, out string, more ...string) (code int, stdout, stderr string) {
	return measureInAWS(ctx, out, append([]string{"--region", awstest.Region, "--runtime", "go", "--scale", "4", "--burst", "3", "--environments", "66"}, more...)...)
}

// Each call of a burst that was cold is an environment of the document. A worker whose
// answers are lost is named, and another burst makes up for it.
func TestAWSScale(t *testing.T) {
	account, others, items := burstsInLambda(t)
	work := account.Work
	var killed atomic.Bool
	account.Work = func(task []byte) ([]byte, error) {
		answer, err := work(task)
		if strings.Contains(string(task), `"index":2,"job"`) && killed.CompareAndSwap(false, true) {
			err = errors.New("RequestId: 1 Error: Runtime exited with error: signal: killed")
		}
		return answer, err
	}
	out := t.TempDir()
	code, stdout, stderr := scaled(t.Context(), out, "--cold", "scale-out")
	if code != 0 {
		t.Fatalf("got exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{
		"planned: 66 environments in 6 bursts of 12 calls, each sent by 4 workers in Lambda, about 150 calls, about ",
		"measuring 1 configuration in 66 environments in 6 bursts of 12 calls",
		"$LATEST, 6 times",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %s\nwant %q", stderr, want)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "66 new environments of each runtime, by 7 bursts in shuffled order, whose medians are compared."; !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) || !strings.Contains(string(page), want) {
		t.Errorf("got %s\nwant %q in both reports", stdout, want)
	}
	if want := "of them one burst is one sample, its figure is the median"; !strings.Contains(string(page), want) {
		t.Errorf("got no %q in the page", want)
	}
	if want := "each call that was cold of a burst by 4 workers in Lambda is a cold start. Those of one burst share a moment: intervals, ranks and comparisons go by the bursts’ medians. Of all cold starts, with bursts as the units: Go p95 unknown (n too small: 7 of the 30 bursts that the interval of p95 needs), p99 unknown"; !strings.Contains(string(page), want) {
		t.Errorf("got no %q in the page", want)
	}
	unchanged(t, scaledAs(others))
	document, err := results.Load(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := document.Configurations[0]
	var all results.Burst
	blocks := map[int]int{}
	for _, e := range c.Environments {
		blocks[e.Block]++
		if b := e.Burst; b != nil {
			all = results.Burst{Workers: b.Workers, Calls: all.Calls + b.Calls, Cold: all.Cold + b.Cold, Warm: all.Warm + b.Warm, Refused: all.Refused + b.Refused}
		}
	}
	lost := all.Refused
	if c.Status != results.Measured || len(c.Environments) != 66 || len(blocks) != 7 || document.Plan.Sizes.WarmCalls != 0 || lost != 3 || all.Calls != 7*12 || all.Workers != 4 {
		t.Errorf("got %s with %d environments by block %v, and %+v of all bursts", c.Status, len(c.Environments), blocks, all)
	}
	if len(c.Rejected) != 1 || c.Rejected[0].Reason != "share 3 of 4 has sent nothing that is known: RequestId: 1 Error: Runtime exited with error: signal: killed" {
		t.Errorf("got the rejected %+v", c.Rejected)
	}
	// The items of the lost answers are not known, and go by their time to live, as does
	// what that worker had put into the bucket.
	if living, made := items.Living(); living != lost || made != 7*12 || len(account.Objects()) != 1 {
		t.Errorf("got %d of %d items and %v left, want those whose answers were lost", living, made, account.Objects())
	}
	text, err := os.ReadFile("../../docs/load-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	allowed := actionsOf(t, string(text), "scale")
	for action := range account.Asked() {
		if !slices.Contains(allowed, action) {
			t.Errorf("got asked for %s, which the policy of docs/load-tests.md does not allow", action)
		}
	}
}

// scaledAs leaves the worker's function out, which has other variables.
func scaledAs(others *awstest.Account) *awstest.Account {
	others.Remove(loadFunction)
	return others
}

// Ctrl-C before a burst has begun calls it off, and leaves nothing behind.
func TestAWSScaleInterrupted(t *testing.T) {
	account, others, items := burstsInLambda(t)
	account.Lead = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	work := account.Work
	account.Work = func(task []byte) ([]byte, error) {
		cancel()
		return work(task)
	}
	code, _, stderr := scaled(ctx, t.TempDir(), "--cold", "forced")
	if _, made := items.Living(); code == 0 || made != 0 || len(account.Objects()) > 0 {
		t.Errorf("got exit code %d, %d items made, %v left\n%s", code, made, account.Objects(), stderr)
	}
	unchanged(t, scaledAs(others))
}

// What can't work is refused before anything is changed, with what to do.
func TestAWSScaleRefused(t *testing.T) {
	_, others, _ := burstsInLambda(t)
	for name, tt := range map[string]struct {
		words []string
		set   func()
		code  int
		says  string
	}{
		"many":     {[]string{"--scale", "201", "--environments", "9999"}, nil, 2, "--scale 201: got no number of workers from 1 to 200"},
		"negative": {[]string{"--scale", "-1"}, nil, 2, "--scale -1: not a number of workers"},
		"kind":     {[]string{"--cold", "idle"}, nil, 2, "--scale 4: bursts make cold starts that are forced and by scale-out, none of the kind idle"},
		"vantage":  {[]string{"--vantage", "http"}, nil, 2, "--vantage http: workers invoke functions, past their API: got --scale 4"},
		"few":      {[]string{"--environments", "60"}, nil, 2, "--environments 60: got fewer than 6 bursts, which make up to 12 environments each"},
		"room":     {nil, func() { others.Unreserved = 15 }, 1, "only 15 functions may run at once in us-east-1: got a burst of 12 calls and 4 workers"},
		"reserved": {nil, func() { others.Change(loadFunction, func(f *awstest.Function) { f.Reserved = new(3) }) }, 1, loadFunction + " may run 3 times at once, which its reserved concurrency is: got --scale 4"},
		"no stack": {nil, func() { delete(others.Stacks, "MultiRuntimeBenchmarkLoadStack") }, 1, "there is no stack MultiRuntimeBenchmarkLoadStack in us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.set != nil {
				_, others, _ = burstsInLambda(t)
				tt.set()
			}
			code, _, stderr := scaled(t.Context(), t.TempDir(), tt.words...)
			if code != tt.code || !strings.Contains(stderr, tt.says) || !strings.Contains(stderr, "hint: ") {
				t.Errorf("got exit code %d and %s", code, stderr)
			}
		})
	}
}

// Workers whose concurrency is reserved take no room from others.
func TestUnreservedWorkers(t *testing.T) {
	shared, own := &burstWorkers{n: 4}, &burstWorkers{n: 4}
	own.function.Reserved = new(int32(4))
	if none := (*burstWorkers)(nil); shared.unreserved() != 4 || own.unreserved() != 0 || none.unreserved() != 0 {
		t.Errorf("got %d of four, %d of four with their own, %d of none", shared.unreserved(), own.unreserved(), none.unreserved())
	}
}

// Answers that are here count, though what they were read from can't be removed.
func TestAWSScaleLeavesObjects(t *testing.T) {
	account, _, _ := burstsInLambda(t)
	account.Fault = func(action string, _ int) *deployedtest.Refusal {
		if action == "s3:DeleteObject" {
			return &deployedtest.Refusal{Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "Please reduce your request rate."}
		}
		return nil
	}
	settings, err := deployed.Connect(t.Context(), awstest.Region)
	if err != nil {
		t.Fatal(err)
	}
	w := &burstWorkers{n: 4, lead: time.Second}
	if w.fleet, err = stepfunctions.Find(t.Context(), settings, "dev"); err != nil {
		t.Fatal(err)
	}
	answers, problems, err := w.Burst(t.Context(), "burst-1", invoke.Call{Function: goFunction, Event: []byte(`{"httpMethod": "POST", "path": "/go/items"}`)}, 12)
	if err != nil || len(answers) != 12 || len(problems) != 1 || !strings.HasPrefix(problems[0], "remove runs/burst-1/ from shares: SlowDown") {
		t.Errorf("got %d answers, %q, %v", len(answers), problems, err)
	}
	account.Work = func([]byte) ([]byte, error) { return nil, errors.New("was late") }
	w.n = 7
	if answers, problems, err := w.Burst(t.Context(), "burst-2", invoke.Call{Function: goFunction, Event: []byte("{}")}, 7); err != nil || len(answers) > 0 || len(problems) != 7 ||
		problems[4] != "share 5 of 7 has sent nothing that is known: was late" || problems[5] != "2 workers more have sent nothing that is known" {
		t.Errorf("got %d answers, %q, %v, want five workers named", len(answers), problems, err)
	}
}

// What the help and the document show can be said: only the stack of the workers lacks.
func TestAWSScaleExamples(t *testing.T) {
	_, _ = inAWS(t)
	text, err := os.ReadFile("../../docs/aws.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines((&app{}).awsCommand().Example + "\n" + string(text)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
		words, ok := strings.CutPrefix(line, "bench aws ")
		if !ok || !strings.Contains(words, "--scale ") {
			continue
		}
		shown++
		var said bytes.Buffer
		code := run(t.Context(), append([]string{"aws", "--region", awstest.Region, "--yes"}, strings.Fields(words)...), strings.NewReader(""), io.Discard, &said)
		if code != 1 || !strings.Contains(said.String(), "there is no stack MultiRuntimeBenchmarkLoadStack") {
			t.Errorf("%s: got exit code %d and %s", line, code, said.String())
		}
	}
	if shown < 3 {
		t.Errorf("got %d examples, want those of the help and of docs/aws.md", shown)
	}
}
