package engine

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
)

// tailBytes is how much of its log an invocation returns at most.
const tailBytes = 4096

// logbook is one environment's log: everything goes on to the function's log,
// and the end of what an invocation wrote is kept.
type logbook struct {
	shared *sync.Mutex // of all environments that write to out
	out    io.Writer   // nil: nowhere

	mu   sync.Mutex
	ring [tailBytes]byte
	n    int // bytes since mark; the last tailBytes of them are in the ring
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	rest := b
	if len(rest) > tailBytes {
		l.n += len(rest) - tailBytes
		rest = rest[len(rest)-tailBytes:]
	}
	for len(rest) > 0 {
		copied := copy(l.ring[l.n%tailBytes:], rest)
		l.n += copied
		rest = rest[copied:]
	}
	l.mu.Unlock()
	if l.out == nil {
		return len(b), nil
	}
	l.shared.Lock()
	defer l.shared.Unlock()
	return l.out.Write(b)
}

// mark forgets what has been written before.
func (l *logbook) mark() {
	l.mu.Lock()
	l.n = 0
	l.mu.Unlock()
}

// tail is the end of what has been written since mark.
func (l *logbook) tail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n <= tailBytes {
		return append([]byte(nil), l.ring[:l.n]...)
	}
	start := l.n % tailBytes
	return append(append(make([]byte, 0, tailBytes), l.ring[start:]...), l.ring[:start]...)
}

// pipe brings what a process writes to a logbook. It reads as it comes, so that
// the process never stands still, and whatever is there when asked, so that an
// invocation's log is complete when the invocation is.
type pipe struct {
	reader *os.File
	raw    syscall.RawConn
	book   *logbook
	also   func([]byte) // takes it too; nil: nobody
	ended  chan struct{}

	mu     sync.Mutex
	buffer [32 << 10]byte
}

// newPipe returns the pipe, which also tells somebody else, and the end for the process, which the caller closes
// when the process has it.
func newPipe(book *logbook, also func([]byte)) (*pipe, *os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pipe for the log: %w", err)
	}
	raw, err := reader.SyscallConn()
	if err != nil {
		reader.Close()
		writer.Close()
		return nil, nil, fmt.Errorf("make a pipe for the log: %w", err)
	}
	p := &pipe{reader: reader, raw: raw, book: book, also: also, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.raw.Read(p.take) // Its error is that of a closed pipe.
	}()
	return p, writer, nil
}

// take reads what is there and reports the end of the stream. Our end does not
// block.
func (p *pipe) take(fd uintptr) (ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n, err := syscall.Read(int(fd), p.buffer[:])
		switch {
		case n > 0:
			// A log that cannot be written must not stop a function.
			p.book.Write(p.buffer[:n])
			if p.also != nil {
				p.also(p.buffer[:n])
			}
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return false
		default:
			return true
		}
	}
}

// drain brings over what has been written until now.
func (p *pipe) drain() {
	p.raw.Control(func(fd uintptr) { p.take(fd) })
}

func (p *pipe) close() {
	p.drain()
	p.reader.Close()
	<-p.ended
}
