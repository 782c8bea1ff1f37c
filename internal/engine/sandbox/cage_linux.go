package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/containerd/cgroups/v3/cgroup2"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

// cage is the control groups of one box with the files that are used often.
type cage struct {
	dirs    []string   // to be removed, one per hierarchy
	enter   []*os.File // cgroup.procs of each, for the launcher to write to
	procs   *knob      // to list the processes
	quota   *knob      // cpu.max or cpu.cfs_quota_us
	v2Quota bool
	oom     *knob // memory.events or memory.oom_control
	meter   cpuMeter
	freezer freezer
	knobs   []*knob
}

// cage makes the groups of one box.
func (g *groups) cage(id string, memoryMB int) (_ *cage, err error) {
	c := &cage{}
	defer func() {
		if err != nil {
			c.close()
			_ = remains.KillGroups(c.dirs, removeLimit)
		}
	}()
	open := func(flags int, elements ...string) *knob {
		k, e := openKnob(flags, elements...)
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		c.knobs = append(c.knobs, k)
		return k
	}
	if parent := g.unified; parent.exists() {
		dir := parent.child(id).dir()
		c.dirs = append(c.dirs, dir)
		if err := g.makeV2(parent.child(id), memoryMB); err != nil {
			return c, fmt.Errorf("make control group %s: %w", dir, err)
		}
		c.procs = open(unix.O_RDONLY, dir, "cgroup.procs")
		c.freezer = v2Freezer{open(unix.O_WRONLY, dir, "cgroup.freeze"), open(unix.O_RDONLY, dir, "cgroup.events")}
		c.meter = v2Meter{open(unix.O_RDONLY, dir, "cpu.stat")}
		if slices.Contains(g.v2, "cpu") {
			c.quota, c.v2Quota = open(unix.O_WRONLY, dir, "cpu.max"), true
		}
		if slices.Contains(g.v2, "memory") {
			c.oom = open(unix.O_RDONLY, dir, "memory.events")
		}
	}
	for _, controller := range []string{"memory", "cpu", "cpuacct", "freezer"} {
		parent, ok := g.v1[controller]
		if !ok {
			continue
		}
		dir := parent.child(id).dir()
		c.dirs = append(c.dirs, dir)
		if err := v1Create(controller, parent.child(id), g.v1Resources(controller, memoryMB)); err != nil {
			return c, fmt.Errorf("make control group %s: %w", dir, err)
		}
		if c.procs == nil {
			c.procs = open(unix.O_RDONLY, dir, "cgroup.procs")
		}
		switch controller {
		case "memory":
			c.oom = open(unix.O_RDONLY, dir, "memory.oom_control")
		case "cpu":
			c.quota = open(unix.O_WRONLY, dir, "cpu.cfs_quota_us")
		case "cpuacct":
			c.meter = v1Meter{open(unix.O_RDONLY, dir, "cpuacct.usage"),
				open(unix.O_RDONLY, dir, "cpuacct.usage_user"), open(unix.O_RDONLY, dir, "cpuacct.usage_sys")}
		case "freezer":
			c.freezer = v1Freezer{open(unix.O_RDWR, dir, "freezer.state")}
		}
	}
	for _, dir := range c.dirs {
		f, e := os.OpenFile(filepath.Join(dir, "cgroup.procs"), os.O_WRONLY, 0)
		if e != nil {
			return c, errors.Join(err, e)
		}
		c.enter = append(c.enter, f)
	}
	return c, err
}

// makeV2 makes a box's v2 group with its memory limit: no swap, and all of it is
// killed when one process is, as Lambda does. The CPU has no quota yet.
func (g *groups) makeV2(p place, memoryMB int) error {
	if len(g.v2) == 0 {
		return mkdir(p.dir())
	}
	resources := &cgroup2.Resources{}
	if slices.Contains(g.v2, "cpu") {
		period := uint64(PeriodMicros)
		resources.CPU = &cgroup2.CPU{Max: cgroup2.NewCPUMax(nil, &period)}
	}
	if slices.Contains(g.v2, "memory") {
		together := true
		resources.Memory = &cgroup2.Memory{OOMGroup: &together}
		if memoryMB > 0 {
			limit, none := int64(memoryMB)<<20, int64(0)
			resources.Memory.Max = &limit
			if g.has("memory.swap.max") {
				resources.Memory.Swap = &none
			}
		}
	}
	if slices.Contains(g.v2, "pids") {
		resources.Pids = &cgroup2.Pids{Max: MaxProcesses}
	}
	_, err := cgroup2.NewManager(p.mount, p.path, resources)
	return err
}

// v1Resources are the settings of one controller. Memory and swap together have
// the same limit as memory alone: no swap.
func (g *groups) v1Resources(controller string, memoryMB int) *specs.LinuxResources {
	r := &specs.LinuxResources{}
	switch {
	case controller == "cpu":
		period := uint64(PeriodMicros)
		r.CPU = &specs.LinuxCPU{Period: &period}
	case controller == "memory" && memoryMB > 0:
		limit := int64(memoryMB) << 20
		r.Memory = &specs.LinuxMemory{Limit: &limit}
		if g.has("memory.memsw.limit_in_bytes") {
			r.Memory.Swap = &limit
		}
	}
	return r
}

// minQuota is the least that the kernel takes, in µs per period
// (scheduler/sched-bwc.rst).
const minQuota = 1000

// limit writes the CPU quota.
func (c *cage) limit(cpus float64) error {
	quota := int64(cpus*PeriodMicros + 0.5)
	if quota < minQuota {
		return fmt.Errorf("limit the CPU to %g: the kernel gives at least %g", cpus, float64(minQuota)/PeriodMicros)
	}
	if c.v2Quota {
		return c.quota.write(fmt.Sprintf("%d %d", quota, PeriodMicros))
	}
	return c.quota.write(strconv.FormatInt(quota, 10))
}

// oomKills is how many processes the kernel has killed for memory.
func (c *cage) oomKills() (int64, error) {
	if c.oom == nil {
		return 0, nil
	}
	v, err := c.oom.values()
	return v["oom_kill"], err
}

// entered closes what only the launcher needed.
func (c *cage) entered() {
	for _, f := range c.enter {
		f.Close()
	}
	c.enter = nil
}

func (c *cage) close() {
	c.entered()
	for _, k := range c.knobs {
		k.close()
	}
	c.knobs = nil
}
