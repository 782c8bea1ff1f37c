package sandbox

import (
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
)

// place is one control group: where its hierarchy is mounted, and the path of
// the group below that, starting with "/".
type place struct{ mount, path string }

func (p place) dir() string             { return filepath.Join(p.mount, p.path) }
func (p place) child(name string) place { return place{p.mount, filepath.Join(p.path, name)} }
func (p place) exists() bool            { return p.mount != "" }

// layout is where this process stands in the control groups of this machine.
type layout struct {
	v1      map[string]place // by controller: memory, cpu, cpuacct, freezer, …
	unified place            // v2
}

// kind names the layout as users know it.
func (l layout) kind() string {
	switch {
	case len(l.v1) > 0 && l.unified.exists():
		return "hybrid"
	case len(l.v1) > 0:
		return "v1"
	case l.unified.exists():
		return "v2"
	}
	return "none"
}

// parseLayout reads /proc/self/mountinfo and /proc/self/cgroup
// (proc_pid_mountinfo(5), cgroups(7)).
func parseLayout(mountinfo, cgroup string) layout {
	own := map[string]string{} // controller ("" for v2) → path of this process's group
	for line := range strings.Lines(cgroup) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for _, controller := range strings.Split(parts[1], ",") {
			own[controller] = parts[2]
		}
	}
	l := layout{v1: map[string]place{}}
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 3 {
			continue
		}
		root, point, kind, options := procfs.Unescape(left[3]), procfs.Unescape(left[4]), right[0], right[2]
		switch kind {
		case "cgroup2":
			if path, ok := own[""]; ok && !l.unified.exists() {
				l.unified = place{point, below(root, path)}
			}
		case "cgroup":
			for _, controller := range strings.Split(options, ",") {
				path, ok := own[controller]
				if _, known := l.v1[controller]; ok && !known && controller != "" {
					l.v1[controller] = place{point, below(root, path)}
				}
			}
		}
	}
	return l
}

// below is the path of a group seen from a mount whose root is another group:
// in a container often not the hierarchy's own root. A group outside of what is
// mounted can't be reached: the mount's root has to do.
func below(root, path string) string {
	if root == "/" {
		return filepath.Clean("/" + path)
	}
	if rest, ok := strings.CutPrefix(path, root); ok && (rest == "" || rest[0] == '/') {
		return filepath.Clean("/" + rest)
	}
	return "/"
}
