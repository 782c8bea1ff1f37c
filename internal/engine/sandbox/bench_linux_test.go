package sandbox

import (
	"context"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// Figures, not limits: the machine that runs them has other things to do.
//
//	go test -run '^$' -bench . ./internal/engine/sandbox/

func report(b *testing.B, unit string, values []time.Duration) {
	slices.Sort(values)
	b.ReportMetric(float64(values[len(values)/2].Microseconds()), "p50-µs"+unit)
	b.ReportMetric(float64(values[len(values)*99/100].Microseconds()), "p99-µs"+unit)
}

// BenchmarkBare is a fork, an exec and the end of /bin/true, as Go does it.
func BenchmarkBare(b *testing.B) {
	var all []time.Duration
	for b.Loop() {
		t := time.Now()
		if err := exec.Command("/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(t))
	}
	report(b, "-total", all)
}

// BenchmarkBox is the same in a cage: the whole of it, from Started to the end,
// and what building and removing the cage take before and after.
func BenchmarkBox(b *testing.B) {
	h := openHost(b, Options{})
	s := Spec{ID: "1", Command: []string{"/bin/true"}, MemoryMB: 512, CPUs: 2}
	if h.Namespaces() {
		s.Dir = "/var/task"
		s.Mounts = []Mount{{b.TempDir(), "/var/task", true}, {b.TempDir(), "/tmp", false}}
	}
	var build, run, kill []time.Duration
	for b.Loop() {
		t := time.Now()
		box, err := h.Start(context.Background(), s)
		if err != nil {
			b.Fatal(err)
		}
		<-box.Done()
		end := time.Now()
		build, run = append(build, box.Started().Sub(t)), append(run, end.Sub(box.Started()))
		if err := box.Kill(); err != nil {
			b.Fatal(err)
		}
		kill = append(kill, time.Since(end))
	}
	report(b, "-build", build)
	report(b, "-run", run)
	report(b, "-kill", kill)
}

// BenchmarkFreezeThaw is what an invocation pays, with a process that sleeps as
// one between two invocations does.
func BenchmarkFreezeThaw(b *testing.B) {
	h := openHost(b, Options{})
	for name, s := range map[string]Spec{
		"sleeping": {ID: "1", Command: []string{"/bin/sleep", "1000"}},
		"threads":  {ID: "2", Command: self("idle")},
	} {
		b.Run(name, func(b *testing.B) {
			box := start(b, h, s)
			var freeze, thaw []time.Duration
			for b.Loop() {
				time.Sleep(time.Millisecond) // not timed: it has to be asleep again
				t := time.Now()
				if err := box.Freeze(); err != nil {
					b.Fatal(err)
				}
				frozen := time.Now()
				if err := box.Thaw(); err != nil {
					b.Fatal(err)
				}
				freeze, thaw = append(freeze, frozen.Sub(t)), append(thaw, time.Since(frozen))
			}
			report(b, "-freeze", freeze)
			report(b, "-thaw", thaw)
			if err := box.Kill(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkReadings are what is read after every invocation.
func BenchmarkReadings(b *testing.B) {
	h := openHost(b, Options{})
	box := start(b, h, Spec{ID: "1", Command: []string{"/bin/sleep", "1000"}})
	b.Run("CPU", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := box.CPU(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Memory", func(b *testing.B) {
		for b.Loop() {
			if _, err := box.Memory(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
