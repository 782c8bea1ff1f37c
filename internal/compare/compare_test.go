package compare

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func run(seed uint64) results.Document {
	return resultstest.Document(resultstest.Options{Variants: []string{"stock", "bare"}, Seed: seed, Runtimes: []string{"go", "python"}, Environments: 20, LayerEnvironments: 4})
}

func configuration(doc *results.Document, runtime, variant string) *results.Configuration {
	i := slices.IndexFunc(doc.Configurations, func(c results.Configuration) bool { return c.Runtime == runtime && c.Variant == variant })
	return &doc.Configurations[i]
}

// slower makes every init of a configuration slower.
func slower(doc *results.Document, runtime, variant string, times float64) {
	c := configuration(doc, runtime, variant)
	for i := range c.Environments {
		c.Environments[i].Init.WallMs *= times
	}
}

// changed is a run after a change: one runtime starts slower, another uses less
// memory; its zip is another; a runtime came, one went, and one failed.
func changed() (before, after results.Document) {
	options := resultstest.Options{Variants: []string{"stock", "bare"}, Seed: 1, Runtimes: []string{"go", "python", "node"}, Environments: 20, LayerEnvironments: 4}
	before = resultstest.Document(options)
	options.Seed, options.Runtimes = 2, []string{"go", "python", "rust"}
	after = resultstest.Document(options)
	after.Started = before.Started.AddDate(0, 0, 1)
	slower(&after, "go", "stock", 1.4)
	c := configuration(&after, "python", "stock")
	for i := range c.Environments {
		*c.Environments[i].Memory.Peak -= *c.Environments[i].Memory.Peak / 10
	}
	i := slices.IndexFunc(after.Artifacts, func(a results.Artifact) bool { return a.ID == c.Artifact })
	after.Artifacts[i].SHA256, after.Artifacts[i].Packed = strings.Repeat("ab", 32), after.Artifacts[i].Packed/2
	c = configuration(&after, "python", "bare")
	c.Status, c.Reason, c.Environments = results.Failed, "Out of memory.", nil
	after.Tool.Version = "0.2.0"
	return before, after
}

func compared(t *testing.T, before, after results.Document, o Options) Result {
	t.Helper()
	r, err := Documents(before, after, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGolden(t *testing.T) {
	before, after := changed()
	r := compared(t, before, after, Options{Regression: 0.05})
	for _, format := range []string{"text", "markdown", "csv", "json"} {
		writer, err := ByName(format)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := writer(&got, r); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "changed."+format)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got another text than %s; look at it and run go test -update:\n%s", format, path, got.Bytes())
		}
	}
	if _, err := ByName("pdf"); !fault.IsUsage(err) {
		t.Errorf("got %v for an unknown format, want a usage error", err)
	}
}

// The change of each metric that the rule must see, and no other.
func TestVerdicts(t *testing.T) {
	before, after := changed()
	r := compared(t, before, after, Options{Regression: 0.05})
	got := map[string]Verdict{}
	for _, m := range r.Metrics {
		for _, c := range m.Changes {
			if c.Verdict != Same {
				got[m.ID+" "+c.Configuration] = c.Verdict
			}
		}
	}
	want := map[string]Verdict{
		"coldTotal go/stock/1769/x86_64": Worse, "init go/stock/1769/x86_64": Worse,
		"memoryPeak python/stock/1769/x86_64": Better, "packed python/stock/1769/x86_64": Better,
	}
	for _, metric := range []string{"coldTotal", "init", "firstCall", "warmP50", "warmCpu", "initCpu", "memoryPeak", "cost"} {
		want[metric+" go/bare/1769/x86_64"] = Unknown // four environments
	}
	for key, verdict := range want {
		if got[key] != verdict {
			t.Errorf("%s: got %q, want %q", key, got[key], verdict)
		}
		delete(got, key)
	}
	for key, verdict := range got {
		t.Errorf("%s: got %q, want ~", key, verdict)
	}
	if len(r.Regressions) != 3 || !strings.HasPrefix(r.Regressions[0], "python/bare/1769/x86_64 was measured before and failed now: Out of memory.") {
		t.Errorf("got the regressions %q, want the failed one, cold total and init", r.Regressions)
	}
	if r := compared(t, before, after, Options{Regression: 0.5}); len(r.Regressions) != 1 {
		t.Errorf("got %q beyond 50 %%, want the failed one only", r.Regressions)
	}
	if r := compared(t, before, after, Options{}); len(r.Regressions) != 0 {
		t.Errorf("got the regressions %q without a gate", r.Regressions)
	}
}

