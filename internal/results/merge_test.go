package results_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// two runs of one plan, the second an hour later with other environments.
func two() (results.Document, results.Document) {
	options := resultstest.Options{Seed: 1, Runtimes: []string{"go", "rust"}, Environments: 3, LayerEnvironments: 2, WarmCalls: 10}
	a := resultstest.Document(options)
	options.Seed = 2
	b := resultstest.Document(options)
	b.Started, b.Ended = a.Started.Add(3600e9), a.Ended.Add(3600e9)
	for i := range b.Configurations {
		for j := range b.Configurations[i].Environments {
			b.Configurations[i].Environments[j].ID += "-b"
		}
	}
	a.Configurations[0].Rejected = []results.Rejection{{Reason: "x", N: 1}}
	b.Configurations[0].Rejected = []results.Rejection{{Reason: "x", N: 2}, {Reason: "y", N: 5}}
	return a, b
}

// A run that lost its last environments leaves their blocks empty, so that the
// blocks of the next are where they would have been.
func TestMergeKeepsBlocksThatAreMissing(t *testing.T) {
	a, b := two()
	for i := range a.Configurations {
		a.Configurations[i].Environments = a.Configurations[i].Environments[:1]
	}
	got, err := results.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []int
	for _, e := range got.Configurations[0].Environments {
		blocks = append(blocks, e.Block)
	}
	if want := []int{0, 3, 4, 5}; !slices.Equal(blocks, want) {
		t.Errorf("got the blocks %v, want %v", blocks, want)
	}
}

func TestMergeAddsUp(t *testing.T) {
	a, b := two()
	b.Tool.Version = "0.2.0"
	b.Configurations[2].Status, b.Configurations[2].Reason = results.Missing, "Not run."
	got, err := results.Merge(b, a) // the order of arguments does not matter
	if err != nil {
		t.Fatal(err)
	}
	if want := a.ID + "+" + b.ID; got.ID != want || !got.Started.Equal(a.Started) || !got.Ended.Equal(b.Ended) {
		t.Errorf("got %s, %v to %v; want %s, from the first start to the last end", got.ID, got.Started, got.Ended, want)
	}
	c := got.Configurations[0]
	if len(c.Environments) != 6 || c.Planned != 6 || got.Plan.Sizes.Environments != 6 {
		t.Errorf("got %d environments of %d planned, want 6 of 6", len(c.Environments), c.Planned)
	}
	if want := []results.Rejection{{Reason: "x", N: 3}, {Reason: "y", N: 5}}; !slices.Equal(c.Rejected, want) {
		t.Errorf("got rejected %v, want %v", c.Rejected, want)
	}
	if d := got.Host.Database.Served; d.Ms.N() != 20_000 || *d.CPUMs != 900 {
		t.Errorf("got %d calls of the database and %v ms of CPU, want 20,000 and 900", d.Ms.N(), *d.CPUMs)
	}
	if last := c.Environments[5].Block; last != 5 {
		t.Errorf("got the last environment in block %d, want 5: b's blocks follow a's", last)
	}
	if b.Configurations[0].Environments[0].Block != 0 || len(a.Configurations[0].Rejected) != 1 || a.Configurations[0].Rejected[0].N != 1 {
		t.Error("got the merged documents changed, want them untouched")
	}
	if got.Configurations[2].Status != results.Measured {
		t.Errorf("got %s, want measured: one run has it", got.Configurations[2].Status)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "0.1.0 and 0.2.0") {
		t.Errorf("got warnings %q, want one about the two versions", got.Warnings)
	}
	if got.Status != results.Complete {
		t.Errorf("got status %s, want complete", got.Status)
	}
}

func TestMergeKeepsAFailure(t *testing.T) {
	a, b := two()
	b.Status = results.Interrupted
	b.Configurations[0].Status, b.Configurations[0].Reason = results.Failed, "Out of memory."
	b.Gate[0].Passed = false
	got, err := results.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Configurations[0]; c.Status != results.Failed || c.Reason != "Out of memory." {
		t.Errorf("got %s (%s), want the failure", c.Status, c.Reason)
	}
	if got.Gate[0].Passed || len(got.Gate) != len(a.Gate) {
		t.Errorf("got the gate %+v, want its failure kept", got.Gate)
	}
	if got.Status != results.Interrupted {
		t.Errorf("got %s, want interrupted", got.Status)
	}
}

func TestMergeRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a, b *results.Document)
		want   string
	}{
		"itself":           {func(a, b *results.Document) { *b = *a }, "twice"},
		"another artifact": {func(a, b *results.Document) { b.Artifacts[0].SHA256 = strings.Repeat("0", 64) }, "artifacts"},
		"another source":   {func(a, b *results.Document) { b.Source.Kind = results.AWS }, "sources"},
		"another machine":  {func(a, b *results.Document) { b.Host.CPU = "other" }, "machines"},
		"without limits":   {func(a, b *results.Document) { b.Host.LimitsInForce = false }, "machines"},
		"another plan":     {func(a, b *results.Document) { b.Plan.Pacing.GapMs = 0 }, "two plans"},
		"other bursts": {func(a, b *results.Document) {
			for i, d := range []*results.Document{a, b} {
				d.Plan.ColdKinds = []results.ColdKind{results.Forced}
				for j := range d.Configurations[0].Environments {
					e := &d.Configurations[0].Environments[j]
					e.Kind, e.Burst = results.Forced, &results.Burst{Workers: 4, Calls: 12 + i, Cold: 12 + i}
				}
			}
		}, "with calls in each burst 12 and 13"},
		"load tests":        {func(_, b *results.Document) { b.LoadTest = &results.LoadTest{} }, "load tests"},
		"traffic":           {func(_, b *results.Document) { b.Traffic = &results.Traffic{} }, "CloudWatch's statistics"},
		"another warm size": {func(a, b *results.Document) { b.Plan.Sizes.WarmCalls = 7 }, "two plans"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := two()
			test.change(&a, &b)
			_, err := results.Merge(a, b)
			if err == nil || !strings.Contains(err.Error(), test.want) || fault.Hint(err) == "" {
				t.Errorf("got %v, want a refusal about %q with a hint", err, test.want)
			}
		})
	}
}
