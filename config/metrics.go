package config

// MetricNamespace holds the metrics that our metric filters make out of the
// functions' logs. It carries the environment, because these metrics have no
// dimensions: several environments may share an account.
func MetricNamespace(environment string) string { return Prefix + "/" + environment }

// LogMetric is one measure of a function that a metric filter reads from its log
// group. Each function has a metric of its own: MetricName.
type LogMetric struct {
	// Name is the measure's own name, such as "InitDuration".
	Name string
	// Unit is CloudWatch's.
	Unit string
	// Pattern selects the log events; Value is what becomes of each of them.
	Pattern, Value string
	// Else is recorded for those request lines that Pattern leaves out: a second
	// filter on this pattern records 0, so that the Average is a rate. Empty for
	// measures that have a value or none.
	Else string
	// SnapStartOnly measures exist for variants with SnapStart only.
	SnapStartOnly bool
}

// The measures' names.
const (
	InitDuration    = "InitDuration"    // of a cold start, ms; its SampleCount is the number of cold starts
	RestoreDuration = "RestoreDuration" // of a SnapStart restore, ms
	MemoryUsed      = "MemoryUsed"      // the environment's peak, MB
	BilledDuration  = "BilledDuration"  // ms
	ErrorRate       = "ErrorRate"       // 1 for an answer of 500 or above, else 0: the Average is the rate
)

// platformReport is Lambda's own event at the end of an invocation, in JSON
// logging at system level INFO.
const platformReport = `$.type = "platform.report"`

// LogMetrics lists the measures in the order of a dashboard.
func LogMetrics() []LogMetric {
	report := func(name, unit, field string) LogMetric {
		value := "$.record.metrics." + field
		return LogMetric{Name: name, Unit: unit, Pattern: "{ " + platformReport + " && " + value + " = * }", Value: value}
	}
	restore := report(RestoreDuration, "Milliseconds", "restoreDurationMs")
	restore.SnapStartOnly = true
	return []LogMetric{
		report(InitDuration, "Milliseconds", "initDurationMs"),
		restore,
		report(MemoryUsed, "Megabytes", "maxMemoryUsedMB"),
		report(BilledDuration, "Milliseconds", "billedDurationMs"),
		{Name: ErrorRate, Unit: "None", Pattern: "{ $.status >= 500 }", Value: "1", Else: "{ $.status < 500 }"},
	}
}

// MetricName is the CloudWatch metric of one measure of a runtime:
// "go-InitDuration", in MetricNamespace and without dimensions.
func MetricName(runtime, measure string) string { return runtime + "-" + measure }
