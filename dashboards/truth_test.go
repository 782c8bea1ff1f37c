package dashboards

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// spread puts n values evenly over a time that began and ended so long ago, the
// last of them other than the rest.
func spread(from, to time.Duration, n int, value float64, other ...float64) []sample {
	var all []sample
	for i := range n {
		v := value
		if i >= n-len(other) {
			v = other[i-(n-len(other))]
		}
		all = append(all, sample{from - time.Duration(i)*(from-to)/time.Duration(n) - 1, v})
	}
	return all
}

// mixed puts values over a time so that every period has the same share of the
// second one.
func mixed(from, to time.Duration, n int, value float64, every int, other float64) []sample {
	all := spread(from, to, n, value)
	for i := range all {
		if (i+1)%every == 0 {
			all[i].value = other
		}
	}
	return all
}

func several(n int, value float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = value
	}
	return all
}

const minute = time.Minute

// expectation is what an alarm must say after a series of samples.
type expectation struct {
	// alarm is the part of its name that says what is wrong.
	alarm, series string
	samples       []sample
	want          state
}

// truths are the alarms' truth tables, as docs/monitoring.md shows them.
func truths() []expectation {
	hour := time.Hour
	counts := func(alarm, what string) []expectation {
		return []expectation{
			{alarm, "nobody calls", nil, ok},
			{alarm, "none in 15 minutes of calls", spread(15*minute, 0, 90, 0), ok},
			{alarm, "one " + what + ", once", spread(15*minute, 0, 90, 0, 1), ok},
			{alarm, "one " + what + " in each of two periods", append(spread(15*minute, 5*minute, 60, 0, 1), spread(5*minute, 0, 30, 0, 1)...), ringing},
			{alarm, "one " + what + " in each of two periods, then nobody calls for 5 minutes", append(spread(15*minute, 10*minute, 30, 0, 1), spread(10*minute, 5*minute, 30, 0, 1)...), ringing},
			{alarm, "one " + what + " in each of two periods, then 15 minutes of calls without", append(append(spread(25*minute, 20*minute, 30, 0, 1), spread(20*minute, 15*minute, 30, 0, 1)...), spread(15*minute, 0, 90, 0)...), ok},
		}
	}
	rate := func(alarm string) []expectation {
		return []expectation{
			{alarm, "nobody calls", nil, ok},
			{alarm, "30 calls in 15 minutes, none fails", spread(15*minute, 0, 30, 0), ok},
			{alarm, "3,000 calls in 15 minutes, 1 in 120 fails (0.8 %)", mixed(15*minute, 0, 3000, 0, 120, 1), ok},
			{alarm, "3,000 calls in 15 minutes, 1 in 50 fails (2 %)", mixed(15*minute, 0, 3000, 0, 50, 1), ringing},
			{alarm, "all calls of one period fail, those of the next two do not", append(spread(15*minute, 10*minute, 30, 1), spread(10*minute, 0, 60, 0)...), ok},
			{alarm, "7 calls in 15 minutes, all fail", spread(15*minute, 0, 7, 1), ringing},
			{alarm, "7 calls in 15 minutes, the last one fails", spread(15*minute, 0, 7, 0, 1), ok},
		}
	}
	all := rate("error-rate")
	all = append(all, counts("errors", "crash")...)
	all = append(all,
		expectation{"slow", "nobody calls", nil, ok},
		expectation{"slow", "27 calls an hour (100,000 a month, five runtimes) of 20 ms", spread(hour, 0, 27, 20), ok},
		expectation{"slow", "the same, two cold starts of 1,200 ms", spread(hour, 0, 27, 20, 1200, 1200), ok},
		expectation{"slow", "the same, three cold starts of 1,200 ms", spread(hour, 0, 27, 20, 1200, 1200, 1200), ringing},
		expectation{"slow", "the same, all of 1,200 ms", spread(hour, 0, 27, 1200), ringing},
		expectation{"slow", "the same, all of exactly 1,000 ms", spread(hour, 0, 27, 1000), ok},
		expectation{"slow", "the same, one timeout of 28 s", spread(hour, 0, 27, 20, 28000), ok},
		expectation{"slow", "3 calls an hour, all of 1,200 ms", spread(hour, 0, 3, 1200), ringing},
		expectation{"slow", "300 calls an hour, 3 of 1,200 ms (1 %)", spread(hour, 0, 300, 20, several(3, 1200)...), ok},
		expectation{"slow", "300 calls an hour, 4 of 1,200 ms", spread(hour, 0, 300, 20, several(4, 1200)...), ringing},
		expectation{"slow", "10,000 calls an hour, 1 in 120 of 1,200 ms", mixed(hour, 0, 10000, 20, 120, 1200), ok},
		expectation{"slow", "10,000 calls an hour, 1 in 50 of 1,200 ms", mixed(hour, 0, 10000, 20, 50, 1200), ringing},
		expectation{"slow", "10,000 calls an hour, all of the last minute's of 1,200 ms", append(spread(hour, minute, 9833, 20), spread(minute, 0, 167, 1200)...), ringing},
		expectation{"slow", "an hour ago all were of 1,200 ms, since then 27 of 20 ms", append(spread(2*hour, hour, 27, 1200), spread(hour, 0, 27, 20)...), ok},
		expectation{"slow", "an hour ago all were of 1,200 ms, since then nobody calls", spread(2*hour, hour, 27, 1200), ringing},
	)
	all = append(all, counts("throttles", "throttled call")...)
	all = append(all,
		expectation{"memory", "nobody calls", nil, ok},
		expectation{"memory", "every call at 80 % of the memory", spread(15*minute, 0, 30, 0.8*config.DefaultMemoryMB), ok},
		expectation{"memory", "one call at 95 %, once", spread(15*minute, 0, 30, 0.5*config.DefaultMemoryMB, 0.95*config.DefaultMemoryMB), ok},
		expectation{"memory", "one call in ten at 95 %", mixed(15*minute, 0, 30, 0.5*config.DefaultMemoryMB, 10, 0.95*config.DefaultMemoryMB), ringing},
	)
	all = append(all, rate("5xx")...)
	all = append(all, counts("read-throttles", "throttled read")...)
	all = append(all, counts("write-throttles", "throttled write")...)
	for _, operation := range tableOperations {
		all = append(all, counts(strings.ToLower(operation)+"-errors", "error")...)
	}
	return all
}

