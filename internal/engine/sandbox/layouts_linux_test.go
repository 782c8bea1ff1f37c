package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// The same machine with parts of it left unused: what runs here is real, but
// for the v2 limits further down.

func openMode(t *testing.T, mode string, o Options) *Host {
	t.Helper()
	l, err := ownLayout(mode)
	if err != nil {
		t.Fatal(err)
	}
	if mode == "v1" && l.kind() != "v1" {
		t.Skip("no v1 hierarchies on this machine")
	}
	o.Launcher = launcherPath
	h, err := open(context.Background(), o, l)
	if err != nil {
		t.Fatal(err)
	}
	closeHost(t, h)
	return h
}

func TestPureV1(t *testing.T) {
	h := openMode(t, "v1", Options{})
	d := h.Description()
	if d.Cgroup != "v1" || d.Freezer != "v1" || d.Kill != "cgroup.procs" || d.Accounting != "cpuacct" || !d.Limits() || d.PeriodMicros != PeriodMicros {
		t.Errorf("got %+v", d)
	}
	b := start(t, h, Spec{ID: "1", Command: self("spin"), MemoryMB: 64})
	if err := b.LimitCPU(0.5); err != nil {
		t.Fatal(err)
	}
	waitForCPU(t, b, 5*time.Millisecond)
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	frozen := cpu(t, b)
	time.Sleep(50 * time.Millisecond) // would be CPU time if it ran
	if got := cpu(t, b); got != frozen {
		t.Errorf("used %v while frozen", got-frozen)
	}
	if err := b.Thaw(); err != nil {
		t.Fatal(err)
	}
	waitForCPU(t, b, frozen+5*time.Millisecond)
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(); err != nil { // a v1 freezer would hold the SIGKILL back
		t.Error(err)
	}
	if got, want := b.Exit(), (Exit{Code: -1, Signal: syscall.SIGKILL}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWithoutControlGroups(t *testing.T) {
	for name, o := range map[string]Options{"none on the machine": {}, "turned off": {NoLimits: true}} {
		t.Run(name, func(t *testing.T) {
			mode := "none"
			if o.NoLimits {
				mode = ""
			}
			h := openMode(t, mode, o)
			d := h.Description()
			if d.Limits() || d.Cgroup != "none" || d.Freezer != "signal" || d.PeriodMicros != 0 ||
				!slices.Equal(d.LimitsInForce, []string{"cpus", "files", "processes"}) ||
				!slices.ContainsFunc(d.Warnings, func(s string) bool { return strings.Contains(s, "1,769 MB") }) {
				t.Errorf("got %+v, want no limits and a warning", d)
			}
			b := start(t, h, Spec{ID: "1", Command: self("spin"), MemoryMB: 64})
			if err := b.LimitCPU(0.5); err != nil {
				t.Errorf("a quota where there is none: %v", err)
			}
			waitForCPU(t, b, 5*time.Millisecond)
			if err := b.Freeze(); err != nil {
				t.Fatal(err)
			}
			if err := b.Thaw(); err != nil {
				t.Fatal(err)
			}
			waitForCPU(t, b, cpu(t, b)+5*time.Millisecond)
			if err := b.Freeze(); err != nil {
				t.Fatal(err)
			}
			memory, err := b.Memory()
			if err != nil || memory.RSSBytes < 64<<10 || memory.PeakBytes < memory.RSSBytes {
				t.Errorf("got %+v and %v, want some memory", memory, err)
			}
			before := cpu(t, b)
			if err := b.Kill(); err != nil {
				t.Fatal(err)
			}
			if after := cpu(t, b); after < before {
				t.Errorf("after Kill: got %v, want no less than %v", after, before)
			}
		})
	}
}

func TestWithoutNamespaces(t *testing.T) {
	h := openMode(t, "", Options{NoNamespaces: true})
	if h.Namespaces() || h.Description().Namespaces {
		t.Error("namespaces are said to be there")
	}
	dir := t.TempDir()
	got, _ := script(t, h, Spec{ID: "1", Dir: dir}, "pwd")
	if got != dir {
		t.Errorf("got %q, want %q", got, dir)
	}
	_, err := h.Start(t.Context(), Spec{ID: "1", Command: []string{"/bin/true"}, Mounts: []Mount{{dir, "/var/task", true}}})
	if err == nil || !strings.Contains(err.Error(), "mounts") {
		t.Errorf("got %v, want that mounts can't be made", err)
	}
}

// TestLandlockStandsForNamespaces: where none can be made, a box reaches what it
// is given and nothing else.
func TestLandlockStandsForNamespaces(t *testing.T) {
	h := openMode(t, "", Options{NoNamespaces: true})
	if landlockVersion() < 6 {
		t.Skip("the kernel's Landlock can't do all of it")
	}
	if got, want := h.Description().Walls, []string{"capabilities", "system calls", "processes", "network", "files"}; !slices.Equal(got, want) {
		t.Errorf("got walls %v, want %v", got, want)
	}
	code, temp, other := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{code, other} {
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	listen := func() (net.Listener, int) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l, l.Addr().(*net.TCPAddr).Port
	}
	_, mine := listen()
	_, notMine := listen()
	sleeper := exec.Command("/bin/sleep", "1000")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() })
	connect := func(port int) string { return fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d", port) }
	for _, test := range []struct {
		name, script string
		want         bool
	}{
		{"reading the code", "cat " + code + "/file", true},
		{"writing the code", "echo x >" + code + "/file", false},
		{"writing to the temp folder", "echo x >" + temp + "/x && mv " + temp + "/x " + temp + "/y", true},
		{"reading another folder", "cat " + other + "/file", false},
		{"listing a home", "ls /root", false},
		{"reading passwords", "cat /etc/shadow", false},
		{"its own port", connect(mine), true},
		{"another port", connect(notMine), false},
		{"a signal to another process", fmt.Sprintf("kill -9 %d", sleeper.Process.Pid), false},
		{"another process's variables", fmt.Sprintf("cat /proc/%d/environ", sleeper.Process.Pid), false},
		{"a namespace", "unshare -U true", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			b := start(t, h, Spec{ID: "1", Dir: code, Env: []string{"PATH=/usr/bin:/bin"}, Stdout: &out, Stderr: &out,
				Reads: []string{code}, Writes: []string{temp}, Connects: []int{mine},
				Command: []string{"/bin/bash", "-c", test.script}})
			<-b.Done()
			if err := b.Kill(); err != nil {
				t.Error(err)
			}
			if got := b.Exit().Code == 0; got != test.want {
				t.Errorf("got %v, want %v: %s", got, test.want, out.String())
			}
		})
	}
}

