package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

func TestParseLayout(t *testing.T) {
	for _, test := range []struct {
		name, mountinfo, cgroup string
		want                    layout
		kind                    string
	}{
		{
			"v2 in a session of systemd",
			"35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n22 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
			"0::/user.slice/user-1000.slice/session-2.scope\n",
			layout{map[string]place{}, place{"/sys/fs/cgroup", "/user.slice/user-1000.slice/session-2.scope"}},
			"v2",
		},
		{
			"v1 with two controllers in one hierarchy",
			"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
				"34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n",
			"4:memory:/a\n3:cpu,cpuacct:/b\n1:name=systemd:/c\n",
			layout{map[string]place{
				"cpu":          {"/sys/fs/cgroup/cpu,cpuacct", "/b"},
				"cpuacct":      {"/sys/fs/cgroup/cpu,cpuacct", "/b"},
				"memory":       {"/sys/fs/cgroup/memory", "/a"},
				"name=systemd": {"/sys/fs/cgroup/systemd", "/c"},
			}, place{}},
			"v1",
		},
		{
			"hybrid in a container that sees its own group as the root",
			"36 31 0:33 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n41 31 0:38 /docker/abc /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"4:memory:/docker/abc/inner\n0::/docker/abc\n",
			layout{map[string]place{"memory": {"/sys/fs/cgroup/memory", "/inner"}}, place{"/sys/fs/cgroup/unified", "/"}},
			"hybrid",
		},
		{
			"a group outside of what is mounted",
			"36 31 0:33 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"0::/docker/abcdef\n",
			layout{map[string]place{}, place{"/sys/fs/cgroup", "/"}},
			"v2",
		},
		{
			"a mount point with a space",
			"36 31 0:33 / /sys/fs/my\\040cgroup rw - cgroup2 cgroup2 rw\n",
			"0::/\n",
			layout{map[string]place{}, place{"/sys/fs/my cgroup", "/"}},
			"v2",
		},
		{"nothing", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "", layout{map[string]place{}, place{}}, "none"},
		{"garbage", "x\n\n- - -\n36 31\n", ":\n1:2\n", layout{map[string]place{}, place{}}, "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parseLayout(test.mountinfo, test.cgroup)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if got.kind() != test.kind {
				t.Errorf("got %q, want %q", got.kind(), test.kind)
			}
		})
	}
}

