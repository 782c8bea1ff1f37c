package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestLayersThatAreMeasured(t *testing.T) {
	variant := func(name string, kind config.Kind) config.Variant {
		return config.Variant{Name: name, Kind: kind, Local: "yes", Default: name == "api"}
	}
	ada := config.Runtime{Name: "ada", Variants: map[string]config.Variant{
		"api": variant("api", config.API), "sdk": variant("sdk", config.SDK), "bare": variant("bare", config.Bare),
		"framework": variant("framework", config.Framework), "primed": variant("primed", config.API),
	}}
	team := variant("api", config.API)
	team.Class = config.Stock
	tuned, small := config.Variant{Name: "tuned", Kind: config.API, Class: config.Tuned, Local: "yes"}, config.Variant{Name: "small", Kind: config.API, Class: config.Tuned, Local: "yes"}
	cleo := config.Runtime{Name: "cleo", Variants: map[string]config.Variant{"api": team, "tuned": tuned, "small": small}}
	brook := config.Runtime{Name: "brook", Variants: map[string]config.Variant{"api": variant("api", config.API), "bare": variant("bare", config.Bare)}}
	for name, c := range map[string]struct {
		flags localFlags
		want  string
	}{
		"by default all":           {localFlags{code: "warm"}, "ada api, ada bare, ada framework, ada sdk, brook api, brook bare"},
		"all":                      {localFlags{code: "warm", layers: "all", quick: true}, "ada api, ada bare, ada framework, ada sdk, brook api, brook bare"},
		"quickly the floor":        {localFlags{code: "warm", quick: true}, "ada api, ada bare, brook api, brook bare"},
		"the floor":                {localFlags{code: "warm", layers: "floor"}, "ada api, ada bare, brook api, brook bare"},
		"none":                     {localFlags{code: "warm", layers: "none"}, "ada api, brook api"},
		"one that was asked for":   {localFlags{code: "warm", layers: "none", variants: []string{"ada:sdk"}}, "ada sdk, brook api"},
		"one that is measured too": {localFlags{code: "warm", variants: []string{"ada:sdk", "ada:primed"}}, "ada sdk, ada primed, ada bare, ada framework, brook api, brook bare"},
	} {
		c.flags.memory = []int{512}
		plan, err := c.flags.plan([]config.Runtime{ada, brook})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, one := range plan.Configurations {
			got = append(got, one.Runtime.Name+" "+one.Variant)
		}
		if want := strings.Split(c.want, ", "); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	for name, c := range map[string]struct {
		flags localFlags
		want  []string
	}{
		"tuned beside stock":   {localFlags{code: "warm", memory: []int{512, 256}}, []string{"api 512 36", "tuned 512 12", "api 256 36"}},
		"quickly no tuned":     {localFlags{code: "warm", memory: []int{512}, quick: true}, []string{"api 512 9"}},
		"quickly tuned":        {localFlags{code: "warm", memory: []int{512}, quick: true, tuned: "yes"}, []string{"api 512 9", "tuned 512 9"}},
		"no tuned":             {localFlags{code: "warm", memory: []int{512}, tuned: "no"}, []string{"api 512 36"}},
		"tuned alone":          {localFlags{code: "warm", memory: []int{512}, variants: []string{"cleo:tuned"}}, []string{"tuned 512 36"}},
		"what was asked for":   {localFlags{code: "warm", memory: []int{512}, variants: []string{"cleo:api", "cleo:small"}}, []string{"api 512 36", "small 512 36"}},
		"a number is for both": {localFlags{code: "warm", memory: []int{512}, sizes: sizeFlags{environments: 50}}, []string{"api 512 50", "tuned 512 50"}},
	} {
		plan, err := c.flags.plan([]config.Runtime{cleo})
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
	if _, err := (localFlags{code: "warm", tuned: "maybe", memory: []int{512}}).plan([]config.Runtime{cleo}); !fault.IsUsage(err) || !strings.Contains(err.Error(), "--tuned maybe") {
		t.Errorf("got %v, want a refusal", err)
	}
	sweep, err := localFlags{code: "warm", layers: "floor", memory: []int{512, 256}}.plan([]config.Runtime{brook})
	var got []string
	for _, one := range sweep.Configurations {
		got = append(got, fmt.Sprint(one.Variant, " ", one.MemoryMB))
	}
	if want := []string{"api 512", "bare 512", "api 256"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v (%v), want the layers at the largest size only: %v", got, err, want)
	}
	_, err = localFlags{code: "warm", layers: "sdk", memory: []int{512}}.plan([]config.Runtime{ada})
	if !fault.IsUsage(err) || !strings.Contains(err.Error(), "--layers sdk") || fault.Hint(err) != "use --layers all, floor or none" {
		t.Errorf("got %v, want a refusal that says what there is", err)
	}
}

func TestAGuestIsMeasuredAtItsOwnSize(t *testing.T) {
	of := func(name string, kind config.Kind, memory int) config.Runtime {
		return config.Runtime{Name: name, Memory: config.Memory{Default: memory}, Variants: map[string]config.Variant{"v": {Name: "v", Kind: kind, Local: "yes", Default: true}}}
	}
	runtimes := []config.Runtime{of("small", config.Guest, 256), of("api", config.API, 512), of("large", config.Guest, config.DefaultMemoryMB)}
	for want, asked := range map[string][]int{
		"small 256, api 1769, large 1769": nil,
		"small 512, api 512, large 512":   {512},
	} {
		var got []string
		for _, size := range (localFlags{memory: asked}).sizesOf(runtimes...) {
			for _, r := range runtimes {
				if slices.Contains((localFlags{memory: asked}).sizesOf(r), size) {
					got = append(got, fmt.Sprintf("%s %d", r.Name, size))
				}
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("--memory %v: got %v, want %s", asked, got, want)
		}
	}
}
