package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func runtimeOf(name string, variants ...config.Variant) config.Runtime {
	r := config.Runtime{Name: name, DisplayName: strings.ToUpper(name), Variants: map[string]config.Variant{}}
	for _, v := range variants {
		v.Default = v.Name == "api"
		if v.Local == "" {
			v.Local = "yes"
		}
		r.Variants[v.Name] = v
	}
	return r
}

// ada has layers and another variant, brook a floor, cleo tuned ones, dora one that runs
// in AWS only.
var (
	ada = runtimeOf("ada", config.Variant{Name: "api", Kind: config.API}, config.Variant{Name: "sdk", Kind: config.SDK}, config.Variant{Name: "bare", Kind: config.Bare},
		config.Variant{Name: "framework", Kind: config.Framework}, config.Variant{Name: "primed", Kind: config.API})
	brook = runtimeOf("brook", config.Variant{Name: "api", Kind: config.API}, config.Variant{Name: "bare", Kind: config.Bare})
	cleo  = runtimeOf("cleo", config.Variant{Name: "api", Kind: config.API, Class: config.Stock}, config.Variant{Name: "tuned", Kind: config.API, Class: config.Tuned},
		config.Variant{Name: "small", Kind: config.API, Class: config.Tuned})
	dora = runtimeOf("dora", config.Variant{Name: "api", Kind: config.API}, config.Variant{Name: "restored", Kind: config.API, Local: "no"})
)

// configured is each configuration as "runtime variant".
func configured(p bench.Plan) (all []string) {
	for _, c := range p.Configurations {
		all = append(all, c.Runtime.Name+" "+c.Variant)
	}
	return all
}

func TestLayersThatAreMeasured(t *testing.T) {
	for name, c := range map[string]struct {
		choices Local
		want    string
	}{
		"by default all":           {Local{}, "ada api, ada bare, ada framework, ada sdk, brook api, brook bare"},
		"all":                      {Local{Layers: "all", Choices: Choices{Quick: true}}, "ada api, ada bare, ada framework, ada sdk, brook api, brook bare"},
		"quickly the floor":        {Local{Choices: Choices{Quick: true}}, "ada api, ada bare, brook api, brook bare"},
		"the floor":                {Local{Layers: "floor"}, "ada api, ada bare, brook api, brook bare"},
		"none":                     {Local{Layers: "none"}, "ada api, brook api"},
		"one that was asked for":   {Local{Layers: "none", Variants: []string{"ada:sdk"}}, "ada sdk, brook api"},
		"one that is measured too": {Local{Variants: []string{"ada:sdk", "ada:primed"}}, "ada sdk, ada primed, ada bare, ada framework, brook api, brook bare"},
		"one that was named twice": {Local{Layers: "none", Variants: []string{"ada:sdk", "ada:sdk"}}, "ada sdk, brook api"},
	} {
		c.choices.Memory = []int{512}
		plan, err := c.choices.Plan([]config.Runtime{ada, brook})
		if got := strings.Join(configured(plan), ", "); err != nil || got != c.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, c.want)
		}
	}
}

