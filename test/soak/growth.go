package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// samples are how often a run looks at the machine, warmUp the share of them that does
// not count: pools fill, heaps find their size.
const (
	samples = 200
	warmUp  = 0.2
)

// state is what this program has of the machine at a moment.
type state struct {
	goroutines, descriptors, processes, folders int
}

// here counts what does not need a run.
func here() state {
	s := state{goroutines: runtime.NumGoroutine(), processes: children()}
	descriptors, _ := os.ReadDir("/proc/self/fd") // always there
	s.descriptors = len(descriptors)
	_ = filepath.WalkDir(os.TempDir(), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			s.folders++
		}
		return nil // one that has just gone
	})
	return s
}

// children are the processes that this one has started and not waited for.
func children() (n int) {
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread that has just ended
		n += len(strings.Fields(string(text)))
	}
	return n
}

// resident is a process's memory in bytes, 0 if it is gone.
func resident(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1]) // the kernel's own
	return float64(pages * os.Getpagesize())
}

// measure is one thing that must not grow, by calls.
type measure struct {
	Name    string    `json:"name"`
	Unit    string    `json:"unit"`
	Values  []float64 `json:"values"`
	Slope   float64   `json:"slopePer1000Calls"`
	Grown   float64   `json:"grown"`
	Allowed float64   `json:"allowed"`
	Grows   bool      `json:"grows"`
}

// sample looks at the machine until done, every so many calls.
func (r *run) sample(done <-chan struct{}, progress io.Writer) {
	step := max(r.options.calls/samples, 50) // a look costs as much as some calls
	began, said := time.Now(), time.Now()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for next := step; ; {
		select {
		case <-done:
			r.result.Seconds = time.Since(began).Seconds()
			return
		case <-ticker.C:
		}
		made := r.book.made()
		if made < next {
			continue
		}
		next = made + step
		r.result.sampled(made, r.look())
		if time.Since(said) > 10*time.Second {
			said = time.Now()
			rate := float64(made) / time.Since(began).Seconds()
			fmt.Fprintf(progress, "%s  %d of %d calls, %.0f a second, %s left; %d faults, %d violations\n", said.Format("15:04:05"), made, r.options.calls, rate,
				time.Duration(float64(r.options.calls-made)/rate*float64(time.Second)).Round(time.Second), r.result.faulty(), r.result.wrong())
		}
	}
}

// look is what is measured, in the order of measures. A collection comes first, whose
// pages the kernel gets back: what is measured is what is kept, not what waits.
func (r *run) look() []float64 {
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	s := here()
	return []float64{
		float64(s.goroutines), float64(s.descriptors), float64(s.processes), float64(r.groups.count()),
		float64(s.folders),
		float64(memory.HeapAlloc), resident(os.Getpid()), resident(r.lab.DatabasePID()),
	}
}

// measures are what is looked at.
func measures() []*measure {
	var all []*measure
	for _, name := range []string{"goroutines", "descriptors", "processes", "control groups", "temporary folders"} {
		all = append(all, &measure{Name: name})
	}
	for _, name := range []string{"heap in use", "memory of the engine", "memory of the database"} {
		all = append(all, &measure{Name: name, Unit: "bytes"})
	}
	return all
}

// judge decides whether a measure grows: whether its slope, over the calls that were
// looked at, adds up to more than is allowed. A count may grow by one for ten new
// environments, at least by five for each that lives at a time, whose connections come
// and go: what is left behind by each environment, fault or call is found. (In a short
// run that shows at the end, when nothing may be left at all.) Memory may grow by eight bytes of heap
// a call, at least by an event of 5 MB for each environment that lives at a time, whose buffers
// keep the size of the largest; by 32 bytes of pages, at least 32 megabytes, as
// the kernel and the collector give them back when they like.
func (m *measure) judge(calls []int, environments, living int) {
	from := int(float64(len(calls)) * warmUp)
	if len(calls)-from < 2 {
		return
	}
	calls, values := calls[from:], m.Values[from:]
	over := float64(calls[len(calls)-1] - calls[0])
	slope := theilSen(calls, values)
	m.Slope, m.Grown = slope*1000, slope*over
	switch {
	case m.Unit == "":
		m.Allowed = max(float64(5*living), float64(environments)/10)
	case m.Name == "heap in use":
		m.Allowed = max(float64(living*6<<20), 8*over)
	default:
		m.Allowed = max(32<<20, 32*over)
	}
	m.Grows = m.Grown > m.Allowed
}

// theilSen is the median of the slopes between all pairs: what comes and goes at some
// moments does not move it.
func theilSen(x []int, y []float64) float64 {
	var slopes []float64
	for i := range x {
		for j := range i {
			if x[i] != x[j] {
				slopes = append(slopes, (y[i]-y[j])/float64(x[i]-x[j]))
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	slices.Sort(slopes)
	return (slopes[(len(slopes)-1)/2] + slopes[len(slopes)/2]) / 2
}

// left compares what is there after the end with what was there before the beginning.
// Goroutines whose connection has just been closed have a moment to notice.
func (r *result) left(before state, g groups) {
	after := here()
	for deadline := time.Now().Add(5 * time.Second); after.goroutines > before.goroutines && time.Now().Before(deadline); after = here() {
		time.Sleep(10 * time.Millisecond)
	}
	for _, one := range []struct {
		what        string
		before, now int
	}{
		{"goroutines", before.goroutines, after.goroutines},
		{"descriptors", before.descriptors, after.descriptors},
		{"processes", before.processes, after.processes},
		{"control groups", 0, g.count()},
	} {
		if one.now > one.before {
			r.violate("%d %s are left after the end, there were %d before the beginning", one.now, one.what, one.before)
		}
	}
	leftovers, err := sandbox.Leftovers()
	if err != nil {
		r.violate("look for what is left: %v", err)
	}
	for _, l := range leftovers {
		r.violate("left behind: %s", l)
	}
	for _, m := range r.Measures {
		m.judge(r.At, r.Environments, r.Living)
		if m.Grows {
			r.violate("%s grow: %.4g %s per 1,000 calls", m.Name, m.Slope, m.Unit)
		}
	}
}
