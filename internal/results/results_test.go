package results_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// complete has every field of the format in use.
func complete(t *testing.T) results.Document {
	t.Helper()
	doc := resultstest.Document(resultstest.Options{Seed: 7, Runtimes: []string{"go", "kotlin"}, Environments: 2, LayerEnvironments: 1, WarmCalls: 10})
	doc.Source = results.Source{Kind: results.AWS, Vantage: results.HTTP, Region: "eu-central-1", Account: "…9012", SDK: "aws-sdk-go-v2 1.47.7"}
	doc.Plan.Sizes.FixedBy, doc.Plan.Sizes.Precision, doc.Plan.Sizes.BudgetSeconds = "pilot", new(0.03), new(600.0)
	doc.Prices = &results.Prices{Date: "2026-11-01", Source: "the public price list"}
	doc.Warnings = []string{"The machine was busy during 3 of 36 blocks."}
	doc.Gate[0].Passed, doc.Gate[0].Failures = false, []results.GateFailure{{Case: "items/create", Message: "got 500, wanted 201"}}
	doc.Artifacts[0].Interpreter = "1.2.3"
	doc.Artifacts[0].Layers = []results.Layer{{Name: "layer.zip", SHA256: doc.Artifacts[0].SHA256, Unpacked: 4096}}
	doc.Artifacts[0].Brought = map[string]string{"an SDK": "4.5.6"}
	doc.Runtimes[0].Variants[1].Settings[1].Switch = "onethread"
	doc.Runtimes[0].Variants[1].Hosting = "provisioned"
	c := &doc.Configurations[0]
	c.Rejected = []results.Rejection{{Reason: "a warm call met a new environment", N: 2}}
	e := &c.Environments[0]
	e.Kind, e.Reads = results.Disk, &results.Reads{MajorFaults: 120, Bytes: 14 << 20}
	doc.Plan.ColdKinds = []results.ColdKind{results.Spawn, results.Disk}
	c.Environments[1].Kind, c.Environments[1].Burst = results.ScaleOut, &results.Burst{Workers: 5, Calls: 5, Cold: 2, Warm: 1, Throttled: 1, Refused: 1}
	e.Init.Extensions = 2
	e.FirstCall.Client = &results.Phases{DNSMs: new(1.5), ConnectMs: new(12.25), TLSMs: new(25.5), FirstByteMs: new(180.125)}
	e.FirstCall.ClientMs, e.FirstCall.FirstByteMs = new(9.5), new(2.5)
	e.Curve[0].FirstByteMs = new(1.5)
	e.Curve[0].ClientMs = new(3.25)
	for name, operation := range e.Operations {
		operation.Errors, operation.Wrong = 1, "status 500 instead of 200: no table"
		operation.HDR.ClientMs, operation.HDR.FirstByteMs = operation.HDR.ResponseMs, operation.HDR.ResponseMs
		e.Operations[name] = operation
	}
	c.Rejected = append(c.Rejected, results.Rejection{Reason: "Runtime exited", N: 1, Phase: results.InLoad, Evidence: "panic: no table"})
	c.LoadReason = "The function died in every step."
	doc.Plan.SLO.LateMs, doc.Plan.Sizes.PilotEnvironments = 10, 10
	posts := e.Operations["POST /items"]
	c.Load = []results.LoadStep{{Rate: 200, Seconds: 10, Planned: 2000, Sent: posts.N + 1, Late: 1, Dropped: 1, Errors: 1, Environments: 1, Ended: "the environment died", HDR: posts.HDR}}
	doc.LoadTest = &results.LoadTest{Tool: "k6", Scenario: "load", Schedule: "50 calls a second for 1m0s", Parts: 2, WindowSeconds: 5,
		Iterations: new(int64(120)), Dropped: new(int64(1)), Late: new(int64(2)), PeakInFlight: new(int64(9)), Unnamed: 3}
	doc.Traffic = &results.Traffic{Source: "CloudWatch", From: doc.Started, To: doc.Started.Add(time.Hour), PeriodSeconds: 3600, Series: []results.Series{
		{Runtime: c.Runtime, Figure: "duration p99", Unit: "ms", Points: []results.Point{{Time: doc.Started, Value: 12.5}}}, {Figure: "API: requests", Unit: "calls", Points: []results.Point{}},
	}}
	outside := results.Operation{N: posts.N, Errors: 1, HDR: results.HDR{ClientMs: posts.HDR.ClientMs}}
	c.Windows = []results.Window{{Index: 0, Operations: map[string]results.Operation{"create": outside}, Cold: &outside}, {Index: 2, Operations: map[string]results.Operation{"create": outside}}}
	c.Connections = &results.Connections{BlockedMs: posts.HDR.ClientMs, ConnectingMs: posts.HDR.ClientMs, TLSMs: posts.HDR.ClientMs}
	return doc
}

