package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// describe says what has been found.
func (h *Host) describe(l layout, warnings []string) {
	d := machine()
	d.Cgroup, d.Freezer, d.Kill, d.Accounting = "none", "signal", "process group", "/proc"
	if g := h.groups; g != nil && len(g.dirs()) > 0 {
		d.Cgroup, d.Kill = g.kind, "cgroup.procs"
		if g.limits("memory") {
			d.LimitsInForce = append(d.LimitsInForce, "memory")
			if g.swap {
				d.LimitsInForce = append(d.LimitsInForce, "swap")
			}
		}
		if g.limits("cpu") {
			d.LimitsInForce = append(d.LimitsInForce, "cpu")
			d.PeriodMicros = PeriodMicros
		}
		switch {
		case g.unified.exists():
			d.Freezer, d.Accounting = "v2", "cpu.stat"
			if _, err := os.Stat(filepath.Join(g.unified.dir(), "cgroup.kill")); err == nil {
				d.Kill = "cgroup.kill"
			}
		default:
			if _, ok := g.v1["freezer"]; ok {
				d.Freezer = "v1"
			}
			if _, ok := g.v1["cpuacct"]; ok {
				d.Accounting = "cpuacct"
			}
		}
	}
	d.LimitsInForce = append(d.LimitsInForce, "cpus", "files")
	if h.maxProcesses() > 0 {
		d.LimitsInForce = append(d.LimitsInForce, "processes")
	}
	if d.Cgroup == "none" && len(warnings) == 0 {
		warnings = append(warnings, "There are no control groups: no memory limit, no CPU quota. Figures are those of a whole machine, and sizes below 1,769 MB say nothing.")
	}
	cpus, memory := ownLimits(l)
	if cpus > 0 && cpus < float64(d.Cores) {
		warnings = append(warnings, fmt.Sprintf("This program itself may use %g of %d CPUs: functions with a larger share are held back by that. Give its container or group more.", cpus, d.Cores))
	}
	if mb := int(memory >> 20); mb > 0 {
		d.MemoryMB = min(d.MemoryMB, mb)
	}
	d.Namespaces = h.Namespaces()
	d.UserNamespace = h.kind == asUser || h.kind == asUserSeeing
	d.Walls = h.walls()
	if missing := d.WallsMissing(); len(missing) > 0 {
		warnings = append(warnings, "Not every wall around a function stands here; these are missing: "+strings.Join(missing, ", ")+". Run only functions that you trust.")
	}
	d.Warnings = warnings
	h.description = d
}

// walls are those of AllWalls that stand here.
func (h *Host) walls() []string {
	stands := map[string]bool{"capabilities": true, "system calls": true, "process count": h.maxProcesses() > 0}
	if h.groups != nil && h.groups.limits("pids") {
		stands["process count"] = true
	}
	if h.kind == bare {
		version := landlockVersion()
		stands["files"], stands["network"], stands["processes"] = version >= 1, version >= 4, version >= 6
	} else {
		stands["files"], stands["network"], stands["temp size"] = true, true, true
		stands["processes"], stands["user"] = h.kind != asUserSeeing, h.kind == asRoot
	}
	return slices.DeleteFunc(slices.Clone(AllWalls), func(wall string) bool { return !stands[wall] })
}

// landlockVersion is 0 where the kernel has no Landlock, or has it switched off.
func landlockVersion() int {
	version, _, number := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if number != 0 {
		return 0
	}
	return int(version)
}

// machine fills in what does not depend on the cage.
func machine() Description {
	d := Description{LimitsInForce: []string{}, Walls: []string{}}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		d.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	d.HZ, d.HZSource = kernelHZ()
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		d.CPU = cpuModel(string(b))
	}
	if d.CPU == "" {
		d.CPU = runtime.GOARCH
	}
	d.Cores = len(allowedCPUs())
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		d.MemoryMB = int(uint64(info.Totalram) * uint64(info.Unit) >> 20)
	}
	return d
}

// kernelHZ is the kernel's tick rate. getconf's CLK_TCK would be wrong: that is
// USER_HZ, 100 whatever the kernel does. The coarse clocks advance once a tick,
// and their resolution says how long one is (clock_getres(2)).
func kernelHZ() (hz int, source string) {
	var resolution unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &resolution); err != nil {
		return 0, ""
	}
	if hz = tickRate(time.Duration(resolution.Nano())); hz == 0 {
		return 0, ""
	}
	return hz, "resolution of CLOCK_MONOTONIC_COARSE"
}

// tickRate is 0 for what can be no kernel's tick.
func tickRate(tick time.Duration) int {
	if tick < time.Second/10_000 || tick > time.Second/10 {
		return 0
	}
	return int((time.Second + tick/2) / tick)
}

// arm64 kernels print numbers instead of a model. These are the cores of the
// common servers, by implementer and part (MIDR_EL1).
var armCores = map[string]string{
	"0x41/0xd0c": "Arm Neoverse-N1",
	"0x41/0xd40": "Arm Neoverse-V1",
	"0x41/0xd49": "Arm Neoverse-N2",
	"0x41/0xd4f": "Arm Neoverse-V2",
	"0x41/0xd08": "Arm Cortex-A72",
	"0x41/0xd0b": "Arm Cortex-A76",
	"0xc0/0xac3": "Ampere-1",
	"0xc0/0xac4": "Ampere-1a",
}

// cpuModel reads /proc/cpuinfo.
func cpuModel(cpuinfo string) string {
	first := map[string]string{}
	for line := range strings.Lines(cpuinfo) {
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if _, ok := first[name]; !ok && value != "" {
			first[name] = value
		}
	}
	if model := first["model name"]; model != "" {
		return model
	}
	implementer, part := first["CPU implementer"], first["CPU part"]
	if implementer == "" {
		return ""
	}
	if core := armCores[implementer+"/"+part]; core != "" {
		return core
	}
	return "Arm implementer " + implementer + " part " + part
}

// allowedCPUs are the CPUs that this program may run on, in order.
func allowedCPUs() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// pickCPUs gives a box the CPUs that the fewest boxes have, of equal ones those
// with the highest numbers: the first one often serves the interrupts.
func pickCPUs(allowed []int, load map[int]int, n int) []int {
	if n <= 0 || n >= len(allowed) {
		return allowed
	}
	picked := make([]int, 0, n)
	taken := map[int]bool{}
	for len(picked) < n {
		best := -1
		for _, cpu := range allowed {
			if !taken[cpu] && (best < 0 || load[cpu] <= load[best]) {
				best = cpu
			}
		}
		taken[best] = true
		picked = append(picked, best)
	}
	return picked
}
