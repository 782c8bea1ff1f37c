package dashboards

import (
	"fmt"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Watch is what an alarm compares with its threshold, and for how long.
type Watch struct {
	Metrics []Metric
	// Formula names the metrics $1, $2 …; empty compares the one metric as it is,
	// which a formula would make a list of metrics, billed one by one.
	Formula string
	Period  time.Duration
	// Periods is how many of the last are looked at; Breaching is how many of them
	// must breach.
	Periods, Breaching int
}

// twoOfThree looks at fifteen minutes: one bad period is an incident that is over.
func twoOfThree(m Metric) Watch {
	return Watch{Metrics: []Metric{m}, Period: Period, Periods: 3, Breaching: 2}
}

// Alarm is a condition that a person must hear of. Missing data never breaches:
// nobody called.
type Alarm struct {
	// ID is unique in an environment: the construct's.
	ID string
	// Name is what the e-mail's subject says. It begins with what is watched and what
	// is wrong, since a board cuts it at its end.
	Name string
	Watch
	// AtLeast breaches at the threshold already, else only above it.
	AtLeast   bool
	Threshold float64
	// Means says what is wrong, Do what to do about it.
	Means, Do string
}

// Description is the text of the e-mail.
func (a Alarm) Description() string { return describe(a.Means, a.Do) }

// Composite is an alarm that rings while any of others does: a runtime in trouble is
// one message, not four. Those behind it say nothing themselves.
type Composite struct {
	ID, Name string
	// Of are the IDs of the alarms behind it.
	Of        []string
	Means, Do string
}

// Description is the text of the e-mail.
func (c Composite) Description() string { return describe(c.Means, c.Do) }

func describe(means, do string) string { return means + " " + do + " More: docs/monitoring.md." }

// rule is an alarm that every runtime has.
type rule struct {
	id, suffix string
	watch      func(watched) Watch
	atLeast    bool
	threshold  func(watched) float64
	// means and do may say {runtime}, {memory}.
	means, do string
	// noticed by callers: behind the runtime's composite alarm.
	noticed bool
}

func at(value float64) func(watched) float64 { return func(watched) float64 { return value } }

// What is wrong, in the names of a runtime's alarms that whoever calls many functions at once
// can make ring.
const (
	WrongSlow      = "slow"
	WrongThrottles = "throttles"
	WrongTrouble   = "trouble"
)

// What 99 of 100 requests must stay below, in ms, and how many slow ones it takes
// before a share of an hour's requests says anything: of ten requests, one cold
// start is already a tenth.
const (
	slowAfter  = 1000
	fewestSlow = 3
)

// slowShare is the share in % of the invocations that were billed for more than
// slowAfter: init and duration, which is what the caller of a cold start waits for.
// Every route, method and alias of the runtime is in it.
func slowShare(w watched) Metric {
	return w.logged(config.BilledDuration, fmt.Sprintf("PR(%d:)", slowAfter))
}

var (
	errorRate = &rule{
		id: "ErrorRate", noticed: true, suffix: "error-rate", threshold: at(0.01),
		watch: func(w watched) Watch { return twoOfThree(w.logged(config.ErrorRate, average)) },
		means: "{runtime} answers more than 1 % of its requests with a 5xx.",
		do:    "Read the function's log lines with level ERROR; for 503 look at the table's throttles first. If it began with a deployment, deploy the version before.",
	}
	errorsOf = &rule{
		id: "Errors", noticed: true, suffix: "errors", threshold: at(1), atLeast: true,
		watch: func(w watched) Watch { return twoOfThree(w.lambda("Errors", sum)) },
		means: "{runtime} crashed, ran out of memory or timed out: the function gave no answer at all.",
		do:    "Search its log for platform.report events whose status is not success; errorType names the cause.",
	}
	slow = &rule{
		id: "Slow", noticed: true, suffix: WrongSlow, threshold: at(1),
		watch: func(w watched) Watch {
			billed := func(stat string) Metric { return w.logged(config.BilledDuration, stat) }
			return Watch{
				Metrics: []Metric{billed(fmt.Sprintf("TC(%d:)", slowAfter)), billed(samples)},
				Formula: fmt.Sprintf("IF($1 >= %d, 100 * $1 / $2, 0)", fewestSlow),
				Period:  time.Hour, Periods: 1, Breaching: 1,
			}
		},
		means: "{runtime}: in the last hour more than 1 % of the requests, and at least three, took longer than 1 s, cold starts included.",
		do:    "Compare the function's duration with the frequency of its cold starts and with DynamoDB's latency: the first that grew is the cause. If all are calm, look at the memory size, which sets the CPU's share.",
	}
	throttles = &rule{
		id: "Throttles", noticed: true, suffix: WrongThrottles, threshold: at(1), atLeast: true,
		watch: func(w watched) Watch { return twoOfThree(w.lambda("Throttles", sum)) },
		means: "{runtime} was refused invocations: the account's or the function's concurrency is used up.",
		do:    "Look at concurrency on the board; raise the function's reserved concurrency or the account's quota, or lower the stage's throttling.",
	}
	memory = &rule{
		id: "Memory", suffix: "memory",
		threshold: func(w watched) float64 { return float64(9*w.Function.MemoryMB) / 10 },
		watch:     func(w watched) Watch { return twoOfThree(w.logged(config.MemoryUsed, maximum)) },
		means:     "{runtime} uses more than 90 % of its {memory} MB in at least one environment.",
		do:        "Deploy with a larger -c memory before it is killed; if it grows with an environment's age, it is a leak.",
	}
)

// rules of every runtime, in the order of the documentation.
var rules = []*rule{errorRate, errorsOf, slow, throttles, memory}

// alarmName is unique in an account and a region.
func alarmName(d config.Deployment, watched, wrong string) string {
	return AlarmName(d.Environment.Name, watched, wrong)
}

// AlarmName is what an alarm of an environment is called.
func AlarmName(environment, watched, wrong string) string {
	return watched + "-" + wrong + "-" + config.Prefix + "-" + environment
}

func (w watched) alarm(r *rule) Alarm {
	words := strings.NewReplacer("{runtime}", w.Runtime.DisplayName, "{memory}", fmt.Sprint(w.Function.MemoryMB))
	return Alarm{
		ID: config.Pascal(w.Runtime.Name) + r.id, Name: alarmName(w.deployment, w.Runtime.Name, r.suffix),
		Watch: r.watch(w), AtLeast: r.atLeast, Threshold: r.threshold(w),
		Means: words.Replace(r.means), Do: words.Replace(r.do),
	}
}

// trouble is what a runtime's callers notice. Its memory is not: that alarm warns
// before anything happens, by itself, and must not hide what then does.
func (w watched) trouble() Composite {
	c := Composite{
		ID: config.Pascal(w.Runtime.Name) + "Trouble", Name: alarmName(w.deployment, w.Runtime.Name, WrongTrouble),
		Means: w.Runtime.DisplayName + " fails, is slow or is throttled: its callers notice.",
		Do:    "The message names the alarm behind this one; its description, and its part of the second board, say what to do.",
	}
	for _, r := range rules {
		if r.noticed {
			c.Of = append(c.Of, w.alarm(r).ID)
		}
	}
	return c
}

// Composites lists the composite alarms of a deployment: one per runtime.
func Composites(d config.Deployment) []Composite {
	var all []Composite
	for _, w := range runtimes(d) {
		all = append(all, w.trouble())
	}
	return all
}

// The alarms that are nobody's language.
func api5XX(d config.Deployment) Alarm {
	return Alarm{
		ID: "Api5XX", Name: alarmName(d, "api", "5xx"),
		Watch: twoOfThree(stage(d, "5XXError", average)), Threshold: 0.01,
		Means: "The API answers more than 1 % of all requests with a 5xx.",
		Do:    "If a runtime's error-rate alarm rings too, begin there. If none does, no function answered: look at integration latency (API Gateway gives up after 29 s), at Lambda's errors and throttles, and whether a runtime's stack is missing.",
	}
}

func tableThrottles(d config.Deployment, id, suffix, metric string) Alarm {
	return Alarm{
		ID: id, Name: alarmName(d, "items", suffix),
		Watch: twoOfThree(table(d, metric, sum)), AtLeast: true, Threshold: 1,
		Means: "DynamoDB refuses requests on the items table: more than an on-demand table gives at once.",
		Do:    "It doubles by itself within half an hour. If it comes back, look for one hot key or a scan in a loop, or lower the stage's throttling.",
	}
}

func tableReadThrottles(d config.Deployment) Alarm {
	return tableThrottles(d, "TableReadThrottles", "read-throttles", "ReadThrottleEvents")
}

func tableWriteThrottles(d config.Deployment) Alarm {
	return tableThrottles(d, "TableWriteThrottles", "write-throttles", "WriteThrottleEvents")
}

// tableSystemErrors is one alarm per operation: DynamoDB has no such metric per
// table, and a formula over five metrics costs as much as five alarms.
func tableSystemErrors(d config.Deployment) []Alarm {
	var all []Alarm
	for _, operation := range tableOperations {
		all = append(all, Alarm{
			ID: "Table" + operation + "Errors", Name: alarmName(d, "items", strings.ToLower(operation)+"-errors"),
			Watch: twoOfThree(tableOperation(d, "SystemErrors", operation, sum)), AtLeast: true, Threshold: 1,
			Means: "DynamoDB itself fails at " + operation + " on the items table.",
			Do:    "The SDKs retry, so few requests fail. Look at AWS's health page of the region; there is nothing to mend here.",
		})
	}
	return all
}

// Alarms lists every alarm of a deployment: each runtime's, the API's, the
// table's.
func Alarms(d config.Deployment) []Alarm {
	var all []Alarm
	for _, w := range runtimes(d) {
		for _, r := range rules {
			all = append(all, w.alarm(r))
		}
	}
	all = append(all, api5XX(d), tableReadThrottles(d), tableWriteThrottles(d))
	return append(all, tableSystemErrors(d)...)
}
