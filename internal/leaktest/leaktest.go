// Package leaktest finds what the tests of a package leave behind when all of them are
// over: goroutines, open files, child processes, control groups. It is for tests only.
//
//	func TestMain(m *testing.M) { os.Exit(leaktest.Run(m)) }
//
// A package whose tests build something for all of them calls Run before it removes
// that.
package leaktest

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// patience is how long what has been told to end may take to.
const patience = 10 * time.Second

// Run runs the tests. It fails where they pass and something is left.
func Run(m interface{ Run() int }) int {
	before := look()
	code := m.Run()
	if code != 0 {
		return code // what failed half-way may leave something
	}
	if left := before.left(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "the tests leave behind:\n%s\n", strings.Join(left, "\n"))
		return 1
	}
	return code
}

// state is what there is, each thing by a name of its own.
type state map[string]string

// left waits until there is nothing that was not there before, and lists what there
// is if that takes too long.
func (before state) left() []string {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		http.DefaultClient.CloseIdleConnections() // they are the tests' own, and would stay
		var left []string
		for name, what := range look() {
			if _, ok := before[name]; !ok {
				left = append(left, what)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			slices.Sort(left)
			return left
		}
	}
}

func look() state {
	s := state{}
	s.goroutines()
	s.files()
	s.children()
	s.groups()
	return s
}

// goroutines are known by their number, which is never used again. Those of the Go
// runtime and of package testing are nobody's leak.
func (s state) goroutines() {
	stacks := make([]byte, 1<<20)
	for {
		n := runtime.Stack(stacks, true)
		if n < len(stacks) {
			stacks = stacks[:n]
			break
		}
		stacks = make([]byte, 2*len(stacks))
	}
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		head, _, _ := bytes.Cut(stack, []byte("["))
		if bytes.Contains(stack, []byte("leaktest.look")) || bytes.Contains(stack, []byte("os/signal.loop")) {
			continue
		}
		s[string(head)] = string(stack)
	}
}

// files are known by number and target. What the Go runtime polls with is its own.
func (s state) files() {
	entries, _ := os.ReadDir("/proc/self/fd") // not on Linux: none
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || strings.HasPrefix(target, "anon_inode:[event") { // it was that of the list itself
			continue
		}
		name := "file " + e.Name() + ": " + target
		s[name] = name
	}
}

func (s state) children() {
	tasks, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is well formed
	for _, task := range tasks {
		pids, _ := os.ReadFile(task) // a thread that has just ended
		for _, pid := range strings.Fields(string(pids)) {
			command, _ := os.ReadFile("/proc/" + pid + "/cmdline") // it may have ended
			s["process "+pid] = fmt.Sprintf("process %s: %s", pid, bytes.ReplaceAll(command, []byte{0}, []byte(" ")))
		}
	}
}

// groups are those that are named after this process, see remains.RunID.
func (s state) groups() {
	own := "-" + strconv.FormatInt(int64(os.Getpid()), 36) + "-"
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), "multi-runtime-benchmark-") && strings.Contains(d.Name(), own) {
			s["group "+path] = "control group " + path
			return fs.SkipDir
		}
		return nil // one that has just gone
	})
}
