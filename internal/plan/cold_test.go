package plan

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// forced is what bench aws takes by itself.
func forced() Cold {
	return Cold{Kinds: []string{"forced"}, Idle: DefaultIdle, Age: DefaultAge, Burst: DefaultBurst, Lead: DefaultLead}
}

// inAWS plans six environments of each kind, of two functions at two sizes.
func inAWS(t *testing.T, cold Cold) bench.Plan {
	t.Helper()
	plan, err := AWS{Choices{Environments: 6}, cold}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		for _, size := range []int{512, 1769} {
			plan.Configurations = append(plan.Configurations, target.Config{Runtime: runtimeOf(name, config.Variant{Name: "api", Kind: config.API}), Variant: "api", MemoryMB: size, Arch: config.X8664})
		}
	}
	return plan
}

// What is expected follows from the kinds: idle waits are beside each other for all
// functions, and behind each other for the sizes of one.
func TestKindsTakeTheirTime(t *testing.T) {
	f := Cold{Kinds: []string{"idle", "scale-out", "idle"}, Idle: 10 * time.Minute, Age: time.Hour, Burst: 4}
	plan := inAWS(t, f)
	if !slices.Equal(plan.ColdKinds, []results.ColdKind{results.Idle, results.ScaleOut}) {
		t.Fatalf("got %v", plan.ColdKinds)
	}
	if n := f.waits(plan); n != 12 {
		t.Errorf("got %d waits, want 6 of each of two sizes", n)
	}
	if got := f.Expected(plan); got < 2*time.Hour || got > 2*time.Hour+15*time.Minute {
		t.Errorf("got %s, want two hours of waiting and the calls", got)
	}
	if n := f.AtOnce(plan); n != 4 {
		t.Errorf("got %d at once, want a burst", n)
	}
	if n := f.calls(plan, results.ScaleOut); n != 9 {
		t.Errorf("got %d calls, want one that warms, a burst, and as many that delete", n)
	}
	at := time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)
	if lines := f.Schedule(plan, at); len(lines) != 1 || !strings.Contains(lines[0], "12 waits of 10m") || !strings.Contains(lines[0], "the first is over at about Sun 07:10, the last at about Sun 09:0") {
		t.Errorf("got %q", lines)
	}
}

func TestKindsWithoutWaiting(t *testing.T) {
	f := forced()
	plan := inAWS(t, f)
	if n, at := f.waits(plan), f.AtOnce(plan); n != 0 || at != 1 || len(f.Schedule(plan, time.Time{})) != 0 {
		t.Errorf("got %d waits, %d at once and %q", n, at, f.Schedule(plan, time.Time{}))
	}
	f.Kinds = append(f.Kinds, "restored-aged")
	plan = inAWS(t, f)
	lines := f.Schedule(plan, time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC))
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "restored-aged: 8 versions of each configuration are published at the beginning and called 1h0m later, from about Sun 08:00 on") {
		t.Errorf("got %q", lines)
	}
	if got := f.Expected(plan); got < time.Hour {
		t.Errorf("got %s, want the hour in which versions age and more", got)
	}
}

func TestKindsThatAreRefused(t *testing.T) {
	for says, change := range map[string]func(*Cold){
		"--cold warm: not a kind of cold start in AWS": func(c *Cold) { c.Kinds = []string{"forced", "warm"} },
		"--cold: no kind of cold start":                func(c *Cold) { c.Kinds = nil },
		"--idle 0s: not a time to wait":                func(c *Cold) { c.Idle = 0 },
		"--age -1s: not a time to wait":                func(c *Cold) { c.Age = -time.Second },
		"--burst 1: not a burst":                       func(c *Cold) { c.Burst = 1 },
		"--burst 101: not a burst":                     func(c *Cold) { c.Burst = 101 },
		"--lead 0s: got no time from 1 s to 5m":        func(c *Cold) { c.Workers, c.Lead = 2, 0 },
		"--scale -1: not a number of workers":          func(c *Cold) { c.Workers = -1 },
		"--scale 2: bursts make cold starts that are forced and by scale-out, none of the kind idle": func(c *Cold) { c.Workers, c.Kinds = 2, []string{"forced", "idle"} },
	} {
		cold := forced()
		change(&cold)
		if _, err := (AWS{Cold: cold}).Plan(); !fault.IsUsage(err) || err.Error() != says || fault.Hint(err) == "" {
			t.Errorf("got %v with the hint %q, want %q and a hint", err, fault.Hint(err), says)
		}
	}
}

