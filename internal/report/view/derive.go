package view

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// CurvePoint is the median over the environments of one request index.
type CurvePoint struct {
	Index    int     // of the warm call, from 1
	Relative float64 // the call's time over the settled time of its operation
	N        int
}

// clock picks the latency that warm calls rank by.
type clock struct {
	time func(results.Times) *float64
	hdr  func(results.HDR) *results.Histogram
}

// clockOf: the response's time locally, the caller's elsewhere.
func clockOf(source results.Source) clock {
	if source.Kind == results.Local {
		return clock{func(t results.Times) *float64 { return t.ResponseMs }, func(h results.HDR) *results.Histogram { return h.ResponseMs }}
	}
	return clock{
		func(t results.Times) *float64 { return firstOf(t.ClientMs, t.ResponseMs, t.DurationMs) },
		func(h results.HDR) *results.Histogram { return firstOf(h.ClientMs, h.ResponseMs, h.DurationMs) },
	}
}

func firstOf[T any](candidates ...*T) *T {
	for _, c := range candidates {
		if c != nil {
			return c
		}
	}
	return nil
}

// derive fills the row's figures from its environments.
func (r *Row) derive(environments []results.Environment, clock clock, operations []string) {
	r.N = len(environments)
	for _, e := range environments {
		r.Extensions = max(r.Extensions, e.Init.Extensions)
	}
	r.values, r.samples = map[string]Value{}, map[string]stats.Series{}
	if r.N == 0 {
		return
	}
	r.FirstCall, r.Burst = environments[0].FirstCall.Operation, burstOf(environments)
	first := func(e results.Environment) *float64 {
		return firstOf(e.FirstCall.DurationMs, e.FirstCall.ResponseMs, e.FirstCall.ClientMs)
	}
	total := func(e results.Environment) *float64 {
		if call := first(e); call != nil {
			return new(e.AwaitedMs() + *call)
		}
		return nil
	}
	r.collect("coldTotal", environments, total)
	units, _ := r.units(environments, total)
	r.ColdSamples = slices.Concat(units...)
	if r.Burst.Workers > 0 {
		var clusters []stats.Sample
		for _, burst := range units {
			clusters = append(clusters, stats.Of(burst))
		}
		r.values["coldP95"] = Value{Summary: stats.TailOf(clusters, 0.95, "bursts")}
		r.values["coldP99"] = Value{Summary: stats.TailOf(clusters, 0.99, "bursts")}
	}
	r.collect("init", environments, func(e results.Environment) *float64 {
		if e.Kind == results.Provisioned && e.Init.WallMs == 0 { // made ahead, and not reported
			return nil
		}
		return &e.Init.WallMs
	})
	r.collect("firstCall", environments, first)
	r.collect("firstCallOwn", environments, func(e results.Environment) *float64 { return minus(first(e), e.FirstCall.DBMs) })
	r.collect("firstCallTls", environments, func(e results.Environment) *float64 { return e.FirstCall.TLSMs })
	r.collect("firstCallByte", environments, func(e results.Environment) *float64 { return e.FirstCall.FirstByteMs })
	r.outside(environments)
	r.collect("initCpu", environments, func(e results.Environment) *float64 { return e.Init.CPUMs })
	r.collect("firstCallCpu", environments, func(e results.Environment) *float64 { return e.FirstCall.CPUMs })
	r.collect("coldCpu", environments, func(e results.Environment) *float64 {
		if e.Init.CPUMs == nil || e.FirstCall.CPUMs == nil {
			return nil
		}
		return new(*e.Init.CPUMs + *e.FirstCall.CPUMs)
	})
	r.collect("diskReads", environments, func(e results.Environment) *float64 {
		if e.Reads == nil {
			return nil
		}
		return megabytes(&e.Reads.Bytes)
	})
	r.collect("majorFaults", environments, func(e results.Environment) *float64 {
		if e.Reads == nil {
			return nil
		}
		return new(float64(e.Reads.MajorFaults))
	})
	r.collect("memoryAfterInit", environments, func(e results.Environment) *float64 { return megabytes(e.Memory.AfterInit) })
	r.collect("memoryPeak", environments, func(e results.Environment) *float64 { return megabytes(e.Memory.Peak) })
	r.collect("memoryAnon", environments, func(e results.Environment) *float64 { return megabytes(e.Memory.Anon) })
	r.collect("warmOwn", environments, func(e results.Environment) *float64 {
		var own []float64
		for _, p := range e.Curve {
			if v := minus(clock.time(p.Times), p.DBMs); v != nil {
				own = append(own, *v)
			}
		}
		if own == nil {
			return nil
		}
		slices.Sort(own)
		return new(stats.Quantile(own, 0.5))
	})
	r.deriveWarm(environments, clock, operations)
	r.Curve, r.Settled = curve(environments, clock)
}