func TestReexec(t *testing.T) {
	user := situation{kind: "v2", systemdRun: "/usr/bin/systemd-run", userManager: true}
	with := func(change func(s *situation)) situation {
		s := user
		change(&s)
		return s
	}
	for _, test := range []struct {
		name string
		s    situation
		want bool
	}{
		{"a plain user", user, true},
		{"root", with(func(s *situation) { s.root = true }), false},
		{"started again already", with(func(s *situation) { s.already = true }), false},
		{"v1", with(func(s *situation) { s.kind = "v1" }), false},
		{"hybrid", with(func(s *situation) { s.kind = "hybrid" }), false},
		{"no control groups", with(func(s *situation) { s.kind = "none" }), false},
		{"no systemd-run", with(func(s *situation) { s.systemdRun = "" }), false},
		{"no systemd for this user", with(func(s *situation) { s.userManager = false }), false},
		{"delegated already", with(func(s *situation) { s.writable = true; s.controllers = []string{"cpu", "memory", "pids"} }), false},
		{"not everything delegated", with(func(s *situation) { s.writable = true; s.controllers = []string{"memory", "pids"} }), true},
		{"controllers of a group that is not ours", with(func(s *situation) { s.controllers = []string{"cpu", "memory"} }), true},
	} {
		if got := test.s.needsDelegation(); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	got := user.command("/opt/bench", []string{"local", "--quick", "--", "-x"})
	want := []string{"/usr/bin/systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes",
		"--setenv=MULTI_RUNTIME_BENCHMARK_SCOPE=1", "--", "/opt/bench", "local", "--quick", "--", "-x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	t.Setenv(scopeVariable, "1")
	if argv, needed := Reexec(os.Args); needed || argv != nil {
		t.Errorf("got %q, want no third start", argv)
	}
}

func TestUserDirIsLookedAt(t *testing.T) {
	name := filepath.Base(userDir("/"))
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, temp, dir string)
		want    string // "": fine
	}{
		{"new", func(*testing.T, string, string) {}, ""},
		{"there", func(t *testing.T, _, dir string) { mustMkdir(t, dir, 0o700) }, ""},
		{"a link", func(t *testing.T, _, dir string) {
			elsewhere := t.TempDir()
			if err := os.Symlink(elsewhere, dir); err != nil {
				t.Fatal(err)
			}
		}, "not a folder"},
		{"a file", func(t *testing.T, _, dir string) {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a folder"},
		{"open to others", func(t *testing.T, _, dir string) { mustMkdir(t, dir, 0o755) }, "mode is 0755, want 0700"},
		{"somebody else's", func(t *testing.T, _, dir string) {
			mustMkdir(t, dir, 0o700)
			if err := os.Chown(dir, 12345, -1); err != nil {
				t.Skip("needs root")
			}
		}, "belongs to user 12345"},
		{"anybody may rename", func(t *testing.T, temp, _ string) {
			if err := os.Chmod(temp, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "without the sticky bit"},
		{"shared with the sticky bit", func(t *testing.T, temp, _ string) {
			if err := os.Chmod(temp, 0o777|os.ModeSticky); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			temp := t.TempDir()
			test.prepare(t, temp, filepath.Join(temp, name))
			dir, err := openUserDir(temp)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q in it", err, test.want)
			}
			if got, want := dir, filepath.Join(temp, name); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func mustMkdir(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
}

// TestRemainsAreFoundByTheirOwner needs no process to be killed: folders named
// after the living, the dead and after nobody.
func TestRemainsAreFoundByTheirOwner(t *testing.T) {
	temp := t.TempDir()
	user, err := openUserDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	namespace, err := pidNamespace()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := newRunID()
	if err != nil {
		t.Fatal(err)
	}
	_, self, ok := remains.Owner(mine)
	if !ok || self.PID != os.Getpid() || !self.Alive() {
		t.Fatalf("%q says that it belongs to %+v", mine, self)
	}
	dead := remains.RunID(namespace, os.Getpid(), self.Start+1, 1) // this number, started later
	elsewhere := remains.RunID(namespace+1, 1<<22-1, 1, 1)         // another PID namespace
	for _, name := range []string{"run-" + mine, "run-" + dead, "run-" + elsewhere, "run-", "run-x", "run-1-2-3-4-5", "other-" + dead} {
		mustMkdir(t, filepath.Join(user, name), 0o700)
	}
	groups := t.TempDir()
	for _, name := range []string{"multi-runtime-benchmark-" + mine, "a/multi-runtime-benchmark-" + dead + "/box", "multi-runtime-benchmark-" + elsewhere, "b/run-" + dead} {
		if err := os.MkdirAll(filepath.Join(groups, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := findRemains(temp, []string{groups})
	if err != nil {
		t.Fatal(err)
	}
	want := remains.Remains{Folders: []string{filepath.Join(user, "run-"+dead)}, Groups: []string{filepath.Join(groups, "a", "multi-runtime-benchmark-"+dead)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// A folder that is open to others is not believed at all.
	if err := os.Chmod(user, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := findRemains(temp, nil); err == nil || len(got.Folders) > 0 {
		t.Errorf("got %+v and %v, want a refusal", got, err)
	}
	if got, err := findRemains(t.TempDir(), nil); err != nil || len(got.Folders) > 0 {
		t.Errorf("no folder at all: got %+v and %v, want nothing", got, err)
	}
}

func TestPickCPUs(t *testing.T) {
	for _, test := range []struct {
		name    string
		allowed []int
		load    map[int]int
		n       int
		want    []int
	}{
		{"all", []int{0, 1}, nil, 0, []int{0, 1}},
		{"more than there are", []int{0, 1}, nil, 6, []int{0, 1}},
		{"the last ones", []int{0, 1, 2, 3}, nil, 2, []int{3, 2}},
		{"the free ones", []int{0, 1, 2, 3}, map[int]int{2: 1, 3: 1}, 2, []int{1, 0}},
		{"the least busy ones", []int{0, 1, 2}, map[int]int{0: 2, 1: 1, 2: 3}, 2, []int{1, 0}},
		{"with gaps", []int{4, 9}, nil, 1, []int{9}},
	} {
		if got := pickCPUs(test.allowed, test.load, test.n); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTickRate(t *testing.T) {
	for tick, want := range map[time.Duration]int{
		4 * time.Millisecond: 250, 10 * time.Millisecond: 100, time.Millisecond: 1000, 3333333 * time.Nanosecond: 300,
		3999848 * time.Nanosecond: 250, 1: 0, time.Second: 0, 0: 0,
	} {
		if got := tickRate(tick); got != want {
			t.Errorf("%v: got %d, want %d", tick, got, want)
		}
	}
}

func TestCPUModel(t *testing.T) {
	for cpuinfo, want := range map[string]string{
		"processor\t: 0\nmodel name\t: Intel(R) Xeon(R)\nprocessor\t: 1\nmodel name\t: another\n": "Intel(R) Xeon(R)",
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n":                            "Arm Neoverse-V1",
		"processor\t: 0\nCPU implementer\t: 0x99\nCPU part\t: 0x001\n":                            "Arm implementer 0x99 part 0x001",
		"": "",
	} {
		if got := cpuModel(cpuinfo); got != want {
			t.Errorf("%q: got %q, want %q", cpuinfo, got, want)
		}
	}
}

func TestDescription(t *testing.T) {
	h := openHost(t, Options{})
	d := h.Description()
	if d.Kernel == "" || d.CPU == "" || d.Cores < 1 || d.MemoryMB < 1 || d.LimitsInForce == nil {
		t.Errorf("got %+v, want every machine's basics", d)
	}
	if d.HZ != 0 && (d.HZ < 24 || d.HZ > 1200 || d.HZSource == "") {
		t.Errorf("got %d Hz from %q", d.HZ, d.HZSource)
	}
	t.Logf("%+v", d)
	d.LimitsInForce[0] = "changed"
	if h.Description().LimitsInForce[0] == "changed" {
		t.Error("the description is shared with its reader")
	}
}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		total        time.Duration
		user, system int64
		want         cpuTime
	}{
		{0, 0, 0, cpuTime{}},
		{10, 0, 0, cpuTime{user: 10}},
		{100, 3, 1, cpuTime{75, 25}},
		{100, 0, 4, cpuTime{0, 100}},
	} {
		if got := split(test.total, test.user, test.system); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func TestOwnLimits(t *testing.T) {
	v2, v1 := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{
		v2 + "/a/cpu.max": "150000 100000\n", v2 + "/a/memory.max": "max\n",
		v2 + "/a/b/cpu.max": "max 100000\n", v2 + "/a/b/memory.max": "1073741824\n",
		v1 + "/c/cpu.cfs_quota_us": "-1\n", v1 + "/c/cpu.cfs_period_us": "100000\n",
		v1 + "/cpu.cfs_quota_us": "50000\n", v1 + "/cpu.cfs_period_us": "100000\n",
		v1 + "/c/memory.limit_in_bytes": "9223372036854771712\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		l      layout
		cpus   float64
		memory int64
	}{
		{"v2, the quota of the group above", layout{unified: place{v2, "/a/b"}}, 1.5, 1 << 30},
		{"v1, the root's", layout{v1: map[string]place{"cpu": {v1, "/c"}, "memory": {v1, "/c"}}}, 0.5, 0},
		{"both", layout{unified: place{v2, "/a"}, v1: map[string]place{"cpu": {v1, "/"}}}, 0.5, 0},
		{"none", layout{}, 0, 0},
	} {
		if cpus, memory := ownLimits(test.l); cpus != test.cpus || memory != test.memory {
			t.Errorf("%s: got %g CPUs and %d bytes, want %g and %d", test.name, cpus, memory, test.cpus, test.memory)
		}
	}
}

// slowFreezer is that of a machine which is too busy.
type slowFreezer struct{ thawed int }

func (*slowFreezer) freeze() error { return ErrRestless }
func (f *slowFreezer) thaw() error { f.thawed++; return nil }

func TestBoxThatDoesNotStandInTimeRunsOn(t *testing.T) {
	slow := &slowFreezer{}
	b := &Box{id: "1", cage: &cage{freezer: slow}}
	if err := b.Freeze(); !errors.Is(err, ErrRestless) || slow.thawed != 1 {
		t.Errorf("got %v and %d thaws, want %v and one", err, slow.thawed, ErrRestless)
	}
}
