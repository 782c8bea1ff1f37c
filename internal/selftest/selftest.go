// Package selftest asks of bench itself what bench asks of others: is what it
// reports true? It drives a small function of its own through the whole chain
// (build, engine, tap, plan, result document, the report's figures and its one
// verdict rule) and compares what comes out with what is known:
//
//   - A/A: one artifact under two names, many times. Who is called faster than
//     itself is a false alarm.
//   - A known delay: the function sleeps and the database holds its answers, each
//     writes down how long that really was, and the mean of these records must
//     lie in the intervals that the report shows.
//   - A planted slowdown of 10 % must be found.
//
// It needs no repository, no registry and no database: the function is embedded,
// the database is a stub. It judges by no second rule, and compares with no time
// of another machine.
//
//	result, err := selftest.Run(ctx, selftest.Options{Repetitions: 100, Seed: 1})
package selftest

import (
	"context"
	"fmt"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target/local"
)

// Options of a Run.
type Options struct {
	Repetitions int    // of the A/A test
	Seed        uint64 // of the first; the others follow from it
	Version     string // of the tool
	// Progress hears of every finished part: A/A repetitions, and the two others.
	Progress func(done, total int)

	sizes sizes // full, but in tests
}

// sizes of the parts.
type sizes struct {
	sameEnvironments, sameCalls   int // of each of the two, per repetition
	delayEnvironments, delayCalls int
	slowEnvironments, slowCalls   int
	slowdown                      float64 // that is planted: 0.1 is 10 %
}

// full is chosen so that 100 repetitions take about eight minutes on two quiet
// cores.
var full = sizes{
	sameEnvironments: 20, sameCalls: 5,
	delayEnvironments: 36, delayCalls: 6,
	slowEnvironments: 12, slowCalls: 4, slowdown: 0.10,
}

const (
	delay = 100 * time.Millisecond // of the function, and again of the database

	// HalfWidth is the widest interval that passes: ±5 %.
	HalfWidth = 0.05
)

// Result is what the test found.
type Result struct {
	Passed       bool        `json:"passed"`
	Seed         uint64      `json:"seed"`
	SameArtifact []Alarms    `json:"sameArtifact"`
	Delays       []Delay     `json:"delays"`
	Slowdown     Slowdown    `json:"slowdown"`
	Rejected     []Rejection `json:"rejected"` // samples refused in any part; they count nowhere
	Seconds      float64     `json:"seconds"`
}

// Alarms counts the A/A repetitions in which a metric told the two apart.
type Alarms struct {
	Metric      string `json:"metric"`
	Repetitions int    `json:"repetitions"`
	False       int    `json:"falseAlarms"`
	Allowed     int    `json:"allowed"`
	Passed      bool   `json:"passed"`
}

// Delay compares a reported interval with what was recorded where the delay was
// made. All in milliseconds.
type Delay struct {
	Metric    string  `json:"metric"`
	Made      string  `json:"made"`           // where
	Recorded  float64 `json:"recordedMeanMs"` // over environments, of each its middle call
	Plain     float64 `json:"plainMeanMs"`    // over all calls, with the machine's stalls
	Center    float64 `json:"centerMs"`
	Lo        float64 `json:"loMs"`
	Hi        float64 `json:"hiMs"`
	HalfWidth float64 `json:"halfWidth"` // relative to the center
	Passed    bool    `json:"passed"`
}

// Slowdown says whether a planted one was found.
type Slowdown struct {
	Planted float64 `json:"planted"` // 0.1 is 10 %
	Fast    float64 `json:"fastMs"`  // medians as reported
	Slow    float64 `json:"slowMs"`
	Passed  bool    `json:"passed"` // the one rule calls the one faster than the other
}

// Rejection is results.Rejection, with the part.
type Rejection struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
	N      int64  `json:"n"`
}

// sameMetrics are those that the A/A test judges: of the cold starts, and of
// the warm calls.
var sameMetrics = []string{"coldTotal", "warmP50"}

