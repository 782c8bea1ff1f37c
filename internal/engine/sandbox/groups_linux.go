package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/cgroups/v3/cgroup1"
	"github.com/containerd/cgroups/v3/cgroup2"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

// groups are the control groups of one run: in every hierarchy that is of use a
// parent below this process's own group, with one child per box. Below its own,
// so that a limit that somebody has put on this program holds for the boxes too.
type groups struct {
	kind     string
	v1       map[string]place // the run's parents by controller: memory, cpu, cpuacct, freezer
	unified  place            // the run's parent in v2; may be there without limits
	v2       []string         // controllers that limit in v2: memory, cpu
	swap     bool             // swap can be limited, or there is none
	warnings []string
}

// newGroups makes the parents. announce is told the name of each before it is
// made, so that the guard can never miss one.
func newGroups(l layout, id string, announce func(dir string) error) (*groups, error) {
	g := &groups{kind: l.kind(), v1: map[string]place{}}
	name := remains.GroupPrefix + id
	create := func(p place, how func(p place) error) error {
		if err := announce(p.dir()); err != nil {
			return err
		}
		return how(p)
	}
	var missing []error
	if l.unified.exists() {
		wanted := []string{}
		for _, controller := range []string{"memory", "cpu"} {
			if _, ok := l.v1[controller]; !ok {
				wanted = append(wanted, controller)
			}
		}
		missing = append(missing, g.openUnified(l, name, id, wanted, create))
	}
	needed := []string{"memory", "cpu"}
	if !g.unified.exists() { // else v2 counts and freezes
		needed = append(needed, "cpuacct", "freezer")
	}
	for _, controller := range needed {
		own, ok := l.v1[controller]
		if !ok {
			continue
		}
		parent := own.child(name)
		err := create(parent, func(p place) error { return v1Create(controller, p, &specs.LinuxResources{}) })
		if err != nil {
			missing = append(missing, fmt.Errorf("%s: %w", controller, err))
			continue
		}
		g.v1[controller] = parent
	}
	g.swap = g.hasSwapLimit()
	g.explain(missing)
	return g, nil
}

// openUnified makes the parent in the v2 tree, with the wanted controllers as
// far as they are to be had.
func (g *groups) openUnified(l layout, name, id string, wanted []string, create func(place, func(place) error) error) error {
	own := l.unified
	var available []string
	for _, controller := range fields(own, "cgroup.controllers") {
		if slices.Contains(wanted, controller) {
			available = append(available, controller)
		}
	}
	var err error
	if len(available) > 0 {
		if own, err = handDown(own, available, id); err == nil {
			err = create(own.child(name), func(p place) error { return v2Create(p, available) })
		}
		if err == nil {
			g.unified, g.v2 = own.child(name), available
			return nil
		}
	}
	// Without limits it still counts, freezes and kills.
	plain := l.unified.child(name)
	if e := create(plain, func(p place) error { return v2Create(p, nil) }); e != nil {
		return errors.Join(err, e)
	}
	g.unified = plain
	return err
}

// handDown finds the group below which children can have controllers. A v2
// group either has processes or hands controllers down (cgroup-v2.rst, "No
// Internal Process Constraint").
func handDown(own place, controllers []string, id string) (place, error) {
	already := fields(own, "cgroup.subtree_control")
	missing := slices.ContainsFunc(controllers, func(c string) bool { return !slices.Contains(already, c) })
	switch {
	case !missing:
		return own, nil
	case alone(own): // as in a scope of systemd's
		return own, stepAside(own, id)
	case os.Geteuid() == 0: // the root group is free of the constraint
		return place{own.mount, "/"}, nil
	}
	return own, fmt.Errorf("%s has other processes in it and hands no controllers down", own.dir())
}

// fields reads a file of words.
func fields(p place, file string) []string {
	b, err := os.ReadFile(filepath.Join(p.dir(), file))
	if err != nil {
		return nil
	}
	return strings.Fields(string(b))
}

// alone reports whether this process is the only one in its v2 group.
func alone(own place) bool {
	return slices.Equal(fields(own, "cgroup.procs"), []string{strconv.Itoa(os.Getpid())})
}