// A gate for other artifacts looks away where the code is the same, and nowhere else.
func TestOtherArtifacts(t *testing.T) {
	o := Options{Regression: 0.05, OtherArtifacts: true}
	before, after := changed()
	r := compared(t, before, after, o)
	if len(r.Regressions) != 1 || !strings.Contains(r.Regressions[0], "failed now") {
		t.Errorf("got the regressions %q, want only that a configuration failed", r.Regressions)
	}
	for what, change := range map[string]func(*results.Artifact){
		"bytes":       func(a *results.Artifact) { a.SHA256 = strings.Repeat("cd", 32) },
		"interpreter": func(a *results.Artifact) { a.Interpreter = "9.9.9" },
		"layers":      func(a *results.Artifact) { a.Layers = []results.Layer{{SHA256: strings.Repeat("cd", 32)}} },
	} {
		before, after := changed()
		c := configuration(&after, "go", "stock")
		i := slices.IndexFunc(after.Artifacts, func(a results.Artifact) bool { return a.ID == c.Artifact })
		change(&after.Artifacts[i])
		if r := compared(t, before, after, o); len(r.Regressions) != 3 {
			t.Errorf("other %s: got the regressions %q, want cold total and init as well", what, r.Regressions)
		}
	}
}

// The old run against itself, and the other way round.
func TestCompareIsEvenHanded(t *testing.T) {
	before, after := changed()
	for _, m := range compared(t, before, before, Options{}).Metrics {
		for _, c := range m.Changes {
			if c.Verdict != Same && c.Verdict != Unknown {
				t.Errorf("%s of %s against itself: got %s", m.ID, c.Configuration, c.Verdict)
			}
		}
	}
	there, back := compared(t, before, after, Options{}), compared(t, after, before, Options{})
	opposite := map[Verdict]Verdict{Worse: Better, Better: Worse, Same: Same, Unknown: Unknown}
	for i, m := range there.Metrics {
		for _, c := range m.Changes {
			j := slices.IndexFunc(back.Metrics[i].Changes, func(b Change) bool { return b.Configuration == c.Configuration })
			if got := back.Metrics[i].Changes[j].Verdict; got != opposite[c.Verdict] {
				t.Errorf("%s of %s: got %s there and %s back", m.ID, c.Configuration, c.Verdict, got)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*results.Document)
		want   string
		hint   string
	}{
		"source":   {func(d *results.Document) { d.Source.Kind = results.AWS }, "source: got local and aws", "--across-sources"},
		"vantage":  {func(d *results.Document) { d.Source.Vantage = results.HTTP }, "vantage: got invoke and http", "same way"},
		"mix":      {func(d *results.Document) { d.Plan.Mix[0].Weight++ }, "mix of operations: got POST /items 20,", "same way"},
		"pacing":   {func(d *results.Document) { d.Plan.Pacing.GapMs = 0 }, "pacing: got closed, 20 ms and closed, 0 ms", "same way"},
		"calls":    {func(d *results.Document) { d.Plan.Sizes.WarmCalls = 20 }, "warm calls of an environment: got 40 and 20", "same way"},
		"database": {func(d *results.Document) { d.Host.Database.Kind = "local" }, "database: got builtin, TLS, 0 ms added and local", "same way"},
		"limits":   {func(d *results.Document) { d.Host.LimitsInForce = false }, "limits in force: got true and false", "same way"},
		"period":   {func(d *results.Document) { d.Host.PeriodUs = 100000 }, "period of the CPU quota, µs: got 20000 and 100000", "same way"},
		"host":     {func(d *results.Document) { d.Host.CPU = "Other CPU" }, "processor: got Example CPU 3.0 GHz and Other CPU", "--force-host"},
		"nothing": {func(d *results.Document) {
			for i := range d.Configurations {
				d.Configurations[i].Memory = 512
			}
		}, "go/stock/512/x86_64: only in the new run", "same runtimes"},
	} {
		after := run(2)
		test.change(&after)
		_, err := Documents(run(1), after, Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(fault.Hint(err), test.hint) || !fault.IsUsage(err) {
			t.Errorf("%s: got %v (hint: %s), want a usage error with %q and the hint %q", name, err, fault.Hint(err), test.want, test.hint)
		}
	}
}

func TestConfigurationsAreRefusedByThemselves(t *testing.T) {
	before, after := run(1), run(2)
	for i := range configuration(&after, "go", "stock").Environments {
		delete(configuration(&after, "go", "stock").Environments[i].Operations, "GET /items")
	}
	for i := range configuration(&after, "go", "bare").Environments {
		configuration(&after, "go", "bare").Environments[i].Kind = results.Forced
	}
	c := configuration(&before, "python", "stock")
	c.Status, c.Reason, c.Environments = results.Unavailable, "No CPython 3.13 was found.", nil
	r := compared(t, before, after, Options{})
	want := []Note{
		{"go/stock/1769/x86_64", "other operations: got DELETE /items/{id}, GET /items, GET /items/{id}, POST /items, PUT /items/{id} and DELETE /items/{id}, GET /items/{id}, POST /items, PUT /items/{id}"},
		{"go/bare/1769/x86_64", `its cold starts are of the kind "forced" in the new run, and of another in the other`},
		{"python/stock/1769/x86_64", "unavailable in the old run: No CPython 3.13 was found"},
		{"go/bare/1769/x86_64", `its cold starts are of the kind "spawn" in the old run, and of another in the other`},
	}
	if !slices.Equal(r.Refused, want) {
		t.Errorf("got %q, want %q", r.Refused, want)
	}
}

// What no report shows is not compared either, and not passed over in silence.
func TestSizesWithoutLimitsAreNotCompared(t *testing.T) {
	unlimited := func(seed uint64) results.Document {
		doc := resultstest.Document(resultstest.Options{Seed: seed, Runtimes: []string{"go"}, Variants: []string{"stock"}, Memory: []int{512, 1769}, Environments: 8})
		doc.Host.LimitsInForce = false
		return doc
	}
	r := compared(t, unlimited(1), unlimited(2), Options{})
	if len(r.Refused) != 1 || r.Refused[0].Configuration != "go/stock/512/x86_64" || !strings.Contains(r.Refused[0].Text, "without limits") {
		t.Errorf("got %v, want the size that has no true figure", r.Refused)
	}
}

func TestOtherHostIsForced(t *testing.T) {
	after := run(2)
	after.Host.CPU, after.Host.Kernel = "Other CPU", "6.2.0"
	r := compared(t, run(1), after, Options{OtherHost: true})
	if len(r.Notes) < 2 || !strings.Contains(r.Notes[0].Text, "Two machines are compared: processor") || !strings.Contains(r.Notes[1].Text, "kernels differ") {
		t.Errorf("got the notes %v, want what differs", r.Notes)
	}
}

// What a function has beside its zip can differ where the zip is the same.
func TestWhatIsBesideTheZipIsNoted(t *testing.T) {
	before, after := run(1), run(2)
	for i := range after.Artifacts {
		before.Artifacts[i].Layers = []results.Layer{{Name: "layer.zip", SHA256: strings.Repeat("ab", 32)}}
		after.Artifacts[i].Layers = []results.Layer{{Name: "moved.zip", SHA256: strings.Repeat("ab", 32)}}
		after.Artifacts[i].Brought = map[string]string{"boto3": "1.44.8"}
	}
	noted := func(text string) bool {
		return slices.ContainsFunc(compared(t, before, after, Options{}).Notes, func(n Note) bool { return strings.Contains(n.Text, text) })
	}
	if !noted("other libraries that the Lambda runtime brings") || noted("other layers") {
		t.Errorf("got %v, want the other library and, of layers with the same bytes, nothing", compared(t, before, after, Options{}).Notes)
	}
	after.Artifacts[0].Layers[0].SHA256 = strings.Repeat("cd", 32)
	if !noted("other layers") {
		t.Errorf("got %v, want other layers", compared(t, before, after, Options{}).Notes)
	}
}

// A local run says something of AWS only for the same bytes, and only in what both
// clock alike.
func TestAcrossSources(t *testing.T) {
	cloud := run(2)
	cloud.Source = results.Source{Kind: results.AWS, Vantage: results.Invoke, Region: "eu-west-1"}
	i := slices.IndexFunc(cloud.Artifacts, func(a results.Artifact) bool { return a.Runtime == "python" })
	cloud.Artifacts[i].SHA256 = strings.Repeat("cd", 32)
	r := compared(t, run(1), cloud, Options{AcrossSources: true})
	var ids []string
	for _, m := range r.Metrics {
		ids = append(ids, m.ID)
	}
	if want := []string{"coldTotal", "init", "firstCall", "packed", "cost"}; !slices.Equal(ids, want) {
		t.Errorf("got the metrics %v, want %v", ids, want)
	}
	if len(r.Refused) == 0 || !strings.Contains(r.Refused[0].Text, "other artifacts: got the hashes") || !strings.Contains(r.Refused[0].Text, "cdcdcdcdcdcd") {
		t.Errorf("got %v, want the artifact that differs", r.Refused)
	}
}

// Capacity is measured once: a ratio, but no verdict.
func TestCapacity(t *testing.T) {
	loaded := func(seed uint64, rates ...float64) results.Document {
		doc := run(seed)
		c := configuration(&doc, "go", "stock")
		for i, rate := range rates {
			h := results.NewHistogram()
			ms := 5 * time.Millisecond
			if i == len(rates)-1 {
				ms = time.Second // the last one breaks the objective
			}
			for range 400 {
				if err := h.Record(ms); err != nil {
					t.Fatal(err)
				}
			}
			c.Load = append(c.Load, loadStep(rate, h))
		}
		return doc
	}
	before, after := loaded(1, 100, 400, 800), loaded(2, 100, 300, 350)
	r := compared(t, before, after, Options{Metrics: []string{"capacity"}, Regression: 0.05})
	if len(r.Metrics) != 1 || len(r.Metrics[0].Changes) != 1 {
		t.Fatalf("got %+v, want the capacity of one configuration", r.Metrics)
	}
	c := r.Metrics[0].Changes[0]
	if *c.Old.Center != 400 || *c.New.Center != 300 || *c.Ratio.Center != 0.75 || c.Ratio.Lo != nil || c.Verdict != Unknown || !r.Metrics[0].HigherIsBetter {
		t.Errorf("got %+v, want 300 of 400 without a verdict", c)
	}
	after.Plan.SLO.ResponseMs = 50
	r = compared(t, before, after, Options{Metrics: []string{"capacity"}})
	if len(r.Metrics) != 0 || !slices.ContainsFunc(r.Notes, func(n Note) bool { return strings.Contains(n.Text, "objectives of the load differ") }) {
		t.Errorf("got %+v and %v, want no capacity of other objectives", r.Metrics, r.Notes)
	}
}

// CSV has every value that JSON has.
func TestCSVHasAllOfJSON(t *testing.T) {
	before, after := changed()
	after.Host.Database.Version = "5.0.0"
	r := compared(t, before, after, Options{Regression: 0.05})
	var asJSON, asCSV bytes.Buffer
	if err := JSON(&asJSON, r); err != nil {
		t.Fatal(err)
	}
	if err := CSV(&asCSV, r); err != nil {
		t.Fatal(err)
	}
	var value any
	decoder := json.NewDecoder(&asJSON)
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&asCSV).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]bool{}
	for _, line := range lines {
		for _, cell := range line {
			cells[cell] = true
		}
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"."+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(path, inner)
			}
		case json.Number:
			f, err := v.Float64()
			if err != nil {
				t.Fatal(err)
			}
			if !cells[number(f)] {
				t.Errorf("%s: got no cell with %s", path, v)
			}
		case string:
			if !cells[v] {
				t.Errorf("%s: got no cell with %q", path, v)
			}
		}
	}
	walk("", value)
}

func TestUnknownMetric(t *testing.T) {
	if err := CheckMetrics([]string{"warmP50", "speed"}); err == nil || !strings.Contains(err.Error(), `"speed"`) || !fault.IsUsage(err) {
		t.Errorf("got %v, want the unknown name", err)
	}
}

func loadStep(rate float64, h *results.Histogram) results.LoadStep {
	return results.LoadStep{Rate: rate, Seconds: 4, Planned: h.N(), Sent: h.N(), Environments: 1, HDR: results.HDR{ResponseMs: h}}
}
