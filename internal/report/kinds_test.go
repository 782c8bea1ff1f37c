package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// What became of a burst's calls is told beside its kind alone, and there are no warm
// figures of it.
func TestBursts(t *testing.T) {
	m := Build(kindsInAWS())
	told := 0
	for _, sentence := range caveats(m) {
		if strings.Contains(sentence, "of a burst over a warm environment") {
			told++
			if !strings.Contains(sentence, "scale-out cold starts: ") || !strings.Contains(sentence, " 90 calls, of which 54 were cold, 18 warm, 18 throttled and 0 without a report") {
				t.Errorf("got %q", sentence)
			}
		}
	}
	if told == 0 {
		t.Errorf("got %q, want the bursts told", caveats(m))
	}
	for _, r := range m.Rows {
		if r.ColdKind == results.ScaleOut && r.Value("warmP50").Valid() {
			t.Errorf("%s: got a warm figure of scale-out", r.Key)
		}
		if r.ColdKind == results.Forced && r.Burst.Calls > 0 {
			t.Errorf("%s: got a burst of forced cold starts", r.Key)
		}
	}
}

// kindsInAWS is a run whose environments are of several kinds, in turns.
func kindsInAWS() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 77})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-central-1"}
	doc.Plan.ColdKinds = []results.ColdKind{results.ScaleOut, results.Forced}
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Kind = doc.Plan.ColdKinds[j%2]
			if e.Kind == results.ScaleOut {
				e.Burst = &results.Burst{Calls: 5, Cold: 3, Warm: 1, Throttled: 1}
				e.Operations, e.Curve = map[string]results.Operation{}, []results.CurvePoint{}
				e.Init.WallMs += 1000
			}
		}
	}
	return doc
}

// throughAPI is a run through the API, over TLS.
func throughAPI() results.Document {
	doc := resultstest.Document(resultstest.Options{Seed: 78, Runtimes: []string{"go", "rust"}, Variants: []string{"stock"}})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.HTTP, Region: "eu-central-1"}
	for i := range doc.Configurations {
		for j := range doc.Configurations[i].Environments {
			e := &doc.Configurations[i].Environments[j]
			e.Kind = results.Idle
			e.FirstCall.Client = &results.Phases{DNSMs: new(1.5), ConnectMs: new(12.0), TLSMs: new(25.0), FirstByteMs: new(180.0)}
			for k := range e.Curve {
				e.Curve[k].ClientMs = new(*e.Curve[k].DurationMs + 14)
			}
		}
	}
	return doc
}

// Of several kinds one stands for the run beside a local one: they are not mixed.
func TestOneKindStandsForTheRun(t *testing.T) {
	m := Build(fixture("default"))
	if err := m.Against(kindsInAWS()); err != nil {
		t.Fatal(err)
	}
	cold := tableOf(t, m, "own", "coldTotal", 1769)
	for _, line := range cold.Lines {
		if line.There.Center > line.Here.Center+900 {
			t.Errorf("%s: got %.0f ms there and %.0f here, want those of forced cold starts", line.Row.Key, line.There.Center, line.Here.Center)
		}
	}
	if !slices.Contains(cold.Reference.Differs, "of its kinds of cold start, forced is taken") {
		t.Errorf("got %q, want the kind told", cold.Reference.Differs)
	}
}