// Run carries the whole test out. An error means that it could not be done; that
// it was not passed stands in the Result.
func Run(ctx context.Context, o Options) (result Result, err error) {
	began := time.Now()
	if o.sizes == (sizes{}) {
		o.sizes = full
	}
	w, err := open(ctx, o)
	if err != nil {
		return result, err
	}
	defer func() {
		if closeErr := w.close(); err == nil {
			err = closeErr
		}
	}()
	result = Result{Seed: o.Seed, Rejected: []Rejection{}}
	total, done := o.Repetitions+2, 0
	step := func() {
		if done++; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	if err := w.delays(ctx, &result); err != nil {
		return result, err
	}
	step()
	if err := w.slowdown(ctx, &result); err != nil {
		return result, err
	}
	step()
	if err := w.same(ctx, &result, o.Repetitions, step); err != nil {
		return result, err
	}
	result.Passed = result.Slowdown.Passed
	for _, one := range result.SameArtifact {
		result.Passed = result.Passed && one.Passed
	}
	for _, one := range result.Delays {
		result.Passed = result.Passed && one.Passed
	}
	result.Seconds = time.Since(began).Seconds()
	return result, nil
}

// Allowed is how many false alarms pass: 10 of 100. For other numbers it is what
// a rule that is wrong in 5 % of its verdicts exceeds in at most 2 % of the tests.
func Allowed(repetitions int) int {
	alarms := distuv.Binomial{N: float64(repetitions), P: 1 - stats.Level}
	for k := 0; ; k++ {
		if k == repetitions || 1-alarms.CDF(float64(k)) <= 0.02 {
			return k
		}
	}
}

func (w *world) same(ctx context.Context, result *Result, repetitions int, step func()) error {
	for _, metric := range sameMetrics {
		result.SameArtifact = append(result.SameArtifact, Alarms{Metric: metric, Repetitions: repetitions, Allowed: Allowed(repetitions)})
	}
	for i := range repetitions {
		model, err := w.run(ctx, part{
			name: "A/A", seed: w.options.Seed + 2 + uint64(i), configs: w.configs, environments: w.options.sizes.sameEnvironments, calls: w.options.sizes.sameCalls,
			wish: func(string, int) wish { return wish{} },
		}, result)
		if err != nil {
			return err
		}
		for j := range result.SameArtifact {
			if alarms := &result.SameArtifact[j]; toldApart(model, alarms.Metric) {
				alarms.False++
			}
		}
		step()
	}
	for j := range result.SameArtifact {
		alarms := &result.SameArtifact[j]
		alarms.Passed = alarms.False <= alarms.Allowed
	}
	return nil
}

// toldApart reports whether the report ranks its two rows differently.
func toldApart(model *view.Model, metric string) bool {
	return model.Rows[0].Value(metric).Rank != model.Rows[1].Value(metric).Rank
}

// delays checks figures against records. Environments differ in their delay by a
// known, symmetric spread: the interval gets a width to be judged by, and mean
// and median agree.
func (w *world) delays(ctx context.Context, result *Result) error {
	factors := spread(w.options.sizes.delayEnvironments, w.options.Seed)
	w.records.reset()
	model, err := w.run(ctx, part{
		name: "delay", seed: w.options.Seed, configs: w.configs[:1], environments: w.options.sizes.delayEnvironments, calls: w.options.sizes.delayCalls,
		wish: func(_ string, n int) wish {
			d := time.Duration(factors[n%len(factors)] * float64(delay))
			return wish{function: d, database: d}
		},
	}, result)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		metric, made string
		recorded
	}{
		{"warmP50", "in the function and in the database", w.records.of(func(k kept) time.Duration { return k.function + k.database })},
		{"warmDb", "in the database", w.records.of(func(k kept) time.Duration { return k.database })},
	} {
		value := model.Rows[0].Value(one.metric)
		result.Delays = append(result.Delays, Delay{
			Metric: one.metric, Made: one.made, Recorded: one.mean, Plain: one.plain,
			Center: value.Center, Lo: value.Lo, Hi: value.Hi, HalfWidth: value.Precision(),
			Passed: value.Lo <= one.mean && one.mean <= value.Hi && value.Precision() <= HalfWidth,
		})
	}
	return nil
}

