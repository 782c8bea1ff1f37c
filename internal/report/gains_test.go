package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func gainOf(t *testing.T, doc results.Document, name string) Gain {
	t.Helper()
	gains := Build(doc).Contests[0].Gains()
	i := slices.IndexFunc(gains, func(g Gain) bool { return g.Tuned.Name == name })
	if i < 0 {
		t.Fatalf("got no gain of %s", name)
	}
	return gains[i]
}

func TestStepsThatAreNone(t *testing.T) {
	if text := gainOf(t, fixture("default"), "Python (tuned)").Step(metricPackage).ratio(); strings.Contains(text, "[") {
		t.Errorf("got %q of the package, want no interval of what is exact", text)
	}
	doc := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go"}, TunedEnvironments: 20})
	g := gainOf(t, doc, "Go (tuned)")
	if s := g.Step("warmP99"); s.Difference.Valid() || s.values() == "" || !strings.HasSuffix(s.values(), "n too small") || s.doubt() != "" || s.difference()+s.ratio() != "" {
		t.Errorf("got %+v of 20 environments, want n too small", s)
	}
	if s := g.Step("coldTotal"); s.doubt() != "" || !s.Told() || s.Difference.Hi >= 0 || s.Ratio.Hi >= 1 {
		t.Errorf("got %+v, want a gain", s)
	}
	stock, tuned := configuration(&doc, "go", "stock"), configuration(&doc, "go", "tuned")
	tuned.Environments, tuned.Artifact = slices.Clone(stock.Environments), stock.Artifact
	for i := range tuned.Environments { // measured a block later
		tuned.Environments[i].Block = (i + 1) % len(tuned.Environments)
	}
	g = gainOf(t, doc, "Go (tuned)")
	for metric, want := range map[string]string{"coldTotal": "can’t be told from none", "warmP99": "can’t be told from none", metricCost: "can’t be told from none", metricPackage: "the same"} {
		if got := g.Step(metric).doubt(); got != want {
			t.Errorf("%s of the same function: got %q, want %q", metric, got, want)
		}
	}
}

func TestWhatTuningTook(t *testing.T) {
	doc := fixture("default")
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
	if got := g.summary(); got != "Python (tuned: bytecode): 1 setting, 2 more lines of our own code (762 instead of 760)" {
		t.Errorf("got %q", got)
	}
	g.Tuned = &Row{Name: "x", Lines: 759}
	if got := g.summary(); got != "x: 0 settings, 1 fewer line of our own code (759 instead of 760)" {
		t.Errorf("got %q", got)
	}
	g.Tuned.Lines = 0
	if got := g.summary() + g.linesText(); got != "x: 0 settings–" {
		t.Errorf("got %q, want nothing on lines that nobody counted", got)
	}
}

func TestGainsAreStepsFromStock(t *testing.T) {
	gains := Build(fixture("default")).Contests[0].Gains()
	var names []string
	for _, g := range gains {
		names = append(names, g.Tuned.Name)
		if g.Stock.Class != results.Stock || g.Tuned.Class != results.Tuned || g.Stock.Runtime != g.Tuned.Runtime {
			t.Errorf("got a step from %s to %s", g.Stock.Key, g.Tuned.Key)
		}
	}
	if want := []string{"Rust (tuned)", "Go (tuned)", "TypeScript (tuned)", "Python (tuned)", "Python (tuned: bytecode)", "Kotlin (tuned)"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v: in the ranking's order, the whole before its parts", names, want)
	}
}

// Each kind of figure has the interval that docs/methodology.md says.
func TestStepIntervals(t *testing.T) {
	gains := Build(fixture("default")).Contests[0].Gains()
	g := gains[slices.IndexFunc(gains, func(g Gain) bool { return g.Tuned.Name == "Python (tuned)" })]
	same := func(metric string, got, want stats.Summary) {
		t.Helper()
		if got.Center != want.Center || got.Lo != want.Lo || got.Hi != want.Hi {
			t.Errorf("%s: got %+v, want %+v", metric, got, want)
		}
	}
	for _, metric := range []string{"coldTotal", "init", "firstCall", "warmP50", "coldCpu", "warmCpu", "memoryPeak", metricCost} {
		a, b := g.Tuned.Sample(metric), g.Stock.Sample(metric)
		same(metric, g.Step(metric).Difference, stats.Difference(a, b, stats.Level))
		same(metric, g.Step(metric).Ratio, stats.Ratio(a, b, stats.Level))
	}
	for _, metric := range []string{"warmP99"} {
		a, b := g.Tuned.Value(metric).Summary, g.Stock.Value(metric).Summary
		same(metric, g.Step(metric).Difference, stats.Apart(a, b))
		same(metric, g.Step(metric).Ratio, stats.Quotient(a, b))
	}
	zip := g.Step(metricPackage)
	if want := float64(g.Tuned.Packed) / float64(g.Stock.Packed); !zip.exact() || math.Abs(zip.Ratio.Center-want) > 1e-12 || !zip.Told() {
		t.Errorf("got the package %+v, want exactly %v", zip, want)
	}
	for i, e := range g.Tuned.Sample("coldCpu").Values {
		if want := g.Tuned.Sample("initCpu").Values[i] + g.Tuned.Sample("firstCallCpu").Values[i]; e != want {
			t.Fatalf("environment %d: got %v of CPU in a cold start, want %v", i, e, want)
		}
	}
}

func TestTunedIsDrawn(t *testing.T) {
	gains := chartsOf(Build(fixture("missing"))).Gains[0]
	for _, g := range slices.Concat(gains.Cold, gains.Warm) {
		if !strings.Contains(g.Name, "tuned") {
			t.Errorf("%s is drawn without the word", g.Name)
		}
	}
}
