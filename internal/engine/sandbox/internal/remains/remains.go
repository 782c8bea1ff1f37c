//go:build linux

// Package remains ends processes and removes what a run has made: control
// groups, folders, helper processes. The guard does it when the program has
// died, `bench clean` when the guard has died too, and a box when it is killed.
// It refuses to touch anything whose name does not say that it is ours, and to
// signal a process whose start time is not the one that was written down.
//
//	r := remains.Parse(file); removed, err := r.Remove(10 * time.Second)
package remains

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
)

// Names by which things of ours are known. A RunID follows the prefixes.
const (
	GroupPrefix  = "multi-runtime-benchmark-"
	FolderPrefix = "run-"
)

// RunID names a run after the process that owns it, so that anybody can see
// whether that process still lives: PID namespace, process number and start
// time, all in base 36, and a count.
func RunID(namespace uint64, pid int, start uint64, count int) string {
	b := strconv.AppendUint(nil, namespace, 36)
	b = strconv.AppendInt(append(b, '-'), int64(pid), 36)
	b = strconv.AppendUint(append(b, '-'), start, 36)
	return string(strconv.AppendInt(append(b, '-'), int64(count), 36))
}

// Owner reads a RunID. It is false for anything else.
func Owner(id string) (namespace uint64, p Process, ok bool) {
	parts := strings.Split(id, "-")
	if len(parts) != 4 {
		return 0, Process{}, false
	}
	var n [4]uint64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseUint(part, 36, 64); err != nil {
			return 0, Process{}, false
		}
	}
	return n[0], Process{PID: int(n[1]), Start: n[2]}, n[1] > 0 && n[1] < 1<<31
}

// Process is one process for ever: numbers are used again, with another start.
type Process struct {
	PID   int
	Start uint64 // ticks after boot
}

// Alive reports whether it still runs; one that has ended and waits for its
// parent does not.
func (p Process) Alive() bool {
	stat, err := procfs.Read(p.PID)
	return err == nil && stat.Start == p.Start && stat.State != 'Z' && stat.State != 'X'
}

// Remains of a run.
type Remains struct {
	Groups    []string // control groups, one per hierarchy
	Folders   []string
	Processes []Process
}

// Lines of a manifest, each ended by a line feed: one that is cut off does not
// count.
func GroupLine(dir string) string  { return "group " + dir + "\n" }
func FolderLine(dir string) string { return "folder " + dir + "\n" }
func ProcessLine(p Process) string { return processLine("process", p) }
func EndedLine(p Process) string   { return processLine("ended", p) }
func processLine(w string, p Process) string {
	return w + " " + strconv.Itoa(p.PID) + " " + strconv.FormatUint(p.Start, 10) + "\n"
}

// Parse reads a manifest.
func Parse(b []byte) Remains {
	var r Remains
	for line := range strings.Lines(string(b)) {
		if line, whole := strings.CutSuffix(line, "\n"); whole {
			r.Apply(line)
		}
	}
	return r
}

// Apply takes one line of a manifest, without its line feed. What it does not
// know it leaves.
func (r *Remains) Apply(line string) {
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "group":
		if ours(rest, GroupPrefix) {
			r.Groups = append(r.Groups, rest)
		}
	case "folder":
		if ours(rest, FolderPrefix) {
			r.Folders = append(r.Folders, rest)
		}
	case "process", "ended":
		number, start, _ := strings.Cut(rest, " ")
		pid, err1 := strconv.Atoi(number)
		ticks, err2 := strconv.ParseUint(start, 10, 64)
		if err1 != nil || err2 != nil || pid <= 1 {
			return
		}
		p := Process{PID: pid, Start: ticks}
		if what == "process" {
			r.Processes = append(r.Processes, p)
			return
		}
		for i, q := range r.Processes {
			if p == q {
				r.Processes = append(r.Processes[:i], r.Processes[i+1:]...)
				return
			}
		}
	}
}

func ours(path, prefix string) bool {
	return filepath.IsAbs(path) && filepath.Clean(path) == path && strings.HasPrefix(filepath.Base(path), prefix)
}

// Remove ends and removes all of it, within a time, and says in words what
// there was.
func (r Remains) Remove(within time.Duration) (removed []string, err error) {
	removed = r.List()
	deadline := time.Now().Add(within)
	var errs []error
	// First the groups: nothing in them can start anything any more.
	errs = append(errs, KillGroups(r.Groups, time.Until(deadline)))
	for _, p := range r.Processes {
		errs = append(errs, KillProcess(p, time.Until(deadline)))
	}
	for _, dir := range r.Folders {
		// RemoveAll does not follow symbolic links.
		errs = append(errs, os.RemoveAll(dir))
	}
	return removed, errors.Join(errs...)
}

// List says in words what there is of it on this machine now.
func (r Remains) List() []string {
	var list []string
	seen := map[int]bool{}
	process := func(pid int) {
		if stat, err := procfs.Read(pid); err == nil && !seen[pid] {
			seen[pid] = true
			list = append(list, "process "+strconv.Itoa(pid)+" ("+stat.Name+")")
		}
	}
	for _, group := range r.Groups {
		for _, dir := range tree(group) {
			for _, pid := range members(dir) {
				process(pid)
			}
		}
	}
	for _, p := range r.Processes {
		if p.Alive() {
			process(p.PID)
		}
	}
	sort.Strings(list)
	for _, dir := range append(r.Groups[:len(r.Groups):len(r.Groups)], r.Folders...) {
		if _, err := os.Lstat(dir); err == nil {
			what := "folder "
			if strings.HasPrefix(filepath.Base(dir), GroupPrefix) {
				what = "control group "
			}
			list = append(list, what+dir)
		}
	}
	return list
}