// stepAside moves this process one group down. The group is named as the run's
// own groups are, with the count 0: `bench clean` knows it.
func stepAside(own place, id string) error {
	leaf := own.child(remains.GroupPrefix + id[:strings.LastIndexByte(id, '-')] + "-0")
	if err := os.Mkdir(leaf.dir(), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.WriteFile(filepath.Join(leaf.dir(), "cgroup.procs"), []byte("0"), 0)
}

// v2Create makes a group whose children can have the controllers.
func v2Create(p place, controllers []string) error {
	if len(controllers) == 0 {
		return mkdir(p.dir())
	}
	resources := &cgroup2.Resources{}
	if slices.Contains(controllers, "memory") {
		resources.Memory = &cgroup2.Memory{}
	}
	if slices.Contains(controllers, "cpu") {
		resources.CPU = &cgroup2.CPU{}
	}
	_, err := cgroup2.NewManager(p.mount, p.path, resources)
	return err
}

// v1Create makes a group in one v1 hierarchy.
func v1Create(controller string, p place, r *specs.LinuxResources) error {
	// The library wants a folder with one hierarchy per name in it; where two
	// controllers share one ("cpu,cpuacct") a link with the name leads to it.
	root := filepath.Dir(p.mount)
	var s cgroup1.Subsystem
	switch controller {
	case "memory":
		s = cgroup1.NewMemory(root)
	case "cpu":
		s = cgroup1.NewCpu(root)
	case "cpuacct":
		s = cgroup1.NewCpuacct(root)
	case "freezer":
		s = cgroup1.NewFreezer(root)
	}
	if _, err := os.Stat(filepath.Join(root, controller)); err != nil {
		return err
	}
	_, err := cgroup1.New(cgroup1.StaticPath(p.path), r,
		cgroup1.WithHierarchy(func() ([]cgroup1.Subsystem, error) { return []cgroup1.Subsystem{s}, nil }))
	return err
}

func mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// hasSwapLimit: a memory limit without one only makes a function slow.
func (g *groups) hasSwapLimit() bool {
	return g.has("memory.memsw.limit_in_bytes") || g.has("memory.swap.max") || noSwap()
}

// has reports whether the kernel offers a file of the memory controller.
func (g *groups) has(file string) bool {
	dir := g.unified.dir()
	if p, ok := g.v1["memory"]; ok {
		dir = p.dir()
	}
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
}

func noSwap() bool {
	var info unix.Sysinfo_t
	return unix.Sysinfo(&info) == nil && info.Totalswap == 0
}

func (g *groups) limits(controller string) bool {
	_, ok := g.v1[controller]
	return ok || slices.Contains(g.v2, controller)
}

// explain turns what is missing into sentences with advice.
func (g *groups) explain(causes []error) {
	var missing []string
	for _, controller := range []string{"memory", "cpu"} {
		if !g.limits(controller) {
			missing = append(missing, map[string]string{"memory": "memory limit", "cpu": "CPU quota"}[controller])
		}
	}
	if len(missing) > 0 {
		warning := "There is no " + strings.Join(missing, " and no ") + " on this machine"
		for _, cause := range causes {
			if cause != nil { // one tells enough: the others are of the same kind
				warning += " (" + cause.Error() + ")"
				break
			}
		}
		g.warnings = append(g.warnings, warning+": figures are those of a whole machine, and sizes below 1,769 MB say nothing. "+
			"Run as root, or as a user whose systemd delegates the memory and cpu controllers.")
	}
	if g.limits("memory") && !g.swap {
		g.warnings = append(g.warnings, "The kernel does not account for swap and this machine has some: a function over its memory limit may get slow instead of being killed. "+
			"Turn swap off (swapoff -a) or boot with swapaccount=1.")
	}
	if !g.unified.exists() && g.v1["freezer"].mount == "" {
		g.warnings = append(g.warnings, "There is no freezer on this machine: between invocations functions are stopped by SIGSTOP, which a process group of their own escapes.")
	}
}

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

// remove ends the run's groups and everything in them.
func (g *groups) remove() error { return remains.KillGroups(g.dirs(), removeLimit) }

func (g *groups) dirs() []string {
	var dirs []string
	if g.unified.exists() {
		dirs = append(dirs, g.unified.dir())
	}
	for _, controller := range []string{"memory", "cpu", "cpuacct", "freezer"} {
		if p, ok := g.v1[controller]; ok {
			dirs = append(dirs, p.dir())
		}
	}
	return dirs
}
