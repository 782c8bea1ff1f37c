// Package resultstest makes realistic result documents from a seed, for the
// tests of whatever reads them. Runtimes and the shape of their figures are
// data (runtimes.json); the figures are drawn, never measured, and must not be
// shown as if they were.
//
//	doc := resultstest.Document(resultstest.Options{Seed: 1})
package resultstest

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

//go:embed runtimes.json
var runtimesText []byte

// Options say what the document holds. Zero values give the default run with all
// that may stand beside it: all runtimes and variants (stock, tuned, a tuned one's
// switch, primed, layers), 36 environments, 10 of a layer, 40 warm calls.
type Options struct {
	Seed              uint64
	Runtimes          []string // names to keep; nil keeps all
	Variants          []string // ids to keep; nil keeps all
	Environments      int
	LayerEnvironments int
	TunedEnvironments int // of what stands beside the default variant; 0: as many
	WarmCalls         int
	Memory            []int // MB; nil is 1769
	Load              bool  // with load steps of the default variants
}

// Mix is the mix of the default workload.
var Mix = []results.MixShare{
	{Operation: "POST /items", Weight: 20},
	{Operation: "GET /items/{id}", Weight: 50},
	{Operation: "GET /items", Weight: 10},
	{Operation: "PUT /items/{id}", Weight: 10},
	{Operation: "DELETE /items/{id}", Weight: 10},
}

// cost of an operation relative to the mean one.
var operationCost = map[string]float64{
	"POST /items": 1.05, "GET /items/{id}": 0.9, "GET /items": 1.45, "PUT /items/{id}": 1.1, "DELETE /items/{id}": 0.95,
}

// shape is the centre and spread of what is drawn, at one full vCPU.
type shape struct {
	InitMs     float64 `json:"initMs"`
	InitCPUMs  float64 `json:"initCpuMs"`
	FirstMs    float64 `json:"firstMs"`
	FirstCPUMs float64 `json:"firstCpuMs"`
	WarmMs     float64 `json:"warmMs"`
	WarmCPUMs  float64 `json:"warmCpuMs"`
	Settle     float64 `json:"settle"` // how much slower the first warm calls are
	Spread     float64 `json:"spread"` // of the logarithm
	PeakMB     float64 `json:"peakMB"`
	Packed     int64   `json:"packed"`
}

type fixture struct {
	Runtime       results.Runtime   `json:"runtime"`
	LambdaRuntime string            `json:"lambdaRuntime"`
	Handler       string            `json:"handler"`
	Versions      map[string]string `json:"versions"`
	Shapes        map[string]shape  `json:"shapes"`
}

// Document draws a document. The same options give the same document. It
// panics when its own data is wrong, as only tests call it.
func Document(o Options) results.Document {
	if o.Environments == 0 {
		o.Environments = 36
	}
	if o.LayerEnvironments == 0 {
		o.LayerEnvironments = 10
	}
	if o.TunedEnvironments == 0 {
		o.TunedEnvironments = o.Environments
	}
	if o.WarmCalls == 0 {
		o.WarmCalls = 40
	}
	if o.Memory == nil {
		o.Memory = []int{1769}
	}
	random := rand.New(rand.NewPCG(o.Seed, 0x666978))
	started := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	doc := results.Document{
		Schema: results.Schema, ID: fmt.Sprintf("20261122T093000Z-%04x", o.Seed), Status: results.Complete,
		Source:  results.Source{Kind: results.Local, Vantage: results.Invoke},
		Tool:    results.Tool{Version: "0.1.0", Commit: "0123456789abcdef0123456789abcdef01234567"},
		Started: started, Ended: started.Add(9*time.Minute + 12*time.Second), Seed: o.Seed,
		Plan: results.Plan{
			Phases: []string{"gate", "cold", "warm"}, Order: results.ShuffledBlocks,
			Sizes:  results.Sizes{Environments: o.Environments, LayerEnvironments: o.LayerEnvironments, TunedEnvironments: o.TunedEnvironments, WarmCalls: o.WarmCalls, FixedBy: "count"},
			Pacing: results.Pacing{Mode: "closed", GapMs: 20},
			SLO:    results.SLO{Percentile: 99, ResponseMs: 100, LateShare: 0.001},
			Mix:    slices.Clone(Mix),
		},
		Host: results.Host{
			CPU: "Example CPU 3.0 GHz", Cores: 2, MemoryBytes: 8 << 30, OS: "Debian GNU/Linux 12", Kernel: "6.1.0", HZ: 250, Cgroup: "hybrid",
			LimitsInForce: true, Freezer: "v2", Namespaces: true,
			Walls:        []string{"user", "capabilities", "system calls", "processes", "process count", "network", "files"},
			WallsMissing: []string{"temp size"},
			PeriodUs:     20000, VisibleCPUs: 2,
			EngineFloor: engineFloor(random),
			Database:    results.Database{Kind: "builtin", Version: "1", TLS: true, Served: served()},
		},
	}
	doc.Prices = &results.Prices{Date: "2026-10-04", Source: "AWS price list, offer files of pricing.us-east-1.amazonaws.com/offers/v1.0/aws"}
	for _, f := range fixtures(o) {
		doc.Runtimes = append(doc.Runtimes, f.Runtime)
		addArtifacts(&doc, f)
		for _, memory := range o.Memory {
			for _, v := range f.Runtime.Variants {
				doc.Configurations = append(doc.Configurations, configuration(random, o, f, v, memory))
			}
		}
	}
	doc.Plan.Families = results.Families(doc.Runtimes, doc.Configurations)
	return doc
}

