package results_test

import (
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

var objective = results.SLO{Percentile: 99, ResponseMs: 100, LateShare: 0.001, LateMs: 10}

// stepOf is a whole step whose calls took 5 ms, but for slow ones.
func stepOf(t *testing.T, calls, slow int64) results.LoadStep {
	t.Helper()
	step := results.LoadStep{Rate: 100, Seconds: float64(calls) / 100, Planned: calls, Sent: calls, Environments: 1,
		HDR: results.HDR{ResponseMs: results.NewHistogram()}}
	for i := range calls {
		took := 5 * time.Millisecond
		if i < slow {
			took = 150 * time.Millisecond
		}
		if err := step.HDR.ResponseMs.Record(took); err != nil {
			t.Fatal(err)
		}
	}
	return step
}

func TestLoadStepHoldsTheObjectiveOrSaysWhyNot(t *testing.T) {
	for name, c := range map[string]struct {
		step func() results.LoadStep
		want string
	}{
		"all fast":         {func() results.LoadStep { return stepOf(t, 1000, 0) }, ""},
		"one in a hundred": {func() results.LoadStep { return stepOf(t, 1000, 10) }, ""},
		"one more":         {func() results.LoadStep { return stepOf(t, 1000, 11) }, "p99 above 100 ms"},
		"an error":         {func() results.LoadStep { s := stepOf(t, 1000, 0); s.Errors = 1; return s }, "1 error"},
		"one late":         {func() results.LoadStep { s := stepOf(t, 1000, 0); s.Late = 1; return s }, ""},
		"two late":         {func() results.LoadStep { s := stepOf(t, 1000, 0); s.Late = 2; return s }, "2 calls late or dropped"},
		"dropped":          {func() results.LoadStep { s := stepOf(t, 1000, 0); s.Late, s.Dropped = 1, 1; return s }, "2 calls late or dropped"},
		"cut short":        {func() results.LoadStep { s := stepOf(t, 500, 0); s.Planned, s.Ended = 1000, "it died"; return s }, "it died"},
		"from the client": {func() results.LoadStep {
			s := stepOf(t, 100, 2)
			s.HDR.ClientMs, s.HDR.ResponseMs = s.HDR.ResponseMs, nil
			return s
		}, "p99 above 100 ms"},
	} {
		t.Run(name, func(t *testing.T) {
			step := c.step()
			if got := step.Failure(objective); got != c.want || step.Holds(objective) != (c.want == "") {
				t.Errorf("got %q (holds: %t), want %q", got, step.Holds(objective), c.want)
			}
		})
	}
}

func TestGeneratorLateIsNothingButThat(t *testing.T) {
	for name, c := range map[string]struct {
		late, errors, slow int64
		want               bool
	}{"held": {0, 0, 0, false}, "late": {2, 0, 0, true}, "late and slow": {2, 0, 20, false}, "slow": {0, 0, 20, false}, "late and wrong": {2, 1, 0, false}} {
		step := stepOf(t, 1000, c.slow)
		step.Late, step.Errors = c.late, c.errors
		if got := step.GeneratorLate(objective); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestCapacityIsTheHighestRateThatHeld(t *testing.T) {
	rate := func(r float64, slow int64) results.LoadStep {
		step := stepOf(t, 400, slow)
		step.Rate = r
		return step
	}
	c := results.Configuration{Load: []results.LoadStep{rate(100, 0), rate(150, 40), rate(120, 0), rate(130, 40)}}
	if got, ok := c.Capacity(objective); !ok || got.Rate != 120 {
		t.Errorf("got %v (%t), want 120", got.Rate, ok)
	}
	c.Load = append(c.Load, rate(120, 40)) // tried again, and no longer held
	if got, ok := c.Capacity(objective); !ok || got.Rate != 100 {
		t.Errorf("got %v (%t), want 100", got.Rate, ok)
	}
	c.Load = c.Load[3:]
	if got, ok := c.Capacity(objective); ok {
		t.Errorf("got %v, want none", got.Rate)
	}
}

func TestHopelessAgreesWithTheFinalVerdict(t *testing.T) {
	for _, c := range []struct {
		late, errors, over int64
		want               bool
	}{{0, 0, 0, false}, {1, 0, 10, false}, {2, 0, 0, true}, {0, 1, 0, true}, {0, 0, 11, true}} {
		if got := objective.Hopeless(1000, c.late, c.errors, c.over); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}
