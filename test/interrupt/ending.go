package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// ending is what a disturbed run came to.
type ending struct {
	Document string        `json:"document"` // absent, old, or a whole one's status
	Exit     string        `json:"exit"`     // code or signal; "" where a shell started it
	Took     time.Duration `json:"took"`     // ns, until it had ended
	Late     bool          `json:"late"`     // it had ended before anything happened
	Wrong    []string      `json:"wrong"`
}

func (e *ending) wrong(format string, args ...any) {
	e.Wrong = append(e.Wrong, fmt.Sprintf(format, args...))
}

func (e ending) String() string {
	text := fmt.Sprintf("document %s, exit %s, %s", e.Document, e.Exit, e.Took.Round(time.Millisecond))
	if e.Late {
		text += ", had ended before"
	}
	for _, w := range e.Wrong {
		text += "\n  WRONG: " + w
	}
	return text
}

func (e *ending) exit(state *os.ProcessState) {
	e.Exit = strconv.Itoa(state.ExitCode())
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Exit = status.Signal().String()
	}
}

// guardLimit is longer than the guard tries.
const guardLimit = 20 * time.Second

// look looks for what is left until nothing is, or the guard must have given up. What
// it finds itself counts, and what `bench clean --check` finds of this run.
func (e *ending) look(dir string, pid int) {
	var left []string
	for deadline := time.Now().Add(guardLimit); ; time.Sleep(20 * time.Millisecond) {
		if left = leftOf(dir, pid); len(left) == 0 || time.Now().After(deadline) {
			break
		}
	}
	for _, one := range left {
		e.wrong("left behind: %s", one)
	}
	check := exec.Command("bin/bench", "clean", "--check")
	check.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"))
	said, _ := check.Output() // it fails where another program has left something
	for line := range strings.Lines(string(said)) {
		if strings.Contains(line, runName(pid)) || strings.Contains(line, dir) {
			e.wrong("bench clean --check finds it: %s", strings.TrimSpace(line))
		}
	}
}

// runName is the part of a run's name that is its process.
func runName(pid int) string { return "-" + strconv.FormatInt(int64(pid), 36) + "-" }

// leftOf lists processes, control groups, mounts and files of a run.
func leftOf(dir string, pid int) (left []string) {
	temp := filepath.Join(dir, "tmp")
	processes, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, process := range processes {
		environment, _ := os.ReadFile(filepath.Join(process, "environ")) // it may have gone
		program, _ := os.Readlink(filepath.Join(process, "exe"))
		command, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		if len(command) == 0 { // it has ended, and waits for its parent
			continue
		}
		if bytes.Contains(environment, []byte(marker+"="+dir+"\x00")) || strings.HasPrefix(program, temp) {
			left = append(left, fmt.Sprintf("process %s: %s", filepath.Base(process), bytes.ReplaceAll(command, []byte{0}, []byte(" "))))
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), "multi-runtime-benchmark-") && strings.Contains(d.Name(), runName(pid)) {
			left = append(left, "control group "+path)
			return fs.SkipDir
		}
		return nil // one that has just gone
	})
	mounts, _ := os.ReadFile("/proc/self/mountinfo") // always there
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, temp) {
			left = append(left, "mount "+strings.TrimSpace(line))
		}
	}
	_ = filepath.WalkDir(temp, func(path string, d fs.DirEntry, err error) error {
		// The folder of all runs of a user stays.
		if err == nil && path != temp && path != filepath.Join(temp, "multi-runtime-benchmark-"+strconv.Itoa(os.Geteuid())) {
			left = append(left, path)
			if d.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	hidden, _ := filepath.Glob(filepath.Join(resultsOf(dir), ".*")) // the pattern is well formed
	return append(left, hidden...)
}

// judge looks at the document.
func (e *ending) judge(path, old string) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		e.Document = "absent"
		return
	}
	document, err := results.Load(path)
	if err == nil {
		err = document.Check()
	}
	switch {
	case err != nil:
		e.Document = "broken"
		e.wrong("the document is broken: %v", err)
	case document.ID == old:
		e.Document = "old"
	default:
		e.Document = string(document.Status)
	}
}
