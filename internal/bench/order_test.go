package bench

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
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