func TestMountsBeforeLinux512(t *testing.T) {
	h := openHost(t, Options{})
	needNamespaces(t, h)
	h.oldMounts = true
	code := t.TempDir()
	s := Spec{ID: "1", Dir: "/var/task", Mounts: []Mount{{code, "/var/task", true}, {t.TempDir(), "/tmp", false}}, Env: []string{"PATH=/usr/bin:/bin"}}
	got, _ := script(t, h, s, "for f in /var/task/x /var/x /usr/x /x /root/x /dev/shm/x /tmp/x; do ( : >$f ) 2>/dev/null && echo $f; done")
	if want := "/tmp/x"; got != want {
		t.Errorf("could write %q, want %q", got, want)
	}
}

// TestPlainUser runs a whole run as a user without any rights: no control
// groups, mounts in a user namespace, and the guard cleans up all the same.
func TestPlainUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	temp := t.TempDir()
	for dir := temp; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
			t.Fatal(err)
		}
	}
	// The test binary may lie where nobody else can look.
	program := filepath.Join(temp, "test")
	content, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	asNobody := func(c *exec.Cmd) {
		c.Path, c.Args[0], c.Dir = program, program, temp
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	c := startParent(t, temp, "", asNobody)
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait()
	c.await(t)
	c.checkGone(t)

	cmd := exec.Command(program, "helper", "describe", launcherPath, temp)
	asNobody(cmd)
	cmd.Env = append(os.Environ(), "SECRET=of bench")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := string(out)
	if _, err := os.Stat("/proc/self/ns/user"); err == nil {
		for _, want := range []string{"namespaces true", "user namespace true", "limits false", "walls [capabilities system calls processes process count network files temp size]",
			"refused\nhello\n993\nsbx_user1051\nno namespace\nno signal\nno port\nno room\n0\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("want %q in\n%s", want, got)
			}
		}
	}
}

// A faithful tree of files as the kernel's v2 has them: the machine that this
// was written on has v2 without controllers. It shows what is written where, not
// that a kernel obeys.

