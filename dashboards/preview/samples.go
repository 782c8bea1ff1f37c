package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// periods of five minutes are drawn: three hours, as a board shows them first.
const periods = 36

// samples makes values of metrics up, always the same ones for a metric.
type samples struct {
	// runtimes in the order of the deployment: how slow one is follows from its place alone.
	runtimes []string
}

// slowness of the places, over and over: a board must show 4 ms beside 500.
var slowness = []float64{1, 8, 13, 2, 40}

// of are the samples of one period of a metric. Without any there is no point.
func (s samples) of(metric string, period int) []float64 {
	seed := fnv.New64a()
	_, _ = fmt.Fprint(seed, metric, period)
	random := rand.New(rand.NewPCG(seed.Sum64(), 1))
	slow := 1.0
	for i, name := range s.runtimes {
		if strings.Contains(metric, "\x1f"+name+"-") || strings.Contains(metric, "-"+name+"-") || strings.Contains(metric, "/"+name+"/") {
			slow = slowness[i%len(slowness)]
		}
	}
	calls := int(60 + 30*math.Sin(float64(period)/5) + 10*random.Float64())
	spread := func(n int, median, sigma float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = median * math.Exp(sigma*random.NormFloat64())
		}
		return values
	}
	rare := func(share float64) []float64 {
		values := make([]float64, calls)
		for i := range values {
			if random.Float64() < share {
				values[i] = 1
			}
		}
		return values
	}
	switch _, name, _ := strings.Cut(metric[1:], "\x1f"); kind(name) {
	case "InitDuration", "RestoreDuration":
		return spread(random.IntN(4), 18*slow, 0.15)
	case "Duration":
		return spread(calls, 4+slow/10, 0.35)
	case "BilledDuration":
		return append(spread(calls, 5+slow/10, 0.35), spread(random.IntN(4), 30*slow, 0.15)...)
	case "MemoryUsed":
		return spread(calls, min(30+slow*8, 1700), 0.02)
	case "ErrorRate", "5XXError":
		return rare(0.004)
	case "4XXError":
		return rare(0.05)
	case "Errors", "Throttles":
		return rare(0.0005)
	case "Invocations", "Count":
		return spread(calls, 1, 0)
	case "ConcurrentExecutions":
		return []float64{float64(1 + random.IntN(4))}
	case "Latency":
		return spread(calls, 12+slow/10, 0.4)
	case "IntegrationLatency":
		return spread(calls, 7+slow/10, 0.4)
	case "SuccessfulRequestLatency":
		return spread(calls, 3, 0.4)
	case "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits":
		return spread(calls, 0.5, 0)
	case "ConditionalCheckFailedRequests":
		return rare(0.02)
	}
	return rare(0) // throttles and errors of DynamoDB
}

// kind is a metric's name without the runtime's.
func kind(name string) string {
	name, _, _ = strings.Cut(name, "\x1f")
	return name[strings.LastIndex(name, "-")+1:]
}

// statistic of a metric, as CloudWatch defines it: not a number without samples.
func statistic(stat string, in []float64) (float64, error) {
	if len(in) == 0 {
		return math.NaN(), nil
	}
	total, n := 0.0, float64(len(in))
	for _, v := range in {
		total += v
	}
	switch stat {
	case "Sum":
		return total, nil
	case "Average":
		return total / n, nil
	case "Maximum":
		return slices.Max(in), nil
	case "SampleCount":
		return n, nil
	}
	var limit float64
	if _, err := fmt.Sscanf(stat, "PR(%g:)", &limit); err == nil {
		above := 0.0
		for _, v := range in {
			if v > limit {
				above++
			}
		}
		return 100 * above / n, nil
	}
	p, err := strconv.ParseFloat(strings.TrimPrefix(stat, "p"), 64)
	if err != nil || p <= 0 || p > 100 {
		return 0, fmt.Errorf("statistic: got %q, want one that the boards use", stat)
	}
	return slices.Sorted(slices.Values(in))[int(math.Ceil(p/100*n))-1], nil
}