// With workers each step is a burst, of which every cold start counts, and none is called
// again. Where nobody says how many, there are as many bursts as a comparison needs.
func TestBurstsOfWorkers(t *testing.T) {
	cold := Cold{Kinds: []string{"forced", "scale-out"}, Idle: DefaultIdle, Age: DefaultAge, Burst: 5, Workers: 4, Lead: 30 * time.Second}
	for name, tt := range map[string]struct {
		choices             Choices
		environments, steps int
		each                int // of a burst at most: the last one's median counts like the others'
		refused             string
	}{
		"default": {Choices{}, 12 * 19, 12, 19, ""},
		"quick":   {Choices{Quick: true}, 9 * 19, 9, 19, ""},
		"asked":   {Choices{Environments: 500}, 500, 27, 19, ""},
		"fewest":  {Choices{Environments: 5*19 + 1}, 5*19 + 1, 6, 16, ""},
		"fewer":   {Choices{Environments: 5 * 19}, 0, 0, 0, "--environments 95: got fewer than 6 bursts, which make up to 19 environments each"},
		"pilot":   {Choices{Precision: "3%"}, 0, 0, 0, "--scale 4: a pilot calls one environment at a time"},
	} {
		plan, err := AWS{tt.choices, cold}.Plan()
		if tt.refused != "" {
			if !fault.IsUsage(err) || !strings.HasPrefix(err.Error(), tt.refused) || fault.Hint(err) == "" {
				t.Errorf("%s: got %v with the hint %q, want %q", name, err, fault.Hint(err), tt.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := target.Config{Runtime: runtimeOf("a", config.Variant{Name: "api", Kind: config.API}), Variant: "api", MemoryMB: 512, Arch: config.X8664}
		plan.Configurations = []target.Config{c}
		if n := plan.OfEachKind(c); n != tt.environments || plan.StepsOfEachKind(c) != tt.steps || len(plan.Steps()) != 2*tt.steps || plan.Burst != tt.each || plan.Workload.WarmCalls != 0 || cold.AtOnce(plan) != 20 {
			t.Errorf("%s: got %d environments in %d and %d steps of %d with %d warm calls, %d at once", name, n, plan.StepsOfEachKind(c), len(plan.Steps()), plan.Burst, plan.Workload.WarmCalls, cold.AtOnce(plan))
		}
		region, err := cost.Latest().Region(cost.DefaultRegion)
		if err != nil {
			t.Fatal(err)
		}
		ahead := cold.Outlook(plan, region, func(target.Config) time.Duration { return 10 * time.Second }, false)
		if want := tt.steps * (40 + 41); ahead.Calls != want || ahead.Changes != 2*tt.steps || ahead.Bursts != 2*tt.steps || ahead.MostBursts != 2*(tt.steps+Spare(plan)) {
			t.Errorf("%s: got %+v, want %d calls", name, ahead, want)
		}
		before := ahead
		ahead.AddWorkers(region, c, 4, time.Second, 10*time.Second)
		if usual, most := ahead.Usual-before.Usual, ahead.Most-before.Most; usual <= 0 || most < 5*usual {
			t.Errorf("%s: got %g and %g USD of workers", name, usual, most)
		}
		if took := cold.Expected(plan); took < time.Duration(2*tt.steps)*30*time.Second {
			t.Errorf("%s: got %s for %d bursts", name, took, 2*tt.steps)
		}
	}
}

// An outlook has all calls, and never promises less than what can come.
func TestOutlook(t *testing.T) {
	region, err := cost.Latest().Region(cost.DefaultRegion)
	if err != nil {
		t.Fatal(err)
	}
	timeout := func(target.Config) time.Duration { return 10 * time.Second }
	f := forced()
	plan := inAWS(t, f)
	of := func(f Cold, plan bench.Plan, throughAPI bool) Outlook {
		return f.Outlook(plan, region, timeout, throughAPI)
	}
	got := of(f, plan, false)
	// Each of 24 environments has its first call, 60 warm ones, of which 12 make an item and
	// 6 delete one, and those that delete the other 6 and the first call's.
	if got.Calls != 24*(1+60+7) || got.Changes != 24 || got.Usual <= 0 || got.Most < 10*got.Usual {
		t.Errorf("got %+v, want 1632 calls, 24 changes, and much more than the usual price if all goes wrong", got)
	}
	short := f.Outlook(plan, region, func(target.Config) time.Duration { return 100 * time.Millisecond }, false)
	if want := short.Usual * (6 + 2) / 6; math.Abs(short.Most-want) > 1e-12 {
		t.Errorf("got %g USD at most where no call can take longer than usual, want %g: two more than six of each", short.Most, want)
	}
	if dearer := of(f, plan, true); dearer.Usual <= got.Usual || dearer.Calls != got.Calls {
		t.Errorf("got %+v through the API, want it dearer than %+v", dearer, got)
	}
	f.Kinds = []string{"idle"}
	if idle := of(f, inAWS(t, f), false); idle.Changes != 0 || idle.Calls != got.Calls {
		t.Errorf("got %+v, want nothing changed", idle)
	}
	f.Kinds = []string{"restored"}
	snapshots := of(f, inAWS(t, f), false)
	if snapshots.Usual <= got.Usual {
		t.Errorf("got %+v, want the snapshots' price above %+v", snapshots, got)
	}
	free := inAWS(t, f)
	for i := range free.Configurations {
		free.Configurations[i].Runtime.Artifacts = map[string]config.Artifact{"": {LambdaRuntime: "java25"}}
	}
	if java := of(f, free, false); math.Abs(java.Usual-got.Usual) > 1e-12 {
		t.Errorf("got %+v, want Java's snapshots free", java)
	}
}