var v2Files = map[string]string{
	"cgroup.controllers": "cpuset cpu io memory pids\n", "cgroup.subtree_control": "", "cgroup.procs": "", "cgroup.freeze": "0\n",
	"cgroup.kill": "", "cgroup.events": "populated 0\nfrozen 0\n", "cgroup.type": "domain\n",
	"cpu.max": "max 100000\n", "cpu.stat": "usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 0\n",
	"memory.max": "max\n", "memory.swap.max": "max\n", "memory.oom.group": "0\n", "memory.current": "0\n",
	"memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\noom_group_kill 1\n",
}

func fakeGroup(t *testing.T, dir string, without ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range v2Files {
		if slices.Contains(without, name) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fakeV2 is a v2 tree with a delegated scope, in which this process is alone.
func fakeV2(t *testing.T, without ...string) (l layout, scope, run string) {
	t.Helper()
	root := t.TempDir()
	path := "/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope"
	for dir := path; dir != "/"; dir = filepath.Dir(dir) {
		fakeGroup(t, filepath.Join(root, dir), without...)
	}
	fakeGroup(t, root, append(without, "cpu.max", "memory.max", "memory.swap.max", "cgroup.freeze")...)
	mountinfo := "30 23 0:26 / " + root + " rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
	l = parseLayout(mountinfo, "0::"+path+"\n")
	scope = filepath.Join(root, path)
	setProcs(t, scope, os.Getpid())
	run = filepath.Join(scope, "multi-runtime-benchmark-a-b-c-1")
	fakeGroup(t, run, without...)
	return l, scope, run
}

func setProcs(t *testing.T, group string, pids ...int) {
	t.Helper()
	var text strings.Builder
	for _, pid := range pids {
		fmt.Fprintln(&text, pid)
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, elements ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func announced(list *[]string) func(string) error {
	return func(dir string) error { *list = append(*list, dir); return nil }
}

func TestFakeV2Limits(t *testing.T) {
	l, scope, run := fakeV2(t)
	if got, want := l.kind(), "v2"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	var told []string
	g, err := newGroups(l, "a-b-c-1", announced(&told))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{run}; !slices.Equal(told, want) || !slices.Equal(g.dirs(), want) {
		t.Errorf("the guard was told %v, groups are %v, want %v", told, g.dirs(), want)
	}
	if !slices.Equal(g.v2, []string{"cpu", "memory", "pids"}) || !g.swap || len(g.warnings) > 0 {
		t.Errorf("got controllers %v, swap %v, warnings %v", g.v2, g.swap, g.warnings)
	}
	if got, want := contents(t, scope, "cgroup.subtree_control"), "+cpu +memory +pids"; got != want {
		t.Errorf("got %q handed down by the scope, want %q", got, want)
	}
	if got, want := contents(t, scope, "multi-runtime-benchmark-a-b-c-0", "cgroup.procs"), "0"; got != want {
		t.Errorf("got %q: this process did not step aside", got)
	}
	box := filepath.Join(run, "7")
	fakeGroup(t, box)
	c, err := g.cage("7", 512)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for file, want := range map[string]string{
		"memory.max": "536870912", "memory.swap.max": "0", "memory.oom.group": "1", "cpu.max": "max 20000", "pids.max": "1024",
	} {
		if got := contents(t, box, file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
	if got, want := contents(t, run, "cgroup.subtree_control"), "+cpu +memory +pids"; got != want {
		t.Errorf("got %q handed down by the run's group, want %q", got, want)
	}
	if err := os.WriteFile(filepath.Join(box, "cpu.max"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.limit(512.0 / 1769); err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, box, "cpu.max"), "5789 20000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, err := c.meter.used(); err != nil || got != (cpuTime{2 * time.Millisecond, time.Millisecond}) {
		t.Errorf("got %v and %v, want 2 ms and 1 ms", got, err)
	}
	if got, err := c.oomKills(); err != nil || got != 2 {
		t.Errorf("got %d OOM kills and %v, want 2", got, err)
	}
	// The kernel answers a freeze by itself: here the test does.
	if err := os.WriteFile(filepath.Join(box, "cgroup.events"), []byte("populated 1\nfrozen 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.freezer.freeze(); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, box, "cgroup.freeze"); !strings.HasPrefix(got, "1") {
		t.Errorf("got %q, want 1", got)
	}
	if err := c.freezer.thaw(); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, box, "cgroup.freeze"); !strings.HasPrefix(got, "0") {
		t.Errorf("got %q, want 0", got)
	}
	if len(c.enter) != 1 || c.enter[0].Name() != filepath.Join(box, "cgroup.procs") {
		t.Errorf("got %v to enter, want the box's cgroup.procs", c.enter)
	}
}

func TestFakeV2WithoutMemoryLimit(t *testing.T) {
	l, _, run := fakeV2(t)
	g, err := newGroups(l, "a-b-c-1", announced(new([]string)))
	if err != nil {
		t.Fatal(err)
	}
	box := filepath.Join(run, "7")
	fakeGroup(t, box)
	c, err := g.cage("7", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if got, want := contents(t, box, "memory.max"), "max\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFakeV2WithoutSwapAccounting(t *testing.T) {
	l, _, run := fakeV2(t, "memory.swap.max")
	g, err := newGroups(l, "a-b-c-1", announced(new([]string)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := g.swap, noSwap(); got != want {
		t.Errorf("got %v, want what the machine has: %v", got, want)
	}
	box := filepath.Join(run, "7")
	fakeGroup(t, box, "memory.swap.max")
	c, err := g.cage("7", 128)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if _, err := os.Stat(filepath.Join(box, "memory.swap.max")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written that this kernel does not have: %v", err)
	}
}

// TestFakeV2PartlyDelegated is a user's systemd of before version 252: memory
// and pids only.
func TestFakeV2PartlyDelegated(t *testing.T) {
	l, scope, _ := fakeV2(t)
	if err := os.WriteFile(filepath.Join(scope, "cgroup.controllers"), []byte("memory pids\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := newGroups(l, "a-b-c-1", announced(new([]string)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.v2, []string{"memory", "pids"}) || g.limits("cpu") {
		t.Errorf("got %v, want memory and pids", g.v2)
	}
	if len(g.warnings) != 1 || !strings.Contains(g.warnings[0], "no CPU quota") || strings.Contains(g.warnings[0], "no memory limit") {
		t.Errorf("got %q, want a warning about the CPU quota alone", g.warnings)
	}
}

func TestFakeV2HandDown(t *testing.T) {
	l, scope, _ := fakeV2(t)
	both := []string{"cpu", "memory"}
	// Others are in the group too.
	setProcs(t, scope, os.Getpid(), 1)
	own, err := handDown(l.unified, both, "a-b-c-1")
	switch {
	case os.Geteuid() == 0 && (err != nil || own.path != "/" || own.mount != l.unified.mount):
		t.Errorf("root: got %+v and %v, want the root group", own, err)
	case os.Geteuid() != 0 && (err == nil || !strings.Contains(err.Error(), "other processes")):
		t.Errorf("a plain user: got %+v and %v, want a refusal", own, err)
	}
	if _, err := os.Stat(filepath.Join(scope, "multi-runtime-benchmark-a-b-c-0")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("this process stepped aside though others stay: %v", err)
	}
	// The controllers are handed down already.
	if err := os.WriteFile(filepath.Join(scope, "cgroup.subtree_control"), []byte("memory cpu pids\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if own, err := handDown(l.unified, both, "a-b-c-1"); err != nil || own != l.unified {
		t.Errorf("got %+v and %v, want the group itself", own, err)
	}
}

func TestFakeV2WithoutControllers(t *testing.T) {
	l, scope, run := fakeV2(t)
	if err := os.WriteFile(filepath.Join(scope, "cgroup.controllers"), []byte("pids\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := newGroups(l, "a-b-c-1", announced(new([]string)))
	if err != nil {
		t.Fatal(err)
	}
	if g.unified.dir() != run || g.limits("memory") || g.limits("cpu") {
		t.Errorf("got %+v, want a group without limits", g)
	}
	if len(g.warnings) != 1 || !strings.Contains(g.warnings[0], "no memory limit and no CPU quota") {
		t.Errorf("got %q, want one warning about both", g.warnings)
	}
}

func TestMissingLauncherSaysWhatToDo(t *testing.T) {
	if _, err := programs.ReadFile("launcher/bin/launcher-none"); err == nil {
		t.Fatal("there is such a launcher")
	}
	dir := t.TempDir()
	path, err := installLauncher(dir)
	if err == nil {
		// It has been built: then it must be a program.
		if head := contents(t, path); !bytes.HasPrefix([]byte(head), []byte("\x7fELF")) {
			t.Errorf("the embedded launcher is no program")
		}
		return
	}
	if got, want := fault.Hint(err), "make build"; got != want {
		t.Errorf("got the hint %q, want %q", got, want)
	}
}