func TestGoldenDocument(t *testing.T) {
	var got bytes.Buffer
	if err := results.Encode(&got, complete(t)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "complete.json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("got another document (-want +got; -update writes it anew):\n%s", diff)
	}
}

func TestGoldenDocumentUsesEveryField(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "complete.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(results.JSONSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	var walk func(node any)
	walk = func(node any) {
		object, ok := node.(map[string]any)
		if !ok {
			return
		}
		if properties, ok := object["properties"].(map[string]any); ok && object["type"] == "object" {
			for name := range properties {
				if !bytes.Contains(data, []byte(`"`+name+`":`)) {
					t.Errorf("got no %q in the golden document, wanted every field of the schema", name)
				}
			}
		}
		for _, child := range object {
			walk(child)
		}
	}
	walk(schema)
}

func TestSaveThenLoadGivesTheSameDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "results.json")
	if err := results.Save(path, complete(t)); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := results.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := results.Save(path, doc); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("got other bytes after load and save:\n%s", cmp.Diff(string(first), string(second)))
	}
}

// A sixth of the default run's 36, 12 and 6 environments is looked at: a document grows with its environments, and compressing
// the histograms of all of them takes longer than every other test of the package.
func TestDefaultRunIsSmall(t *testing.T) {
	var got bytes.Buffer
	if err := results.Encode(&got, resultstest.Document(resultstest.Options{Seed: 1, Environments: 6, TunedEnvironments: 2, LayerEnvironments: 1})); err != nil {
		t.Fatal(err)
	}
	if want := 6 << 20; 6*got.Len() > want {
		t.Errorf("got %d bytes for a sixth of the default run, want at most %d for all of it", got.Len(), want)
	}
	if _, err := results.Parse(got.Bytes()); err != nil {
		t.Errorf("got %v, want the generator's document to be valid", err)
	}
}

