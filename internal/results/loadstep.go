package results

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// LoadStep is one rate of the open-loop load: calls leave on a schedule, whether
// or not the one before has been answered, and wait where the environment is
// busy. That wait is in ClientMs and ResponseMs, which count from the intended
// start; the other clocks are the call's own.
type LoadStep struct {
	Rate         float64 `json:"rate"`            // calls per second intended
	Seconds      float64 `json:"seconds"`         // length of the schedule
	Planned      int64   `json:"planned"`         // calls on the schedule
	Sent         int64   `json:"sent"`            // calls that left
	Late         int64   `json:"late"`            // of these, sent behind the schedule by the generator itself
	Dropped      int64   `json:"dropped"`         // calls that were due and never left
	Errors       int64   `json:"errors"`          // answered wrongly, throttled or not at all
	Environments int     `json:"environments"`    // that it took
	Ended        string  `json:"ended,omitempty"` // why it was cut short; "" when the whole schedule was sent
	HDR          HDR     `json:"hdr"`             // all operations together
}

// MinLoadCalls is the smallest number of calls whose p99 is worth a number:
// with fewer, an interval of it has no upper end.
const MinLoadCalls = 368

// Latency is the histogram that the objective is about.
func (s LoadStep) Latency() *Histogram {
	if s.HDR.ResponseMs != nil {
		return s.HDR.ResponseMs
	}
	return s.HDR.ClientMs
}

// Failure is why the step did not hold the objective, as a phrase; "" where it
// held. The percentile is judged by count: at most the rest of the calls may be
// slower than the limit.
func (s LoadStep) Failure(slo SLO) string {
	planned := float64(s.Planned)
	switch {
	case float64(s.Errors) > slo.ErrorShare*planned:
		return count(s.Errors, "error")
	case s.over(slo) > allowance(s.Planned, slo):
		return fmt.Sprintf("p%v above %v ms", slo.Percentile, slo.ResponseMs)
	case float64(s.Late+s.Dropped) > slo.LateShare*planned:
		return count(s.Late+s.Dropped, "call") + " late or dropped"
	case s.Ended != "":
		return s.Ended
	}
	return ""
}

// Holds reports whether the step held the objective.
func (s LoadStep) Holds(slo SLO) bool { return s.Failure(slo) == "" }

// GeneratorLate reports of a step that failed that nothing but the generator's
// own lateness made it fail: it says nothing about the function.
func (s LoadStep) GeneratorLate(slo SLO) bool {
	return s.Late > 0 && s.Errors == 0 && s.over(slo) <= allowance(s.Planned, slo) && !s.Holds(slo)
}

// Hopeless reports of a step that is under way that it can't hold the objective
// any more, whatever comes. over is how many calls were slower than the limit.
func (slo SLO) Hopeless(planned, late, errors, over int64) bool {
	return float64(errors) > slo.ErrorShare*float64(planned) ||
		float64(late) > slo.LateShare*float64(planned) || over > allowance(planned, slo)
}

// over is how many calls were slower than the objective's limit.
func (s LoadStep) over(slo SLO) int64 {
	var n int64
	for ms, k := range s.Latency().Buckets {
		if ms > slo.ResponseMs {
			n += k
		}
	}
	return n
}

// allowance is how many of n calls may be slower than the limit.
func allowance(n int64, slo SLO) int64 {
	return int64(math.Floor(float64(n)*(100-slo.Percentile)/100 + 1e-9)) // 100 - 99.9 is a little less than 0.1
}

// Rates are the configuration's steps by rate, ascending; of a rate that was tried
// twice the later one counts.
func (c *Configuration) Rates() []LoadStep {
	var rates []LoadStep
	for _, step := range c.Load {
		i, tried := slices.BinarySearchFunc(rates, step, func(a, b LoadStep) int { return cmp.Compare(a.Rate, b.Rate) })
		if tried {
			rates[i] = step
		} else {
			rates = slices.Insert(rates, i, step)
		}
	}
	return rates
}

// Capacity is the highest rate that held the objective, in calls per second;
// false where none did.
func (c *Configuration) Capacity(slo SLO) (LoadStep, bool) {
	for _, step := range slices.Backward(c.Rates()) {
		if step.Holds(slo) {
			return step, true
		}
	}
	return LoadStep{}, false
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
