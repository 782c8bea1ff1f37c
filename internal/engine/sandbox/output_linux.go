package sandbox

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// stream copies what a box writes to a writer. It ends when the last process
// that holds the other end has, but it can be drained before: what was written
// before the first process ended is then with the writer.
type stream struct {
	from    *os.File
	to      io.Writer
	drained chan struct{} // closed when drain has been obeyed
	ended   chan struct{} // closed at the end of the stream
}

// newStream makes a pipe and returns the end that the box gets.
func newStream(to io.Writer) (*stream, *os.File, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	// Our end does not block: a deadline can then be set. The other one must
	// block, since programs expect that of their output.
	if err := unix.SetNonblock(fds[0], true); err != nil {
		unix.Close(fds[0])
		unix.Close(fds[1])
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	s := &stream{from: os.NewFile(uintptr(fds[0]), "output"), to: to,
		drained: make(chan struct{}), ended: make(chan struct{})}
	return s, os.NewFile(uintptr(fds[1]), "output of a box"), nil
}

func (s *stream) copy() {
	defer close(s.ended)
	defer s.from.Close()
	buffer := make([]byte, 32<<10)
	isDrained := false
	for {
		n, err := s.from.Read(buffer)
		s.write(buffer[:n])
		if err == nil {
			continue
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && !isDrained {
			_ = s.from.SetReadDeadline(time.Time{})
			s.take(buffer)
			isDrained = true
			close(s.drained)
			continue
		}
		if !isDrained {
			close(s.drained)
		}
		return
	}
}

// take reads what is there and does not wait for more.
func (s *stream) take(buffer []byte) {
	raw, err := s.from.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool {
		for {
			n, err := unix.Read(int(fd), buffer)
			if err == unix.EINTR {
				continue
			}
			if n <= 0 {
				return true
			}
			s.write(buffer[:n])
		}
	})
}

// write loses what the writer does not want: a box must not stand still because
// its log is full.
func (s *stream) write(b []byte) {
	if len(b) > 0 {
		_, _ = s.to.Write(b)
	}
}

// drain asks for everything that has been written until now, and waits for it.
func (s *stream) drain() {
	_ = s.from.SetReadDeadline(time.Now())
	<-s.drained
}

// outputs are the two streams of a box.
type outputs struct {
	streams        []*stream
	stdout, stderr *os.File // for the box
	own            []*os.File
}

func openOutputs(stdout, stderr io.Writer) (o *outputs, err error) {
	o = &outputs{}
	defer func() {
		if err != nil {
			o.started()
			for _, s := range o.streams {
				s.from.Close()
			}
		}
	}()
	open := func(w io.Writer) (*os.File, error) {
		switch w := w.(type) {
		case nil:
			f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err == nil {
				o.own = append(o.own, f)
			}
			return f, err
		case *os.File:
			return w, nil
		default:
			s, f, err := newStream(w)
			if err == nil {
				o.streams = append(o.streams, s)
				o.own = append(o.own, f)
			}
			return f, err
		}
	}
	if o.stdout, err = open(stdout); err != nil {
		return o, err
	}
	// One writer for both gets one pipe, which keeps the order of the lines.
	if same(stdout, stderr) {
		o.stderr = o.stdout
		return o, nil
	}
	o.stderr, err = open(stderr)
	return o, err
}

// same is ==, for writers that may not be comparable.
func same(a, b io.Writer) (equal bool) {
	defer func() { _ = recover() }()
	return a == b
}

// started closes the ends that the box now has.
func (o *outputs) started() {
	for _, f := range o.own {
		f.Close()
	}
	o.own = nil
}

func (o *outputs) copy() {
	for _, s := range o.streams {
		go s.copy()
	}
}

func (o *outputs) drain() {
	for _, s := range o.streams {
		s.drain()
	}
}

// wait waits for the end of the streams: everything that held them is dead. With
// a limit, for what may have escaped.
func (o *outputs) wait(limit time.Duration) {
	for _, s := range o.streams {
		select {
		case <-s.ended:
		case <-time.After(limit):
			s.from.Close() // ends the copying
			<-s.ended
		}
	}
}