func TestWhatStandsBeside(t *testing.T) {
	at := func(c Choices, sizes ...int) Choices { c.Memory = sizes; return c }
	for name, c := range map[string]struct {
		choices Local
		want    []string
	}{
		"tuned beside stock":   {Local{Choices: at(Choices{}, 512, 256)}, []string{"api 512 36", "tuned 512 12", "api 256 36"}},
		"a size named twice":   {Local{Choices: at(Choices{}, 512, 256, 512)}, []string{"api 512 36", "tuned 512 12", "api 256 36"}},
		"quickly no tuned":     {Local{Choices: at(Choices{Quick: true}, 512)}, []string{"api 512 9"}},
		"quickly tuned":        {Local{Choices: at(Choices{Quick: true}, 512), Tuned: "yes"}, []string{"api 512 9", "tuned 512 9"}},
		"no tuned":             {Local{Choices: at(Choices{}, 512), Tuned: "no"}, []string{"api 512 36"}},
		"tuned alone":          {Local{Choices: at(Choices{}, 512), Variants: []string{"cleo:tuned"}}, []string{"tuned 512 36"}},
		"what was asked for":   {Local{Choices: at(Choices{}, 512), Variants: []string{"cleo:api", "cleo:small"}}, []string{"api 512 36", "small 512 36"}},
		"a number is for both": {Local{Choices: at(Choices{Environments: 50}, 512)}, []string{"api 512 50", "tuned 512 50"}},
	} {
		plan, err := c.choices.Plan([]config.Runtime{cleo})
		var got []string
		for _, one := range plan.Configurations {
			got = append(got, fmt.Sprint(one.Variant, " ", one.MemoryMB, " ", plan.Environments(one)))
			if plan.Workload.Load.Steps > 0 && plan.Loaded(one) == plan.Beside(one) {
				t.Errorf("%s: got load %t of %s, want none of what stands beside", name, plan.Loaded(one), one.Variant)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v (%v), want %v", name, got, err, c.want)
		}
	}
	sweep, err := Local{Layers: "floor", Choices: at(Choices{}, 512, 256)}.Plan([]config.Runtime{brook})
	var got []string
	for _, one := range sweep.Configurations {
		got = append(got, fmt.Sprint(one.Variant, " ", one.MemoryMB))
	}
	if want := []string{"api 512", "bare 512", "api 256"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v (%v), want the layers at the largest size only: %v", got, err, want)
	}
}

func TestAGuestIsMeasuredAtItsOwnSize(t *testing.T) {
	of := func(name string, kind config.Kind, memory int) config.Runtime {
		r := runtimeOf(name, config.Variant{Name: "api", Kind: kind})
		r.Memory.Default = memory
		return r
	}
	runtimes := []config.Runtime{of("small", config.Guest, 256), of("api", config.API, 512), of("large", config.Guest, config.DefaultMemoryMB)}
	for want, asked := range map[string][]int{
		"small 256, api 1769, large 1769": nil,
		"small 512, api 512, large 512":   {512},
	} {
		plan, err := Local{Choices: Choices{Memory: asked}}.Plan(runtimes)
		var got []string
		for _, c := range plan.Configurations {
			got = append(got, fmt.Sprintf("%s %d", c.Runtime.Name, c.MemoryMB))
		}
		if err != nil || strings.Join(got, ", ") != want {
			t.Errorf("--memory %v: got %v (%v), want %s", asked, got, err, want)
		}
	}
}

func TestKindsAndLoadOfThisMachine(t *testing.T) {
	for name, c := range map[string]struct {
		choices Local
		kinds   []results.ColdKind
		loads   int
	}{
		"by default":   {Local{}, nil, 2},
		"warm":         {Local{Code: "warm"}, nil, 2},
		"cold":         {Local{Code: "cold"}, []results.ColdKind{results.Disk}, 2},
		"both":         {Local{Code: "both", NoLoad: true}, []results.ColdKind{results.Spawn, results.Disk}, 0},
		"quickly none": {Local{Choices: Choices{Quick: true}}, nil, 0},
	} {
		plan, err := c.choices.Plan([]config.Runtime{ada, brook})
		if err != nil || !slices.Equal(plan.ColdKinds, c.kinds) || plan.LoadedConfigurations() != c.loads || plan.Ungated {
			t.Errorf("%s: got %v with %d loads (%v), want %v with %d behind the gate", name, plan.ColdKinds, plan.LoadedConfigurations(), err, c.kinds, c.loads)
		}
	}
}

func TestThisMachineRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		choices    Local
		says, hint string
	}{
		"layers":         {Local{Layers: "sdk"}, "--layers sdk", "use --layers all, floor or none"},
		"tuned":          {Local{Tuned: "maybe"}, "--tuned maybe", "use --tuned yes or --tuned no"},
		"code":           {Local{Code: "hot"}, "--code hot", "use --code warm, cold or both"},
		"architecture":   {Local{Arch: config.ARM64}, "--arch arm64: this machine runs x86_64 only", "leave --arch out, or measure it in AWS"},
		"no variant":     {Local{Variants: []string{"ada"}}, "--variant ada: got a runtime without a variant, want ada:VARIANT", "variants of ada: api, bare, framework, primed, sdk"},
		"no runtime":     {Local{Variants: []string{"eve:api"}}, "--variant eve:api: there is no such runtime", "write runtime:variant, such as ada:api"},
		"other variant":  {Local{Variants: []string{"ada:fast"}}, `unknown variant "fast"`, "variants of ada: "},
		"in AWS only":    {Local{Variants: []string{"dora:restored"}}, "--variant dora:restored can't run on this machine", "measure it in AWS"},
		"what both have": {Local{Choices: Choices{Memory: []int{64}}}, "--memory 64", "Lambda takes"},
	} {
		c.choices.Host = config.X8664
		if _, err := c.choices.Plan([]config.Runtime{ada, dora}); !fault.IsUsage(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(fault.Hint(err), c.hint) {
			t.Errorf("%s: got %v, hint %q, want %q and %q", name, err, fault.Hint(err), c.says, c.hint)
		}
	}
}