// deriveWarm fills what histograms give: all operations together in the plan's
// mix, and each by itself.
func (r *Row) deriveWarm(environments []results.Environment, clock clock, operations []string) {
	latency := func(h results.HDR) *results.Histogram { return clock.hdr(h) }
	cpu := func(h results.HDR) *results.Histogram { return h.CPUMs }
	db := func(h results.HDR) *results.Histogram { return h.DBMs }
	all := clusters(environments, operations, latency)
	blocks := make([]int, len(environments))
	for i, e := range environments {
		blocks[i] = e.Block
	}
	r.put("warmP50", stats.MedianSeries(all, blocks))
	firstByte := func(h results.HDR) *results.Histogram { return h.FirstByteMs }
	r.put("warmByte", stats.MedianSeries(clusters(environments, operations, firstByte), blocks))
	r.tails(r.values, "warmP95", "warmP99", all)
	if r.values["warmP99"].Valid() && len(all) > 0 {
		r.values["tailScore"] = Value{Summary: Exactly(stats.Score(all))}
	}
	r.put("warmCpu", stats.MedianSeries(clusters(environments, operations, cpu), blocks))
	r.put("warmDb", stats.MedianSeries(clusters(environments, operations, db), blocks))
	for _, name := range operations {
		o := Operation{Name: name, values: map[string]Value{}}
		for _, e := range environments {
			o.Calls += e.Operations[name].N
			o.Errors += e.Operations[name].Errors
			if wrong := e.Operations[name].Wrong; r.Wrong == "" && wrong != "" {
				r.Wrong = name + ": " + wrong
			}
		}
		r.Calls += o.Calls
		r.Errors += o.Errors
		own := clusters(environments, []string{name}, latency)
		o.sample = r.inBlocks(stats.MedianSeries(own, blocks))
		if len(o.sample.Values) > 0 {
			o.values["p50"] = valued(o.sample.Values)
			r.tails(o.values, "p95", "p99", own)
		}
		for metric, pick := range map[string]func(results.HDR) *results.Histogram{"cpu": cpu, "db": db} {
			if medians := stats.Medians(clusters(environments, []string{name}, pick)); len(medians) > 0 {
				o.values[metric] = valued(medians)
			}
		}
		r.Operations = append(r.Operations, o)
	}
}

func (r *Row) tails(into map[string]Value, p95, p99 string, clusters []stats.Sample) {
	if len(stats.Medians(clusters)) > 0 {
		into[p95] = Value{Summary: stats.Tail(clusters, 0.95)}
		into[p99] = Value{Summary: stats.Tail(clusters, 0.99)}
	}
}

// collect makes a figure out of one value per environment, or per burst: the median of
// those that it made, which share a moment. Environments without one are left out.
func (r *Row) collect(metric string, environments []results.Environment, of func(results.Environment) *float64) {
	units, blocks := r.units(environments, of)
	s := stats.Series{Blocks: blocks}
	for _, values := range units {
		s.Values = append(s.Values, stats.Of(values).Quantile(0.5))
	}
	r.put(metric, s)
}

