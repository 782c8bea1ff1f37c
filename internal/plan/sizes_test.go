package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func planned(t *testing.T, l Local, runtimes ...config.Runtime) bench.Plan {
	t.Helper()
	plan, err := l.Plan(runtimes)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestFitCutsOrRefuses(t *testing.T) {
	plan := planned(t, Local{}, brook)
	whole := plan.Project(nil)
	for name, c := range map[string]struct {
		budget, ahead time.Duration
		counted       bool
		refused       string // "" if it isn't
		cut           bool
	}{
		"no budget":              {},
		"all fits":               {budget: whole, counted: true},
		"less fits":              {budget: whole * 3 / 4, cut: true},
		"less, behind the gate":  {budget: whole, ahead: whole / 4, cut: true},
		"less than was asked of": {budget: whole * 3 / 4, counted: true, refused: " fit"},
		"nothing fits":           {budget: whole * 3 / 4, ahead: whole, refused: "not even the 6"},
	} {
		plan.Sizing.Budget = c.budget
		got, warning, err := Fit(plan, nil, c.ahead, c.counted)
		if c.refused != "" {
			if !fault.IsUsage(err) || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), "36 environments per configuration would take about") {
				t.Errorf("%s: got %v, want it refused with %q", name, err, c.refused)
			}
			continue
		}
		n := got.Workload.Environments
		if err != nil || c.budget > 0 && c.ahead+got.Project(nil) > c.budget || (n < 36) != c.cut {
			t.Errorf("%s: got %d environments in %s (%v), want them cut: %t", name, n, got.Project(nil), err, c.cut)
		}
		if said := strings.HasSuffix(warning, fmt.Sprintf("there is time for %d.", n)); said != c.cut {
			t.Errorf("%s: got the warning %q, want one: %t", name, warning, c.cut)
		}
	}
}

func TestText(t *testing.T) {
	for want, plan := range map[string]bench.Plan{
		"planned: 1 configuration, 9 environments, about 1m5s":                             planned(t, Local{Layers: "none", Choices: Choices{Quick: true}}, brook),
		"planned: 2 configurations + 4 layers below, 96 environments, 2 loads, about 1m5s": planned(t, Local{}, ada, brook),
		"planned: 1 configuration + 1 layer below, 42 environments, 1 load, about 1m5s":    planned(t, Local{}, brook),
	} {
		if got := Text(plan, 65*time.Second); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Each variant is held to the contract once, whatever its sizes; some have none.
func TestAhead(t *testing.T) {
	free := runtimeOf("free", config.Variant{Name: "api", Kind: config.Guest, Contract: config.ContractNone})
	if got := Ahead(planned(t, Local{Layers: "none", Choices: Choices{Memory: []int{512, 256}}}, ada, brook, free)); got != 2*gateTime {
		t.Errorf("got %s, want it of two variants, %s", got, 2*gateTime)
	}
}

func TestByPilot(t *testing.T) {
	plan := planned(t, Local{Choices: Choices{Precision: "3%"}}, brook)
	pilot := results.Document{Configurations: []results.Configuration{{Runtime: "brook", Variant: "api", Memory: 1769, Arch: config.X8664, Reason: "no luck"}}}
	if _, _, err := ByPilot(plan, &pilot); err == nil || !strings.Contains(err.Error(), "the pilot has no figures: brook/api/1769/x86_64: no luck") || fault.Hint(err) == "" {
		t.Errorf("got %v, want what was wrong", err)
	}
	for name, c := range map[string]struct {
		spread float64 // ms
		least  int
		most   int
	}{"steady": {0, 36, 36}, "wild": {8, 60, 1000}} {
		environments := make([]results.Environment, bench.PilotEnvironments)
		for i := range environments {
			call := 1.0
			environments[i].Init.WallMs = 100 + float64(i*7%13)*c.spread
			environments[i].FirstCall.DurationMs = &call
			environments[i].Curve = []results.CurvePoint{{Times: results.Times{ResponseMs: &call, DurationMs: &call}}}
		}
		pilot.Configurations[0].Environments = environments
		sized, why, err := ByPilot(plan, &pilot)
		n := sized.Workload.Environments
		if err != nil || n < c.least || n > c.most || !strings.HasPrefix(why, fmt.Sprintf("pilot of 12 environments each: ±3%% takes %d; brook/api/1769/x86_64 needs ", n)) {
			t.Errorf("%s: got %d, %q (%v), want %d to %d", name, n, why, err, c.least, c.most)
		}
	}
}
