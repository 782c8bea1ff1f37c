package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/procfs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// guardStarts is how often the guard is started before the run gives up: whoever
// kills it as often means it.
const guardStarts = 10

// openManifest begins the list of what this run makes.
func (h *Host) openManifest() (err error) {
	h.manifest, err = os.OpenFile(filepath.Join(h.dir, "manifest"), os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return h.noteHeld(remains.FolderLine(h.dir))
}

// startGuard starts the process that outlives this one, and tells it what there
// is. The caller holds mu, or is alone.
func (h *Host) startGuard() (err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return os.NewSyscallError("make the guard's pipe", err)
	}
	read, write := os.NewFile(uintptr(fds[0]), "guard"), os.NewFile(uintptr(fds[1]), "guard")
	defer read.Close()
	if h.guardPipe != nil {
		h.guardPipe.Close()
	}
	h.guardPipe = write
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	defer null.Close()
	// It holds nothing of ours open: a pipe behind bench must see its end. And
	// it is a session of its own: what the terminal sends does not reach it.
	for try := 0; ; try++ {
		h.guard, err = os.StartProcess(h.launcher, []string{"multi-runtime-benchmark-guard", "guard"}, &os.ProcAttr{
			Dir: "/", Env: []string{}, Files: []*os.File{null, null, null, read},
			Sys: &syscall.SysProcAttr{Setsid: true},
		})
		// The launcher has just been written. A process that was forked at that
		// moment, anywhere in this program, has the file open for writing until
		// it executes what it was forked for: it can't be awaited, but is short.
		if !errors.Is(err, syscall.ETXTBSY) || try == 1000 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err != nil {
		return fault.New(hintTempDir, "start the guard: %w", err)
	}
	there, err := os.ReadFile(h.manifest.Name())
	if err == nil {
		_, err = write.Write(there)
	}
	if err != nil && !errors.Is(err, unix.EPIPE) { // it has died again: keepGuard sees that
		return fmt.Errorf("tell the guard what there is: %w", err)
	}
	return nil
}

// keepGuard starts the guard again whenever it dies before this run's end.
func (h *Host) keepGuard() {
	defer close(h.guardEnd)
	for starts := 1; ; starts++ {
		_, _ = h.guard.Wait()
		h.mu.Lock()
		over := h.manifest == nil
		if !over {
			if starts == guardStarts {
				h.guardErr = errors.New("it was killed again and again")
			} else {
				h.guardErr = h.startGuard()
			}
			over = h.guardErr != nil
		}
		h.mu.Unlock()
		if over {
			return
		}
	}
}

// note writes down what is about to be made: for the guard, and for `bench
// clean` should the guard be killed too.
func (h *Host) note(line string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.noteHeld(line)
}

func (h *Host) noteHeld(line string) error {
	if h.manifest == nil {
		return errClosed
	}
	if _, err := h.manifest.WriteString(line); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if h.guardPipe != nil {
		// One that has just died leaves the manifest to its successor.
		if _, err := h.guardPipe.WriteString(line); err != nil && !errors.Is(err, unix.EPIPE) {
			return fmt.Errorf("tell the guard: %w", err)
		}
	}
	return nil
}

// Adopt makes the guard kill this process, and its group if it leads one, when
// this program dies. Close kills it too, if it still runs then.
func (h *Host) Adopt(pid int) error {
	stat, err := procfs.Read(pid)
	if err != nil {
		return fmt.Errorf("adopt process %d: %w", pid, err)
	}
	p := remains.Process{PID: pid, Start: stat.Start}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errClosed
	}
	h.adopted = append(h.adopted, p)
	return h.noteHeld(remains.ProcessLine(p))
}
