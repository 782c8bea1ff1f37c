package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// server is a machine with a clock of its own, on which nothing passes but what
// a call takes and what somebody waits for.
type server struct {
	fakeTarget
	now     time.Time
	service func(call int) time.Duration // of the load's calls, counted from 0
	mend    func(call int, reply *target.Reply)
	late    func(wake int) time.Duration // how late the generator wakes
	wakes   int
	served  int
}

const fakeService = 5 * time.Millisecond

func newServer() *server {
	s := &server{
		now:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		service: func(int) time.Duration { return fakeService },
	}
	s.do = func(_ target.Config, _ int, reply *target.Reply) {
		took := s.service(s.served)
		s.now = s.now.Add(took)
		reply.Response, reply.Duration = took, took
		if s.mend != nil {
			s.mend(s.served, reply)
		}
		s.served++
	}
	return s
}

func (s *server) runner(names ...string) *Runner {
	r := newRunner(&s.fakeTarget, runtimes(names...)...)
	r.Plan.Workload.Load = config.Defaults().Load
	r.Plan.Workload.Environments, r.Plan.Workload.WarmCalls = 1, 1
	r.Now = func() time.Time { return s.now }
	r.Wait = func(ctx context.Context, d time.Duration) error { s.now = s.now.Add(d); return ctx.Err() }
	r.Until = func(ctx context.Context, t time.Time) error {
		if t.After(s.now) {
			s.now = t
		}
		if s.late != nil {
			s.now = s.now.Add(s.late(s.wakes))
		}
		s.wakes++
		return ctx.Err()
	}
	return r
}

// one is a load that is ready for a step.
func (s *server) one(t interface {
	Fatal(...any)
	Context() context.Context
}) *loading {
	r := s.runner("a")
	r.Plan.Workload.Load.WarmUp = 0
	l := &loading{Runner: r, config: r.Plan.Configurations[0], record: &results.Configuration{}, slo: r.Plan.Record().SLO}
	if err := l.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.served = 0
	return l
}

func TestLoadFindsTheHighestRateOfAKnownServer(t *testing.T) {
	for _, service := range []time.Duration{400 * time.Microsecond, 5 * time.Millisecond, 40 * time.Millisecond} {
		t.Run(service.String(), func(t *testing.T) {
			s := newServer()
			s.service = func(int) time.Duration { return service }
			var document results.Document
			if err := s.runner("a", "b").Run(t.Context(), &document); err != nil {
				t.Fatal(err)
			}
			capacity := 1 / service.Seconds()
			for _, c := range document.Configurations {
				best, ok := c.Capacity(document.Plan.SLO)
				// A schedule of finite length lets a queue of 100 ms build up.
				if most := capacity * (1 + 0.1/best.Seconds + 0.01); !ok || best.Rate < capacity*0.94 || best.Rate > most {
					t.Errorf("%s: got %v calls a second (%t), want %v to %v", c.Runtime, best.Rate, ok, capacity*0.94, most)
				}
				for _, step := range c.Load {
					if step.Holds(document.Plan.SLO) != (step.Ended == "") {
						t.Errorf("%s at %v: held %t, ended %q", c.Runtime, step.Rate, step.Holds(document.Plan.SLO), step.Ended)
					}
				}
			}
			if document.Status != results.Complete || !slices.Contains(document.Plan.Phases, "load") {
				t.Errorf("got a %s run of the phases %v", document.Status, document.Plan.Phases)
			}
		})
	}
}

// TestLoadTimesCallsFromTheirIntendedStart compares every time of a step with
// Lindley's recursion for a queue in front of one server.
func TestLoadTimesCallsFromTheirIntendedStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newServer()
		l := s.one(t)
		rate := rapid.Float64Range(50, 180).Draw(t, "rate")
		services := rapid.SliceOfN(rapid.IntRange(100, 20_000), 50, 50).Draw(t, "services in µs")
		s.service = func(call int) time.Duration { return time.Duration(services[call%50]) * time.Microsecond }
		l.slo.ResponseMs = 1e6 // never hopeless
		l.Plan.Workload.SLO.Latency = time.Hour
		step, died, err := l.step(t.Context(), rate)
		if err != nil || died != nil {
			t.Fatalf("got %v, %v", died, err)
		}
		want := results.NewHistogram()
		pacer := Pacer{Rate: rate, Calls: step.Planned}
		free := time.Duration(0)
		for k := range step.Planned {
			intended := pacer.Start(k)
			free = max(free, intended) + s.service(int(k))
			if err := want.Record(free - intended); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := text(t, step.HDR.ResponseMs), text(t, want); a != b {
			t.Fatalf("got other response times than the queue's")
		}
		if a, b := text(t, step.HDR.ClientMs), text(t, want); a != b {
			t.Fatalf("got other client's times than the queue's")
		}
		if step.Sent != step.Planned || step.Late != 0 || step.Dropped != 0 || step.Planned < results.MinLoadCalls {
			t.Fatalf("got %+v, want all sent on schedule", step)
		}
	})
}

