package sandbox

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
)

// child is a run in another process.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
	guard int // pidfd
	// keeper is the launcher in the cell, which ends when its program does.
	keeper remains.Process
	pids   []remains.Process
	paths  []string
}

func startParent(t *testing.T, temp, mode string, attributes func(*exec.Cmd)) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "helper", "parent", launcherPath, temp, mode)}
	c.cmd.Stderr = os.Stderr
	if attributes != nil {
		attributes(c.cmd)
	}
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = c.cmd.Wait() })
	c.lines = bufio.NewScanner(out)
	for c.lines.Scan() && c.lines.Text() != "done" {
		what, value, _ := strings.Cut(c.lines.Text(), " ")
		switch what {
		case "guard":
			pid, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			// Opened while it surely lives.
			if c.guard, err = unix.PidfdOpen(pid, 0); err != nil {
				t.Fatal(err)
			}
		case "process", "keeper":
			pid, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			stat, err := procfs.Read(pid)
			if err != nil {
				t.Fatal(err)
			}
			p := remains.Process{PID: pid, Start: stat.Start}
			if what == "keeper" {
				c.keeper = p
			} else {
				c.pids = append(c.pids, p)
			}
		case "path":
			c.paths = append(c.paths, value)
		default:
			t.Fatalf("the parent says %q", c.lines.Text())
		}
	}
	if len(c.pids) < 3 || len(c.paths) == 0 {
		t.Fatalf("got processes %v and paths %v, want three and some", c.pids, c.paths)
	}
	for _, p := range c.pids {
		if !p.Alive() {
			t.Fatalf("process %d has ended too early", p.PID)
		}
	}
	return c
}

// await waits for the end of the guard: no longer than the test may take.
func (c *child) await(t *testing.T) {
	t.Helper()
	defer unix.Close(c.guard)
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(c.guard), Events: unix.POLLIN}}, -1)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

func (c *child) checkGone(t *testing.T) {
	t.Helper()
	for _, p := range append(c.pids, c.keeper) {
		if p.Alive() {
			t.Errorf("process %d still runs", p.PID)
		}
	}
	for _, path := range c.paths {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there (%v)", path, err)
		}
	}
}

// modes are the layouts that can be tried on this machine.
func modes(t *testing.T) []string {
	l, err := ownLayout("")
	if err != nil {
		t.Fatal(err)
	}
	switch l.kind() {
	case "hybrid":
		return []string{"hybrid", "v1", "none"}
	case "none":
		return []string{"none"}
	}
	return []string{l.kind(), "none"}
}

func TestGuardRemovesEverythingWhenTheProgramIsKilled(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(mode, func(t *testing.T) {
			c := startParent(t, t.TempDir(), mode, nil)
			// The box is frozen and its parent gets no chance to do anything.
			if err := c.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = c.cmd.Wait()
			c.await(t)
			c.checkGone(t)
		})
	}
}

