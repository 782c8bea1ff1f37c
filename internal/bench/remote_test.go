package bench

import (
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// A function that ran out of sight has its REPORT's clocks and the caller's, and no
// others: what is not known is absent, never zero.
func TestReportedCalls(t *testing.T) {
	var document results.Document
	runner := newRunner(&fakeTarget{do: func(_ target.Config, call int, reply *target.Reply) {
		reply.Response, reply.CPU, reply.Database = 0, 0, 0
		reply.Client, reply.Memory = 9*time.Millisecond, target.Memory{Peak: 5000}
		reply.Report = &target.Report{Duration: reply.Duration}
		if call == 0 {
			reply.Report.Init = 120 * time.Millisecond
		}
	}}, runtimes("a")...)
	runner.Plan.ColdKinds, runner.Plan.Ungated = []results.ColdKind{results.Forced}, true
	if err := runner.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	if got := document.Plan.Phases; len(got) != 2 || got[0] != "cold" {
		t.Errorf("got the phases %v, want no gate", got)
	}
	for _, e := range document.Configurations[0].Environments {
		if e.Init.WallMs != 120 || e.Init.CPUMs != nil || e.Kind != results.Forced {
			t.Errorf("got the init %+v of kind %s, want the report's 120 ms alone", e.Init, e.Kind)
		}
		if f := e.FirstCall; *f.ClientMs != 9 || *f.DurationMs != 2 || f.ResponseMs != nil || f.CPUMs != nil || f.DBMs != nil {
			t.Errorf("got the first call %+v, want its client's time and its duration alone", f)
		}
		if m := e.Memory; *m.Peak != 5000 || m.AfterInit != nil || m.Anon != nil || m.AnonAfterInit != nil {
			t.Errorf("got the memory %+v, want its peak alone", m)
		}
		for name, o := range e.Operations {
			if o.HDR.ClientMs.N() != o.N || o.HDR.DurationMs.N() != o.N || o.HDR.ResponseMs != nil || o.HDR.CPUMs != nil || o.HDR.DBMs != nil {
				t.Errorf("%s: got other histograms than those of clientMs and durationMs with %d calls", name, o.N)
			}
		}
	}
}

// Refused environments are made again behind the plan and stay counted; not without
// end, and not at all unless asked for.
func TestSpare(t *testing.T) {
	for name, tt := range map[string]struct {
		spare, refused   int // environments 1 to refused of runtime a
		measured, blocks int
		status           results.Status
	}{
		"none asked for": {0, 2, 4, 6, results.Failed},
		"enough":         {3, 2, 6, 8, results.Measured},
		"too few":        {1, 2, 5, 7, results.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			var document results.Document
			fake := &fakeTarget{}
			fake.do = func(c target.Config, call int, reply *target.Reply) {
				if n := fake.made["a"]; c.Runtime.Name == "a" && call == 0 && n > 1 && n <= 1+tt.refused {
					reply.Cold = false
				}
			}
			runner := newRunner(fake, runtimes("a", "b")...)
			runner.Spare = tt.spare
			if err := runner.Run(t.Context(), &document); err != nil {
				t.Fatal(err)
			}
			a, b := document.Configurations[0], document.Configurations[1]
			if len(a.Environments) != tt.measured || a.Status != tt.status || a.Rejected[0].N != int64(tt.refused) {
				t.Errorf("got %d environments, %s and %v, want %d, %s and %d refused", len(a.Environments), a.Status, a.Rejected, tt.measured, tt.status, tt.refused)
			}
			if last := a.Environments[len(a.Environments)-1].Block + 1; last != tt.blocks {
				t.Errorf("got %d blocks, want %d", last, tt.blocks)
			}
			if len(b.Environments) != 6 {
				t.Errorf("got %d environments of who was not refused, want 6", len(b.Environments))
			}
		})
	}
}