func fixtures(o Options) []fixture {
	var all []fixture
	if err := json.Unmarshal(runtimesText, &all); err != nil {
		panic(fmt.Sprintf("resultstest: runtimes.json: %v", err))
	}
	all = slices.DeleteFunc(all, func(f fixture) bool {
		return o.Runtimes != nil && !slices.Contains(o.Runtimes, f.Runtime.Name)
	})
	for i := range all {
		all[i].Runtime.Variants = slices.DeleteFunc(all[i].Runtime.Variants, func(v results.Variant) bool {
			return o.Variants != nil && !slices.Contains(o.Variants, v.ID)
		})
	}
	return all
}

func addArtifacts(doc *results.Document, f fixture) {
	for _, v := range f.Runtime.Variants {
		id := artifactID(f, v)
		if _, ok := doc.Artifact(id); ok {
			continue
		}
		sum := sha256.Sum256([]byte(id))
		packed := f.Shapes[v.ID].Packed
		doc.Artifacts = append(doc.Artifacts, results.Artifact{
			ID: id, Runtime: f.Runtime.Name, Arch: "x86_64",
			SHA256: hex.EncodeToString(sum[:]), CodeSHA256: base64.StdEncoding.EncodeToString(sum[:]),
			Packed: packed, Unpacked: packed * 5 / 2, LambdaRuntime: f.LambdaRuntime, Handler: f.Handler, Versions: f.Versions,
		})
		gate := results.GateResult{Runtime: f.Runtime.Name, Variant: v.ID, Arch: "x86_64", Passed: true, Cases: 147}
		if v.Class == results.Stock {
			gate.Declared = 3
		}
		doc.Gate = append(doc.Gate, gate)
	}
}

func artifactID(f fixture, v results.Variant) string {
	return f.Runtime.Name + "-" + v.Artifact + "-x86_64"
}

func configuration(random *rand.Rand, o Options, f fixture, v results.Variant, memory int) results.Configuration {
	c := results.Configuration{
		Runtime: f.Runtime.Name, Variant: v.ID, Memory: memory, Arch: "x86_64", Artifact: artifactID(f, v),
		Status: results.Measured, Planned: o.Environments,
	}
	s, ok := f.Shapes[v.ID]
	if !ok {
		c.Status, c.Reason = results.NotMeasurable, "A snapshot can't be made outside AWS."
		return c
	}
	switch {
	case v.Kind.Layer():
		c.Planned = o.LayerEnvironments
	case !v.Default:
		c.Planned = o.TunedEnvironments
	}
	cpus := math.Min(1, float64(memory)/1769) // the quota slows all but init
	for i := range c.Planned {
		c.Environments = append(c.Environments, environment(random, s, Mix, cpus, o.WarmCalls, i, fmt.Sprintf("%s-%s-%d-%03d", f.Runtime.Name, v.ID, memory, i)))
	}
	if v.Kind == results.KindAPI && v.Default && o.Load {
		c.Load = load(rand.New(rand.NewPCG(o.Seed, uint64(len(f.Runtime.Name)*memory))), s.WarmMs/cpus)
	}
	if v.Kind == results.KindAPI && random.IntN(2) == 0 {
		c.Rejected = []results.Rejection{{Reason: "a warm call met a new environment", N: 1 + random.Int64N(3)}}
	}
	return c
}

