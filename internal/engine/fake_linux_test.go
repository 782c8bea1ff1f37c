package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// fakeStarter runs plain processes: no limits, no mounts, a freezer of signals.
// It writes down what the engine asks of a box, in order.
type fakeStarter struct {
	dir   string
	mu    sync.Mutex
	more  *sync.Cond // of calls
	calls []string
	specs []sandbox.Spec
	// fail makes a named method fail.
	fail map[string]error
}

func newFakeStarter(t testing.TB) *fakeStarter {
	s := &fakeStarter{dir: t.TempDir(), fail: map[string]error{}}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *fakeStarter) Namespaces() bool     { return false }
func (s *fakeStarter) PrivateNetwork() bool { return false }
func (s *fakeStarter) RunDir() string       { return s.dir }

func (s *fakeStarter) note(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.more.Broadcast()
	s.calls = append(s.calls, call)
	name, _, _ := strings.Cut(call, " ")
	return s.fail[name]
}

// set makes the named methods fail from now on.
func (s *fakeStarter) set(fail map[string]error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// await waits until a box has been asked for something.
func (s *fakeStarter) await(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !slices.Contains(s.calls, call) {
		s.more.Wait()
	}
}

// noted returns the calls so far and forgets them.
func (s *fakeStarter) noted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *fakeStarter) Start(ctx context.Context, spec sandbox.Spec) (engine.Box, error) {
	if err := s.note("Start"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.specs = append(s.specs, spec)
	s.mu.Unlock()
	path := spec.Command[0]
	if strings.HasPrefix(path, "./") {
		path = filepath.Join(spec.Dir, path)
	}
	b := &fakeBox{starter: s, done: make(chan struct{}), command: &exec.Cmd{
		Path: path, Args: spec.Command, Env: spec.Env, Dir: spec.Dir,
		Stdout: spec.Stdout, Stderr: spec.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}}
	b.started = time.Now()
	if err := b.command.Start(); err != nil {
		return nil, fault.New("a fake's hint", "start: %w", err)
	}
	go func() {
		b.command.Wait()
		close(b.done)
	}()
	return b, nil
}

type fakeBox struct {
	starter *fakeStarter
	command *exec.Cmd
	started time.Time
	done    chan struct{}
	killed  bool
	oom     bool
}

func (b *fakeBox) Started() time.Time    { return b.started }
func (b *fakeBox) Done() <-chan struct{} { return b.done }
func (b *fakeBox) LimitCPU(cpus float64) error {
	return b.starter.note(fmt.Sprintf("LimitCPU %.3f", cpus))
}
func (b *fakeBox) Freeze() error { return b.signal("Freeze", syscall.SIGSTOP) }
func (b *fakeBox) Thaw() error   { return b.signal("Thaw", syscall.SIGCONT) }

func (b *fakeBox) signal(name string, s syscall.Signal) error {
	if err := b.starter.note(name); err != nil {
		return err
	}
	return syscall.Kill(-b.command.Process.Pid, s)
}

func (b *fakeBox) CPU() (user, system time.Duration, err error) {
	if err := b.starter.note("CPU"); err != nil {
		return 0, 0, err
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.command.Process.Pid))
	if err != nil {
		if state := b.command.ProcessState; b.ended() && state != nil {
			return state.UserTime(), state.SystemTime(), nil
		}
		return 0, 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	var u, s int64
	fmt.Sscan(fields[11], &u)
	fmt.Sscan(fields[12], &s)
	return time.Duration(u) * 10 * time.Millisecond, time.Duration(s) * 10 * time.Millisecond, nil
}

func (b *fakeBox) Reads() (sandbox.Reads, error) {
	return sandbox.Reads{}, b.starter.note("Reads")
}

func (b *fakeBox) Memory() (m sandbox.Memory, err error) {
	if err := b.starter.note("Memory"); err != nil {
		return m, err
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", b.command.Process.Pid))
	if err != nil {
		return m, nil // It has ended, and took its figures along.
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kb int64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kb); n == 1 {
			m.PeakBytes = kb << 10
		}
	}
	return m, nil
}

func (b *fakeBox) Signal(s syscall.Signal) error { return b.signal("Signal "+s.String(), s) }

// Companions need mounts, which these processes do not have.
func (b *fakeBox) Release(context.Context) error   { return nil }
func (b *fakeBox) CompanionEnded(int) sandbox.Exit { return sandbox.Exit{} }

func (b *fakeBox) Dial(ctx context.Context, port int) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
}

func (b *fakeBox) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

func (b *fakeBox) Exit() sandbox.Exit {
	status := b.command.ProcessState.Sys().(syscall.WaitStatus)
	exit := sandbox.Exit{Code: b.command.ProcessState.ExitCode(), OOM: b.oom}
	if status.Signaled() {
		exit.Signal = status.Signal()
	}
	return exit
}

func (b *fakeBox) Kill() error {
	if b.killed {
		return nil
	}
	b.killed = true
	if err := b.starter.note("Kill"); err != nil {
		return err
	}
	if err := syscall.Kill(-b.command.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	<-b.done
	// Its orphans die too, and somebody else reaps them.
	for syscall.Kill(-b.command.Process.Pid, 0) == nil {
		time.Sleep(time.Millisecond)
	}
	return nil
}
