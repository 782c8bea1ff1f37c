package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// reloaded is the document as a file would bring it back.
func reloaded(t interface{ Fatal(...any) }, document *results.Document) *results.Document {
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var again results.Document
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return &again
}

// TestAnInterruptedRunIsContinuedToTheSameEnd interrupts a run at any call, as
// often as it pleases, and goes on. Some environments fail, one runtime always.
func TestAnInterruptedRunIsContinuedToTheSameEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newServer()
		var cancel context.CancelFunc
		until := 0
		s.mend = func(int, *target.Reply) {
			if until--; until == 0 {
				cancel()
			}
		}
		broken := rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 2, rapid.ID[int]).Draw(t, "broken environments")
		begun := map[string]int{}
		s.cold = func(c target.Config, n int) (target.Environment, error) {
			name := c.Runtime.Name
			env := target.Environment{ID: fmt.Sprintf("%s-%d", name, n)}
			if name == "c" || (name == "a" && slices.Contains(broken, begun[name])) {
				env.Failure = "no luck"
			}
			begun[name]++
			return env, nil
		}
		r := s.runner("a", "b", "c")
		r.Plan.Workload.Environments, r.Plan.Workload.WarmCalls = 4, 1
		r.Plan.Workload.Load.Step, r.Plan.Workload.Load.WarmUp, r.Plan.Workload.Load.Precision = 0, 0, 0.15
		document := &results.Document{}
		interruptions := rapid.IntRange(1, 4).Draw(t, "interruptions")
		for {
			ctx, stop := context.WithCancel(t.Context())
			cancel, until = stop, 0
			if interruptions > 0 {
				until = rapid.IntRange(1, 2000).Draw(t, "calls until the interruption")
			}
			interruptions--
			if err := r.Run(ctx, document); err != nil {
				t.Fatal(err)
			}
			stop()
			if document.Status == results.Complete {
				break
			}
			document = reloaded(t, document)
		}
		if begun["c"] > failuresUntilGivenUp {
			t.Fatalf("got %d tries of a runtime that never starts, want it given up after %d", begun["c"], failuresUntilGivenUp)
		}
		for _, c := range document.Configurations {
			got := len(c.Environments) + int(coldRejections(&c))
			switch {
			case c.Runtime == "c":
				if c.Status != results.Failed || got != failuresUntilGivenUp {
					t.Fatalf("c: got %s after %d tries", c.Status, got)
				}
			case got != 4:
				t.Fatalf("%s: got %d environments tried, want 4", c.Runtime, got)
			default:
				if _, ok := c.Capacity(document.Plan.SLO); !ok || c.LoadReason != "" {
					t.Fatalf("%s: got no capacity (%s)", c.Runtime, c.LoadReason)
				}
			}
			blocks := map[int]bool{}
			for _, e := range c.Environments {
				if blocks[e.Block] {
					t.Fatalf("%s: got block %d twice", c.Runtime, e.Block)
				}
				blocks[e.Block] = true
			}
			rates := map[float64]bool{}
			for _, step := range c.Load {
				if rates[step.Rate] {
					t.Fatalf("%s: got the rate %v twice", c.Runtime, step.Rate)
				}
				rates[step.Rate] = true
			}
		}
	})
}

func TestAnInterruptedLoadSaysSo(t *testing.T) {
	s := newServer()
	r := s.runner("a", "b")
	ctx, cancel := context.WithCancel(t.Context())
	r.LoadProgress = func(int, int, target.Config, results.LoadStep) { cancel() }
	var document results.Document
	if err := r.Run(ctx, &document); err != nil {
		t.Fatal(err)
	}
	if document.Status != results.Interrupted {
		t.Errorf("got a %s run, want an interrupted one", document.Status)
	}
	for _, c := range document.Configurations {
		if c.Status != results.Measured || c.LoadReason == "" {
			t.Errorf("%s: got %s, %q", c.Runtime, c.Status, c.LoadReason)
		}
	}
	if left := r.Plan.Remaining(&document, nil); left <= 0 || left > r.Plan.Project(nil) {
		t.Errorf("got %v left of %v", left, r.Plan.Project(nil))
	}
}

func TestAnotherPlanIsNotContinued(t *testing.T) {
	r := newRunner(&fakeTarget{}, runtimes("a", "b")...)
	var document results.Document
	if err := r.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	r.Plan.Workload.Environments++
	if err := r.Run(t.Context(), &document); err == nil || !strings.Contains(err.Error(), "wanted a/api/1769/x86_64 with 7") {
		t.Errorf("got %v, want the difference", err)
	}
}
