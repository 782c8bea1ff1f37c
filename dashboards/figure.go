package dashboards

import (
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// figure is one number of a runtime over time. The comparison shows it for all
// runtimes on one widget; a runtime's own section puts related ones together.
type figure struct {
	title string // of the comparison's widget
	label string // of the line in a runtime's section
	unit  string
	line  func(watched) Line
	// limit is the rule whose threshold belongs on it, drawn is that threshold in
	// the figure's unit.
	limit *rule
	drawn func(w watched, threshold float64) float64
	// perRoute figures exist where API Gateway has metrics per route.
	perRoute bool
}

func metric(of func(watched) Metric) func(watched) Line {
	return func(w watched) Line { return Line{Metrics: []Metric{of(w)}} }
}

func lambda(name, stat string) func(watched) Line {
	return metric(func(w watched) Metric { return w.lambda(name, stat) })
}

func logged(measure, stat string) func(watched) Line {
	return metric(func(w watched) Metric { return w.logged(measure, stat) })
}

func cold(stat string) func(watched) Line {
	return metric(func(w watched) Metric { return w.cold(stat) })
}

func routed(name, stat string) func(watched) Line {
	return metric(func(w watched) Metric { return w.route(name, stat) })
}

func asIs(_ watched, threshold float64) float64    { return threshold }
func percent(_ watched, threshold float64) float64 { return 100 * threshold }
func ofMemory(w watched, threshold float64) float64 {
	return 100 * threshold / float64(w.Function.MemoryMB)
}

var (
	coldAverage   = figure{title: "Cold start, average", label: "average", unit: "ms", line: cold(average)}
	coldP50       = figure{title: "Cold start, median", label: "p50", unit: "ms", line: cold(p50)}
	coldP95       = figure{title: "Cold start, p95", label: "p95", unit: "ms", line: cold(p95)}
	coldP99       = figure{title: "Cold start, p99", label: "p99", unit: "ms", line: cold(p99)}
	coldCount     = figure{title: "Cold starts", label: "cold starts", unit: "per 5 minutes", line: cold(samples)}
	coldFrequency = figure{title: "Cold starts of 100 invocations", label: "of 100 invocations", unit: "%",
		line: func(w watched) Line {
			return Line{Formula: "100 * FILL($1, 0) / $2", Metrics: []Metric{w.cold(samples), w.lambda("Invocations", sum)}}
		}}

	durationAverage = figure{title: "Request duration, average (without init)", label: "average", unit: "ms", line: lambda("Duration", average)}
	durationP50     = figure{title: "Request duration, p50 (without init)", label: "p50", unit: "ms", line: lambda("Duration", p50)}
	durationP95     = figure{title: "Request duration, p95 (without init)", label: "p95", unit: "ms", line: lambda("Duration", p95)}
	durationOf99    = figure{title: "Request duration, p99 (without init)", label: "p99", unit: "ms", line: lambda("Duration", p99)}
	slowRequests    = figure{title: "Requests over 1 s (with init)", label: "over 1 s", unit: "%", line: metric(slowShare), limit: slow, drawn: asIs}

	memoryAverage = figure{title: "Memory used, average", label: "average", unit: "MB", line: logged(config.MemoryUsed, average)}
	memoryMaximum = figure{title: "Memory used, most of any environment", label: "maximum", unit: "MB", line: logged(config.MemoryUsed, maximum), limit: memory, drawn: asIs}
	utilisation   = figure{title: "Memory utilisation, most of any environment", label: "utilisation", unit: "%", limit: memory, drawn: ofMemory,
		line: func(w watched) Line {
			return Line{Formula: "100 * $1 / " + strconv.Itoa(w.Function.MemoryMB), Metrics: []Metric{w.logged(config.MemoryUsed, maximum)}}
		}}

	failures = figure{title: "Requests answered with a 5xx", label: "5xx", unit: "%", limit: errorRate, drawn: percent,
		line: func(w watched) Line {
			return Line{Formula: "100 * $1", Metrics: []Metric{w.logged(config.ErrorRate, average)}}
		}}
	crashes     = figure{title: "Crashes and timeouts", label: "crashes and timeouts", unit: "per 5 minutes", line: lambda("Errors", sum), limit: errorsOf, drawn: asIs}
	answered    = figure{title: "Calls", label: "calls", unit: "calls", line: lambda("Invocations", sum)}
	invocations = figure{title: "Invocations", label: "invocations", unit: "per 5 minutes", line: lambda("Invocations", sum)}
	refused     = figure{title: "Throttled invocations", label: "throttled", unit: "per 5 minutes", line: lambda("Throttles", sum), limit: throttles, drawn: asIs}
	lost        = figure{title: "Crashes, timeouts and throttled calls", label: "lost", unit: "calls",
		line: func(w watched) Line {
			return Line{Formula: "$1 + $2", Metrics: []Metric{w.lambda("Errors", sum), w.lambda("Throttles", sum)}}
		}}
	concurrency = figure{title: "Concurrent executions, most", label: "concurrent", unit: "environments", line: lambda("ConcurrentExecutions", maximum)}

	billedAverage = figure{title: "Billed duration of a request, average (with init)", label: "average", unit: "ms", line: logged(config.BilledDuration, average)}
	billedSum     = figure{title: "Billed duration", label: "billed", unit: "s per 5 minutes",
		line: func(w watched) Line {
			return Line{Formula: "$1 / 1000", Metrics: []Metric{w.logged(config.BilledDuration, sum)}}
		}}
	costPerMillion = figure{title: "Lambda's cost of 1 M requests (estimate)", label: "of 1 M requests", unit: "USD",
		line: func(w watched) Line {
			perMS, perRequest := lambdaPrices.of(w)
			return Line{Formula: "1000000 * ($1 * " + decimal(perMS) + " + " + decimal(perRequest) + ")", Metrics: []Metric{w.logged(config.BilledDuration, average)}}
		}}
	costInAll = figure{title: "Lambda's cost (estimate)", label: "cost", unit: "USD",
		line: func(w watched) Line {
			perMS, perRequest := lambdaPrices.of(w)
			return Line{Formula: "$1 * " + decimal(perMS) + " + $2 * " + decimal(perRequest),
				Metrics: []Metric{w.logged(config.BilledDuration, sum), w.lambda("Invocations", sum)}}
		}}

	routeLatency     = figure{title: "Busiest route: latency at API Gateway, p99", label: "latency p99", unit: "ms", line: routed("Latency", p99), perRoute: true}
	routeIntegration = figure{title: "Busiest route: integration latency, p99", label: "integration p99", unit: "ms", line: routed("IntegrationLatency", p99), perRoute: true}
	routeOverhead    = figure{title: "Busiest route: API Gateway's own share, average", label: "API Gateway's own share", unit: "ms", perRoute: true,
		line: func(w watched) Line {
			return Line{Formula: "$1 - $2", Metrics: []Metric{w.route("Latency", average), w.route("IntegrationLatency", average)}}
		}}
)

// answers are the board's first screen, each over the whole range: what is typical
// as numbers, what is rare as bars.
var answers = []struct {
	view    View
	figures []asked
}{
	{Values, []asked{
		{"Starts fastest? Cold start, median", coldP50},
		{"Is fastest? Request, median", durationP50},
		{"Fails? Requests answered with a 5xx", failures},
		{"Costs? Lambda for 1 M requests", costPerMillion},
	}},
	{Bars, []asked{
		{"Cold start, p95", coldP95},
		{"Request, p99 (without init)", durationOf99},
		{"Requests over 1 s (with init)", slowRequests},
		{"Crashes, timeouts, throttled", lost},
		{"Answered, in all", answered},
	}},
}

// asked is a figure under the question that it answers.
type asked struct {
	title  string
	figure figure
}

// comparison are rows of widgets over time, each with all runtimes: only figures
// that are of one size for all of them.
var comparison = [][]figure{
	{invocations, coldFrequency, concurrency},
	{failures, crashes, refused},
	{slowRequests, utilisation, costInAll},
}

// multiples are figures of very different size, from 4 ms to 500: a row of widgets
// each, one per runtime, each with an axis of its own.
var multiples = []panel{
	{"cold start", []figure{coldP50, coldP95}, nil},
	{"request", []figure{durationP50, durationOf99}, nil},
}

// panel is a widget of one runtime's own section.
type panel struct {
	title       string
	left, right []figure
}

// section is what the second board has of each runtime.
var section = [][]panel{
	{
		{"Cold start", []figure{coldAverage, coldP95, coldP99}, nil},
		{"How often it starts cold", []figure{coldFrequency}, []figure{coldCount}},
		{"Request duration (without init)", []figure{durationAverage, durationP50, durationP95, durationOf99}, []figure{slowRequests}},
	},
	{
		{"Memory used", []figure{memoryAverage, memoryMaximum}, nil},
		{"Memory utilisation", []figure{utilisation}, nil},
		{"Errors", []figure{failures}, []figure{crashes}},
		{"Invocations", []figure{invocations}, []figure{refused}},
	},
	{
		{"Concurrent executions", []figure{concurrency}, nil},
		{"Billed duration (with init)", []figure{billedAverage}, []figure{billedSum}},
		{"Lambda's cost (estimate)", []figure{costPerMillion}, nil},
		{"Busiest route at API Gateway", []figure{routeLatency, routeIntegration, routeOverhead}, nil},
	},
}
