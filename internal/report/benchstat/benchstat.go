// Package benchstat writes a report in the format of Go's benchmarks, for benchstat.
package benchstat

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// units are the figures that have a value of each environment, under
// the names that they get there. Nanoseconds become seconds in benchstat.
var units = []struct {
	metric, unit string
	scale        float64
}{
	{"coldTotal", "cold-ns", 1e6}, {"init", "init-ns", 1e6}, {"firstCall", "first-ns", 1e6}, {"initCpu", "init-cpu-ns", 1e6},
	{"warmP50", "warm-ns/op", 1e6}, {"warmCpu", "warm-cpu-ns/op", 1e6}, {"memoryPeak", "peak-B", 1 << 20},
	{view.MetricCost, "compute-USD/Mreq", 1},
}

// Write writes the format of Go's benchmarks, for benchstat: one line an
// environment, since environments are what is independent. Its settings are what
// must be equal: benchstat puts runs that differ in them into tables of their own.
//
//	bench report old/results.json --format benchstat > old.txt
//	bench report new/results.json --format benchstat > new.txt
//	benchstat old.txt new.txt
//	benchstat -col /runtime new.txt
func Write(w io.Writer, m *view.Model) error {
	doc := m.Doc
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# run %s, %s\n", doc.ID, doc.Started.UTC().Format("2006-01-02 15:04 UTC"))
	if text := words.DatabaseNoise(m); text != "" {
		fmt.Fprintf(out, "# %s\n", text) // no setting: it never is the same twice
	}
	setting := func(key string, value any) {
		if text := strings.Join(strings.Fields(fmt.Sprint(value)), " "); text != "" {
			fmt.Fprintf(out, "%s: %s\n", key, text)
		}
	}
	setting("source", doc.Source.Kind)
	setting("vantage", doc.Source.Vantage)
	setting("region", doc.Source.Region)
	setting("mix", view.Mix(doc.Plan.Mix))
	setting("pacing", fmt.Sprintf("%s, %s ms", doc.Plan.Pacing.Mode, format.Plain(doc.Plan.Pacing.GapMs)))
	if doc.Source.Kind == results.Local {
		setting("cpu", doc.Host.CPU)
		setting("limits", doc.Host.LimitsInForce)
		setting("database", view.DatabaseName(doc.Host.Database))
	}
	for _, u := range units {
		fmt.Fprintf(out, "Unit %s better=lower\n", u.unit)
	}
	for _, row := range m.Rows {
		if !row.Measured() {
			continue
		}
		name := fmt.Sprintf("BenchmarkLambda/runtime=%s/variant=%s/memory=%d/arch=%s", row.Runtime, row.Variant, row.Memory, row.Arch)
		if row.Class == results.Tuned {
			name += "/class=tuned"
		}
		if row.ColdKind != results.Spawn {
			name += "/cold=" + string(row.ColdKind)
		}
		for i := range row.N {
			var line strings.Builder
			for _, u := range units {
				if sample := row.Sample(u.metric).Values; i < len(sample) {
					fmt.Fprintf(&line, " %s %s", nine(sample[i]*u.scale), u.unit)
				}
			}
			if line.Len() > 0 {
				fmt.Fprintf(out, "%s 1%s\n", name, line.String())
			}
		}
		for _, o := range row.Operations {
			for _, ms := range o.Sample().Values {
				fmt.Fprintf(out, "%s/operation=%s 1 %s warm-ns/op\n", name, part(o.Name), nine(ms*1e6))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write benchstat's format: %w", err)
	}
	return nil
}

// nine prints a value with nine significant digits.
func nine(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

// part makes a part of a benchmark's name, which has no spaces, and
// slashes only between parts.
func part(name string) string {
	return strings.NewReplacer(" ", "_", "/", "_", "\t", "_").Replace(name)
}
