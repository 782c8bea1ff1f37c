package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// fakeTarget is a machine whose every environment answers at once.
type fakeTarget struct {
	cold  func(c target.Config, n int) (target.Environment, error) // n counts from 0 per runtime
	do    func(c target.Config, call int, reply *target.Reply)     // mends the reply
	made  map[string]int
	calls int
}

func (f *fakeTarget) Describe(context.Context) (target.Description, error) {
	return target.Description{}, nil
}

func (f *fakeTarget) Artifact(context.Context, target.Config) (results.Artifact, error) {
	return results.Artifact{}, nil
}

func (f *fakeTarget) Open(_ context.Context, c target.Config) (target.Session, error) {
	return &fakeSession{target: f, config: c}, nil
}

type fakeSession struct {
	target *fakeTarget
	config target.Config
	calls  int
	id     string
}

func (s *fakeSession) Cold(context.Context, results.ColdKind, int) ([]target.Environment, error) {
	n := s.target.made[s.config.Runtime.Name]
	s.target.made[s.config.Runtime.Name]++
	s.id = fmt.Sprintf("%s-%d", s.config.Runtime.Name, n)
	env := target.Environment{ID: s.id, Init: target.Init{Wall: 20 * time.Millisecond, CPU: 15 * time.Millisecond, Memory: target.Memory{Peak: 1000, Anon: 300}}}
	if s.target.cold != nil {
		var err error
		env, err = s.target.cold(s.config, n)
		return []target.Environment{env}, err
	}
	return []target.Environment{env}, nil
}

func (s *fakeSession) Do(_ context.Context, environment string, r target.Request) (target.Reply, error) {
	reply := target.Reply{Environment: environment, Cold: s.calls == 0, Header: http.Header{},
		Response: time.Millisecond, Duration: 2 * time.Millisecond, CPU: time.Millisecond / 2, Database: time.Millisecond / 4,
		Memory: target.Memory{Peak: 2000, Anon: 500}}
	switch r.Method {
	case http.MethodPost:
		reply.Status = http.StatusCreated
		reply.Header.Set("Location", fmt.Sprintf("items/%d", s.calls))
	case http.MethodDelete:
		reply.Status = http.StatusNoContent
	default:
		reply.Status = http.StatusOK
	}
	if s.target.do != nil {
		s.target.do(s.config, s.calls, &reply)
	}
	s.calls++
	s.target.calls++
	return reply, nil
}

func (s *fakeSession) Close(context.Context) ([]target.Report, error) { return nil, nil }

func runtimes(names ...string) []target.Config {
	var configs []target.Config
	for _, name := range names {
		configs = append(configs, target.Config{
			Runtime: config.Runtime{Name: name, Prefixes: []string{"/" + name}, Variants: map[string]config.Variant{
				"api": {Name: "api", Artifact: "api", Kind: config.API, Default: true},
			}},
			Variant: "api", MemoryMB: 1769, Arch: config.X8664,
		})
	}
	return configs
}

