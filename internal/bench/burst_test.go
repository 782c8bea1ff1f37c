package bench

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// burstTarget makes four calls at once, of which the first meets a warm environment.
type burstTarget struct {
	fakeTarget
	mend func(n int, burst *target.Burst) // n counts bursts from 0
	n    int
}

func (b *burstTarget) Open(_ context.Context, c target.Config) (target.Session, error) {
	return &burstSession{fakeSession{target: &b.fakeTarget, config: c}, b}, nil
}

type burstSession struct {
	fakeSession
	bursts *burstTarget
}

func (s *burstSession) Burst(context.Context, target.Request) (target.Burst, error) {
	burst := target.Burst{Counted: results.Burst{Workers: 2, Calls: 4, Cold: 3, Warm: 1}}
	for i := range 3 {
		burst.Cold = append(burst.Cold, target.Reply{
			Environment: fmt.Sprintf("%s/%d", s.id, i+1), Cold: true, Status: http.StatusCreated, Header: http.Header{"Location": {"items/1"}},
			Client: 200 * time.Millisecond, Report: &target.Report{Init: 100 * time.Millisecond}, Duration: time.Duration(i+1) * time.Millisecond,
		})
	}
	if s.bursts.mend != nil {
		s.bursts.mend(s.bursts.n, &burst)
	}
	s.bursts.n++
	return burst, nil
}

// burstRunner plans eight environments of each runtime, in bursts that make three.
func burstRunner(f *burstTarget, kinds ...results.ColdKind) *Runner {
	runner := newRunner(&f.fakeTarget, runtimes("a", "b")...)
	runner.Target, runner.Spare = f, 2
	runner.Plan.Burst, runner.Plan.Workload.Environments, runner.Plan.ColdKinds = 3, 8, kinds
	return runner
}

// Each cold call of a burst is an environment with a first call alone, in the burst's
// block; the first of them has the burst.
func TestBursts(t *testing.T) {
	var document results.Document
	f := &burstTarget{}
	runner := burstRunner(f, results.Forced, results.ScaleOut)
	if err := runner.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if f.n != 12 {
		t.Errorf("got %d bursts, want three of each kind and runtime", f.n)
	}
	for _, c := range document.Configurations {
		sizes := map[int]int{}
		bursts := 0
		for _, e := range c.Environments {
			sizes[e.Block]++
			if e.Burst != nil {
				bursts++
			}
			if e.Init.WallMs != 100 || e.FirstCall.ClientMs == nil || len(e.Curve)+len(e.Operations) > 0 || (e.Block%2 == 1) != (e.Kind == results.ScaleOut) {
				t.Errorf("got %+v", e)
			}
		}
		if want := map[int]int{0: 3, 1: 3, 2: 3, 3: 3, 4: 2, 5: 2}; c.Status != results.Measured || !reflect.DeepEqual(sizes, want) || bursts != 6 {
			t.Errorf("%s: got %s with %v by block and %d bursts, want %v and 6", c.Key(), c.Status, sizes, bursts, want)
		}
	}
}

// What does not count is told, and made up for by other bursts, but not without end.
func TestBurstsThatFail(t *testing.T) {
	for name, tt := range map[string]struct {
		mend     func(n int, burst *target.Burst)
		bursts   int
		measured int
		status   results.Status
		reasons  []string
	}{
		"a worker": {func(n int, b *target.Burst) {
			if n == 0 {
				b.Cold, b.Problems = b.Cold[:1], []string{"share 2 of 2: killed"}
			}
		}, 4, 8, results.Measured, []string{"share 2 of 2: killed"}},
		"an answer": {func(n int, b *target.Burst) {
			if n == 1 {
				b.Cold[1].Status = http.StatusInternalServerError
			}
		}, 3, 8, results.Measured, []string{"first call: status 500 instead of 201"}},
		"nothing is answered": {func(_ int, b *target.Burst) {
			b.Cold, b.Counted.Cold, b.Counted.Warm, b.Counted.Refused = nil, 0, 0, 4
			b.Problems = []string{"4 of 4 calls of the burst: denied"}
		}, 3, 0, results.Failed, []string{"4 of 4 calls of the burst: denied", "no call of the burst was cold: 0 warm, 0 throttled, 4 without a report; 4 of 4 calls of the burst: denied"}},
		"most are throttled": {func(_ int, b *target.Burst) {
			b.Cold, b.Counted.Cold, b.Counted.Throttled = b.Cold[:1], 1, 2
		}, 5, 5, results.Stopped, nil},
		"nothing is cold": {func(_ int, b *target.Burst) {
			b.Cold, b.Counted.Cold, b.Counted.Warm = nil, 0, 4
		}, 3, 0, results.Failed, []string{"no call of the burst was cold: 4 warm, 0 throttled, 0 without a report"}},
	} {
		t.Run(name, func(t *testing.T) {
			var document results.Document
			f := &burstTarget{mend: tt.mend}
			runner := burstRunner(f, results.Forced)
			runner.Plan.Configurations = runner.Plan.Configurations[:1]
			if err := runner.Run(t.Context(), &document); err != nil {
				t.Fatal(err)
			}
			c := document.Configurations[0]
			var reasons []string
			for _, r := range c.Rejected {
				reasons = append(reasons, r.Reason)
			}
			if f.n != tt.bursts || len(c.Environments) != tt.measured || c.Status != tt.status || !slices.Equal(reasons, tt.reasons) {
				t.Errorf("got %d bursts, %d environments, %s (%s) and %q", f.n, len(c.Environments), c.Status, c.Reason, reasons)
			}
		})
	}
	var document results.Document
	runner := burstRunner(&burstTarget{}, results.Forced)
	runner.Target = &fakeTarget{made: map[string]int{}}
	if err := runner.Run(t.Context(), &document); err == nil {
		t.Error("got no error from a target that makes no bursts")
	}
}

// What was measured before Ctrl-C is kept as such, however much of the bursts did not count.
func TestBurstsThatAreInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &burstTarget{mend: func(n int, b *target.Burst) {
		for i := range 5 {
			b.Problems = append(b.Problems, fmt.Sprintf("share %d of 9: killed", i+1))
		}
		if n == 1 {
			cancel()
		}
	}}
	var document results.Document
	runner := burstRunner(f, results.Forced)
	runner.Plan.Configurations = runner.Plan.Configurations[:1]
	if err := runner.Run(ctx, &document); err != nil {
		t.Fatal(err)
	}
	if c := document.Configurations[0]; c.Status != results.Stopped || len(c.Environments) != 6 || c.Reason != "The run ended after 6 of 8 environments." {
		t.Errorf("got %s with %d environments (%s)", c.Status, len(c.Environments), c.Reason)
	}
}
