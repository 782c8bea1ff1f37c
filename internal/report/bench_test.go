package report

import (
	stdbytes "bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// BenchmarkPage reads a document and makes its page. It costs by cells, not by
// samples: ten million calls take little more than ten thousand.
//
//	go test -run '^$' -bench Page -benchtime 3x ./internal/report
func BenchmarkPage(b *testing.B) {
	for _, samples := range []int{10_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(samples), func(b *testing.B) {
			var text stdbytes.Buffer
			if err := results.Encode(&text, withSamples(b, samples)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				doc, err := results.Parse(text.Bytes())
				if err != nil {
					b.Fatal(err)
				}
				if err := wholePage(io.Discard, doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// withSamples spreads that many calls over the cells of the default run.
func withSamples(b *testing.B, samples int) results.Document {
	b.Helper()
	doc := resultstest.Document(resultstest.Options{Seed: 1})
	random := rand.New(rand.NewPCG(1, 1))
	var operations []results.Operation
	for _, c := range doc.Configurations {
		for _, e := range c.Environments {
			for name, o := range e.Operations {
				o.N = int64(samples / (5 * 5 * 36))
				o.HDR = results.HDR{ResponseMs: results.NewHistogram(), DurationMs: results.NewHistogram(), CPUMs: results.NewHistogram(), DBMs: results.NewHistogram()}
				e.Operations[name] = o
				operations = append(operations, o)
			}
		}
	}
	for _, o := range operations {
		for range o.N {
			d := time.Duration(float64(time.Millisecond) * math.Exp(0.3*random.NormFloat64()))
			for _, h := range []*results.Histogram{o.HDR.ResponseMs, o.HDR.DurationMs, o.HDR.CPUMs, o.HDR.DBMs} {
				if err := h.Record(d); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	return doc
}