func environment(random *rand.Rand, s shape, mix []results.MixShare, cpus float64, warmCalls, block int, id string) results.Environment {
	draw := func(centre, spread float64) float64 { return centre * math.Exp(spread*random.NormFloat64()) }
	own := draw(1, s.Spread/2) // this environment against the others
	e := results.Environment{
		ID: id, Block: block, Kind: results.Spawn,
		Init: results.Init{WallMs: round(draw(s.InitMs, s.Spread)), CPUMs: new(round(draw(s.InitCPUMs, s.Spread/3)))},
		FirstCall: results.FirstCall{Operation: mix[0].Operation,
			Times: times(draw(s.FirstMs, s.Spread)/cpus, draw(s.FirstCPUMs, s.Spread/3), 0.6)},
		Operations: map[string]results.Operation{},
	}
	e.FirstCall.TLSMs = new(round(*e.FirstCall.ResponseMs * 0.25))
	if random.IntN(30) == 0 { // a machine has its moments
		e.Init.WallMs = round(e.Init.WallMs * 1.6)
	}
	afterInit := s.PeakMB * 0.8 * (1 << 20)
	e.Memory = results.EnvironmentMemory{
		AfterInit: new(int64(draw(afterInit, 0.004))), Peak: new(int64(draw(s.PeakMB*(1<<20), 0.006))),
		AnonAfterInit: new(int64(draw(afterInit*0.6, 0.004))), Anon: new(int64(draw(s.PeakMB*0.65*(1<<20), 0.006))),
	}
	for i, op := range calls(random, mix, warmCalls) {
		settling := 1 + s.Settle*math.Exp(-float64(i)/8)
		cpu := draw(s.WarmCPUMs*operationCost[op], 0.08) * settling
		wall := draw(s.WarmMs*operationCost[op], s.Spread*1.5) * settling * own / cpus
		if random.IntN(60) == 0 {
			wall += draw(s.WarmMs*2.5, 0.4)
		}
		t := times(wall, cpu, 0.35)
		e.Operations[op] = record(e.Operations[op], t)
		e.Curve = append(e.Curve, results.CurvePoint{Index: i + 1, Operation: op, Times: t})
	}
	return e
}

func calls(random *rand.Rand, mix []results.MixShare, n int) []string {
	total := 0
	for _, m := range mix {
		total += m.Weight
	}
	var ops []string
	sum := 0
	for _, m := range mix {
		sum += m.Weight
		for len(ops) < n*sum/total {
			ops = append(ops, m.Operation)
		}
	}
	random.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
	return ops
}

// times makes the clocks of a local call out of its response time.
func times(responseMs, cpuMs, dbShare float64) results.Times {
	return results.Times{
		ResponseMs: new(round(responseMs)), DurationMs: new(round(responseMs + 0.12)),
		CPUMs: new(round(cpuMs)), DBMs: new(round(responseMs * dbShare)),
	}
}

func record(op results.Operation, t results.Times) results.Operation {
	add := func(h **results.Histogram, ms float64) {
		if *h == nil {
			*h = results.NewHistogram()
		}
		if err := (*h).Record(time.Duration(ms * float64(time.Millisecond))); err != nil {
			panic(err)
		}
	}
	op.N++
	add(&op.HDR.ResponseMs, *t.ResponseMs)
	add(&op.HDR.DurationMs, *t.DurationMs)
	add(&op.HDR.CPUMs, *t.CPUMs)
	add(&op.HDR.DBMs, *t.DBMs)
	return op
}

// load draws the steps of a search: calls wait the longer, the closer the rate is
// to what the environment can serve.
func load(random *rand.Rand, warmMs float64) []results.LoadStep {
	var steps []results.LoadStep
	for _, busy := range []float64{0.9, 0.75, 0.82, 0.86} {
		step := results.LoadStep{Rate: math.Round(busy*1000/warmMs*10) / 10, Planned: 400, Sent: 400, Environments: 1, HDR: results.HDR{ResponseMs: results.NewHistogram()}}
		step.Seconds = round(float64(step.Planned) / step.Rate)
		waits := math.Min(1/(1-busy), 9)
		if busy > 0.85 {
			waits = 100 / warmMs // the queue grows beyond the objective
		}
		for range step.Sent {
			ms := warmMs * (1 + waits*random.ExpFloat64()*0.5)
			if err := step.HDR.ResponseMs.Record(time.Duration(ms * float64(time.Millisecond))); err != nil {
				panic(err)
			}
		}
		steps = append(steps, step)
	}
	return steps
}

func engineFloor(random *rand.Rand) *results.EngineFloor {
	floor := &results.EngineFloor{N: 200, HDR: results.HDR{ResponseMs: results.NewHistogram(), DurationMs: results.NewHistogram()}}
	for range floor.N {
		us := 150 + random.Int64N(40)
		for _, h := range []*results.Histogram{floor.HDR.ResponseMs, floor.HDR.DurationMs} {
			if err := h.Record(time.Duration(us) * time.Microsecond); err != nil {
				panic(err)
			}
			us += 60
		}
	}
	return floor
}

// served draws what a quiet database did.
func served() *results.Served {
	random := rand.New(rand.NewPCG(1, 0x646200)) // its own: what others draw stays
	s := &results.Served{Ms: results.NewHistogram(), CPUMs: new(450.0)}
	for range 10_000 {
		if err := s.Ms.Record(time.Duration(120+random.ExpFloat64()*30) * time.Microsecond); err != nil {
			panic(err)
		}
	}
	return s
}

func round(ms float64) float64 { return math.Round(ms*1000) / 1000 }
