package report

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// BenchmarkSamples runs "bench report --format html" as people do, and prints
// the peak of its memory. It costs by cells, not by samples: ten million calls
// take little more than ten thousand.
//
//	go test -run '^$' -bench . -benchtime 3x ./internal/report
func BenchmarkSamples(b *testing.B) {
	folder := b.TempDir()
	program := filepath.Join(folder, "bench")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/bench").CombinedOutput(); err != nil {
		b.Fatalf("build bench: %v\n%s", err, out)
	}
	for _, samples := range []int{10_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(samples), func(b *testing.B) {
			document := filepath.Join(folder, "results.json")
			if err := results.Save(document, withSamples(b, samples)); err != nil {
				b.Fatal(err)
			}
			peak, cpu := int64(0), time.Duration(0)
			for b.Loop() {
				command := exec.Command(program, "report", document, "--format", "html", "--out", filepath.Join(folder, "report.html"))
				if out, err := command.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				peak = max(peak, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) // KB on Linux
				cpu += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
			}
			b.ReportMetric(float64(peak)/1024, "peak-MB")
			b.ReportMetric(cpu.Seconds()/float64(b.N), "CPU-s/op") // steadier than the wall clock on a busy machine
		})
	}
}

// BenchmarkCells makes the page of more and more cells (configuration ×
// operation): what one costs stays the same.
func BenchmarkCells(b *testing.B) {
	for _, memories := range [][]int{{1769}, {1769, 512}, {1769, 512, 1024, 3008}, {1769, 512, 1024, 3008, 128, 256, 768, 2048}} {
		doc := resultstest.Document(resultstest.Options{Seed: 1, Memory: memories})
		cells := 0
		for _, row := range view.Build(doc).Rows {
			cells += len(row.Operations)
		}
		b.Run(fmt.Sprint(cells), func(b *testing.B) {
			started := cpuTime(b)
			for b.Loop() {
				if err := wholePage(io.Discard, view.Build(doc)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-started).Microseconds())/float64(b.N*cells), "CPU-µs/cell")
		})
	}
}

// cpuTime is what this process has used so far.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// withSamples spreads that many calls over the cells of the default run.
func withSamples(b *testing.B, samples int) results.Document {
	b.Helper()
	doc := resultstest.Document(resultstest.Options{Seed: 1})
	random := rand.New(rand.NewPCG(1, 1))
	cells := 0 // of each environment, as histograms are kept
	for _, c := range doc.Configurations {
		for _, e := range c.Environments {
			cells += len(e.Operations)
		}
	}
	var operations []results.Operation
	for _, c := range doc.Configurations {
		for _, e := range c.Environments {
			for name, o := range e.Operations {
				o.N = int64(samples / cells)
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
