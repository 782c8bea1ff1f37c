package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// both are the plans of the same choices here and in AWS.
func both(c Choices) (here, there bench.Plan, errHere, errThere error) {
	here, errHere = Local{Choices: c}.Plan([]config.Runtime{brook})
	there, errThere = AWS{c, forced()}.Plan()
	return here, there, errHere, errThere
}

// What can be chosen in both places means the same in both.
func TestOneRuleForEachChoice(t *testing.T) {
	for name, c := range map[string]struct {
		choices Choices
		want    string // environments, of what stands beside, of a layer, warm calls
	}{
		"nothing":            {Choices{}, "36 12 6 60"},
		"quick":              {Choices{Quick: true}, "9 9 6 20"},
		"a number":           {Choices{Environments: 50}, "50 50 6 60"},
		"a small one":        {Choices{Environments: 2}, "2 2 2 60"},
		"a number, quickly":  {Choices{Environments: 20, Quick: true}, "20 20 6 20"},
		"a precision":        {Choices{Precision: "3%"}, "36 12 6 60"},
		"that, quickly":      {Choices{Precision: "3%", Quick: true}, "36 9 6 20"},
		"a budget":           {Choices{MaxTime: time.Minute}, "36 12 6 60"},
		"seed and two sizes": {Choices{Seed: 7, Memory: []int{512, 1769}}, "36 12 6 60"},
	} {
		here, there, errHere, errThere := both(c.choices)
		for place, plan := range map[string]bench.Plan{"here": here, "in AWS": there} {
			w := plan.Workload
			if got := fmt.Sprint(w.Environments, w.TunedEnvironments, w.LayerEnvironments, w.WarmCalls); got != c.want || plan.Seed != c.choices.Seed {
				t.Errorf("%s, %s: got %s with seed %d, want %s", name, place, got, plan.Seed, c.want)
			}
		}
		if errHere != nil || errThere != nil || here.Sizing != there.Sizing {
			t.Errorf("%s: got %+v (%v) and %+v (%v)", name, here.Sizing, errHere, there.Sizing, errThere)
		}
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	for says, c := range map[string]Choices{
		"--environments -1: not a number of environments":                    {Environments: -1},
		"--environments and --precision both fix the number of environments": {Environments: 40, Precision: "3"},
		"--precision 70%: not a precision":                                   {Precision: "70%"},
		"--precision 0.1%: not a precision":                                  {Precision: "0.1%"},
		"--precision fine: not a precision":                                  {Precision: "fine"},
		"--precision NaN: not a precision":                                   {Precision: "NaN"},
		"--max-time -1m0s: not a length of time":                             {MaxTime: -time.Minute},
		fmt.Sprintf("--memory %d: not a memory size", config.MinMemoryMB-1):  {Memory: []int{512, config.MinMemoryMB - 1}},
		fmt.Sprintf("--memory %d: not a memory size", config.MaxMemoryMB+1):  {Memory: []int{config.MaxMemoryMB + 1}},
	} {
		_, _, errHere, errThere := both(c)
		for place, err := range map[string]error{"here": errHere, "in AWS": errThere} {
			if !fault.IsUsage(err) || err.Error() != says || fault.Hint(err) == "" {
				t.Errorf("%s: got %v, hint %q, want %s and a hint", place, err, fault.Hint(err), says)
			}
		}
	}
}

func TestPrecisionAndBudget(t *testing.T) {
	for c, want := range map[[2]string]bench.Sizing{
		{"3%", "0s"}:    {Precision: 0.03, Budget: DefaultBudget},
		{"0.05", "0s"}:  {Precision: 0.05, Budget: DefaultBudget},
		{" 50% ", "1h"}: {Precision: 0.5, Budget: time.Hour},
		{"", "5s"}:      {Budget: 5 * time.Second},
		{"", "0s"}:      {},
	} {
		limit, err := time.ParseDuration(c[1])
		if err != nil {
			t.Fatal(err)
		}
		if plan, err := (Choices{Precision: c[0], MaxTime: limit}).sized(); err != nil || plan.Sizing != want {
			t.Errorf("%v: got %+v (%v), want %+v", c, plan.Sizing, err, want)
		}
	}
}

func TestSeed(t *testing.T) {
	draw := func(n uint64) uint64 { return n - 1 }
	for asked, want := range map[uint64]uint64{0: results.MaxSeed, 1: 1, 42: 42, results.MaxSeed: results.MaxSeed} {
		if got, err := Seed(asked, draw); err != nil || got != want {
			t.Errorf("%d: got %d (%v), want %d", asked, got, err, want)
		}
	}
	if got, err := Seed(0, func(uint64) uint64 { return 0 }); err != nil || got != 1 {
		t.Errorf("got %d (%v), want 1: 0 would be drawn again by those who repeat it", got, err)
	}
	if _, err := Seed(results.MaxSeed+1, draw); !fault.IsUsage(err) || !strings.Contains(err.Error(), "is too large") {
		t.Errorf("got %v, want a refusal", err)
	}
}

// What is deployed is measured as it is, or at each of the sizes; nobody holds it to the
// contract first, and no environment gets a load.
func TestWhatIsDeployed(t *testing.T) {
	deployed := []target.Config{{Runtime: ada, Variant: "primed", MemoryMB: 512}, {Runtime: brook, Variant: "api", MemoryMB: 1769}}
	for want, sizes := range map[string][]int{
		"ada primed 512, brook api 1769":                                 nil,
		"ada primed 256, brook api 256":                                  {256},
		"ada primed 1024, brook api 1024, ada primed 128, brook api 128": {1024, 128, 1024},
	} {
		choices := AWS{Choices{Memory: sizes}, forced()}
		plan, err := choices.Plan()
		if err != nil {
			t.Fatal(err)
		}
		plan.Configurations = choices.Of(deployed)
		var got []string
		for _, c := range plan.Configurations {
			got = append(got, fmt.Sprintf("%s %s %d", c.Runtime.Name, c.Variant, c.MemoryMB))
		}
		if strings.Join(got, ", ") != want || !plan.Ungated || plan.LoadedConfigurations() != 0 {
			t.Errorf("--memory %v: got %v, ungated %t, %d loads, want %s", sizes, got, plan.Ungated, plan.LoadedConfigurations(), want)
		}
	}
	if deployed[0].MemoryMB != 512 {
		t.Error("got what is deployed changed")
	}
}

// What can't be measured is in the document, with what was planned of it.
func TestWithout(t *testing.T) {
	plan, err := Local{Choices: Choices{Memory: []int{512}}}.Plan([]config.Runtime{cleo, brook})
	if err != nil {
		t.Fatal(err)
	}
	var document results.Document
	Without(&plan, &document, func(c target.Config) (results.Status, string) {
		switch {
		case c.Runtime.Name == "cleo" && c.Variant == "api":
			return results.Unavailable, "no compiler"
		case c.Variant == "tuned":
			return results.Failed, ""
		}
		return results.Measured, ""
	})
	if got := configured(plan); !slices.Equal(got, []string{"brook api", "brook bare"}) {
		t.Errorf("got %v left", got)
	}
	var got []string
	for _, c := range document.Configurations {
		got = append(got, fmt.Sprintf("%s %s %d", c.Variant, c.Status, c.Planned))
		if c.Environments == nil || c.Rejected == nil || c.Load == nil {
			t.Errorf("%s: got null where the document has a list", c.Key())
		}
	}
	if want := []string{"api unavailable 36", "tuned failed 12"}; !slices.Equal(got, want) || document.Configurations[0].Reason != "no compiler" {
		t.Errorf("got %v and %+v, want %v", got, document.Configurations, want)
	}
}