// TestGuardWhereverTheProgramIs kills a program that is building and removing
// cages all the time.
func TestGuardWhereverTheProgramIs(t *testing.T) {
	for n := range 6 {
		cmd := exec.Command(os.Args[0], "helper", "churn", launcherPath, t.TempDir())
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		c := &child{cmd: cmd}
		lines := bufio.NewScanner(out)
		for boxes := 0; boxes <= 2*n && lines.Scan(); {
			what, value, _ := strings.Cut(lines.Text(), " ")
			switch {
			case what == "guard":
				pid, err := strconv.Atoi(value)
				if err != nil {
					t.Fatal(err)
				}
				if c.guard, err = unix.PidfdOpen(pid, 0); err != nil {
					t.Fatal(err)
				}
			case what == "path":
				c.paths = append(c.paths, value)
			case what == "box" && value == "<nil>":
				boxes++
			default:
				t.Errorf("the program says %q", lines.Text())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		c.await(t)
		c.checkGone(t)
	}
}

func TestCloseEndsTheGuardToo(t *testing.T) {
	c := startParent(t, t.TempDir(), "", nil)
	c.in.Close()
	for c.lines.Scan() {
		if got, want := c.lines.Text(), "closed"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.await(t)
	c.checkGone(t)
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestCleanWhenTheGuardWasKilledToo is the worst case: nobody is left to tidy
// up but the next run.
func TestCleanWhenTheGuardWasKilledToo(t *testing.T) {
	for _, mode := range modes(t) {
		t.Run(mode, func(t *testing.T) {
			temp := t.TempDir()
			c := startParent(t, temp, mode, nil)
			live, err := findRemains(temp, mounts())
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range c.paths {
				if slices.Contains(live.Folders, path) || slices.Contains(live.Groups, path) {
					t.Errorf("%s of a living run is taken for a leftover", path)
				}
			}
			if err := unix.PidfdSendSignal(c.guard, unix.SIGKILL, nil, 0); err != nil {
				t.Fatal(err)
			}
			if err := c.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = c.cmd.Wait()
			c.await(t)
			dead, err := findRemains(temp, mounts())
			if err != nil {
				t.Fatal(err)
			}
			list := strings.Join(dead.List(), "\n")
			for _, path := range c.paths {
				if !strings.Contains(list, path) {
					t.Errorf("%s is missing among the leftovers:\n%s", path, list)
				}
			}
			for _, p := range c.pids {
				// A child in a session without groups goes with its group. With its keeper goes every
				// process of a cell, if a freezer lets it: that of v2 does.
				if mode != "none" && p.Alive() && !strings.Contains(list, "process "+strconv.Itoa(p.PID)+" ") {
					t.Errorf("process %d is missing among the leftovers:\n%s", p.PID, list)
				}
			}
			if _, err := dead.Remove(removeLimit); err != nil {
				t.Fatal(err)
			}
			c.checkGone(t)
			if again, err := findRemains(temp, mounts()); err != nil || len(again.Folders) != 0 {
				t.Errorf("got %v and %v after cleaning, want nothing", again, err)
			}
		})
	}
}

// A guard that is killed is started again, and knows what there was before.
func TestDeadGuardIsStartedAgain(t *testing.T) {
	h := openHost(t, Options{})
	b := start(t, h, Spec{ID: "1", Command: []string{"/bin/sleep", "1000"}})
	guard := func() *os.Process {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.guard
	}
	first := guard()
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	for guard() == first {
		runtime.Gosched()
	}
	second := start(t, h, Spec{ID: "2", Command: []string{"/bin/sleep", "1000"}})
	// Its pipe ends as it does when this program dies.
	h.mu.Lock()
	h.guardPipe.Close()
	h.guardPipe = nil
	h.mu.Unlock()
	<-b.Done()
	<-second.Done()
}

func TestGuardThatIsKilledAgainAndAgainStopsTheRun(t *testing.T) {
	h := openHost(t, Options{})
	for range guardStarts {
		h.mu.Lock()
		guard := h.guard
		h.mu.Unlock()
		if err := guard.Kill(); err != nil {
			t.Fatal(err)
		}
		for over := false; !over; {
			h.mu.Lock()
			over = h.guard != guard || h.guardErr != nil
			h.mu.Unlock()
			runtime.Gosched()
		}
	}
	if _, err := h.Start(t.Context(), Spec{ID: "1", Command: []string{"/bin/true"}}); err == nil || !strings.Contains(err.Error(), "guard") {
		t.Errorf("got %v, want that the guard has ended", err)
	}
}

func TestAdoptedProcessIsKilledByClose(t *testing.T) {
	h := openHost(t, Options{})
	c := exec.Command("/bin/sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := h.Adopt(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Wait(); err == nil || c.ProcessState.Sys().(interface{ Signaled() bool }).Signaled() == false {
		t.Errorf("got %v, want a kill", err)
	}
	if err := h.Adopt(os.Getpid()); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
	if _, err := h.Start(t.Context(), Spec{ID: "1", Command: []string{"/bin/true"}}); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
}
