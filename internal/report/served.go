package report

import (
	"fmt"
	"math"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// databaseFigures are the database's own: milliseconds at p50 and p99, by call, and
// of CPU per call. NaN is what nobody knows; n is how many calls there were, 0 where
// nobody wrote it down. Ten calls have to lie beyond a p99.
func databaseFigures(d results.Database) (p50, p99, cpu float64, n int64) {
	p50, p99, cpu = math.NaN(), math.NaN(), math.NaN()
	if d.Served == nil {
		return p50, p99, cpu, 0
	}
	s := sampleOf(d.Served.Ms)
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

// DatabaseNoise says how steadily the database itself answered, and what it took
// of the machine; "" where nobody wrote it down.
func (m *Model) DatabaseNoise() string {
	d := m.Doc.Host.Database
	p50, p99, cpu, n := databaseFigures(d)
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("The database itself (%s %s) took %s ms at p50", d.Kind, d.Version, format.Number(p50))
	if !math.IsNaN(p99) {
		text += fmt.Sprintf(" and %s ms at p99", format.Number(p99))
	}
	text += " of " + format.Plural(n, "call")
	if !math.IsNaN(cpu) {
		text += fmt.Sprintf(", and %s ms of CPU for each", format.Number(cpu))
	}
	return text + "."
}
