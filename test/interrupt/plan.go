package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// marker is a variable by which all that a run has started, and that has not been
// given an environment of its own, is known.
const marker = "BENCH_INTERRUPTION"

// marks are what bench says when a part of a run begins.
var marks = []string{"", "planned: ", "contract ", "measuring ", "results: "}

// plan is one small run, and how long its parts take.
type plan struct {
	name      string
	arguments []string
	parts     []part
	document  []byte // what an undisturbed run leaves
}

type part struct {
	mark string
	took time.Duration
}

// endLimit is how long a run may take to come to its end once something has happened.
const endLimit = 2 * time.Minute

// victim is a run that something happens to.
type victim struct {
	pid     int
	parent  *os.Process // who started it, where that is not this program
	output  io.Closer   // our end of what it says
	results string      // folder
	random  *rand.Rand
}

// command starts the run in folders of its own below dir.
func (p *plan) command(k kind, dir string) (*exec.Cmd, error) {
	bench, err := filepath.Abs("bin/bench")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, err
	}
	arguments := append([]string{"local", "--quick", "--layers", "none", "--no-load", "--out", resultsOf(dir)}, p.arguments...)
	c := exec.Command(bench, arguments...)
	if k.shell {
		c = exec.Command("/bin/sh", append([]string{"-c", `"$@" & wait`, "sh", bench}, arguments...)...)
	}
	c.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"), marker+"="+dir, "NO_COLOR=1")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what ends this program is not for it
	return c, nil
}

func resultsOf(dir string) string { return filepath.Join(dir, "results") }

// learn makes an undisturbed run and notes how long its parts take.
func (p *plan) learn(ctx context.Context, dir string) error {
	c, err := p.command(kind{}, dir)
	if err != nil {
		return err
	}
	pipe, err := c.StderrPipe()
	if err != nil {
		return err
	}
	began, next := time.Now(), 1
	p.parts = []part{{mark: ""}}
	if err := c.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	defer stop()
	var said strings.Builder
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		for i := next; i < len(marks); i++ {
			if strings.HasPrefix(lines.Text(), marks[i]) {
				p.parts[len(p.parts)-1].took = time.Since(began)
				p.parts, began, next = append(p.parts, part{mark: marks[i]}), time.Now(), i+1
			}
		}
	}
	if err := c.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, &said)
	}
	p.parts[len(p.parts)-1].took = time.Since(began)
	if len(p.parts) < 3 {
		return fmt.Errorf("it has %d parts, want at least three:\n%s", len(p.parts), &said)
	}
	p.document, err = os.ReadFile(filepath.Join(resultsOf(dir), "results.json"))
	return err
}

func (p *plan) describe() string {
	var words []string
	for _, one := range p.parts {
		words = append(words, fmt.Sprintf("%q %s", strings.Trim(one.mark, ": "), one.took.Round(time.Millisecond)))
	}
	return strings.Join(words, ", ")
}

// moment is when, in which run.
type moment struct {
	plan   *plan
	part   part
	after  time.Duration // since the part began
	old    bool          // there is a document from before
	random *rand.Rand
}

func (m moment) String() string {
	return fmt.Sprintf("%s behind %q of a %s", m.after.Round(time.Millisecond), strings.Trim(m.part.mark, ": "), m.plan.name)
}

// moment draws one: each part of a run is as likely, however short it is.
func (p *plan) moment(random *rand.Rand) moment {
	one := p.parts[random.IntN(len(p.parts))]
	return moment{plan: p, part: one, after: time.Duration(random.Int64N(int64(one.took) + 1)), random: random}
}

// run makes the run, has the kind happen to it, and looks at what is left.
func (m moment) run(ctx context.Context, k kind, dir string) (end ending, err error) {
	c, err := m.plan.command(k, dir)
	if err != nil {
		return end, err
	}
	folder := resultsOf(dir)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return end, err
	}
	if k.mount {
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder).CombinedOutput(); err != nil {
			return end, fmt.Errorf("mount a small disk (needs root): %w: %s", err, out)
		}
		defer func() { err = errors.Join(err, exec.Command("umount", folder).Run()) }()
	}
	old := ""
	if m.old {
		if err := os.WriteFile(filepath.Join(folder, "results.json"), m.plan.document, 0o644); err != nil {
			return end, err
		}
		document, err := results.Load(filepath.Join(folder, "results.json"))
		if err != nil {
			return end, err
		}
		old = document.ID
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return end, err
	}
	defer reader.Close()
	c.Stdout, c.Stderr = writer, writer
	err = c.Start()
	writer.Close()
	if err != nil {
		return end, err
	}
	v := &victim{pid: c.Process.Pid, results: folder, output: reader, random: m.random}
	begun, said := make(chan struct{}), make(chan string, 1)
	go listen(reader, m.part.mark, begun, said)
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	over := func(limit time.Duration) bool { // also where the end has been seen before
		select {
		case err := <-ended:
			ended <- err
			return true
		case <-time.After(limit):
			return false
		case <-ctx.Done():
			_ = c.Process.Kill() // it may have ended
			return true
		}
	}
	if k.shell {
		if v.pid, err = child(c.Process.Pid); err != nil {
			return end, err
		}
		v.parent = c.Process
	}
	select {
	case <-begun:
	case <-time.After(endLimit):
		end.wrong("it never said %q", m.part.mark)
	}
	if over(m.after) {
		end.Late = true
	}
	happened := time.Now()
	if err := k.do(v); err != nil {
		return end, err
	}
	if !over(endLimit) {
		end.wrong("it has not ended after %s", endLimit)
		_ = tell(v.pid, syscall.SIGKILL)
	}
	if k.shell {
		awaitEnd(v.pid, endLimit, &end)
	}
	end.Took = time.Since(happened)
	if !k.shell {
		<-ended
		end.exit(c.ProcessState)
		if k.goesOn && !c.ProcessState.Success() {
			end.wrong("it was to go on, and ended with %s:\n%s", c.ProcessState, <-said)
		}
	}
	end.look(dir, v.pid)
	end.judge(filepath.Join(folder, "results.json"), old)
	return end, nil
}

// listen reads all that a run says, and tells when the mark has come, or the end.
func listen(from io.Reader, mark string, begun chan<- struct{}, said chan<- string) {
	var text strings.Builder
	waiting := true
	come := func() {
		if waiting {
			close(begun)
			waiting = false
		}
	}
	if mark == "" {
		come()
	}
	for lines := bufio.NewScanner(from); lines.Scan(); {
		fmt.Fprintln(&text, lines.Text())
		if strings.HasPrefix(lines.Text(), mark) {
			come()
		}
	}
	come()
	said <- text.String()
}

// child waits for the process that a shell starts.
func child(shell int) (int, error) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for _, pid := range descendants(shell) {
			if program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && filepath.Base(program) == "bench" {
				return pid, nil
			}
		}
	}
	return 0, errors.New("the shell has started nothing")
}

// awaitEnd is for a process that is not this program's child.
func awaitEnd(pid int, limit time.Duration, end *ending) {
	for deadline := time.Now().Add(limit); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			end.wrong("it has not ended after %s", limit)
			_ = tell(pid, syscall.SIGKILL)
			return
		}
	}
}