func TestLoadErrorsNameTheFieldAndTheWish(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("testdata", "complete.json"))
	if err != nil {
		t.Fatal(err)
	}
	change := func(path ...any) func(t *testing.T) []byte {
		return func(t *testing.T) []byte {
			t.Helper()
			var root any
			if err := json.Unmarshal(golden, &root); err != nil {
				t.Fatal(err)
			}
			node := root
			for _, part := range path[:len(path)-2] {
				switch p := part.(type) {
				case string:
					node = node.(map[string]any)[p]
				case int:
					node = node.([]any)[p]
				}
			}
			key, value := path[len(path)-2].(string), path[len(path)-1]
			if value == nil {
				delete(node.(map[string]any), key)
			} else {
				node.(map[string]any)[key] = value
			}
			data, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
	text := func(s string) func(*testing.T) []byte { return func(*testing.T) []byte { return []byte(s) } }
	for name, test := range map[string]struct {
		data func(*testing.T) []byte
		want []string
		hint string
	}{
		"empty":           {text("  \n"), []string{"got an empty file, wanted a result document"}, "bench"},
		"not JSON":        {text("hello"), []string{"got text that is not JSON"}, "bench"},
		"cut off":         {text(string(golden[:len(golden)/2])), []string{"got text that is not JSON"}, "bench"},
		"a list":          {text("[]"), []string{"got an array, wanted a result document"}, "bench"},
		"no version":      {text("{}"), []string{"schema: got nothing, wanted 1"}, "bench"},
		"a later version": {change("schema", 2), []string{"schema: got version 2, wanted 1"}, "the version of bench that wrote the file"},
		"an unknown status": {change("configurations", 0, "status", "done"),
			[]string{`configurations[0].status: got "done", wanted one of measured, failed`}, "results.schema.json"},
		"a wrong type":     {change("host", "cores", "two"), []string{`host.cores: got "two", wanted integer`}, "bench"},
		"a missing field":  {change("configurations", 0, "environments", 0, "init", "wallMs", nil), []string{"configurations[0].environments[0].init: got no wallMs"}, "bench"},
		"an unknown field": {change("plan", "extra", 1), []string{"plan: got the unknown field extra, wanted none"}, "bench"},
		"no reason":        {change("configurations", 8, "reason", nil), []string{"configurations[8]: got no reason"}, "bench"},
		"negative":         {change("plan", "pacing", "gapMs", -1), []string{"plan.pacing.gapMs: got -1"}, "bench"},
		"a bad histogram": {change("host", "engineFloor", "hdr", "responseMs", "HISTFAAAabc"),
			[]string{"decode a histogram"}, "bench"},
		"a wrong count": {change("configurations", 0, "environments", 0, "operations", "POST /items", "n", 3),
			[]string{`configurations[0].environments[0].operations["POST /items"]: hdr.clientMs: got 2 values, wanted n, 3`}, "bench"},
		"an environment twice": {change("configurations", 0, "environments", 1, "id", "go-stock-1769-000"),
			[]string{`configurations[0].environments[1].id: got "go-stock-1769-000" twice`}, "bench"},
		"no machine":             {change("host", nil), []string{"the document: got no host"}, "bench"},
		"no memory size":         {change("configurations", 0, "memory", nil), []string{"configurations[0]: got no memory"}, "bench"},
		"windows of no test":     {change("loadTest", nil), []string{"loadTest: got none, wanted it beside the windows of configurations[0]"}, "bench"},
		"windows out of order":   {change("configurations", 0, "windows", 0, "index", 2), []string{"configurations[0].windows[1].index: got 2 behind 2"}, "bench"},
		"calls of a window":      {change("configurations", 0, "windows", 0, "cold", "n", 7), []string{"configurations[0].windows[0].cold: hdr.clientMs: got 2 values, wanted n, 7"}, "bench"},
		"traffic backwards":      {change("traffic", "to", "2020-01-01T00:00:00Z"), []string{"traffic.to: got 2020-01-01"}, "bench"},
		"traffic of nobody":      {change("traffic", "series", 0, "runtime", "x"), []string{`traffic.series[0].runtime: got "x"`}, "bench"},
		"points out of order":    {change("traffic", "series", 0, "points", []any{map[string]any{"time": "2026-01-02T00:00:00Z", "value": 1}, map[string]any{"time": "2026-01-01T00:00:00Z", "value": 1}}), []string{"traffic.series[0].points[1].time: got 2026-01-01"}, "bench"},
		"class of a layer":       {change("runtimes", 0, "variants", 2, "class", "stock"), []string{`runtimes[0].variants[2].class: got "stock", wanted none for the kind bare`}, "bench"},
		"before stock and tuned": {change("plan", "sizes", "tunedEnvironments", nil), []string{"plan.sizes: got no tunedEnvironments"}, "bench"},
		"no such artifact":       {change("configurations", 0, "artifact", "x"), []string{`configurations[0].artifact: got "x"`}, "bench"},
		"no such member": {change("plan", "families", 0, "members", []string{"a/b/1/c"}),
			[]string{`plan.families[0].members: got "a/b/1/c"`}, "bench"},
		"no such runtime": {change("configurations", 0, "runtime", "x"), []string{`configurations[0].runtime: got "x"`}, "bench"},
		"ended early":     {change("ended", "2020-01-01T00:00:00Z"), []string{"ended: got 00:00:00"}, "bench"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "results.json")
			if err := os.WriteFile(path, test.data(t), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := results.Load(path)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range append(test.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to contain %q", err, want)
				}
			}
			if got := fault.Hint(err); !strings.Contains(got, test.hint) {
				t.Errorf("got the hint %q, want it to contain %q", got, test.hint)
			}
		})
	}
}

func TestLoadOfNoFile(t *testing.T) {
	_, err := results.Load(filepath.Join(t.TempDir(), "none.json"))
	if err == nil || !strings.Contains(err.Error(), "none.json: there is no such file") || !fault.IsUsage(err) {
		t.Errorf("got %v, want a usage error that names the file", err)
	}
}

func TestMs(t *testing.T) {
	for d, want := range map[time.Duration]float64{0: 0, 1499 * time.Nanosecond: 0.001, 1500 * time.Nanosecond: 0.002, 12345678 * time.Nanosecond: 12.346} {
		if got := results.Ms(d); got != want {
			t.Errorf("Ms(%v): got %v, want %v", d, got, want)
		}
	}
}
