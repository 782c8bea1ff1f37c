package dashboards

import "github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"

// Reading is a figure of the boards as a question to CloudWatch: the same metrics and
// formulas, without what depends on how a function is deployed now (its memory size, its
// price), which nobody can tell of the past.
type Reading struct {
	Runtime string // empty: of all runtimes together
	Figure  string
	Unit    string
	Formula string // names the metrics $1, $2 …; empty for the only one as it is
	Metrics []Metric
}

// Readings are those of a deployment: of each runtime, then of API and table.
func Readings(d config.Deployment) []Reading {
	var all []Reading
	for _, w := range runtimes(d) {
		one := func(name, unit string, m Metric) {
			all = append(all, Reading{w.Runtime.Name, name, unit, "", []Metric{m}})
		}
		one("invocations", "calls", w.lambda("Invocations", sum))
		one("cold starts", "calls", w.logged(config.InitDuration, samples))
		one("crashes and timeouts", "calls", w.lambda("Errors", sum))
		one("throttled", "calls", w.lambda("Throttles", sum))
		all = append(all, Reading{w.Runtime.Name, "answered with a 5xx", "%", "100 * $1", []Metric{w.logged(config.ErrorRate, average)}})
		for _, stat := range []string{p50, p95, p99} {
			one("init "+stat, "ms", w.logged(config.InitDuration, stat))
		}
		for _, stat := range []string{p50, p99} {
			one("restore "+stat, "ms", w.logged(config.RestoreDuration, stat))
		}
		for _, stat := range []string{p50, p95, p99} {
			one("duration "+stat, "ms", w.lambda("Duration", stat))
		}
		all = append(all, Reading{w.Runtime.Name, "over 1 s, with init", "%", "", []Metric{slowShare(w)}})
		one("billed", "ms billed", w.logged(config.BilledDuration, sum))
		one("memory used, most", "MB", w.logged(config.MemoryUsed, maximum))
		one("concurrent, most", "environments", w.lambda("ConcurrentExecutions", maximum))
	}
	shared := func(name, unit, formula string, m Metric) {
		all = append(all, Reading{"", name, unit, formula, []Metric{m}})
	}
	shared("API: requests", "calls", "", stage(d, "Count", sum))
	shared("API: 4xx", "%", "100 * $1", stage(d, "4XXError", average))
	shared("API: 5xx", "%", "100 * $1", stage(d, "5XXError", average))
	shared("API: latency p50", "ms", "", stage(d, "Latency", p50))
	shared("API: latency p99", "ms", "", stage(d, "Latency", p99))
	shared("table: reads", "request units", "", table(d, "ConsumedReadCapacityUnits", sum))
	shared("table: writes", "request units", "", table(d, "ConsumedWriteCapacityUnits", sum))
	return all
}