func newRunner(f *fakeTarget, configs ...target.Config) *Runner {
	f.made = map[string]int{}
	workload := config.Defaults()
	workload.Environments, workload.WarmCalls = 6, 40
	workload.Load = config.Load{} // see load_test.go
	return &Runner{
		Target: f,
		Plan:   Plan{Seed: 1, Workload: workload, Configurations: configs},
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Wait:   func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func TestRunMeasuresEveryEnvironment(t *testing.T) {
	var document results.Document
	runner := newRunner(&fakeTarget{}, runtimes("a", "b")...)
	if err := runner.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if document.Status != results.Complete {
		t.Errorf("got status %q, want complete", document.Status)
	}
	for _, c := range document.Configurations {
		if c.Status != results.Measured || len(c.Environments) != 6 || len(c.Rejected) != 0 {
			t.Errorf("%s: got %s with %d environments and %v, want 6 measured", c.Key(), c.Status, len(c.Environments), c.Rejected)
		}
		for _, e := range c.Environments {
			var warm int64
			for _, operation := range e.Operations {
				warm += operation.N
			}
			if warm != 40 || len(e.Curve) != 40 {
				t.Errorf("%s: got %d warm calls and a curve of %d, want 40", e.ID, warm, len(e.Curve))
			}
			if e.Init.WallMs != 20 || *e.FirstCall.ResponseMs != 1 || *e.FirstCall.DurationMs != 2 || *e.Memory.Peak != 2000 || *e.Memory.Anon != 500 || *e.Memory.AfterInit != 1000 {
				t.Errorf("%s: got init %v, first call %v, memory %v", e.ID, e.Init, e.FirstCall, e.Memory)
			}
		}
	}
}

// The wall clock is set back in the middle of a run: what is saved then, and at the
// end, can be read again.
func TestClockThatIsSetBack(t *testing.T) {
	runner := newRunner(&fakeTarget{}, runtimes("a")...)
	began := runner.Now()
	document := results.Document{Started: began}
	runner.Now = func() time.Time { return began.Add(-time.Hour) }
	saved := 0
	runner.Save = func(d *results.Document) {
		saved++
		if d.Ended.Before(d.Started) {
			t.Errorf("got a run from %s to %s", d.Started, d.Ended)
		}
	}
	if err := runner.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if document.Ended.Before(began) || saved == 0 {
		t.Errorf("got a run from %s to %s, saved %d times", began, document.Ended, saved)
	}
}

// TestRecordsAreBounded: what the document keeps of an environment does not
// grow with its calls.
func TestRecordsAreBounded(t *testing.T) {
	size := func(calls int) int {
		runner := newRunner(&fakeTarget{}, runtimes("a")...)
		runner.Plan.Workload.Environments, runner.Plan.Workload.WarmCalls = 1, calls
		var document results.Document
		if err := runner.Run(t.Context(), &document); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := results.Encode(&text, document); err != nil {
			t.Fatal(err)
		}
		return text.Len()
	}
	few, many := size(results.MaxCurve), size(20*results.MaxCurve)
	if many > few*101/100 {
		t.Errorf("got %d bytes for twenty times the calls of %d bytes", many, few)
	}
}

func TestRunRefusesAWrongTemperature(t *testing.T) {
	f := &fakeTarget{do: func(c target.Config, call int, reply *target.Reply) {
		switch {
		case c.Runtime.Name == "warm" && call == 0:
			reply.Cold = false
		case c.Runtime.Name == "cold" && call == 7:
			reply.Cold = true
		case c.Runtime.Name == "other" && call == 3:
			reply.Environment = "somebody else"
		}
	}}
	var document results.Document
	if err := newRunner(f, runtimes("warm", "cold", "other", "fine")...).Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"warm": "the first call was not cold", "cold": "warm call 7 was cold", "other": "call 3 was answered by another environment"}
	for _, c := range document.Configurations {
		if c.Runtime == "fine" {
			if c.Status != results.Measured {
				t.Errorf("fine: got %s, want measured", c.Status)
			}
			continue
		}
		if len(c.Environments) != 0 || len(c.Rejected) != 1 || c.Rejected[0] != (results.Rejection{Reason: want[c.Runtime], N: failuresUntilGivenUp}) {
			t.Errorf("%s: got %d environments and %v, want %q %d times", c.Runtime, len(c.Environments), c.Rejected, want[c.Runtime], failuresUntilGivenUp)
		}
		if c.Status != results.Failed || !strings.Contains(c.Reason, want[c.Runtime]) {
			t.Errorf("%s: got %s (%s), want failed with the reason", c.Runtime, c.Status, c.Reason)
		}
	}
}

func TestRunCountsEqualReasonsTogether(t *testing.T) {
	n := 0
	f := &fakeTarget{cold: func(target.Config, int) (target.Environment, error) {
		n++
		return target.Environment{ID: "x", Failure: fmt.Sprintf("RequestId: 00000000-0000-4000-8000-%012d Error: Runtime exited with error: exit status 1", n)}, nil
	}}
	var document results.Document
	if err := newRunner(f, runtimes("a")...).Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	want := []results.Rejection{{Reason: "init: Error: Runtime exited with error: exit status 1", N: 3}}
	if got := document.Configurations[0].Rejected; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRunKeepsWrongAnswersOutOfTheHistograms(t *testing.T) {
	f := &fakeTarget{do: func(_ target.Config, call int, reply *target.Reply) {
		if call == 5 {
			reply.Status = http.StatusInternalServerError
		}
	}}
	var document results.Document
	if err := newRunner(f, runtimes("a")...).Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	var good, bad, counted int64
	for _, operation := range document.Configurations[0].Environments[0].Operations {
		good += operation.N
		bad += operation.Errors
		counted += operation.HDR.ResponseMs.N()
	}
	if good != 39 || bad != 1 || counted != 39 {
		t.Errorf("got %d good, %d errors and %d in the histograms, want 39, 1, 39", good, bad, counted)
	}
}

func TestRunKeepsWhatAnInterruptedRunMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeTarget{}
	runner := newRunner(f, runtimes("a", "b")...)
	runner.Progress = func(done, _ int, _ target.Config) {
		if done == 5 {
			cancel()
		}
	}
	var document results.Document
	if err := runner.Run(ctx, &document); err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, c := range document.Configurations {
		got += len(c.Environments)
		if c.Status != results.Stopped || c.Reason == "" {
			t.Errorf("%s: got %s (%q), want interrupted with a reason", c.Runtime, c.Status, c.Reason)
		}
	}
	if got != 5 || document.Status != results.Interrupted {
		t.Errorf("got %d environments in an %s run, want 5 in an interrupted one", got, document.Status)
	}
}

func TestRunSavesOnTheWay(t *testing.T) {
	runner := newRunner(&fakeTarget{}, runtimes("a")...)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	runner.Now = func() time.Time { now = now.Add(20 * time.Second); return now }
	var saved []int
	runner.Save = func(d *results.Document) {
		saved = append(saved, len(d.Configurations[0].Environments))
		if whole := d.Configurations[0].Status == results.Measured; d.Status != results.Interrupted || whole != (saved[len(saved)-1] == 6) {
			t.Errorf("got a saved %s document after %d of 6 environments (whole: %t)", d.Status, saved[len(saved)-1], whole)
		}
	}
	var document results.Document
	if err := runner.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if len(saved) == 0 || document.Configurations[0].Status != results.Measured {
		t.Errorf("got saves at %v and a final %s, want some and measured", saved, document.Configurations[0].Status)
	}
}

func TestRunStopsAtAFaultOfTheTool(t *testing.T) {
	broken := errors.New("the disk is gone")
	f := &fakeTarget{cold: func(_ target.Config, n int) (target.Environment, error) {
		if n == 2 {
			return target.Environment{}, broken
		}
		return target.Environment{ID: fmt.Sprint(n)}, nil
	}}
	var document results.Document
	err := newRunner(f, runtimes("a")...).Run(t.Context(), &document)
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the fault", err)
	}
	if got := len(document.Configurations[0].Environments); got != 2 {
		t.Errorf("got %d environments, want the 2 from before the fault", got)
	}
}