// units are the values of each environment, or of all that one burst made, with their
// blocks.
func (r *Row) units(environments []results.Environment, of func(results.Environment) *float64) (units [][]float64, blocks []int) {
	for _, e := range environments {
		v := of(e)
		switch last := len(units) - 1; {
		case v == nil:
		case r.Burst.Workers > 0 && last >= 0 && blocks[last] == e.Block:
			units[last] = append(units[last], *v)
		default:
			units, blocks = append(units, []float64{*v}), append(blocks, e.Block)
		}
	}
	return units, blocks
}

func (r *Row) put(metric string, s stats.Series) {
	if len(s.Values) > 0 {
		r.values[metric], r.samples[metric] = valued(s.Values), r.inBlocks(s)
	}
}

// inBlocks drops blocks that say nothing.
func (r *Row) inBlocks(s stats.Series) stats.Series {
	if !r.Blocked {
		return s.Unblocked()
	}
	return s
}

// inBlocks reports whether the environments were measured in blocks, each with one
// of them at most, or with those of one burst.
func inBlocks(doc *results.Document, environments []results.Environment) bool {
	seen := map[int]bool{}
	bursts := burstOf(environments).Workers > 0
	for _, e := range environments {
		if seen[e.Block] && !bursts {
			return false
		}
		seen[e.Block] = true
	}
	return doc.Plan.Order == results.ShuffledBlocks || doc.Plan.Order == results.TimeWindows
}

// clusters are the calls of each environment, the named operations together.
func clusters(environments []results.Environment, operations []string, pick func(results.HDR) *results.Histogram) []stats.Sample {
	all := make([]stats.Sample, len(environments))
	for i, e := range environments {
		var parts []stats.Sample
		for _, name := range operations {
			if s := SampleOf(pick(e.Operations[name].HDR)); len(s) > 0 {
				parts = append(parts, s)
			}
		}
		all[i] = stats.Pool(parts)
	}
	return all
}

// SampleOf are a histogram's buckets; none of nil.
func SampleOf(h *results.Histogram) stats.Sample {
	var s stats.Sample
	for ms, n := range h.Buckets {
		s = append(s, stats.Bucket{Value: ms, Count: n})
	}
	return s
}

// curve shows how the first warm calls settle. Operations differ in cost and
// come in any order, so that each call is compared with the settled time of its
// own operation: its median over the second half of all environments' calls.
func curve(environments []results.Environment, clock clock) (points []CurvePoint, settled int) {
	length := 0
	for _, e := range environments {
		for _, p := range e.Curve {
			length = max(length, p.Index)
		}
	}
	late := map[string][]float64{}
	for _, e := range environments {
		for _, p := range e.Curve {
			if v := clock.time(p.Times); v != nil && p.Index > length/2 {
				late[p.Operation] = append(late[p.Operation], *v)
			}
		}
	}
	base := map[string]float64{}
	for name, values := range late {
		slices.Sort(values)
		base[name] = stats.Quantile(values, 0.5)
	}
	byIndex := make([][]float64, length+1)
	for _, e := range environments {
		for _, p := range e.Curve {
			if v := clock.time(p.Times); v != nil && base[p.Operation] > 0 {
				byIndex[p.Index] = append(byIndex[p.Index], *v/base[p.Operation])
			}
		}
	}
	for index, values := range byIndex {
		if s := stats.Median(values); s.Valid() {
			points = append(points, CurvePoint{Index: index, Relative: s.Center, N: s.N})
		}
	}
	return points, settledAt(points)
}

// settledAt is the index from which the curve stays within 10 % of the settled
// time, judged by the median of three neighbours so that one noisy point does
// not decide; -1 if it does not get there.
func settledAt(points []CurvePoint) int {
	settled := -1
	for i, p := range points {
		near := []float64{points[max(0, i-1)].Relative, p.Relative, points[min(len(points)-1, i+1)].Relative}
		slices.Sort(near)
		switch {
		case near[1] > 1.1:
			settled = -1
		case settled < 0:
			settled = p.Index
		}
	}
	return settled
}

func minus(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(*a - *b)
}

func megabytes(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n) / (1 << 20))
}
