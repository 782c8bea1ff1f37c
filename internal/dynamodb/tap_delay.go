package dynamodb

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Delay is a distribution of service times.
type Delay interface {
	// Sample draws one, never negative.
	Sample(*rand.Rand) time.Duration
	// String is what ParseDelay reads.
	String() string
}

// Constant is always the same service time.
type Constant time.Duration

// Sample returns the constant.
func (c Constant) Sample(*rand.Rand) time.Duration { return time.Duration(c) }

func (c Constant) String() string { return time.Duration(c).String() }

// Lognormal is the usual shape of service times, given by the two figures that
// anyone has at hand. P99 must be above Median.
type Lognormal struct{ Median, P99 time.Duration }

// z99 is the standard normal distribution's 99th percentile.
const z99 = 2.3263478740408408

// Sample draws exp(ln median + σz), where σ puts the 99th percentile where it
// was asked for.
func (l Lognormal) Sample(r *rand.Rand) time.Duration {
	sigma := math.Log(float64(l.P99)/float64(l.Median)) / z99
	return time.Duration(float64(l.Median) * math.Exp(sigma*r.NormFloat64()))
}

func (l Lognormal) String() string { return l.Median.String() + "/" + l.P99.String() }

// ParseDelay reads "4ms" as a constant, "4ms/12ms" as a lognormal distribution
// with that median and that 99th percentile, and "" as none (nil).
func ParseDelay(s string) (Delay, error) {
	if s == "" {
		return nil, nil
	}
	const hint = `give a service time, such as "4ms", or its median and 99th percentile, such as "4ms/12ms"`
	first, second, two := strings.Cut(s, "/")
	median, err := time.ParseDuration(first)
	if err != nil || median < 0 || median > time.Minute {
		return nil, fault.Usage(hint, "database delay %q: want a duration from 0s to 1m", s)
	}
	if !two {
		return Constant(median), nil
	}
	p99, err := time.ParseDuration(second)
	if err != nil || median == 0 || p99 <= median || p99 > time.Minute {
		return nil, fault.Usage(hint, "database delay %q: want a 99th percentile above the median and at most 1m", s)
	}
	return Lognormal{Median: median, P99: p99}, nil
}

// Clock is time, so that a test can make it.
type Clock interface {
	Now() time.Time
	// Wait returns at the given time, or with the context's error before.
	Wait(ctx context.Context, until time.Time) error
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Wait(ctx context.Context, until time.Time) error { return clock.Until(ctx, until) }
