package report

import (
	"fmt"
	"math"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

// DatabaseNoise says how steadily the database itself answered, and what it took
// of the machine; "" where nobody wrote it down.
func DatabaseNoise(m *view.Model) string {
	d := m.Doc.Host.Database
	p50, p99, cpu, n := view.DatabaseFigures(d)
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
