package results_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// leagues are two runtimes with stock, primed and tuned variants, and a switch
// of one of them.
func leagues() []results.Runtime {
	variant := func(id string, class results.Class, settings ...results.Setting) results.Variant {
		return results.Variant{ID: id, Kind: results.KindAPI, Class: class, Default: id == "stock", Settings: settings}
	}
	tuned := variant("tuned", results.Tuned, results.Setting{What: "bytecode", Why: "w", Switch: "bytecode"})
	variants := []results.Variant{variant("stock", results.Stock), variant("bytecode", results.Tuned), variant("primed", results.Stock), tuned,
		{ID: "bare", Kind: results.KindBare}}
	return []results.Runtime{{Name: "go", Variants: variants}, {Name: "python", Variants: variants}}
}

func TestFamiliesNeverMixClasses(t *testing.T) {
	for name, test := range map[string]struct {
		asked []string
		want  map[string]string
	}{
		"everything": {[]string{"go/stock", "go/tuned", "go/bytecode", "go/primed", "go/bare", "python/stock", "python/tuned", "python/bytecode", "python/primed", "python/bare"},
			map[string]string{
				"runtimes/stock/1769/x86_64": "go/stock python/stock", "runtimes/tuned/1769/x86_64": "go/tuned python/tuned",
				"runtimes/bare/1769/x86_64": "go/bare python/bare", "runtimes/stock/primed/1769/x86_64": "go/primed python/primed",
				"runtimes/tuned/bytecode/1769/x86_64": "go/bytecode python/bytecode",
				"variants/go/stock/1769/x86_64":       "go/stock go/primed", "variants/python/stock/1769/x86_64": "python/stock python/primed",
				"variants/go/tuned/1769/x86_64": "go/tuned go/bytecode", "variants/python/tuned/1769/x86_64": "python/tuned python/bytecode",
			}},
		"a stock and a tuned one":    {[]string{"go/stock", "python/tuned"}, nil},
		"without the default":        {[]string{"go/stock", "python/primed"}, map[string]string{"runtimes/stock/1769/x86_64": "go/stock python/primed"}},
		"tuned ones":                 {[]string{"go/tuned", "python/bytecode"}, map[string]string{"runtimes/tuned/1769/x86_64": "go/tuned python/bytecode"}},
		"the default wherever it is": {[]string{"go/primed", "go/stock"}, map[string]string{"variants/go/stock/1769/x86_64": "go/primed go/stock"}},
	} {
		t.Run(name, func(t *testing.T) {
			var configurations []results.Configuration
			for _, asked := range test.asked {
				runtime, variant, _ := strings.Cut(asked, "/")
				configurations = append(configurations, results.Configuration{Runtime: runtime, Variant: variant, Memory: 1769, Arch: "x86_64"})
			}
			got := map[string]string{}
			for _, f := range results.Families(leagues(), configurations) {
				members := strings.Join(f.Members, " ")
				got[f.ID] = strings.ReplaceAll(members, "/1769/x86_64", "")
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestFamiliesOfTheDefaultRun(t *testing.T) {
	doc := resultstest.Document(resultstest.Options{Seed: 1, Environments: 1, LayerEnvironments: 1, WarmCalls: 10, Memory: []int{512, 1769}})
	got := map[string]int{}
	for _, f := range doc.Plan.Families {
		got[f.ID] = len(f.Members)
	}
	want := map[string]int{}
	for _, where := range []string{"512/x86_64", "1769/x86_64"} {
		for _, league := range []string{"stock", "tuned", "bare", "framework", "sdk"} {
			want["runtimes/"+league+"/"+where] = 5
		}
		want["variants/kotlin/stock/"+where], want["variants/python/tuned/"+where] = 3, 2
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRepresentatives(t *testing.T) {
	doc := results.Document{Runtimes: leagues()}
	for _, id := range []string{"bytecode", "tuned", "primed", "stock", "bare"} {
		doc.Configurations = append(doc.Configurations, results.Configuration{Runtime: "go", Variant: id, Memory: 1769, Arch: "x86_64"})
	}
	doc.Configurations = append(doc.Configurations, results.Configuration{Runtime: "go", Variant: "primed", Memory: 512, Arch: "x86_64"},
		results.Configuration{Runtime: "none", Variant: "stock", Memory: 512, Arch: "x86_64"})
	got := slices.Sorted(maps.Keys(doc.Representatives()))
	if want := []string{"go/bare/1769/x86_64", "go/primed/512/x86_64", "go/stock/1769/x86_64", "go/tuned/1769/x86_64"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
