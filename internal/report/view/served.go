package view

import (
	"math"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// DatabaseFigures are the database's own: milliseconds at p50 and p99, by call, and
// of CPU per call. NaN is what nobody knows; n is how many calls there were, 0 where
// nobody wrote it down. Ten calls have to lie beyond a p99.
func DatabaseFigures(d results.Database) (p50, p99, cpu float64, n int64) {
	p50, p99, cpu = math.NaN(), math.NaN(), math.NaN()
	if d.Served == nil {
		return p50, p99, cpu, 0
	}
	s := SampleOf(d.Served.Ms)
	n = d.Served.Ms.N()
	if n > 0 {
		p50 = s.Quantile(0.5)
	}
	if n >= 1000 {
		p99 = s.Quantile(0.99)
	}
	if n > 0 && d.Served.CPUMs != nil {
		cpu = *d.Served.CPUMs / float64(n)
	}
	return p50, p99, cpu, n
}
