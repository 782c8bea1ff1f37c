//go:build linux

// Package procfs reads the few lines of /proc that the sandbox and its guard
// need: who a process is (its number and start time together, since numbers are
// used again), what it used and how much memory it has. It refuses to list or
// to interpret anything else.
//
//	stat, err := procfs.Read(pid)
package procfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ClockTicks is USER_HZ, the unit of the times in /proc/PID/stat. It is 100 on
// every architecture that Linux runs Go on, whatever the kernel's own HZ is.
const ClockTicks = 100

// Stat is what /proc/PID/stat says (proc_pid_stat(5)).
type Stat struct {
	PID, Parent, Group, Session int
	Name                        string
	State                       byte   // R, S, D, T, Z, …
	User, System                uint64 // ticks, of this process
	ChildUser, ChildSystem      uint64 // ticks, of the children it waited for
	MajorFaults                 uint64 // pages that had to be read, of this process and of the children it waited for
	Start                       uint64 // ticks after boot
}

// Read reads /proc/PID/stat. The error is os.ErrNotExist when there is no such
// process.
func Read(pid int) (Stat, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		if gone(err) {
			return Stat{}, os.ErrNotExist
		}
		return Stat{}, err
	}
	return parseStat(b)
}

// gone: a file of /proc that was opened before its process ended answers "no
// such process" when it is read.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

var errStat = errors.New("not a line of /proc/PID/stat")

func parseStat(b []byte) (Stat, error) {
	// The name may hold anything, spaces and brackets too: only the last
	// closing bracket ends it.
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 2 || end < open || end+2 > len(b) {
		return Stat{}, errStat
	}
	f := bytes.Fields(b[end+1:])
	if len(f) < 20 {
		return Stat{}, errStat
	}
	s := Stat{Name: string(b[open+1 : end]), State: f[0][0]}
	bad := false
	signed := func(b []byte) int {
		n, err := strconv.Atoi(string(b))
		bad = bad || err != nil
		return n
	}
	unsigned := func(b []byte) uint64 {
		n, err := strconv.ParseUint(string(b), 10, 64)
		bad = bad || err != nil
		return n
	}
	s.PID = signed(bytes.TrimSpace(b[:open]))
	s.Parent, s.Group, s.Session = signed(f[1]), signed(f[2]), signed(f[3])
	s.User, s.System = unsigned(f[11]), unsigned(f[12])
	s.ChildUser, s.ChildSystem = unsigned(f[13]), unsigned(f[14])
	s.MajorFaults = unsigned(f[9]) + unsigned(f[10])
	s.Start = unsigned(f[19])
	if bad {
		return Stat{}, errStat
	}
	return s, nil
}

// ReadBytes is what a process has had read from disks, those of its ended children
// included (proc_pid_io(5), read_bytes). The error is os.ErrNotExist when there is
// no such process.
func ReadBytes(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/io")
	if err != nil {
		if gone(err) {
			return 0, os.ErrNotExist
		}
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, "read_bytes: "); ok {
			return strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return 0, errors.New("/proc/PID/io has no read_bytes")
}

// Memory is what /proc/PID/status says, in bytes.
type Memory struct {
	Peak int64 // VmHWM
	RSS  int64 // VmRSS
	Anon int64 // RssAnon
}

// MemoryFile is /proc/PID/status, kept open: it is read after every invocation.
type MemoryFile struct {
	file   *os.File
	buffer [4096]byte // more than the kernel writes
}

// OpenMemory opens the file of a process. The error is os.ErrNotExist when there
// is no such process.
func OpenMemory(pid int) (*MemoryFile, error) {
	file, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		if gone(err) {
			return nil, os.ErrNotExist
		}
		return nil, err
	}
	return &MemoryFile{file: file}, nil
}

// Read is what the process has now. One that is ending has no memory any more:
// all zero. The error is os.ErrNotExist when it has ended, whoever has its number
// now.
func (f *MemoryFile) Read() (Memory, error) {
	n, err := f.file.ReadAt(f.buffer[:], 0)
	switch {
	case n == len(f.buffer):
		return Memory{}, errors.New("/proc/PID/status is longer than it was ever seen")
	case err == nil, errors.Is(err, io.EOF):
		return parseMemory(f.buffer[:n])
	case gone(err):
		return Memory{}, os.ErrNotExist
	}
	return Memory{}, err
}

// Close lets go of the file.
func (f *MemoryFile) Close() { _ = f.file.Close() }

func parseMemory(b []byte) (Memory, error) {
	var m Memory
	for line := range bytes.Lines(b) {
		name, value, _ := bytes.Cut(line, []byte{':'})
		var into *int64
		switch string(name) {
		case "VmHWM":
			into = &m.Peak
		case "VmRSS":
			into = &m.RSS
		case "RssAnon":
			into = &m.Anon
		default:
			continue
		}
		number, unit, _ := bytes.Cut(bytes.TrimSpace(value), []byte{' '})
		kb, err := strconv.ParseInt(string(number), 10, 64)
		if err != nil || string(unit) != "kB" {
			return Memory{}, errors.New("a line of /proc/PID/status is not in kB: " + string(line))
		}
		*into = kb << 10
	}
	return m, nil
}

// Unescape turns \040 and its like in a line of mountinfo back
// (proc_pid_mountinfo(5)).
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
