package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
)

// What the engine measures is checked here against what a function itself knows:
// how much memory it took, how much CPU time it got, how long it really slept.

// TestMemoryIsWhatTheFunctionTook: 100 MB more is seen as 100 MB ± 5 % more.
func TestMemoryIsWhatTheFunctionTook(t *testing.T) {
	w := real(t, engine.Options{})
	peak := func(mb int) int64 {
		env := w.spawn(w.function("handler"))
		return w.invoke(env, map[string]any{"do": "touch", "mb": mb}).Memory.PeakBytes
	}
	without, with := peak(0), peak(100)
	if got := float64(with-without) / (1 << 20); got < 95 || got > 105 {
		t.Errorf("got %.1f MB more for 100 MB, want 95 to 105", got)
	} else {
		t.Logf("100 MB are seen as %.1f MB: %d bytes with, %d without", got, with, without)
	}
	// Init's memory is seen too, and stays the high-water mark.
	env := w.spawn(w.function("handler", "INIT", "touch"))
	if got := float64(env.Init().Memory.PeakBytes-without) / (1 << 20); got < 95 || got > 105 {
		t.Errorf("got %.1f MB more after an init that took 100 MB, want 95 to 105", got)
	}
	if inv := w.invoke(env, nil); inv.Memory.PeakBytes < env.Init().Memory.PeakBytes || inv.Report.MaxMemoryUsedMB < 100 {
		t.Errorf("got %d MB reported, want the high-water mark", inv.Report.MaxMemoryUsedMB)
	}
}

// TestCPUIsTheMemorysShare: at 512 MB a function that spins gets 512/1769 =
// 0.289 ± 0.01 of a CPU, and has no limit in init. A machine that is busy with
// something else may give less, never more; but the kernel counts the periods
// in which the function had all of its quota, and in those the share must be
// right.
func TestCPUIsTheMemorysShare(t *testing.T) {
	w := real(t, engine.Options{})
	w.limited(t)
	f := w.function("handler", "INIT", "spin")
	f.MemoryMB, f.Timeout = 512, time.Minute
	env := w.spawn(f)
	pid := w.onHost(into[echo](t, w.invoke(env, nil)).PID)
	inInit := throttled(t, pid)
	// The one call since then took a fraction of a period.
	if init := env.Init(); inInit > 1 || init.CPU < 20*time.Millisecond {
		t.Errorf("got %d throttled periods for %v of CPU time in an init of %v, want no limit there", inInit, init.CPU, init.Wall)
	}
	const lo, hi, period, slack = 0.279, 0.299, 20 * time.Millisecond, 10 * time.Millisecond
	var used, wall time.Duration
	before := throttled(t, pid)
	for full := 0; full < 100; {
		inv := w.invoke(env, map[string]any{"do": "spin", "ms": 1000})
		own := time.Duration(into[struct{ CPUNs int64 }](t, inv).CPUNs)
		if diff := (inv.CPU - own).Abs(); diff > inv.CPU/10+slack {
			t.Errorf("got %v, want the %v that the function counted itself", inv.CPU, own)
		}
		used, wall, full = used+inv.CPU, wall+inv.Duration, throttled(t, pid)-before
		t.Logf("%v of CPU time in %v: %.4f of a CPU, the whole quota in %d of %d periods", used, wall, used.Seconds()/wall.Seconds(), full, wall/period)
		if most := hi * wall.Seconds(); used.Seconds() > most+slack.Seconds() {
			t.Fatalf("got %v in %v at 512 MB, want at most %.3f s", used, wall, most)
		}
		if least := lo * float64(full) * period.Seconds(); used.Seconds() < least-slack.Seconds() {
			t.Fatalf("got %v in %d full periods at 512 MB, want at least %.3f s", used, full, least)
		}
		if wall > time.Minute {
			t.Skipf("this machine is too busy: %d full periods in a minute", full)
		}
	}
}

// throttled is how many periods a process's control group has been stopped in
// because its quota was used up.
func throttled(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		root := "/sys/fs/cgroup"
		if slices.Contains(strings.Split(fields[1], ","), "cpu") {
			root += "/cpu"
		} else if fields[1] != "" {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(root, fields[2], "cpu.stat"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(stat)) {
			var n int
			if found, _ := fmt.Sscanf(line, "nr_throttled %d", &n); found == 1 {
				return n
			}
		}
	}
	t.Skip("the control group's cpu.stat is not to be found")
	return 0
}

// TestTimeIsWhatTheFunctionSpent: a handler that sleeps and tells how long it
// really was is never measured as shorter than that, nor as longer than its caller
// waited. How close it is on a quiet machine is BenchmarkSleep's figure.
func TestTimeIsWhatTheFunctionSpent(t *testing.T) {
	w := real(t, engine.Options{})
	env := w.spawn(w.function("handler"))
	for range 10 {
		start := time.Now()
		inv := w.invoke(env, map[string]any{"do": "sleep", "ms": 50})
		waited := time.Since(start)
		slept := time.Duration(into[struct{ SleptNs int64 }](t, inv).SleptNs)
		if slept < 50*time.Millisecond || inv.Response < slept || inv.Duration < inv.Response || inv.Duration > waited {
			t.Errorf("got %v until the response and %v in all for a handler that slept %v and a caller who waited %v, want an order of these",
				inv.Response, inv.Duration, slept, waited)
		}
	}
}

// TestOutOfMemory: the kernel kills, and the answer is Lambda's.
func TestOutOfMemory(t *testing.T) {
	w := real(t, engine.Options{})
	w.limited(t)
	f := w.function("handler")
	f.MemoryMB, f.Timeout = 128, time.Minute
	env := w.spawn(f)
	inv := w.invoke(env, map[string]any{"do": "touch", "mb": 200})
	if want := said(t, loadWords(t).Payloads, "out-of-memory", "id", inv.RequestID); string(inv.Payload) != want {
		t.Errorf("got %s, want %s", inv.Payload, want)
	}
	if r := inv.Report; r.Status != "error" || r.ErrorType != "Runtime.OutOfMemory" || r.MaxMemoryUsedMB < 128 || !inv.Crashed {
		t.Errorf("got %+v, want all of the memory used", r)
	}
	if !strings.Contains(string(inv.LogTail), "Error: Runtime exited with error: signal: killed\nRuntime.OutOfMemory\n") {
		t.Errorf("got log\n%swant the reason in it", inv.LogTail)
	}
	if next := w.invoke(env, map[string]any{"do": "touch", "mb": 20}); next.FunctionError != "" {
		t.Errorf("got %s afterwards, want an answer", next.Payload)
	}
}
