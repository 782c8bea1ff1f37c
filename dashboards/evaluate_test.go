package dashboards

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This is how CloudWatch evaluates an alarm, as far as its documentation says:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html

type state string

const (
	ok      state = "OK"
	ringing state = "ALARM"
)

// sample is one value that a metric got, so long ago.
type sample struct {
	ago   time.Duration
	value float64
}

// beyond is how many periods more than it compares CloudWatch fetches: three
// compared, five fetched is the example of the documentation.
const beyond = 2

// evaluate is the alarm's state after the samples, if it was in the state before.
// Missing data does not breach; a percentile of too few samples changes nothing.
func evaluate(a Alarm, before state, samples []sample) state {
	var real []float64 // the newest first
	for i := range a.Periods + beyond {
		var in []float64
		for _, s := range samples {
			if s.ago >= time.Duration(i)*a.Period && s.ago < time.Duration(i+1)*a.Period {
				in = append(in, s.value)
			}
		}
		if len(in) == 0 {
			continue
		}
		if i < a.Periods && a.Formula == "" && tooFew(a.Metrics[0].Stat, len(in)) {
			return before
		}
		real = append(real, a.point(in))
	}
	// With enough real points the newest count; else what is missing is filled up
	// with points that do not breach.
	breaching := 0
	for _, value := range real[:min(len(real), a.Periods)] {
		if value > a.Threshold || (a.AtLeast && value == a.Threshold) {
			breaching++
		}
	}
	if breaching >= a.Breaching {
		return ringing
	}
	return ok
}

// tooFew is CloudWatch's rule for percentiles of 50 and above, for alarms that
// ignore low samples.
func tooFew(stat string, n int) bool {
	p, err := strconv.ParseFloat(strings.TrimPrefix(stat, "p"), 64)
	return err == nil && float64(n) < 10/(1-p/100)
}

// point is what the alarm compares, of one period's samples. All metrics of our
// formulas are statistics of one metric.
func (a Alarm) point(in []float64) float64 {
	var values []float64
	for _, m := range a.Metrics {
		values = append(values, statisticOf(m.Stat, in))
	}
	if a.Formula == "" {
		return values[0]
	}
	var fewest float64
	if _, err := fmt.Sscanf(a.Formula, "IF($1 >= %g, 100 * $1 / $2, 0)", &fewest); err != nil {
		panic("a formula that this test does not know: " + a.Formula)
	}
	if values[0] >= fewest {
		return 100 * values[0] / values[1]
	}
	return 0
}

func statisticOf(stat string, in []float64) float64 {
	total, above := 0.0, 0.0
	var limit float64
	kind, _, _ := strings.Cut(stat, "(")
	if kind == "PR" || kind == "TC" {
		if _, err := fmt.Sscanf(stat[len(kind):], "(%g:)", &limit); err != nil {
			panic(err)
		}
	}
	for _, v := range in {
		total += v
		if v > limit { // exclusive at the lower bound
			above++
		}
	}
	n := float64(len(in))
	switch kind {
	case sum:
		return total
	case average:
		return total / n
	case maximum:
		return slices.Max(in)
	case samples:
		return n
	case "TC":
		return above
	case "PR":
		return 100 * above / n
	}
	if p, err := strconv.ParseFloat(strings.TrimPrefix(stat, "p"), 64); err == nil {
		sorted := slices.Sorted(slices.Values(in))
		return sorted[int(math.Ceil(p/100*n))-1]
	}
	panic("a statistic that this test does not know: " + stat)
}
