package bench

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

func TestOrderHoldsEveryEnvironmentOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 12).Draw(t, "environments")
		steps := Order(want, rapid.Uint64().Draw(t, "seed"))
		got := make([]int, len(want))
		seen := map[Step]bool{}
		for i, step := range steps {
			got[step.Configuration]++
			if seen[step] {
				t.Fatalf("got %+v twice, want one environment per configuration and block", step)
			}
			seen[step] = true
			if i > 0 && steps[i-1].Block > step.Block {
				t.Fatalf("got block %d behind block %d", step.Block, steps[i-1].Block)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v environments, want %v", got, want)
		}
	})
}

func TestOrderSpreadsTheFewOverTheWholeRun(t *testing.T) {
	var blocks []int
	for _, step := range Order([]int{36, 4}, 1) {
		if step.Configuration == 1 {
			blocks = append(blocks, step.Block)
		}
	}
	if want := []int{8, 17, 26, 35}; !slices.Equal(blocks, want) {
		t.Errorf("got the four in blocks %v, want %v", blocks, want)
	}
}

func TestOrderFollowsTheSeed(t *testing.T) {
	environments := []int{20, 20, 20}
	if !slices.Equal(Order(environments, 7), Order(environments, 7)) {
		t.Error("got two orders from one seed")
	}
	if slices.Equal(Order(environments, 7), Order(environments, 8)) {
		t.Error("got one order from two seeds")
	}
}

func TestOrderPutsNoneAlwaysFirst(t *testing.T) {
	first := map[int]int{}
	steps := Order([]int{60, 60, 60}, 3)
	for i, step := range steps {
		if i == 0 || steps[i-1].Block != step.Block {
			first[step.Configuration]++
		}
	}
	for configuration := range 3 {
		if n := first[configuration]; n < 8 || n > 36 {
			t.Errorf("got configuration %d first in %d of 60 blocks, want about 20", configuration, n)
		}
	}
}

// Every configuration gets all its environments of each kind, and a block is of
// one kind, so that whoever is compared in it is of the same.
func TestKindsOfColdStartTakeTurns(t *testing.T) {
	plan := Plan{
		Seed:      7,
		ColdKinds: []results.ColdKind{results.Spawn, results.Disk},
		Workload:  config.Workload{Environments: 36, LayerEnvironments: 6},
	}
	for _, kind := range []config.Kind{config.API, config.Bare} {
		plan.Configurations = append(plan.Configurations, target.Config{
			Runtime: config.Runtime{Name: string(kind), Variants: map[string]config.Variant{"one": {Kind: kind}}}, Variant: "one",
		})
	}
	got := map[int]map[results.ColdKind]int{0: {}, 1: {}}
	last := 0
	for _, step := range plan.Steps() {
		if step.Block < last {
			t.Fatalf("block %d came behind block %d", step.Block, last)
		}
		last = step.Block
		got[step.Configuration][plan.coldKind(step.Block)]++
	}
	want := map[int]map[results.ColdKind]int{0: {results.Spawn: 36, results.Disk: 36}, 1: {results.Spawn: 6, results.Disk: 6}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A configuration that has fewer kinds than the others gets the environments of these
// alone, in blocks of their own kind.
func TestConfigurationsWithFewerKinds(t *testing.T) {
	plan := Plan{Seed: 7, ColdKinds: []results.ColdKind{results.Forced, results.Restored}, Workload: config.Workload{Environments: 5}}
	for _, name := range []string{"both", "one"} {
		plan.Configurations = append(plan.Configurations, target.Config{
			Runtime: config.Runtime{Name: name, Variants: map[string]config.Variant{"v": {Kind: config.API}}}, Variant: "v",
		})
	}
	plan.Fewer = map[string][]results.ColdKind{Key(plan.Configurations[1]): {results.Restored}}
	got := map[int]map[results.ColdKind]int{0: {}, 1: {}}
	for _, step := range plan.Steps() {
		got[step.Configuration][plan.coldKind(step.Block)]++
	}
	want := map[int]map[results.ColdKind]int{0: {results.Forced: 5, results.Restored: 5}, 1: {results.Restored: 5}}
	if !reflect.DeepEqual(got, want) || plan.Environments(plan.Configurations[0]) != 10 || plan.Environments(plan.Configurations[1]) != 5 {
		t.Errorf("got %v, want %v", got, want)
	}
}
