package view

// Metric is a figure of a configuration. Lower is better in all of them.
type Metric struct {
	ID     string
	Name   string // a heading
	Unit   string
	Ranked bool // by the verdict rule, on one value per environment
}

// Metrics are the figures of a row, in the order of tables.
var Metrics = []Metric{
	{"coldTotal", "cold total", "ms", true},
	{"coldP95", "cold p95", "ms", false}, // of bursts
	{"coldP99", "cold p99", "ms", false}, // of bursts
	{"init", "init", "ms", true},
	{"firstCall", "first call", "ms", true},
	{"firstCallOwn", "first call without the database", "ms", false},
	{"firstCallTls", "TLS handshake in the first call", "ms", false},
	{"firstCallByte", "first byte of a streamed answer in the first call", "ms", false},
	{"firstCallDns", "name lookup of the client", "ms", false},
	{"firstCallConnect", "connection of the client", "ms", false},
	{"firstCallHandshake", "TLS handshake of the client", "ms", false},
	{"firstCallWait", "wait of the client for the first byte of the first call", "ms", false},
	{"initCpu", "CPU of init", "ms", true},
	{"firstCallCpu", "CPU of the first call", "ms", true},
	{"coldCpu", "CPU of a cold start", "ms", true},
	{"warmP50", "warm p50", "ms", true},
	{"warmOutside", "warm outside the function: API and network", "ms", false},
	{"warmByte", "warm first byte of a streamed answer", "ms", false},
	{"warmP95", "warm p95", "ms", false},
	{"warmP99", "warm p99", "ms", false},
	{"tailScore", "tail score, p99/p50", "", false},
	{"warmOwn", "warm without the database", "ms", true},
	{"warmDb", "database per call", "ms", false},
	{"warmCpu", "CPU per call", "ms", true},
	{"diskReads", "read from the disk by init and first call", "MB", false},
	{"majorFaults", "pages waited for in init and first call", "", false},
	{"memoryAfterInit", "memory after init", "MB", false},
	{"memoryPeak", "peak memory", "MB", true},
	{"memoryAnon", "anonymous memory at its peak", "MB", false},
	{MetricCost, "Lambda compute per million requests", "USD", true},
}

// OperationMetrics are the figures of a cell. Only p50 is ranked.
var OperationMetrics = []Metric{
	{"p50", "p50", "ms", true},
	{"p95", "p95", "ms", false},
	{"p99", "p99", "ms", false},
	{"cpu", "CPU per call", "ms", false},
	{"db", "database per call", "ms", false},
}

// MetricByID returns the figure called id, or false.
func MetricByID(id string) (Metric, bool) {
	for _, m := range Metrics {
		if m.ID == id {
			return m, true
		}
	}
	return Metric{}, false
}

// MetricName is what the figure called id is called in a sentence.
func MetricName(id string) string {
	if m, ok := MetricByID(id); ok {
		return m.Name
	}
	return id
}

// MetricCost is the figure that runtimes are ranked by: what Lambda asks for
// their init and duration. The rest of a bill is the same for all.
const MetricCost = "cost"

// MetricPackage is the size of the zip, which has no interval.
const MetricPackage = "packed"

// OfColdStart reports whether a metric is a time of a cold start, to which AWS adds
// the same for all: distances travel, ratios do not.
func OfColdStart(metric string) bool {
	return metric == "coldTotal" || metric == "init" || metric == "firstCall"
}
