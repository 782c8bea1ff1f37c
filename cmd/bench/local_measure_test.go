package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// machine answers at once. Its inits differ by so many milliseconds.
type machine struct {
	spread  int
	made    int
	failing bool
}

func (m *machine) Describe(context.Context) (target.Description, error) {
	return target.Description{}, nil
}

func (m *machine) Artifact(context.Context, target.Config) (results.Artifact, error) {
	return results.Artifact{}, nil
}

func (m *machine) Open(context.Context, target.Config) (target.Session, error) {
	return &machineSession{machine: m}, nil
}

type machineSession struct {
	*machine
	calls int
}

func (s *machineSession) Cold(context.Context, results.ColdKind, int) ([]target.Environment, error) {
	s.made++
	env := target.Environment{ID: fmt.Sprint(s.made), Init: target.Init{Wall: time.Duration(100+s.made*7%13*s.spread) * time.Millisecond}}
	if s.failing {
		env.Failure = "no luck"
	}
	return []target.Environment{env}, nil
}

func (s *machineSession) Do(_ context.Context, environment string, _ target.Request) (target.Reply, error) {
	s.calls++
	return target.Reply{Environment: environment, Cold: s.calls == 1, Status: http.StatusOK, Response: time.Millisecond, Duration: time.Millisecond}, nil
}

func (s *machineSession) Close(context.Context) ([]target.Report, error) { return nil, nil }

func guestPlan(t *testing.T) bench.Plan {
	t.Helper()
	r := config.Runtime{Name: "mine", DisplayName: "Mine", Variants: map[string]config.Variant{"api": {Name: "api", Artifact: "api", Kind: config.Guest, Default: true}}}
	c := target.Config{Runtime: r, Variant: "api", MemoryMB: 1769, Arch: config.X8664}
	requests, err := bench.LoadGuestRequests(r, r.Variants["api"])
	if err != nil {
		t.Fatal(err)
	}
	return bench.Plan{Seed: 1, Workload: config.Defaults(), Configurations: []target.Config{c}, Guests: map[string][]bench.GuestRequest{bench.Key(c): requests}}
}

func runnerOf(m *machine, plan bench.Plan) bench.Runner {
	return bench.Runner{Target: m, Plan: plan, Now: time.Now, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func TestPilotFixesTheSize(t *testing.T) {
	for name, c := range map[string]struct {
		spread    int // ms
		precision float64
		least     int
		most      int
	}{
		"a steady one gets what p90 needs": {0, 0.03, 36, 36},
		"a wild one gets more":             {8, 0.03, 60, 1000},
		"and less for a modest wish":       {8, 0.2, 36, 36},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			a := &app{ui: newUI(&stderr, &stderr)}
			m := &machine{spread: c.spread}
			plan := guestPlan(t)
			plan.Sizing.Precision = c.precision
			var document results.Document
			got, known, err := a.pilot(t.Context(), runnerOf(m, plan), &document)
			if err != nil {
				t.Fatal(err)
			}
			if n := got.Workload.Environments; n < c.least || n > c.most || m.made != bench.PilotEnvironments {
				t.Errorf("got %d environments after a pilot of %d, want %d to %d after %d", n, m.made, c.least, c.most, bench.PilotEnvironments)
			}
			if len(known) != 1 || len(document.Configurations) != 0 {
				t.Errorf("got %v known and %d configurations kept, want one and none: a pilot isn't counted", known, len(document.Configurations))
			}
			if got.Seed != plan.Seed || got.LoadedConfigurations() != 1 {
				t.Errorf("got another plan than the one that was asked for: %+v", got)
			}
			if !strings.Contains(stderr.String(), fmt.Sprintf("takes %d; mine/api/1769/x86_64 needs", got.Workload.Environments)) {
				t.Errorf("got %q", stderr.String())
			}
		})
	}
}

func TestPilotOfNothingSaysWhy(t *testing.T) {
	a := &app{ui: newUI(&bytes.Buffer{}, &bytes.Buffer{})}
	plan := guestPlan(t)
	plan.Sizing.Precision = 0.03
	_, _, err := a.pilot(t.Context(), runnerOf(&machine{failing: true}, plan), &results.Document{})
	if err == nil || !strings.Contains(err.Error(), "no luck") || fault.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
}
