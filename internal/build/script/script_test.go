package script_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/script"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestRunReportsLinesAndKeepsALog(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "logs", "x.log")
	var got []string
	err := script.Run(context.Background(), script.Script{
		Command: `echo "$WORD"; echo oops >&2; printf 'a\rb\n\nend'; pwd > where`,
		Dir:     dir, Env: []string{"WORD=hello"}, Log: log,
		OnLine: func(line string) { got = append(got, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"hello", "oops", "a", "b", "end"}; !slices.Equal(got, want) {
		t.Errorf("lines: got %q, want %q", got, want)
	}
	content, err := os.ReadFile(log)
	if want := "hello\noops\na\rb\n\nend"; err != nil || string(content) != want {
		t.Errorf("log: got %q, %v; want %q", content, err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "where")); err != nil {
		t.Errorf("the script did not run in its folder: %v", err)
	}
}

func TestAFailureShowsTheEndOfTheOutput(t *testing.T) {
	log := filepath.Join(t.TempDir(), "x.log")
	err := script.Run(context.Background(), script.Script{
		Command: "i=1; while [ $i -le 30 ]; do echo line $i; i=$((i+1)); done; false; echo never", Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/", Log: log,
	})
	var failure *script.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a *Failure", err)
	}
	if len(failure.Tail) != script.TailLines || failure.Tail[0] != "line 11" || failure.Tail[19] != "line 30" {
		t.Errorf("tail: got %q, want lines 11 to 30", failure.Tail)
	}
	if !strings.Contains(err.Error(), "exit status 1: sh -eu -c ") || !strings.Contains(err.Error(), "\n  | line 30") {
		t.Errorf("got %v", err)
	}
	if fault.Hint(err) != "the whole output is in "+log {
		t.Errorf("hint: got %q", fault.Hint(err))
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit status 1 in the chain", err)
	}
}

func TestUnsetVariablesFail(t *testing.T) {
	if err := script.Run(context.Background(), script.Script{Command: `: "$NOT_SET"`, Dir: "/"}); err == nil {
		t.Error("got no error: sh ran without -u")
	}
}

func TestCancelKillsTheWholeGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var child int
	err := script.Run(ctx, script.Script{
		// The child ignores the polite signal, and its parent waits for it.
		Command: `sh -c 'trap "" TERM; echo $$; while :; do sleep 600 & wait; done' & wait`,
		Dir:     "/", Env: []string{"PATH=/usr/bin:/bin"},
		OnLine: func(line string) {
			if _, err := fmt.Sscan(line, &child); err == nil {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if child == 0 {
		t.Fatal("the child never said its id")
	}
	if alive(child) {
		t.Errorf("process %d survived", child)
	}
}

func TestNothingStaysInTheBackground(t *testing.T) {
	var child int
	err := script.Run(context.Background(), script.Script{
		Command: `sleep 600 >/dev/null 2>&1 & echo $!`, Dir: "/", Env: []string{"PATH=/usr/bin:/bin"},
		OnLine: func(line string) { _, _ = fmt.Sscan(line, &child) },
	})
	if err != nil || child == 0 {
		t.Fatalf("got %v, child %d", err, child)
	}
	if alive(child) {
		t.Errorf("process %d survived", child)
	}
}

// alive waits for the kill, which the kernel carries out a moment later; an
// orphan that nobody has reaped yet is dead, too.
func alive(pid int) bool {
	for range 1_000_000 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return false
		}
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
			_, state, _ := strings.Cut(string(stat), ") ")
			if strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X") {
				return false
			}
		}
	}
	return true
}

func TestALogThatCantBeMade(t *testing.T) {
	if err := script.Run(context.Background(), script.Script{Command: "true", Dir: "/", Log: "/dev/null/x.log"}); err == nil {
		t.Error("got no error")
	}
	if err := script.Run(context.Background(), script.Script{Command: "true", Dir: "/does/not/exist"}); err == nil {
		t.Error("got no error for a folder that does not exist")
	}
}
