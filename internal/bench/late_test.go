package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// lateTarget gives each call's report when its session is closed.
type lateTarget struct {
	fakeTarget
	mend func(environment, call int, report *target.Report) // nil changes nothing
}

func (f *lateTarget) Open(ctx context.Context, c target.Config) (target.Session, error) {
	session, err := f.fakeTarget.Open(ctx, c)
	return &lateSession{fakeSession: session.(*fakeSession), late: f}, err
}

type lateSession struct {
	*fakeSession
	late *lateTarget
}

func (s *lateSession) Do(ctx context.Context, environment string, r target.Request) (target.Reply, error) {
	reply, err := s.fakeSession.Do(ctx, environment, r)
	reply.RequestID, reply.Pending, reply.Cold, reply.Client = fmt.Sprint(s.calls), true, false, 9*time.Millisecond
	return reply, err
}

func (s *lateSession) Close(context.Context) (reports []target.Report, err error) {
	for call := range s.calls {
		one := target.Report{RequestID: fmt.Sprint(call + 1), Environment: "stream", Duration: 3 * time.Millisecond, MaxMemory: 7000}
		if call == 0 {
			one.Init = 80 * time.Millisecond
		}
		if s.late.mend != nil {
			s.late.mend(s.target.made[s.config.Runtime.Name], call, &one)
		}
		if one.RequestID != "" {
			reports = append(reports, one)
		}
	}
	return reports, nil
}

// Reports that come late are held to the same rules as those that come with the answer.
func TestLateReports(t *testing.T) {
	for name, tt := range map[string]struct {
		mend   func(call int, report *target.Report)
		reason string // "" where nothing is refused
	}{
		"all there": {func(int, *target.Report) {}, ""},
		"not cold":  {func(call int, r *target.Report) { r.Init = 0 }, "the first call was not cold"},
		"cold": {func(call int, r *target.Report) {
			if call == 2 {
				r.Init = time.Millisecond
			}
		}, "warm call 2 was cold"},
		"another's": {func(call int, r *target.Report) {
			if call == 1 {
				r.Environment = "other"
			}
		}, "warm call 1 was answered by another environment"},
		"missing": {func(call int, r *target.Report) {
			if call > 0 && call < 3 {
				r.Missing = "the function's log has none"
			}
		}, "calls have no REPORT, the first of them since the function's log has none"},
		"never came": {func(call int, r *target.Report) {
			if call == 1 {
				r.RequestID = ""
			}
		}, "calls have no REPORT, the first of them since it came in no log"},
	} {
		t.Run(name, func(t *testing.T) {
			var document results.Document
			fake := &lateTarget{mend: func(environment, call int, r *target.Report) {
				if environment == 1 {
					tt.mend(call, r)
				}
			}}
			runner := newRunner(&fake.fakeTarget, runtimes("a")...)
			runner.Target, runner.Plan.ColdKinds, runner.Spare = fake, []results.ColdKind{results.Idle}, 1
			if err := runner.Run(t.Context(), &document); err != nil {
				t.Fatal(err)
			}
			c := document.Configurations[0]
			if tt.reason == "" && len(c.Rejected) > 0 || tt.reason != "" && (len(c.Rejected) != 1 || c.Rejected[0].N != 1 || !strings.Contains(c.Rejected[0].Reason, tt.reason)) {
				t.Errorf("got %+v, want %q once", c.Rejected, tt.reason)
			}
			if c.Status != results.Measured {
				t.Errorf("got %s, want another one in its place", c.Status)
			}
			for _, e := range c.Environments {
				if e.Init.WallMs != 80 || *e.FirstCall.DurationMs != 3 || *e.FirstCall.ClientMs != 9 || *e.Memory.Peak != 7000 || e.Memory.Anon != nil {
					t.Errorf("got %+v", e)
				}
				for name, o := range e.Operations {
					if o.HDR.DurationMs.N() != o.N || o.HDR.ClientMs.N() != o.N || o.HDR.ResponseMs != nil {
						t.Errorf("%s: got other clocks than the client's and the report's", name)
					}
				}
			}
		})
	}
}
