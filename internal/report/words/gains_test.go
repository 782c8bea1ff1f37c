package words

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

func gainOf(t *testing.T, doc results.Document, name string) view.Gain {
	t.Helper()
	gains := view.Build(doc).Contests[0].Gains()
	i := slices.IndexFunc(gains, func(g view.Gain) bool { return g.Tuned.Name == name })
	if i < 0 {
		t.Fatalf("got no gain of %s", name)
	}
	return gains[i]
}

func TestStepsThatAreNone(t *testing.T) {
	if text := StepRatio(gainOf(t, reporttest.Fixture("default"), "Python (tuned)").Step(view.MetricPackage)); strings.Contains(text, "[") {
		t.Errorf("got %q of the package, want no interval of what is exact", text)
	}
	doc := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go"}, TunedEnvironments: 20})
	g := gainOf(t, doc, "Go (tuned)")
	if s := g.Step("warmP99"); s.Difference.Valid() || StepValues(s) == "" || !strings.HasSuffix(StepValues(s), "n too small") || StepDoubt(s) != "" || StepDifference(s)+StepRatio(s) != "" {
		t.Errorf("got %+v of 20 environments, want n too small", s)
	}
	if s := g.Step("coldTotal"); StepDoubt(s) != "" || !s.Told() || s.Difference.Hi >= 0 || s.Ratio.Hi >= 1 {
		t.Errorf("got %+v, want a gain", s)
	}
	stock, tuned := reporttest.Configuration(&doc, "go", "stock"), reporttest.Configuration(&doc, "go", "tuned")
	tuned.Environments, tuned.Artifact = slices.Clone(stock.Environments), stock.Artifact
	for i := range tuned.Environments { // measured a block later
		tuned.Environments[i].Block = (i + 1) % len(tuned.Environments)
	}
	g = gainOf(t, doc, "Go (tuned)")
	for metric, want := range map[string]string{"coldTotal": "can’t be told from none", "warmP99": "can’t be told from none", view.MetricCost: "can’t be told from none", view.MetricPackage: "the same"} {
		if got := StepDoubt(g.Step(metric)); got != want {
			t.Errorf("%s of the same function: got %q, want %q", metric, got, want)
		}
	}
}

func TestWhatTuningTook(t *testing.T) {
	doc := reporttest.Fixture("default")
	settings := func(name string) string {
		var list []string
		for _, s := range gainOf(t, doc, name).Settings() {
			list = append(list, s.What)
		}
		return strings.Join(list, ", ")
	}
	for name, want := range map[string]string{
		"Go (tuned)":               "GOMAXPROCS=1, our own event adapter", // and not what stock sets, too
		"Python (tuned)":           "compiled modules in the zip, a botocore session without its handlers",
		"Python (tuned: bytecode)": "compiled modules in the zip", // told by the tuned variant
	} {
		if got := settings(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	g := gainOf(t, doc, "Python (tuned: bytecode)")
	if got := GainSummary(g); got != "Python (tuned: bytecode): 1 setting, 2 more lines of our own code (762 instead of 760)" {
		t.Errorf("got %q", got)
	}
	g.Tuned = &view.Row{Name: "x", Lines: 759}
	if got := GainSummary(g); got != "x: 0 settings, 1 fewer line of our own code (759 instead of 760)" {
		t.Errorf("got %q", got)
	}
	g.Tuned.Lines = 0
	if got := GainSummary(g) + GainLines(g); got != "x: 0 settings–" {
		t.Errorf("got %q, want nothing on lines that nobody counted", got)
	}
}
