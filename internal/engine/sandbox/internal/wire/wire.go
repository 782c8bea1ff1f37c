// Package wire is what the sandbox and its launcher say to each other over a
// socket: one order that builds a cell, then for every command that runs in it
// one order, the word that it may be executed, and how it ended. It imports next
// to nothing, so that the launcher starts fast, and it keeps no compatibility:
// both ends are built together.
//
//	sandbox: Encode(cell)                       launcher: Ready, or Fail
//	sandbox: Encode(run), with files            launcher: Listening, with files; Ready, or Fail
//	sandbox: Go                                 launcher: Started, or Fail
//	sandbox: Encode(run) with Signal
//	sandbox: Encode(run) with Dial              launcher: Connected, with a file, or Fail
//	                                            launcher: Ended, whenever that is
//
// Commands that run beside each other wait for Go on a pipe of their own, the last file
// of their order, so that the launcher can go on to the next order meanwhile.
package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"
)

// Socket is the launcher's file descriptor of the socket.
const Socket = 3

// What is said besides orders.
const (
	Listening = 'L' // launcher: the sockets of Run.Ports, as files
	Ready     = 'R' // launcher: all is done but to execute the command
	Go        = 'G' // sandbox: execute it
	Started   = 'S' // launcher: it has been executed
	Connected = 'C' // launcher: the connection to Run.Dial, as a file
	Ended     = 'X' // launcher: an End follows
	Fail      = 'E' // launcher: a Failure follows; the cell goes on
)

// maxOrder bounds an order: the kernel takes no more than 6 MiB of arguments
// and environment, so that anything larger is a mistake.
const maxOrder = 8 << 20

// Mount shows Source (outside) as Target (inside).
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// Cell is what is built once, before the first command: a file system, a network
// and the limits of who runs there.
type Cell struct {
	Root      string // an empty folder to build the cell's root on; "": no mounts
	OldMounts bool   // do without mount_setattr, as before Linux 5.12
	Mounts    []Mount
	TempBytes int // size of a /tmp of its own; 0: what Mounts have there
	User      int // user and group of the commands; -1: the launcher's own
	OwnPIDs   bool
	OwnNet    bool
	OwnIPC    bool // IPC and host name
}

// Run is one command, a signal to one, or a connection to what one listens on.
type Run struct {
	Number    int   // of the command, unique in its cell
	Signal    int   // to send to the command's process group; all below is left out
	Dial      int   // port of 127.0.0.1 in the cell's network to connect to; all else is left out
	Joins     bool  // another command, which lives
	Gated     bool  // it waits for Go on the last of its files
	Ports     []int // of 127.0.0.1, to listen on
	Groups    int   // control groups to enter: files behind the two outputs
	CPUs      []int // affinity; none: left alone
	Files     int   // limit on open files
	Processes int   // limit on processes and threads of its user; 0: none
	Confine   bool  // by Landlock, to what follows and the system's own folders
	Reads     []string
	Writes    []string
	Connects  []int // TCP ports
	Dir       string
	Command   []string
	Env       []string
}

// Failure says which step went wrong, with the system's error number.
type Failure struct {
	Step  string
	Errno int // 0: Step says it all
}

// End says how a command ended.
type End struct {
	Number int // of the command
	Status int // as wait(2) has it
	PeakKB int // of the process itself
}

// Message is an order or what follows one of the words.
type Message interface{ fields(c coder) }

// coder goes through the fields of a message in their order: one writes, one reads.
type coder interface {
	text(*string)
	number(*int)
	truth(*bool)
	count(n int) int // of a list that follows
}

func (m *Cell) fields(c coder) {
	c.text(&m.Root)
	c.truth(&m.OldMounts)
	m.Mounts = sized(c, m.Mounts)
	for i := range m.Mounts {
		c.text(&m.Mounts[i].Source)
		c.text(&m.Mounts[i].Target)
		c.truth(&m.Mounts[i].ReadOnly)
	}
	c.number(&m.TempBytes)
	c.number(&m.User)
	c.truth(&m.OwnPIDs)
	c.truth(&m.OwnNet)
	c.truth(&m.OwnIPC)
}

func (m *Run) fields(c coder) {
	c.number(&m.Number)
	c.number(&m.Signal)
	c.number(&m.Dial)
	c.truth(&m.Joins)
	c.truth(&m.Gated)
	for _, list := range []*[]int{&m.Ports, &m.CPUs, &m.Connects} {
		*list = sized(c, *list)
		for i := range *list {
			c.number(&(*list)[i])
		}
	}
	c.number(&m.Groups)
	c.number(&m.Files)
	c.number(&m.Processes)
	c.truth(&m.Confine)
	c.text(&m.Dir)
	for _, list := range []*[]string{&m.Reads, &m.Writes, &m.Command, &m.Env} {
		*list = sized(c, *list)
		for i := range *list {
			c.text(&(*list)[i])
		}
	}
}

func (m *Failure) fields(c coder) { c.text(&m.Step); c.number(&m.Errno) }
func (m *End) fields(c coder) {
	c.number(&m.Number)
	c.number(&m.Status)
	c.number(&m.PeakKB)
}

func sized[T any](c coder, list []T) []T {
	n := c.count(len(list))
	if n == len(list) {
		return list
	}
	return make([]T, n)
}

type writer struct{ b []byte }

func (w *writer) text(s *string)  { w.b = append(binary.AppendUvarint(w.b, uint64(len(*s))), *s...) }
func (w *writer) number(n *int)   { s := strconv.Itoa(*n); w.text(&s) }
func (w *writer) truth(t *bool)   { s := strconv.FormatBool(*t); w.text(&s) }
func (w *writer) count(n int) int { w.number(&n); return n }

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) text(s *string) {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)-size) {
		r.bad, r.b = true, nil
		return
	}
	*s = string(r.b[size : size+int(n)])
	r.b = r.b[size+int(n):]
}

func (r *reader) number(n *int) {
	var s string
	r.text(&s)
	var err error
	*n, err = strconv.Atoi(s)
	r.bad = r.bad || err != nil
}

func (r *reader) truth(t *bool) {
	var s string
	r.text(&s)
	var err error
	*t, err = strconv.ParseBool(s)
	r.bad = r.bad || err != nil
}

func (r *reader) count(int) int {
	var n int
	r.number(&n)
	if n < 0 || n > len(r.b) { // each takes at least a byte
		r.bad, n = true, 0
	}
	return n
}

// Encode makes the bytes of a message, with their length in front.
func Encode(m Message) []byte {
	w := &writer{b: make([]byte, 4, 4096)}
	m.fields(w)
	binary.LittleEndian.PutUint32(w.b, uint32(len(w.b)-4))
	return w.b
}

var errMessage = errors.New("not a message of this version's launcher")

// Read reads what Encode made into m, whose lists are empty.
func Read(from io.Reader, m Message) error {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxOrder {
		return errMessage
	}
	r := &reader{b: make([]byte, n)}
	if _, err := io.ReadFull(from, r.b); err != nil {
		return err
	}
	m.fields(r)
	if r.bad || len(r.b) != 0 {
		return errMessage
	}
	return nil
}
