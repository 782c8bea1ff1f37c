package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// openHost opens a host that the test's end closes, and checks that it leaves
// nothing behind.
func openHost(t testing.TB, o Options) *Host {
	t.Helper()
	o.Launcher = launcherPath
	h, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	closeHost(t, h)
	return h
}

func closeHost(t testing.TB, h *Host) {
	t.Cleanup(func() {
		paths := []string{h.dir}
		if h.groups != nil {
			paths = append(paths, h.groups.dirs()...)
		}
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for _, path := range paths {
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("close left %s behind (%v)", path, err)
			}
		}
	})
}

// needLimits skips where the machine has no limits to be tested.
func needLimits(t testing.TB, h *Host) {
	t.Helper()
	if d := h.Description(); !d.Limits() {
		t.Skipf("no limits on this machine: %+v", d)
	}
}

func needNamespaces(t testing.TB, h *Host) {
	t.Helper()
	if !h.Namespaces() {
		t.Skip("no mount namespaces on this machine")
	}
}

// self is a command that runs this test binary in a box.
func self(what string, args ...string) []string {
	return append([]string{os.Args[0], "helper", what}, args...)
}

// within shows the test binary to a box.
func within(h *Host, s Spec) Spec { return showing(h, filepath.Dir(os.Args[0]), s) }

// showing shows it a folder under its own name.
func showing(h *Host, dir string, s Spec) Spec {
	if h.Namespaces() {
		s.Mounts = append(slices.Clip(s.Mounts), Mount{dir, dir, true})
	}
	return s
}

