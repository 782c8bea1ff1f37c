// Package script runs a manifest's shell commands: a process group of its own,
// every line reported, all of it in a log, the last lines in the error. It
// refuses to run in the background: when Run returns, nothing of the script is
// left.
//
//	err := script.Run(ctx, script.Script{Command: "go build ./...", Dir: dir, Env: env, Log: "build.log"})
package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Quote is a word as every shell reads it.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// Script is what to run.
type Script struct {
	// Command is run by sh -eu.
	Command string
	Dir     string
	Env     []string
	// Log, if set, is the file that gets all output.
	Log string
	// OnLine, if set, hears every line that is printed, on either stream.
	OnLine func(line string)
}

// TailLines is how many lines of its output a failure shows.
const TailLines = 20

// grace is how long a cancelled script may tidy up.
const grace = 3 * time.Second

// Failure says that a script did not succeed.
type Failure struct {
	Command string
	Dir     string
	// Tail is the end of the output.
	Tail []string
	Log  string
	Err  error
}

func (e *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: sh -eu -c %q in %s", e.Err, strings.TrimSpace(e.Command), e.Dir)
	for _, line := range e.Tail {
		b.WriteString("\n  | " + line)
	}
	return b.String()
}

// Unwrap returns the process's error or the context's.
func (e *Failure) Unwrap() error { return e.Err }

// Hint names the log.
func (e *Failure) Hint() string {
	if e.Log == "" {
		return ""
	}
	return "the whole output is in " + e.Log
}

// Run runs the script to its end. When the context ends first, the whole process
// group is told to stop and then killed. The error is a *Failure, or about the
// log file.
func Run(ctx context.Context, s Script) (err error) {
	out := &lines{onLine: s.OnLine}
	if s.Log != "" {
		if err := os.MkdirAll(filepath.Dir(s.Log), 0o755); err != nil {
			return fmt.Errorf("make the log's folder: %w", err)
		}
		log, err := os.Create(s.Log)
		if err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
		defer log.Close()
		out.log = log
	}

	cmd := exec.CommandContext(ctx, "sh", "-eu", "-c", s.Command)
	cmd.Dir = s.Dir
	cmd.Env = s.Env
	cmd.Stdout, cmd.Stderr = out, out // one writer: the lines keep their order
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = grace

	err = cmd.Run()
	if cmd.Process != nil {
		// What the script left in the background would write on into the output
		// folder. That the group is gone already is the usual case.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	out.flush()
	if errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		err = nil // it ended well; only something it started held its output open
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Failure{Command: s.Command, Dir: s.Dir, Tail: out.tail, Log: s.Log, Err: err}
}

// lines cuts output into lines.
type lines struct {
	onLine func(string)
	log    io.Writer
	open   []byte
	tail   []string
}

// maxLine bounds what a line without an end takes, in bytes.
const maxLine = 64 << 10

// Write never fails: a full disk under the log must not end a build.
func (l *lines) Write(p []byte) (int, error) {
	if l.log != nil {
		_, _ = l.log.Write(p)
	}
	for _, c := range p {
		// A carriage return redraws a progress bar: each state is a line.
		if c == '\n' || c == '\r' || len(l.open) == maxLine {
			l.flush()
		}
		if c != '\n' && c != '\r' {
			l.open = append(l.open, c)
		}
	}
	return len(p), nil
}

func (l *lines) flush() {
	line := strings.TrimRight(strings.ToValidUTF8(string(l.open), "�"), " \t")
	l.open = l.open[:0]
	if line == "" {
		return
	}
	if l.onLine != nil {
		l.onLine(line)
	}
	l.tail = append(l.tail, line)
	if len(l.tail) > TailLines {
		l.tail = l.tail[1:]
	}
}