// named finds an alarm by what is wrong.
func named(d config.Deployment, wrong string) (Alarm, bool) {
	for _, a := range Alarms(d) {
		if strings.HasSuffix(a.Name, "-"+wrong+"-"+config.Prefix+"-"+d.Environment.Name) {
			return a, true
		}
	}
	return Alarm{}, false
}

func TestAlarmsRingWhenTheyMust(t *testing.T) {
	for _, environment := range []string{config.Dev, config.Prod} {
		d := deployment(environment, 1)
		rings, silent := map[string]bool{}, map[string]bool{}
		for _, truth := range truths() {
			a, found := named(d, truth.alarm)
			if !found {
				t.Errorf("%s: got no alarm about %q", environment, truth.alarm)
				continue
			}
			// Whatever it was before: no series may leave an alarm where it was.
			for _, before := range []state{ok, ringing} {
				if got := evaluate(a, before, truth.samples); got != truth.want {
					t.Errorf("%s, before it %s: %s: got %s, want %s", a.Name, before, truth.series, got, truth.want)
				}
			}
			if truth.want == ringing {
				rings[a.ID] = true
			} else {
				silent[a.ID] = true
			}
		}
		for _, a := range Alarms(d) {
			if !rings[a.ID] || !silent[a.ID] {
				t.Errorf("%s: got no series at which it rings, or none at which it is silent", a.Name)
			}
		}
	}
}

// What an alarm on a percentile does at 100,000 requests a month, if it ignores
// few samples: nothing. It is why there is none.
func TestPercentileOfFewSamplesKeepsItsState(t *testing.T) {
	d := deployment(config.Prod, 1)
	a := Alarm{Watch: twoOfThree(runtimes(d)[0].lambda("Duration", p99)), Threshold: 1000}
	for _, n := range []int{7, 2997} { // 999 in each period
		if got := evaluate(a, ok, spread(15*minute, 0, n, 5000)); got != ok {
			t.Errorf("%d calls of 5 s in 15 minutes: got %s, want %s", n, got, ok)
		}
	}
	if got := evaluate(a, ok, spread(15*minute, 0, 3000, 5000)); got != ringing {
		t.Errorf("3,000 calls of 5 s in 15 minutes: got %s, want %s", got, ringing)
	}
	for _, a := range Alarms(d) {
		for _, m := range a.Metrics {
			if strings.HasPrefix(m.Stat, "p") {
				t.Errorf("%s: got the percentile %s", a.Name, m.Stat)
			}
		}
	}
}

// An alias, or a method other than GET, is a resource of its own to API Gateway.
// What the slow alarm reads has no route in it, so that it counts them all.
func TestSlowAlarmCountsEveryRoute(t *testing.T) {
	d := deployment(config.Prod, 2)
	a, _ := named(d, "slow")
	for _, m := range a.Metrics {
		if len(m.Dimensions) > 0 || m.Namespace != config.MetricNamespace(config.Prod) {
			t.Errorf("got %+v, want the function's own metric without a route", m)
		}
	}
}

// truthTable is the documentation's part: every alarm's series, each kind once.
func truthTable() string {
	var b strings.Builder
	b.WriteString("| alarm | samples | state |\n|---|---|---|\n")
	name := ""
	for _, truth := range truths() {
		if strings.HasSuffix(truth.alarm, "-errors") && truth.alarm != "getitem-errors" {
			continue
		}
		shown := ""
		if truth.alarm != name {
			name = truth.alarm
			shown = "`" + strings.Replace(name, "getitem", "{operation}", 1) + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", shown, truth.series, truth.want)
	}
	return b.String()
}