func (w *world) slowdown(ctx context.Context, result *Result) error {
	slowed := float64(delay) * (1 + w.options.sizes.slowdown)
	model, err := w.run(ctx, part{
		name: "slowdown", seed: w.options.Seed + 1, configs: w.configs, environments: w.options.sizes.slowEnvironments, calls: w.options.sizes.slowCalls,
		wish: func(name string, _ int) wish {
			if name == w.configs[1].Runtime.Name {
				return wish{function: time.Duration(slowed)}
			}
			return wish{function: delay}
		},
	}, result)
	if err != nil {
		return err
	}
	fast, slow := model.Rows[0].Value("warmP50"), model.Rows[1].Value("warmP50")
	result.Slowdown = Slowdown{
		Planted: w.options.sizes.slowdown, Fast: fast.Center, Slow: slow.Center,
		Passed: fast.Rank == 1 && slow.Rank == 2,
	}
	return nil
}

// part is one small run.
type part struct {
	name                string
	seed                uint64
	configs             []target.Config
	environments, calls int
	wish                func(runtime string, environment int) wish
}

// run carries a part out as `bench local` would, and derives the report's figures.
func (w *world) run(ctx context.Context, p part, result *Result) (*view.Model, error) {
	workload := config.Defaults()
	workload.Environments, workload.WarmCalls, workload.Pacing = p.environments, p.calls, time.Millisecond
	workload.Load = config.Load{}
	plan := bench.Plan{Seed: p.seed & results.MaxSeed, Workload: workload, Configurations: p.configs, Guests: map[string][]bench.GuestRequest{}}
	document := results.Document{Schema: results.Schema, ID: p.name, Started: time.Now().UTC()}
	for _, c := range p.configs {
		requests, err := bench.LoadGuestRequests(c.Runtime, c.Runtime.Variants[c.Variant])
		if err != nil {
			return nil, err
		}
		plan.Guests[bench.Key(c)] = requests
		document.Runtimes = append(document.Runtimes, record(c.Runtime))
	}
	wishing := &wishing{Target: w.lab.Target(), records: w.records, wish: p.wish, opened: map[string]int{}}
	described, err := wishing.Describe(ctx)
	if err != nil {
		return nil, err
	}
	document.Source, document.Host = described.Source, described.Host
	runner := bench.Runner{Target: wishing, Plan: plan, Now: time.Now, Wait: bench.Wait, Until: clock.Until, Settle: local.Settle}
	if err := runner.Run(ctx, &document); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, c := range document.Configurations {
		for _, one := range c.Rejected {
			result.Rejected = append(result.Rejected, Rejection{Part: p.name, Reason: one.Reason, N: one.N})
		}
		if len(c.Environments) < bench.MinEnvironments {
			return nil, fmt.Errorf("the part %s of the self-test: %s %s: %s", p.name, c.Runtime, c.Status, c.Reason)
		}
		// What is refused counts nowhere; the others are a sample still.
	}
	for i := range document.Configurations {
		document.Configurations[i].Status = results.Measured
	}
	return view.Build(document), nil
}

func record(r config.Runtime) results.Runtime {
	one := results.Runtime{Name: r.Name, DisplayName: r.DisplayName, Language: r.Language, Color: r.Color, Order: r.Order}
	for _, name := range r.VariantNames() {
		v := r.Variants[name]
		one.Variants = append(one.Variants, results.Variant{ID: name, Kind: results.VariantKind(v.Kind), Artifact: v.Artifact, Default: v.Default})
	}
	return one
}
