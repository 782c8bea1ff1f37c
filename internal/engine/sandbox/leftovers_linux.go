package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

// Leftovers lists what dead runs of this user have left behind: folders,
// control groups, processes. A run whose program still lives is none of them.
func Leftovers() ([]string, error) {
	r, err := findRemains(os.TempDir(), mounts())
	return r.List(), err
}

// Clean removes what Leftovers lists, and lists what it removed. Where the guard
// works at the same time, both do the same.
func Clean() ([]string, error) {
	r, err := findRemains(os.TempDir(), mounts())
	removed, removeErr := r.Remove(removeLimit)
	return removed, errors.Join(err, removeErr)
}

// mounts are the roots of all control group hierarchies.
func mounts() []string {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	cgroup, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	l := parseLayout(string(mountinfo), string(cgroup))
	var roots []string
	if l.unified.exists() {
		roots = append(roots, l.unified.mount)
	}
	for _, p := range l.v1 {
		roots = append(roots, p.mount)
	}
	sort.Strings(roots)
	return roots
}

// findRemains looks at the run folders below temp and at all control groups.
// Both are named after their owner, so that neither needs the other.
func findRemains(temp string, roots []string) (remains.Remains, error) {
	var r remains.Remains
	namespace, err := pidNamespace()
	if err != nil {
		return r, err
	}
	dead := func(name, prefix string) bool {
		id, ok := strings.CutPrefix(name, prefix)
		ns, owner, valid := remains.Owner(id)
		return ok && valid && ns == namespace && !owner.Alive()
	}
	groups := map[string]bool{}
	user := userDir(temp)
	entries, err := os.ReadDir(user)
	if err == nil {
		err = checkUserDir(user) // what is not ours is not to be believed
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	for _, e := range entries {
		if err != nil || !dead(e.Name(), remains.FolderPrefix) {
			continue
		}
		dir := filepath.Join(user, e.Name())
		r.Folders = append(r.Folders, dir)
		manifest, e := os.ReadFile(filepath.Join(dir, "manifest"))
		if e != nil {
			continue
		}
		noted := remains.Parse(manifest)
		r.Processes = append(r.Processes, noted.Processes...)
		for _, group := range noted.Groups {
			if _, e := os.Lstat(group); e == nil && dead(filepath.Base(group), remains.GroupPrefix) {
				groups[group] = true
			}
		}
	}
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil // a group that has just gone, or that is not for us to see
			}
			if dead(d.Name(), remains.GroupPrefix) && mine(d) {
				groups[path] = true
				return fs.SkipDir
			}
			return nil
		})
	}
	for group := range groups {
		r.Groups = append(r.Groups, group)
	}
	sort.Strings(r.Groups)
	return r, err
}

// mine reports whether this user made it.
func mine(d fs.DirEntry) bool {
	info, err := d.Info()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
