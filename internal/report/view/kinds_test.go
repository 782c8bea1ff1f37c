package view

import (
	"slices"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
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

// Environments of one burst share a moment: what is compared, and what an interval is made
// of, are the bursts' medians, each in its block.
func TestBurstsAreTheUnit(t *testing.T) {
	rows := Build(reporttest.BurstsByWorkers()).Contests[0].Rows
	if len(rows) != 2 {
		t.Fatalf("got %d rows", len(rows))
	}
	for _, r := range rows {
		cold, sample := r.Value("coldTotal"), r.Sample("coldTotal")
		if r.N != 360 || len(r.ColdSamples) != 360 || cold.N != 36 || len(sample.Values) != 36 || len(sample.Blocks) != 36 || sample.Blocks[35] != 35 || !r.Blocked {
			t.Errorf("%s: got %d environments, %d cold starts, an interval of %d and the blocks %v", r.Key, r.N, len(r.ColdSamples), cold.N, sample.Blocks)
		}
		if want := (results.Burst{Workers: 4, Calls: 432, Cold: 360, Warm: 36, Throttled: 36}); r.Burst != want {
			t.Errorf("%s: got %+v, want %+v", r.Key, r.Burst, want)
		}
		if p95 := r.Value("coldP95"); p95.Valid() && (p95.N != 36 || p95.Center <= cold.Center) || !p95.Valid() {
			t.Errorf("%s: got the p95 %+v of 36 bursts", r.Key, p95)
		}
		first := slices.Sorted(slices.Values(r.ColdSamples[:10]))
		if want := (first[4] + first[5]) / 2; sample.Values[0] != want {
			t.Errorf("%s: got %v, want the median of the first burst, %v", r.Key, sample.Values[0], want)
		}
	}
}
