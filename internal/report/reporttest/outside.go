package reporttest

import (
	"math/rand/v2"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// outside is a load test of three minutes, as imported from k6: one runtime has wrong
// answers for a while, one no name here, and the run ends in the middle of a window.
func outside() results.Document {
	r := rand.New(rand.NewPCG(12, 1))
	recorder := loadtest.NewRecorder(5 * time.Second)
	start := time.Date(2026, 11, 24, 10, 0, 1, 0, time.UTC)
	order := loadtest.NewOrder(1, []string{"go", "python", "own"}, []results.MixShare{{Operation: "create", Weight: 2}, {Operation: "read", Weight: 5}})
	usual := map[string]float64{"go": 2, "python": 6, "own": 2.02}
	for k := range int64(182 * 30) {
		call := order.Call(k)
		at := start.Add(time.Duration(k) * time.Second / 30)
		ms := usual[call.Runtime] * (0.8 + 0.2*r.ExpFloat64())
		seen := loadtest.Seen{Time: at, Runtime: call.Runtime, Operation: call.Operation, Cold: k < 6 || k > 3000 && k < 3004}
		if seen.Cold {
			ms *= 80
		}
		if call.Runtime == "python" && k > 2000 && k < 2400 && k%5 == 0 {
			seen.Wrong = "status 503 instead of 200"
		}
		seen.Took = time.Duration(ms * float64(time.Millisecond))
		if err := recorder.Add(seen); err != nil {
			panic(err)
		}
		if err := recorder.AddPhase(call.Runtime, loadtest.Blocked, 12*time.Microsecond); err != nil {
			panic(err)
		}
	}
	known := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go", "python"}, Environments: 1, LayerEnvironments: 1, WarmCalls: 1})
	scenario := loadtest.Scenario{Name: "load", Seed: 1, Mix: []results.MixShare{{Operation: "create", Weight: 2}, {Operation: "read", Weight: 5}}, Objective: loadtest.Objective{ErrorShare: 0.01, P99Ms: 1000}}
	return recorder.Document(loadtest.About{
		Tool: results.Tool{Version: "0.1.0"}, Runtimes: known.Runtimes, Scenario: &scenario, MemoryMB: 1769,
		Test: results.LoadTest{Tool: "k6", Parts: 2, Iterations: new(int64(5460)), Dropped: new(int64(3))},
	})
}
