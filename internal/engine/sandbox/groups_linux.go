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
	v2       []string         // controllers that limit in v2: memory, cpu, pids
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
		for _, controller := range []string{"memory", "cpu", "pids"} {
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
		from := own
		if own, err = handDown(from, available, id); err != nil && slices.Contains(available, "pids") {
			// It is the one that can be done without: a user's own limit does the same.
			available = slices.DeleteFunc(available, func(c string) bool { return c == "pids" })
			own, err = handDown(from, available, id)
		}
		if err == nil {
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
	if slices.Contains(controllers, "pids") {
		resources.Pids = &cgroup2.Pids{}
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
