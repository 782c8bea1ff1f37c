package dynamodb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process is a database that runs as a child of this program, in a process
// group of its own.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	stdout  firstLine
	stderr  tail
	done    chan struct{}
	err     error // valid once done is closed
}

// startProcess starts the command with nothing of this program's environment
// but what a runtime cannot do without. Its standard input is a pipe that ends
// with this program.
func startProcess(command *exec.Cmd) (*process, error) {
	p := &process{command: command, stdout: firstLine{line: make(chan string, 1)}, done: make(chan struct{})}
	command.Env = nil
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	command.Stdout, command.Stderr = &p.stdout, &p.stderr
	command.WaitDelay = time.Second
	inGroup(command)
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	p.stdin = stdin
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	go func() {
		err := command.Wait()
		killGroup(command.Process.Pid)
		p.err = fmt.Errorf("the local database ended by itself (%s)%s", ending(command, err), lastWords(p.stderr.bytes()))
		close(p.done)
	}()
	return p, nil
}

func ending(command *exec.Cmd, err error) string {
	if command.ProcessState != nil {
		return command.ProcessState.String()
	}
	return err.Error()
}

// kill ends the whole group and waits until it is gone. A database in memory
// has nothing to save.
func (p *process) kill() {
	select {
	case <-p.done:
		return
	default:
	}
	killGroup(p.command.Process.Pid)
	p.stdin.Close()
	<-p.done
}

// announced waits for the first line of standard output.
func (p *process) announced(ctx context.Context) (string, error) {
	select {
	case line := <-p.stdout.line:
		return line, nil
	case <-p.done:
		return "", p.err
	case <-ctx.Done():
		return "", fmt.Errorf("wait for the local database to start: %w%s", ctx.Err(), lastWords(p.stderr.bytes()))
	}
}

// firstLine passes the first line on and drops the rest.
type firstLine struct {
	line chan string
	seen []byte
	done bool
}

func (f *firstLine) Write(b []byte) (int, error) {
	if !f.done {
		f.seen = append(f.seen, b...)
		if line, _, ok := bytes.Cut(f.seen, []byte("\n")); ok {
			f.line <- string(line)
			f.done, f.seen = true, nil
		}
	}
	return len(b), nil
}

// tailSize is how much of a database's last words is kept.
const tailSize = 4096

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.kept)
}

// lastWords formats a program's output behind an error, indented.
func lastWords(output []byte) string {
	text := strings.TrimSpace(string(output))
	if text == "" {
		return ""
	}
	if over := len(text) - tailSize; over > 0 {
		text = "…" + text[over:]
	}
	return ":\n  " + strings.ReplaceAll(text, "\n", "\n  ")
}