func start(t testing.TB, h *Host, s Spec) *Box {
	t.Helper()
	b, err := h.Start(context.Background(), within(h, s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// script runs a shell script in a box and returns what it printed.
func script(t *testing.T, h *Host, s Spec, text string) (string, Exit) {
	t.Helper()
	var out bytes.Buffer
	s.Command = []string{"/bin/sh", "-c", text}
	s.Stdout, s.Stderr = &out, &out
	b := start(t, h, s)
	<-b.Done()
	if err := b.Kill(); err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(out.String()), b.Exit()
}

func cpu(t testing.TB, b *Box) time.Duration {
	t.Helper()
	user, system, err := b.CPU()
	if err != nil {
		t.Fatal(err)
	}
	return user + system
}

// TestTheEmbeddedLauncherServesRoot: it lies in the run's folder, which is for this
// user alone, and must be executed by another one to see that a cell works.
func TestTheEmbeddedLauncherServesRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a plain user has no other users")
	}
	if _, err := programs.ReadFile("launcher/bin/launcher-" + runtime.GOARCH); err != nil {
		t.Skip("this test was built without a launcher: make build")
	}
	h, err := Open(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeHost(t, h)
	if missing := h.Description().WallsMissing(); len(missing) > 0 {
		t.Errorf("these walls are missing: %v", missing)
	}
}

func TestMemoryLimitKills(t *testing.T) {
	h := openHost(t, Options{})
	needLimits(t, h)
	b := start(t, h, Spec{ID: "hog", Command: self("hog", "300"), MemoryMB: 64})
	<-b.Done()
	if got, want := b.Exit(), (Exit{Code: -1, Signal: syscall.SIGKILL, OOM: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	memory, err := b.Memory()
	if err != nil || memory.OOMKills == 0 || memory.PeakBytes < 32<<20 {
		t.Errorf("got %+v and %v, want at least one OOM kill and a peak near 64 MiB", memory, err)
	}
	if err := b.Kill(); err != nil {
		t.Error(err)
	}
	if after, err := b.Memory(); err != nil || after != memory {
		t.Errorf("after Kill: got %+v and %v, want the last figures %+v", after, err, memory)
	}
}

func TestMemoryIsSumOfHighWaterMarks(t *testing.T) {
	h := openHost(t, Options{})
	const mb = 100
	reader, writer := io.Pipe()
	b := start(t, h, Spec{ID: "hog", Command: self("hog", strconv.Itoa(mb)), MemoryMB: 0, Stdout: writer})
	lines := bufio.NewScanner(reader)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "have it") {
	}
	got, err := b.Memory()
	if err != nil {
		t.Fatal(err)
	}
	// The race detector keeps a shadow of everything: up to eight times as much.
	if got.AnonBytes < mb<<20 || got.AnonBytes > 9*mb<<20 || got.PeakBytes < got.RSSBytes || got.RSSBytes < got.AnonBytes || got.OOMKills != 0 {
		t.Errorf("got %+v, want a little more than %d anonymous MiB, no more than in RSS, no more than in the peak, and no OOM kill", got, mb)
	}
}

// TestQuota is the CPU limit as Lambda has it at 512 MB: used CPU time over wall
// time. A busy machine can give a spinning process less than its quota, never
// more, and the kernel counts the periods in which the process had all of it:
// in those, and only those, the ratio must be what was ordered.
func TestQuota(t *testing.T) {
	h := openHost(t, Options{})
	needLimits(t, h)
	const want = 512.0 / 1769
	b := start(t, h, Spec{ID: "spin", Command: self("spin"), CPUs: 2})
	if err := b.LimitCPU(want); err != nil {
		t.Fatal(err)
	}
	stat, err := openKnob(syscall.O_RDONLY, filepath.Join(filepath.Dir(b.cage.quota.path), "cpu.stat"))
	if err != nil {
		t.Fatal(err)
	}
	defer stat.close()
	counts := func() (periods, throttled int64) {
		v, err := stat.values()
		if err != nil {
			t.Fatal(err)
		}
		return v["nr_periods"], v["nr_throttled"]
	}
	// From one throttled moment to another, so that the quota of the first
	// period is not counted half.
	_, throttled := counts()
	for now := throttled; now < throttled+5; _, now = counts() {
		time.Sleep(time.Millisecond)
	}
	wall, used := time.Now(), cpu(t, b)
	periods, throttled := counts()
	for now := throttled; now < throttled+50; _, now = counts() {
		time.Sleep(time.Millisecond)
	}
	got, elapsed := (cpu(t, b) - used).Seconds(), time.Since(wall).Seconds()
	allPeriods, full := counts()
	allPeriods, full = allPeriods-periods, full-throttled
	t.Logf("%.4f CPUs in %.2f s; %d of %d periods had the whole quota", got/elapsed, elapsed, full, allPeriods)
	const period, tick = PeriodMicros / 1e6, 0.01
	if most := (want + 0.01) * elapsed; got > most+tick {
		t.Errorf("used %.4f s in %.2f s, want at most %.4f", got, elapsed, most)
	}
	if least := (want - 0.01) * period * float64(full); got < least-tick {
		t.Errorf("used %.4f s in %d full periods, want at least %.4f", got, full, least)
	}
	if err := b.LimitCPU(1); err == nil {
		t.Error("the quota could be lifted")
	}
	if err := b.LimitCPU(want); err != nil {
		t.Errorf("the same quota again: %v", err)
	}
}

func TestQuotaBelowTheKernelsLeastIsRefused(t *testing.T) {
	h := openHost(t, Options{})
	needLimits(t, h)
	b := start(t, h, Spec{ID: "1", Command: []string{"/bin/sleep", "1000"}})
	if err := b.LimitCPU(0.01); err == nil {
		t.Error("got no error for 0.01 CPUs, which the kernel refuses")
	}
}

func TestFreezeStopsCPUTime(t *testing.T) {
	h := openHost(t, Options{})
	b := start(t, h, Spec{ID: "spin", Command: self("spin")})
	waitForCPU(t, b, cpu(t, b)+5*time.Millisecond)
	for range 3 {
		if err := b.Freeze(); err != nil {
			t.Fatal(err)
		}
		frozen := cpu(t, b)
		time.Sleep(50 * time.Millisecond) // would be 50 ms of CPU time if it ran
		// A thread counts as frozen some microseconds before it has left its CPU, or
		// has waited for one to leave it on.
		if got := cpu(t, b); h.Description().Freezer != "signal" && got-frozen > time.Millisecond {
			t.Errorf("used %v while frozen", got-frozen)
		}
		if err := b.Thaw(); err != nil {
			t.Fatal(err)
		}
		waitForCPU(t, b, frozen+5*time.Millisecond)
	}
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(); err != nil {
		t.Errorf("kill a frozen box: %v", err)
	}
	if err := b.Freeze(); !errors.Is(err, errKilled) {
		t.Errorf("freeze after Kill: got %v, want %v", err, errKilled)
	}
}

// waitForCPU waits until a box has used so much. The test's own time limit is
// what fails it.
func waitForCPU(t *testing.T, b *Box, want time.Duration) {
	t.Helper()
	for cpu(t, b) < want {
		time.Sleep(time.Millisecond)
	}
}

func TestCPUCountsWhatHasEnded(t *testing.T) {
	h := openHost(t, Options{})
	var out bytes.Buffer
	b := start(t, h, Spec{ID: "1", Stdout: &out, Command: []string{"/bin/sh", "-c",
		"( i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done ); times"}})
	<-b.Done()
	before := cpu(t, b)
	if before < 20*time.Millisecond {
		t.Errorf("got %v for a loop in a child that has ended, want tens of milliseconds (times says %q)", before, out.String())
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if after := cpu(t, b); after < before {
		t.Errorf("after Kill: got %v, want no less than %v", after, before)
	}
}

func TestEnvironmentIsExactlyWhatWasGiven(t *testing.T) {
	h := openHost(t, Options{})
	t.Setenv("LEAK", "of the host")
	for _, want := range [][]string{{"B=2", "A=1 with spaces", "EMPTY="}, {}} {
		var out bytes.Buffer
		b := start(t, h, Spec{ID: "1", Command: self("environment"), Env: want, Stdout: &out})
		<-b.Done()
		if err := b.Kill(); err != nil {
			t.Error(err)
		}
		if got := out.String(); got != strings.Join(want, "\n") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWhatAProcessIsGiven(t *testing.T) {
	h := openHost(t, Options{})
	for _, test := range []struct{ name, script, want string }{
		{"open files", "ulimit -n; ulimit -H -n", "1024\n1024"},
		{"core files", "ulimit -c", "0"},
		{"nothing of ours open", "ls /proc/self/fd | grep -c .", "4"}, // the fourth is its own
		{"a session of its own", "[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ] && echo yes", "yes"},
		{"one CPU", "nproc", "1"},
		{"no capabilities", "grep -E '^Cap(Eff|Prm|Bnd|Amb)' /proc/self/status | awk '{print $2}' | sort -u", "0000000000000000"},
		{"no new privileges", "awk '/NoNewPrivs/ {print $2}' /proc/self/status", "1"},
		{"no signal ignored or blocked", "awk '/^Sig(Blk|Ign)/ {print $2}' /proc/self/status | sort -u", "0000000000000000"},
		{"standard input is empty", "wc -c", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "no capabilities" && os.Geteuid() != 0 {
				t.Skip("a plain user's bounding set is the system's")
			}
			got, _ := script(t, h, Spec{ID: "1", CPUs: 1, Env: []string{"PATH=/usr/bin:/bin"}}, test.script)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCommandIsFoundInTheBoxsOwnPath(t *testing.T) {
	h := openHost(t, Options{})
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/tool", []byte("#!/bin/sh\necho $0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	b := start(t, h, showing(h, dir, Spec{ID: "1", Command: []string{"tool"}, Env: []string{"PATH=/nowhere:" + dir}, Stdout: &out}))
	<-b.Done()
	if got, want := out.String(), dir+"/tool\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatCanNotStartSaysWhy(t *testing.T) {
	h := openHost(t, Options{})
	dir := t.TempDir()
	for name, content := range map[string]string{"garbage": "\x7fELF but not really", "orphan": "#!/no/such/interpreter\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "plain"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		spec Spec
		want []string
		hint string
	}{
		{"missing", Spec{Command: []string{"./bootstrap"}, Dir: dir}, []string{"start box 1", "./bootstrap", "no such file"}, "there must be ./bootstrap in " + dir},
		{"interpreter missing", Spec{Command: []string{"./orphan"}, Dir: dir}, []string{"no such file"}, "interpreter"},
		{"not executable", Spec{Command: []string{"./plain"}, Dir: dir}, []string{"permission denied"}, "chmod +x"},
		{"another architecture", Spec{Command: []string{"./garbage"}, Dir: dir}, []string{"exec format error"}, "architecture"},
		{"not in PATH", Spec{Command: []string{"nothing"}, Env: []string{"PATH=/bin"}}, []string{"find nothing in the PATH"}, ""},
		{"no PATH", Spec{Command: []string{"sh"}}, []string{"find sh in the PATH"}, ""},
		{"folder missing", Spec{Command: []string{"/bin/true"}, Dir: "/no/such"}, []string{"change to folder /no/such", "no such file"}, ""},
		{"no command", Spec{}, []string{"no command"}, ""},
		{"relative folder", Spec{Command: []string{"/bin/true"}, Dir: "x"}, []string{`"x"`, "absolute"}, ""},
		{"relative mount", Spec{Command: []string{"/bin/true"}, Mounts: []Mount{{"x", "/y", true}}}, []string{`"x"`, "absolute"}, ""},
		{"mount on the root", Spec{Command: []string{"/bin/true"}, Mounts: []Mount{{"/x", "/", true}}}, []string{"not /"}, ""},
		{"mount of nothing", Spec{Command: []string{"/bin/true"}, Mounts: []Mount{{"/no/such", "/y", true}}}, []string{"open /no/such", "/y"}, ""},
		{"negative", Spec{Command: []string{"/bin/true"}, MemoryMB: -1}, []string{"-1 MB"}, ""},
		{"zero byte", Spec{Command: []string{"/bin/true\x00"}}, []string{"zero byte"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			needNamespaces(t, h)
			test.spec.ID = "1" // each time the same: a failed start must leave it free
			test.spec = showing(h, dir, test.spec)
			b, err := h.Start(context.Background(), test.spec)
			if err == nil {
				b.Kill()
				t.Fatal("got no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if got := fault.Hint(err); !strings.Contains(got, test.hint) {
				t.Errorf("got the hint %q, want %q in it", got, test.hint)
			}
		})
	}
	for _, id := range []string{"", "..", "a/b", ".x", "ü"} {
		if _, err := h.Start(context.Background(), Spec{ID: id, Command: []string{"/bin/true"}}); err == nil {
			t.Errorf("the id %q was taken", id)
		}
	}
}

func TestKillEndsGrandchildren(t *testing.T) {
	h := openHost(t, Options{})
	if h.Description().Kill == "process group" {
		t.Skip("without control groups a process group of its own escapes")
	}
	reader, writer := io.Pipe()
	b := start(t, h, Spec{ID: "1", Command: self("family"), Stdout: writer})
	lines := bufio.NewScanner(reader)
	for range 2 {
		lines.Scan()
		if got, want := lines.Text(), "ready"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	pids, err := b.cage.procs.pids()
	if err != nil || len(pids) != 3 {
		t.Fatalf("got %v and %v, want three processes", pids, err)
	}
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	dirs := b.cage.dirs
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if stat, err := procfs.Read(pid); err == nil && stat.State != 'Z' {
			t.Errorf("process %d still runs", pid)
		}
	}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there (%v)", dir, err)
		}
	}
	if err := b.Kill(); err != nil {
		t.Errorf("a second Kill: %v", err)
	}
	select {
	case <-b.Done():
	default:
		t.Error("Kill came back before the end")
	}
	if got, want := b.Exit(), (Exit{Code: -1, Signal: syscall.SIGKILL}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOutputIsCompleteWhenDone(t *testing.T) {
	h := openHost(t, Options{})
	// A child that holds the pipe open must not hold back what the first
	// process wrote, nor its end.
	var errors lockedBuffer
	out := lockedBuffer{delay: 20 * time.Millisecond} // slow to take what it is given
	b := start(t, h, Spec{ID: "1", Command: []string{"/bin/sh", "-c",
		"/bin/sleep 1000 & /usr/bin/seq 1 30000; echo problem >&2; exit 3"}, Stdout: &out, Stderr: &errors})
	<-b.Done()
	if got, want := b.Exit(), (Exit{Code: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := out.String(); !strings.HasSuffix(got, "\n29999\n30000\n") || strings.Count(got, "\n") != 30000 {
		t.Errorf("got %d lines, want 30000", strings.Count(got, "\n"))
	}
	if got, want := errors.String(), "problem\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type lockedBuffer struct {
	delay time.Duration
	mu    sync.Mutex
	b     bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	time.Sleep(l.delay)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestOneWriterForBothKeepsTheOrder(t *testing.T) {
	h := openHost(t, Options{})
	got, _ := script(t, h, Spec{ID: "1"}, "i=0; while [ $i -lt 50 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done")
	var want strings.Builder
	for i := range 50 {
		fmt.Fprintf(&want, "o%d\ne%d\n", i, i)
	}
	if got+"\n" != want.String() {
		t.Errorf("got %q, want %q", got, want.String())
	}
}

func TestFilesAreHandedOver(t *testing.T) {
	h := openHost(t, Options{})
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := start(t, h, Spec{ID: "1", Command: []string{"/bin/echo", "hello"}, Stdout: f})
	<-b.Done()
	got, err := os.ReadFile(f.Name())
	if err != nil || string(got) != "hello\n" {
		t.Errorf("got %q and %v, want hello", got, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	h := openHost(t, Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 3 {
				var out bytes.Buffer
				b, err := h.Start(context.Background(), Spec{ID: fmt.Sprintf("%d-%d", i, j), MemoryMB: 64,
					Command: []string{"/bin/sh", "-c", "echo $0; read x; exec /bin/sleep 1000", "hello"}, Stdout: &out})
				if err != nil {
					t.Error(err)
					return
				}
				var inner sync.WaitGroup
				for range 2 {
					inner.Go(func() {
						if err := b.Freeze(); err != nil && !errors.Is(err, errKilled) {
							t.Error(err)
						}
						if _, err := b.Memory(); err != nil {
							t.Error(err)
						}
						if _, _, err := b.CPU(); err != nil {
							t.Error(err)
						}
						if err := b.Thaw(); err != nil && !errors.Is(err, errKilled) {
							t.Error(err)
						}
						if err := b.Kill(); err != nil {
							t.Error(err)
						}
					})
				}
				inner.Wait()
				<-b.Done()
			}
		})
	}
	wg.Wait()
	if len(h.boxes) != 0 {
		t.Errorf("got %d boxes, want none", len(h.boxes))
	}
	for cpu, n := range h.load {
		if n != 0 {
			t.Errorf("CPU %d still counts %d boxes", cpu, n)
		}
	}
}

func TestIDsAreUniqueAmongTheLiving(t *testing.T) {
	h := openHost(t, Options{})
	s := Spec{ID: "1", Command: []string{"/bin/sleep", "1000"}}
	b := start(t, h, s)
	if _, err := h.Start(context.Background(), s); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("got %v, want a refusal", err)
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	start(t, h, s)
}

func TestCancelledStart(t *testing.T) {
	h := openHost(t, Options{})
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := h.Start(ctx, Spec{ID: "1", Command: []string{"/bin/true"}}); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
	start(t, h, Spec{ID: "1", Command: []string{"/bin/true"}})
}

func TestCloseWhileBoxesStart(t *testing.T) {
	h := openHost(t, Options{})
	var wg sync.WaitGroup
	begun := make(chan struct{}, 8)
	for i := range 8 {
		wg.Go(func() {
			begun <- struct{}{}
			b, err := h.Start(context.Background(), Spec{ID: strconv.Itoa(i), Command: []string{"/bin/sleep", "1000"}, MemoryMB: 64})
			if err != nil {
				if !errors.Is(err, errClosed) {
					t.Errorf("got %v, want %v", err, errClosed)
				}
				return
			}
			<-b.Done() // Close kills what has been started
		})
	}
	<-begun
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if len(h.boxes) != 0 {
		t.Errorf("got %d boxes, want none", len(h.boxes))
	}
}
