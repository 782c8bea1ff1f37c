package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// knob is one of the kernel's control files, kept open: what is read or written
// between two invocations must not cost a path look-up. A nil knob is a file
// that this kernel does not have.
type knob struct {
	fd   int
	path string
}

var errNoKnob = errors.New("this machine has no such control file")

// openKnob never creates: the kernel has made the files, or they are not there.
func openKnob(flags int, elements ...string) (*knob, error) {
	path := filepath.Join(elements...)
	for {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		return &knob{fd, path}, nil
	}
}

func (k *knob) write(value string) error {
	if k == nil {
		return errNoKnob
	}
	for {
		_, err := unix.Pwrite(k.fd, []byte(value), 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("write %q to %s: %w", value, k.path, err)
		}
		return nil
	}
}

// read returns the whole content. It is short in all of these files but the
// list of processes. The kernel gives all that there is room for: what leaves some
// was the end.
func (k *knob) read() ([]byte, error) {
	if k == nil {
		return nil, errNoKnob
	}
	buffer := make([]byte, 0, 512)
	for {
		n, err := unix.Pread(k.fd, buffer[len(buffer):cap(buffer)], int64(len(buffer)))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", k.path, err)
		}
		buffer = buffer[:len(buffer)+n]
		if len(buffer) < cap(buffer) {
			return buffer, nil
		}
		buffer = append(buffer, 0)[:len(buffer)]
	}
}

// number reads a file with one number in it.
func (k *knob) number() (int64, error) {
	b, err := k.read()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: got %q, want a number", k.path, b)
	}
	return n, nil
}

// values reads a file with lines of a name and a number.
func (k *knob) values() (map[string]int64, error) {
	b, err := k.read()
	if err != nil {
		return nil, err
	}
	m := map[string]int64{}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read %s: got the line %q, want a name and a number", k.path, line)
		}
		m[name] = n
	}
	return m, nil
}

// pids reads a file with one process number a line.
func (k *knob) pids() ([]int, error) {
	b, err := k.read()
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, field := range strings.Fields(string(b)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("read %s: got %q, want process numbers", k.path, field)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

func (k *knob) close() {
	if k != nil {
		_ = unix.Close(k.fd)
	}
}
