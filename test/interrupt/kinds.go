package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// kind is one thing that happens to a run. What it returns is undone when the run has
// ended.
type kind struct {
	name  string
	mount bool // the results are on a small disk
	shell bool // a shell starts the run, and reads what it says
	do    func(*victim) error
	// goesOn says that the run must come to its own end as if nothing had happened.
	goesOn bool
}

var kinds = []kind{
	{name: "SIGINT", do: send(syscall.SIGINT)},
	{name: "SIGINT twice", do: func(v *victim) error {
		err := send(syscall.SIGINT)(v)
		time.Sleep(time.Duration(v.random.Int64N(int64(50 * time.Millisecond))))
		return errors.Join(err, send(syscall.SIGINT)(v))
	}},
	{name: "SIGTERM", do: send(syscall.SIGTERM)},
	{name: "SIGHUP", do: send(syscall.SIGHUP)},
	{name: "SIGKILL", do: send(syscall.SIGKILL)},
	{name: "parent's death", shell: true, do: func(v *victim) error {
		// Whoever reads what it says goes with the parent.
		return errors.Join(v.parent.Kill(), v.output.Close())
	}},
	{name: "disk full", mount: true, do: fill},
	{name: "results removed", do: func(v *victim) error { return os.RemoveAll(v.results) }},
	{name: "suspended", goesOn: true, do: func(v *victim) error {
		return v.suspend(v.pid)
	}},
	{name: "all suspended", goesOn: true, do: func(v *victim) error {
		return v.suspend(append(descendants(v.pid), v.pid)...)
	}},
}

func kindNames() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

func send(s syscall.Signal) func(*victim) error {
	return func(v *victim) error { return tell(v.pid, s) }
}

// tell sends a signal to a process, which may have ended by itself.
func tell(pid int, s syscall.Signal) error {
	if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
		return fmt.Errorf("send %v: %w", s, err)
	}
	return nil
}

// suspend stops processes for a while, as a lid that is closed does.
func (v *victim) suspend(pids ...int) error {
	var errs []error
	for _, pid := range pids {
		errs = append(errs, tell(pid, syscall.SIGSTOP))
	}
	time.Sleep(100*time.Millisecond + time.Duration(v.random.Int64N(int64(900*time.Millisecond))))
	for _, pid := range pids {
		errs = append(errs, tell(pid, syscall.SIGCONT))
	}
	return errors.Join(errs...)
}

// fill takes what room is left where the results lie.
func fill(v *victim) error {
	file, err := os.Create(filepath.Join(v.results, "filling"))
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return nil
		}
		return err
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return file.Close()
}

// descendants are the children of a process, and theirs.
func descendants(pid int) (all []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread that has just ended
		for _, word := range strings.Fields(string(text)) {
			var child int
			if _, err := fmt.Sscan(word, &child); err == nil {
				all = append(append(all, child), descendants(child)...)
			}
		}
	}
	return all
}
