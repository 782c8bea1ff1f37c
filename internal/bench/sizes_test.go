package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

func planOf(configs ...target.Config) Plan {
	return Plan{Seed: 1, Workload: config.Defaults(), Configurations: configs}
}

func TestProjectionIsWhatTheFakeMachineTakes(t *testing.T) {
	s := newServer()
	r := s.runner("a", "b")
	r.Plan.Workload = config.Defaults()
	r.Settle = func(context.Context) error { s.now = s.now.Add(around); return nil }
	s.cold = func(c target.Config, n int) (target.Environment, error) {
		s.now = s.now.Add(300 * time.Millisecond)
		return target.Environment{ID: fmt.Sprintf("%s-%d", c.Runtime.Name, n), Init: target.Init{Wall: 300 * time.Millisecond}}, nil
	}
	known := Expectations{}
	for _, c := range r.Plan.Configurations {
		known[Key(c)] = Expectation{Start: 300*time.Millisecond + fakeService, Call: fakeService}
	}
	projected := r.Plan.Project(known)
	began := s.now
	var document results.Document
	if err := r.Run(t.Context(), &document); err != nil {
		t.Fatal(err)
	}
	actual := s.now.Sub(began)
	if ratio := projected.Seconds() / actual.Seconds(); ratio < 0.9 || ratio > 1.25 {
		t.Errorf("projected %v, took %v", projected, actual)
	}
	if got := Expect(&document)[Key(r.Plan.Configurations[0])]; got != known[Key(r.Plan.Configurations[0])] {
		t.Errorf("got %+v from the run, want %+v", got, known)
	}
}

func TestFitKeepsToTheBudget(t *testing.T) {
	plan := planOf(runtimes("a", "b", "c")...)
	whole := plan.Project(nil)
	for _, share := range []float64{1, 0.9, 0.7} {
		budget := time.Duration(share * float64(whole))
		got, ok := plan.Fit(nil, budget)
		if !ok || got.Project(nil) > budget {
			t.Errorf("%v: got %d environments that take %v", budget, got.Workload.Environments, got.Project(nil))
		}
		if more := got.Resized(got.Workload.Environments + 1); got.Workload.Environments < 36 && more.Project(nil) <= budget {
			t.Errorf("%v: got %d environments, one more fits", budget, got.Workload.Environments)
		}
	}
	if got, ok := plan.Fit(nil, 10*time.Second); ok {
		t.Errorf("got %d environments in ten seconds, want none", got.Workload.Environments)
	}
	if got := plan.Resized(6).Workload.LayerEnvironments; got != 6 {
		t.Errorf("got %d for a floor, want no more than the others", got)
	}
}

func TestNeedsOfAPilot(t *testing.T) {
	pilot := resultstest.Document(resultstest.Options{Seed: 3, Runtimes: []string{"go", "python"}, Environments: PilotEnvironments, LayerEnvironments: 3})
	fine, coarse := Needs(&pilot, 0.02), Needs(&pilot, 0.08)
	if len(fine) < 2 || fine[0].Environments < fine[1].Environments || fine[0].Environments < 2*coarse[0].Environments {
		t.Errorf("got %+v and %+v, want the largest first and more for more precision", fine, coarse)
	}
	for _, need := range fine {
		if need.Environments != max(need.Cold, need.Warm) {
			t.Errorf("got %+v", need)
		}
	}
}

func TestPilotLeavesFloorsAndLoadOut(t *testing.T) {
	configs := runtimes("a", "b")
	configs[1].Runtime.Variants["api"] = config.Variant{Name: "api", Kind: config.Bare}
	plan := planOf(configs...)
	pilot := plan.Pilot()
	if len(pilot.Configurations) != 1 || len(pilot.Steps()) != PilotEnvironments || pilot.LoadedConfigurations() != 0 || pilot.Seed == plan.Seed {
		t.Errorf("got %+v", pilot)
	}
	if len(plan.Configurations) != 2 || plan.LoadedConfigurations() != 1 {
		t.Errorf("the plan itself was changed: %+v", plan)
	}
}

func TestSizingIsRecorded(t *testing.T) {
	plan := planOf()
	plan.Sizing = Sizing{Precision: 0.03, Budget: 20 * time.Minute}
	got := plan.Record().Sizes
	if got.FixedBy != "pilot" || *got.Precision != 0.03 || *got.BudgetSeconds != 1200 || got.PilotEnvironments != PilotEnvironments {
		t.Errorf("got %+v", got)
	}
	if got := planOf().Record().Sizes; got.FixedBy != "count" || got.Precision != nil || got.BudgetSeconds != nil {
		t.Errorf("got %+v", got)
	}
}
