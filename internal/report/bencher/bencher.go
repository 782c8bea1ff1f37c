// Package bencher writes a report in Bencher Metric Format.
package bencher

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// measurement is a value with its interval in Bencher Metric Format.
type measurement struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower_value,omitempty"`
	Upper *float64 `json:"upper_value,omitempty"`
}

// measures are the figures that are tracked, under the names of their
// measures. The unit is in the name, since Bencher keeps units on its server;
// throughput is a measure of its own, in operations per second.
var measures = []struct{ metric, measure string }{
	{"coldTotal", "cold-total-ms"}, {"init", "init-ms"}, {"firstCall", "first-call-ms"}, {"initCpu", "init-cpu-ms"},
	{"warmP50", "warm-p50-ms"}, {"warmP95", "warm-p95-ms"}, {"warmP99", "warm-p99-ms"}, {"warmCpu", "warm-cpu-ms"},
	{"memoryPeak", "peak-memory-mb"}, {view.MetricCost, "compute-usd-per-million"},
}

// Write writes Bencher Metric Format, https://bencher.dev/bmf.json, for
// bencher run --adapter json: a benchmark is a configuration or a cell. A figure
// that the sample is too small for is left out.
func Write(w io.Writer, m *view.Model) error {
	benchmarks := map[string]map[string]measurement{}
	put := func(benchmark, measure string, v view.Value) {
		if !v.Valid() {
			return
		}
		metric := measurement{Value: format.Round(v.Center, 6)}
		if v.Lo != v.Hi {
			metric.Lower, metric.Upper = new(format.Round(v.Lo, 6)), new(format.Round(v.Hi, 6))
		}
		if benchmarks[benchmark] == nil {
			benchmarks[benchmark] = map[string]measurement{}
		}
		benchmarks[benchmark][measure] = metric
	}
	for _, row := range m.Rows {
		if !row.Measured() {
			continue
		}
		name := row.Label()
		if row.ColdKind != results.Spawn {
			name += "/" + string(row.ColdKind)
		}
		for _, b := range measures {
			put(name, b.measure, row.Value(b.metric))
		}
		if row.Packed > 0 {
			put(name, "package-bytes", view.Value{Summary: view.Exactly(float64(row.Packed))})
		}
		if point, ok := row.Capacity(); ok {
			put(name, "throughput", view.Value{Summary: view.Exactly(point.Rate)})
		}
		for _, o := range row.Operations {
			for _, metric := range []string{"p50", "p95", "p99"} {
				put(name+" "+o.Name, "warm-"+metric+"-ms", o.Value(metric))
			}
		}
	}
	encoder := json.NewEncoder(w) // which sorts the names
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(benchmarks); err != nil {
		return fmt.Errorf("write Bencher Metric Format: %w", err)
	}
	return nil
}