func text(t interface{ Fatal(...any) }, h *results.Histogram) string {
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestLoadCountsCallsThatTheGeneratorSendsLate(t *testing.T) {
	s := newServer()
	l := s.one(t)
	s.wakes = 0
	s.late = func(wake int) time.Duration {
		if wake == 7 {
			return 30 * time.Millisecond
		}
		return time.Millisecond
	}
	step, _, err := l.step(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	// 400 calls: the one is more than 0.1 %, so the step is over with it. Those
	// that were due by then and had not left are dropped.
	if step.Late != 1 || step.Holds(l.slo) || step.Sent != 9 || step.Dropped != 3 {
		t.Errorf("got %d late, %d sent, %d dropped, holds: %t", step.Late, step.Sent, step.Dropped, step.Holds(l.slo))
	}
	if got := step.Failure(l.slo); got != "4 calls late or dropped" {
		t.Errorf("got %q", got)
	}
}

func TestLoadRepeatsAStepThatOnlyTheGeneratorFailed(t *testing.T) {
	s := newServer()
	s.late = func(wake int) time.Duration {
		if wake == 100 {
			return 30 * time.Millisecond
		}
		return 0
	}
	var document results.Document
	if err := s.runner("a").Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	load := document.Configurations[0].Load
	if len(load) < 2 || load[0].Late != 1 || load[1].Rate != load[0].Rate || !load[1].Holds(document.Plan.SLO) || load[2].Rate <= load[1].Rate {
		t.Errorf("got %+v, want the first rate twice and then a higher one", load)
	}
}

func TestNextRateCountsALateStepAfterItsRepetition(t *testing.T) {
	plan := Plan{Workload: config.Defaults()}
	slo := plan.Record().SLO
	late := results.LoadStep{Rate: 100, Planned: 400, Sent: 400, Late: 2}
	for want, steps := range map[float64][]results.LoadStep{
		90:   nil,
		100:  {late},
		83.3: {late, late},
	} {
		if got, more := plan.nextRate(steps, slo, 90); !more || got != want {
			t.Errorf("after %d steps: got %v, want %v", len(steps), got, want)
		}
	}
}

func TestLoadDoesNotCallAWaitInTheQueueLate(t *testing.T) {
	s := newServer()
	l := s.one(t)
	s.service = func(call int) time.Duration {
		if call == 20 {
			return 90 * time.Millisecond
		}
		return fakeService
	}
	step, _, err := l.step(t.Context(), 150)
	if err != nil {
		t.Fatal(err)
	}
	if step.Late != 0 || !step.Holds(l.slo) {
		t.Errorf("got %d late, holds: %t (%s)", step.Late, step.Holds(l.slo), step.Failure(l.slo))
	}
}

func TestLoadCutsAHopelessStepShort(t *testing.T) {
	s := newServer()
	l := s.one(t)
	step, _, err := l.step(t.Context(), 2000)
	if err != nil {
		t.Fatal(err)
	}
	if step.Planned != 8000 || step.Sent > 200 || step.Dropped == 0 || step.Ended == "" {
		t.Errorf("got %d of %d sent, %d dropped, ended %q", step.Sent, step.Planned, step.Dropped, step.Ended)
	}
	if got := step.Failure(l.slo); got != "p99 above 100 ms" {
		t.Errorf("got %q", got)
	}
}

func TestLoadFailsAStepWithAWrongAnswer(t *testing.T) {
	s := newServer()
	l := s.one(t)
	s.mend = func(call int, reply *target.Reply) {
		if call == 3 {
			reply.Status = http.StatusInternalServerError
		}
	}
	step, died, err := l.step(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if step.Errors != 1 || died != nil || step.Holds(l.slo) || step.HDR.ResponseMs.N() != step.Sent-1 {
		t.Errorf("got %+v, died %v", step, died)
	}
}

func TestLoadGoesOnWithANewEnvironmentBehindADeath(t *testing.T) {
	s := newServer()
	died := false
	s.mend = func(_ int, reply *target.Reply) {
		if s.wakes > 10 && !died {
			died = true
			reply.Dead, reply.Failure = true, "RequestId: 01234567-89ab-cdef-0123-456789abcdef Error: Runtime exited"
		}
	}
	var document results.Document
	if err := s.runner("a").Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	c := document.Configurations[0]
	want := results.Rejection{Reason: "Error: Runtime exited", N: 1, Phase: results.InLoad}
	if !slices.Contains(c.Rejected, want) {
		t.Errorf("got %v, want %v", c.Rejected, want)
	}
	if c.Load[0].Errors != 1 || c.Load[0].Ended != "the environment died" || c.Load[0].Holds(document.Plan.SLO) {
		t.Errorf("got %+v, want it failed", c.Load[0])
	}
	if _, ok := c.Capacity(document.Plan.SLO); !ok || c.Status != results.Measured {
		t.Errorf("got no capacity, or a %s configuration", c.Status)
	}
	if s.made["a"] != 3 {
		t.Errorf("got %d environments, want one cold and two of the load", s.made["a"])
	}
}

func TestLoadIsGivenUpWhereNoEnvironmentLives(t *testing.T) {
	s := newServer()
	s.cold = func(_ target.Config, n int) (target.Environment, error) {
		if n == 0 {
			return target.Environment{ID: "first"}, nil
		}
		return target.Environment{ID: fmt.Sprint(n), Failure: "no memory"}, nil
	}
	var document results.Document
	if err := s.runner("a").Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	c := document.Configurations[0]
	if c.Status != results.Measured || !strings.Contains(c.LoadReason, "no memory") || len(c.Load) != 0 {
		t.Errorf("got %s, %q, %d steps", c.Status, c.LoadReason, len(c.Load))
	}
	if want := (results.Rejection{Reason: "init: no memory", N: 3, Phase: results.InLoad}); !slices.Contains(c.Rejected, want) {
		t.Errorf("got %v, want %v", c.Rejected, want)
	}
}

// TestAnInterruptionThatKillsTheFunctionIsOne: Ctrl-C ends the environment too,
// and its death must not count against it, in the warm-up or in a step.
func TestAnInterruptionThatKillsTheFunctionIsOne(t *testing.T) {
	for _, at := range []int{50, 500} {
		s := newServer()
		ctx, cancel := context.WithCancel(t.Context())
		s.mend = func(call int, reply *target.Reply) {
			if call == at {
				cancel()
				reply.Dead, reply.Failure = true, "signal: interrupt"
			}
		}
		var document results.Document
		if err := s.runner("a").Run(ctx, &document); err != nil {
			t.Fatal(err)
		}
		c := document.Configurations[0]
		if document.Status != results.Interrupted || len(c.Rejected) != 0 || len(c.Load) != 0 || c.LoadReason == "" {
			t.Errorf("call %d: got a %s run, refused %v, %d steps, %q", at, document.Status, c.Rejected, len(c.Load), c.LoadReason)
		}
	}
}

func TestACapacityFarBelowTheFirstRateIsDoubted(t *testing.T) {
	s := newServer()
	var document results.Document
	if err := s.runner("a").Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Warnings) != 0 {
		t.Errorf("got %q for a quiet machine", document.Warnings)
	}
	s = newServer()
	s.service = func(call int) time.Duration {
		if call%60 == 0 {
			return 250 * time.Millisecond
		}
		return fakeService
	}
	document = results.Document{}
	if err := s.runner("a").Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Warnings) != 1 || !strings.Contains(document.Warnings[0], "a at 1769 MB served about") {
		t.Errorf("got %q, want the doubt", document.Warnings)
	}
}

func TestFloorsGetNoLoad(t *testing.T) {
	s := newServer()
	r := s.runner("a")
	r.Plan.Configurations[0].Runtime.Variants["api"] = config.Variant{Name: "api", Kind: config.Bare}
	s.mend = func(_ int, reply *target.Reply) { reply.Status = http.StatusOK }
	var document results.Document
	if err := r.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if got := document.Configurations[0].Load; len(got) != 0 {
		t.Errorf("got %d steps", len(got))
	}
}
