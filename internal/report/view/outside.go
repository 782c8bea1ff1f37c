package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Outside is what a load test saw of a configuration over HTTP, cold calls among the
// others. It has no intervals: those of the ranking are about the windows.
type Outside struct {
	Calls, Errors, Cold int64
	P50, P95, P99, Max  float64 // ms; NaN where nothing was answered rightly
	ColdP50             float64 // ms; NaN without cold calls
	Blocked, Connecting float64 // ms, medians of making connections; NaN where not known
	Handshake           float64
	Windows             []OutsideWindow
	Wrong               string // what was wrong with the first of the errors
}

// OutsideWindow is a point of the charts over the run.
type OutsideWindow struct {
	Seconds  float64 // from the beginning of the first window on
	Rate     float64 // calls a second
	P50, P99 float64 // ms; NaN where nothing was answered rightly
	Errors   int64
}

// outsideOf is nil for a configuration that no load test called.
func outsideOf(doc *results.Document, c *results.Configuration) *Outside {
	if len(c.Windows) == 0 {
		return nil
	}
	o := &Outside{P50: none().Center, P95: none().Center, P99: none().Center, Max: none().Center, ColdP50: none().Center}
	var all, cold []stats.Sample
	seconds := doc.LoadTest.WindowSeconds
	for _, w := range c.Windows {
		var parts []stats.Sample
		point := OutsideWindow{Seconds: float64(w.Index) * seconds, P50: none().Center, P99: none().Center}
		calls := int64(0)
		add := func(operation results.Operation) stats.Sample {
			sample := SampleOf(operation.HDR.ClientMs)
			parts = append(parts, sample)
			calls += operation.N + operation.Errors
			point.Errors += operation.Errors
			if o.Wrong == "" {
				o.Wrong = operation.Wrong
			}
			return sample
		}
		for _, operation := range w.Operations {
			add(operation)
		}
		if w.Cold != nil {
			cold = append(cold, add(*w.Cold))
			o.Cold += w.Cold.N + w.Cold.Errors
		}
		if pool := stats.Pool(parts); pool.N() > 0 {
			point.P50, point.P99 = pool.Quantile(0.5), pool.Quantile(0.99)
			all = append(all, pool)
		}
		point.Rate = float64(calls) / seconds
		o.Calls += calls
		o.Errors += point.Errors
		o.Windows = append(o.Windows, point)
	}
	if pool := stats.Pool(all); pool.N() > 0 {
		o.P50, o.P95, o.P99, o.Max = pool.Quantile(0.5), pool.Quantile(0.95), pool.Quantile(0.99), pool.Quantile(1)
	}
	if pool := stats.Pool(cold); pool.N() > 0 {
		o.ColdP50 = pool.Quantile(0.5)
	}
	median := func(h *results.Histogram) float64 {
		if s := SampleOf(h); s.N() > 0 {
			return s.Quantile(0.5)
		}
		return none().Center
	}
	connections := results.Connections{}
	if c.Connections != nil {
		connections = *c.Connections
	}
	o.Blocked, o.Connecting, o.Handshake = median(connections.BlockedMs), median(connections.ConnectingMs), median(connections.TLSMs)
	return o
}

// unitsOf are a configuration's windows as the units that figures are made of, as
// environments are elsewhere: of an environment they have nothing but warm calls. A run
// neither begins nor ends with a window, so that the first or last one with less than
// half of its neighbour's calls belongs to that.
func unitsOf(c *results.Configuration) []results.Environment {
	units := make([]results.Environment, len(c.Windows))
	for i, w := range c.Windows {
		units[i] = results.Environment{Block: w.Index, Operations: w.Operations}
	}
	units = slices.DeleteFunc(units, func(e results.Environment) bool { return callsOf(e) == 0 })
	if n := len(units); n > 2 && 2*callsOf(units[0]) < callsOf(units[1]) {
		units[1] = joined(units[1], units[0])
		units = units[1:]
	}
	if n := len(units); n > 2 && 2*callsOf(units[n-1]) < callsOf(units[n-2]) {
		units[n-2] = joined(units[n-2], units[n-1])
		units = units[:n-1]
	}
	return units
}

func callsOf(e results.Environment) (n int64) {
	for _, operation := range e.Operations {
		n += operation.N + operation.Errors
	}
	return n
}

func joined(a, b results.Environment) results.Environment {
	both, err := results.Window{Operations: a.Operations}.With(results.Window{Operations: b.Operations})
	if err != nil {
		return a // the document was checked: its histograms are of one kind
	}
	return results.Environment{Block: a.Block, Operations: both.Operations}
}

// deriveWindows fills what a load test can know.
func (r *Row) deriveWindows(units []results.Environment, clock clock, operations []string) {
	r.N, r.Planned = len(units), len(units)
	r.values, r.samples = map[string]Value{}, map[string]stats.Series{}
	if r.N > 0 {
		r.deriveWarm(units, clock, operations)
	}
}

// OutsideRows are all that were called, whatever they are ranked with.
func (m *Model) OutsideRows() []*Row {
	var rows []*Row
	for _, c := range m.Contests {
		rows = append(rows, slices.DeleteFunc(slices.Clone(c.Rows), func(r *Row) bool { return r.Outside == nil })...)
	}
	return rows
}
