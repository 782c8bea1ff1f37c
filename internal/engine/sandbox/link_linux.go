package sandbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// link is the socket to a launcher. One goroutine reads it: answers go to whoever has
// given an order, and how a command ended to who waits for that, whenever it comes.
type link struct {
	*net.UnixConn
	words chan said // closed when the launcher has ended

	ordering sync.Mutex // held from an order until its answer

	mu   sync.Mutex
	ends map[int]chan wire.End // of the commands that live, by their numbers
	last int                   // number given
	over bool
}

// said is what a launcher says, with what came along.
type said struct {
	kind  byte
	files []*os.File
	err   error
}

func newLink(conn *net.UnixConn) *link {
	// More words than this are never due, so that the reader never waits.
	l := &link{UnixConn: conn, words: make(chan said, 16), ends: map[int]chan wire.End{}}
	go l.listen()
	return l
}

func (l *link) listen() {
	for {
		w, err := l.read()
		if err != nil {
			break
		}
		if w.kind != wire.Ended {
			l.words <- w
			continue
		}
		var end wire.End
		if wire.Read(l, &end) != nil {
			break
		}
		l.mu.Lock()
		if waiting, ok := l.ends[end.Number]; ok {
			waiting <- end
			delete(l.ends, end.Number)
		}
		l.mu.Unlock()
	}
	// With the launcher ends everything in its cell.
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	for _, waiting := range l.ends {
		waiting <- wire.End{Status: int(unix.SIGKILL)}
	}
	l.ends = nil
	close(l.words)
}

// read reads one word, and the files that came with it.
func (l *link) read() (w said, err error) {
	kind, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4*16))
	n, oobn, _, _, err := l.ReadMsgUnix(kind, oob)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return w, err
	}
	w.kind = kind[0]
	if oobn > 0 {
		messages, err := unix.ParseSocketControlMessage(oob[:oobn])
		if err != nil {
			return w, err
		}
		for i := range messages {
			fds, err := unix.ParseUnixRights(&messages[i])
			if err != nil {
				return w, err
			}
			for _, fd := range fds {
				unix.CloseOnExec(fd)
				w.files = append(w.files, os.NewFile(uintptr(fd), "socket"))
			}
		}
	}
	if w.kind == wire.Fail {
		failed := &failure{}
		err = wire.Read(l, &failed.Failure)
		w.err = failed
	}
	return w, err
}

// command gives a command a number, and the channel that will say how it ended.
func (l *link) command() (number int, ended <-chan wire.End) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	waiting := make(chan wire.End, 1)
	if l.over {
		waiting <- wire.End{Status: int(unix.SIGKILL)}
	} else {
		l.ends[l.last] = waiting
	}
	return l.last, waiting
}

// await waits for one word, and gives the files that came with it.
func (l *link) await(ctx context.Context, want byte) ([]*os.File, error) {
	select {
	case w, ok := <-l.words:
		switch {
		case !ok:
			return nil, io.EOF
		case w.kind == want:
			return w.files, nil
		case w.kind == wire.Fail:
			return nil, w.err
		}
		return nil, fmt.Errorf("the launcher says %q, want %q", w.kind, want)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// failure is what the launcher could not do.
type failure struct{ wire.Failure }

func (f *failure) Error() string {
	if f.Errno == 0 {
		return f.Step
	}
	return f.Step + ": " + f.Unwrap().Error()
}

func (f *failure) Unwrap() error {
	if f.Errno == 0 {
		return nil
	}
	return syscall.Errno(f.Errno)
}
