//go:build linux

package remains

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
)

func TestManifest(t *testing.T) {
	a, b := Process{PID: 100, Start: 7}, Process{PID: 101, Start: 8}
	text := FolderLine("/tmp/x/run-1") + GroupLine("/sys/fs/cgroup/multi-runtime-benchmark-1") +
		ProcessLine(a) + ProcessLine(b) + EndedLine(a) + EndedLine(Process{PID: 101, Start: 9}) +
		// What is not ours is not touched, whoever wrote it.
		FolderLine("/") + FolderLine("/home/me") + FolderLine("run-1") + FolderLine("/tmp/run-1/..") + FolderLine("/tmp/../run-1") +
		GroupLine("/sys/fs/cgroup") + ProcessLine(Process{PID: 1, Start: 1}) + ProcessLine(Process{PID: -5, Start: 1}) +
		"process x 1\nprocess 5\nprocess\n\nnonsense\n" +
		strings.TrimSuffix(ProcessLine(Process{PID: 102, Start: 1}), "\n") // cut off
	got := Parse([]byte(text))
	want := Remains{Groups: []string{"/sys/fs/cgroup/multi-runtime-benchmark-1"}, Folders: []string{"/tmp/x/run-1"}, Processes: []Process{b}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOwner(t *testing.T) {
	id := RunID(4026531836, 1234, 99999, 3)
	namespace, p, ok := Owner(id)
	if !ok || namespace != 4026531836 || p != (Process{1234, 99999}) {
		t.Errorf("%q: got %d, %+v, %v", id, namespace, p, ok)
	}
	for _, bad := range []string{"", "1-2-3", "1-2-3-4-5", "1--3-4", "1-0-3-4", "1-ü-3-4", "zzzzzzzzzzzzzz-1-1-1", "1-zzzzzzzz-1-1"} {
		if _, p, ok := Owner(bad); ok {
			t.Errorf("%q was taken for the process %+v", bad, p)
		}
	}
}

// startGroup starts a shell that leads a process group, with a child.
func startGroup(t *testing.T) (*exec.Cmd, Process) {
	t.Helper()
	c := exec.Command("/bin/sh", "-c", "/bin/sleep 1000 & echo; wait")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL); _ = c.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	stat, err := procfs.Read(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return c, Process{PID: stat.PID, Start: stat.Start}
}

func TestKillProcessTakesItsGroup(t *testing.T) {
	c, p := startGroup(t)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.PID, p.PID))
	if err != nil {
		t.Skip("the kernel does not list children")
	}
	child := Process{}
	for _, field := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		stat, err := procfs.Read(pid)
		if err != nil {
			t.Fatal(err)
		}
		child = Process{PID: stat.PID, Start: stat.Start}
	}
	if !p.Alive() || !child.Alive() {
		t.Fatalf("%+v and %+v should be alive", p, child)
	}
	if err := KillProcess(p, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if got := c.ProcessState.Sys().(syscall.WaitStatus).Signal(); got != syscall.SIGKILL {
		t.Errorf("got %v, want %v", got, syscall.SIGKILL)
	}
	if err := KillProcess(child, 10*time.Second); err != nil { // waits, whoever killed it
		t.Fatal(err)
	}
	if child.Alive() {
		t.Error("the child still runs")
	}
	if err := KillProcess(p, time.Second); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestRecycledNumberIsNeverKilled(t *testing.T) {
	_, p := startGroup(t)
	other := Process{PID: p.PID, Start: p.Start - 1}
	if other.Alive() {
		t.Error("another start time is taken for the same process")
	}
	r := Remains{Processes: []Process{other}}
	if got := r.List(); len(got) != 0 {
		t.Errorf("got %q, want nothing", got)
	}
	if _, err := r.Remove(time.Second); err != nil {
		t.Fatal(err)
	}
	if !p.Alive() {
		t.Error("a process with another start time was killed")
	}
}

func TestRemoveDoesNotFollowLinks(t *testing.T) {
	outside := t.TempDir()
	file := filepath.Join(outside, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run-1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	r := Remains{Folders: []string{dir}}
	got, err := r.Remove(time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"folder " + dir}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
	if _, err := os.Lstat(file); err != nil {
		t.Errorf("what a link leads to was removed: %v", err)
	}
	if got, err := r.Remove(time.Second); err != nil || len(got) > 0 {
		t.Errorf("a second time: got %q and %v, want nothing", got, err)
	}
}
