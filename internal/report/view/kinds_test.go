package view

import (
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// A variant that alone has a kind of cold start stands for its runtime among those, and is
// in no ranking beside what stands for it otherwise. What is made ahead of all calls is in
// no cold total.
func TestAVariantStandsInForItsRuntime(t *testing.T) {
	doc := resultstest.Document(resultstest.Options{Seed: 79, Variants: []string{"stock", "primed"}})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-central-1"}
	doc.Plan.ColdKinds = []results.ColdKind{results.Forced, results.Provisioned}
	primed := 0
	for i := range doc.Configurations {
		c := &doc.Configurations[i]
		kind := results.Forced
		if c.Variant == "primed" {
			kind = results.Provisioned
			primed++
		}
		for j := range c.Environments {
			c.Environments[j].Kind = kind
		}
	}
	found := map[results.ColdKind]int{}
	for _, c := range Build(doc).Contests {
		for _, r := range c.Rows {
			found[c.ColdKind]++
			if (r.Variant == "primed") != (c.ColdKind == results.Provisioned) {
				t.Errorf("%s: got %s", c.Title(), r.Key)
			}
			if c.ColdKind == results.Provisioned && (r.Value("coldTotal").Center != r.Value("firstCall").Center || !r.Value("init").Valid() || len(r.Bills) > 0) {
				t.Errorf("%s: got the total %v of the first call %v, the init %v and %d bills", r.Key, r.Value("coldTotal").Center, r.Value("firstCall").Center, r.Value("init").Center, len(r.Bills))
			}
		}
	}
	if primed == 0 || found[results.Provisioned] != primed || found[results.Forced] != len(doc.Runtimes) {
		t.Errorf("got %v with %d primed of %d runtimes", found, primed, len(doc.Runtimes))
	}
}
