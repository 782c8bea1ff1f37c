package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// groups are the control groups of this run, as anybody on the machine sees them.
type groups []string

// newGroups finds them by the run's name, which ends theirs.
func newGroups(runDir string) groups {
	_, id, _ := strings.Cut(filepath.Base(runDir), "-")
	var found groups
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasSuffix(d.Name(), id) {
			found = append(found, path)
			return fs.SkipDir
		}
		return nil // one that has just gone
	})
	return found
}

// of are the groups of one environment.
func (g groups) of(environment string) (found []string) {
	for _, parent := range g {
		some, _ := filepath.Glob(filepath.Join(parent, environment+"-*")) // the pattern is well formed
		found = append(found, some...)
	}
	return found
}

// signal goes to every process of an environment.
func (g groups) signal(environment string, signal syscall.Signal) {
	sent := map[int]bool{}
	for _, group := range g.of(environment) {
		text, _ := os.ReadFile(filepath.Join(group, "cgroup.procs")) // it may have gone
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 1 && !sent[pid] {
				sent[pid] = true
				_ = syscall.Kill(pid, signal) // it may have gone
			}
		}
	}
}

// squeeze leaves an environment so many bytes more than it uses, until repair. A
// group that is gone by then needs none.
func (g groups) squeeze(environment string, bytes int64) (repair func() error, err error) {
	for _, group := range g.of(environment) {
		for _, file := range []struct{ used, limit string }{
			{"memory.usage_in_bytes", "memory.limit_in_bytes"}, {"memory.current", "memory.max"},
		} {
			limit := filepath.Join(group, file.limit)
			before, err := os.ReadFile(limit)
			if err != nil {
				continue
			}
			text, err := os.ReadFile(filepath.Join(group, file.used))
			if err != nil {
				continue
			}
			used, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", file.used, err)
			}
			if err := write(limit, strconv.FormatInt((used+bytes)>>12<<12, 10)); err != nil {
				return nil, err
			}
			return func() error { return write(limit, strings.TrimSpace(string(before))) }, nil
		}
	}
	return nil, errors.New("there is no memory limit that could be lowered: run as root")
}

func write(file, text string) error {
	err := os.WriteFile(file, []byte(text), 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
		return nil
	}
	return err
}

// count is how many there are, of runs and of environments.
func (g groups) count() (n int) {
	for _, parent := range g {
		_ = filepath.WalkDir(parent, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				n++
			}
			return nil
		})
	}
	return n
}
