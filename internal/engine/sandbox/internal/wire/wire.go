// Package wire is what the sandbox and its launcher say to each other over a
// socket: one order, one word that the cage is ready, one word to go, and an
// error if something went wrong. It imports next to nothing, so that the
// launcher starts fast, and it keeps no compatibility: both ends are built
// together.
//
//	socket.Write(wire.Encode(order)); read wire.Ready; write wire.Go; read EOF
package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"
)

// Socket is the launcher's file descriptor of the socket; the control groups to
// enter (their cgroup.procs, open for writing) follow it.
const Socket = 3

// What is said after the order.
const (
	Ready = 'R' // launcher: the cage stands, the program can be executed
	Go    = 'G' // sandbox: execute it
	Fail  = 'E' // launcher: a Failure follows, up to the end of the stream
)

// maxOrder bounds an order: the kernel takes no more than 6 MiB of arguments
// and environment, so that anything larger is a mistake.
const maxOrder = 8 << 20

// Mount shows Source (outside) as Target (inside).
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// Order is everything the launcher does for one box.
type Order struct {
	Root      string // an empty folder to build the box's root on; "": no mounts
	OldMounts bool   // do without mount_setattr, as before Linux 5.12
	Mounts    []Mount
	Enter     int   // how many control groups to enter
	CPUs      []int // affinity; none: left alone
	Files     int   // limit on open files
	Dir       string
	Command   []string
	Env       []string
}

// Failure says which step went wrong, with the system's error number.
type Failure struct {
	Step  string
	Errno int // 0: Step says it all
}

// Encode makes the bytes of an order, with their length in front.
func Encode(o Order) []byte {
	b := make([]byte, 4, 4096)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	number := func(n int) { text(strconv.Itoa(n)) }
	truth := func(t bool) { text(strconv.FormatBool(t)) }
	list := func(l []string) {
		number(len(l))
		for _, s := range l {
			text(s)
		}
	}
	text(o.Root)
	truth(o.OldMounts)
	number(len(o.Mounts))
	for _, m := range o.Mounts {
		text(m.Source)
		text(m.Target)
		truth(m.ReadOnly)
	}
	number(o.Enter)
	number(len(o.CPUs))
	for _, c := range o.CPUs {
		number(c)
	}
	number(o.Files)
	text(o.Dir)
	list(o.Command)
	list(o.Env)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

var errOrder = errors.New("the order is cut short or garbled")

// Read reads one order.
func Read(r io.Reader) (Order, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Order{}, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxOrder {
		return Order{}, errOrder
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return Order{}, err
	}
	bad := false
	text := func() string {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			bad, b = true, nil
			return ""
		}
		s := string(b[used : used+int(n)])
		b = b[used+int(n):]
		return s
	}
	number := func() int {
		n, err := strconv.Atoi(text())
		bad = bad || err != nil
		return n
	}
	count := func() int { // every entry has a byte at least: more is garbled
		n := number()
		if n < 0 || n > len(b) {
			bad = true
			return 0
		}
		return n
	}
	truth := func() bool {
		t, err := strconv.ParseBool(text())
		bad = bad || err != nil
		return t
	}
	list := func() []string {
		l := make([]string, count())
		for i := range l {
			l[i] = text()
		}
		return l
	}
	var o Order
	o.Root = text()
	o.OldMounts = truth()
	o.Mounts = make([]Mount, count())
	for i := range o.Mounts {
		o.Mounts[i] = Mount{Source: text(), Target: text(), ReadOnly: truth()}
	}
	o.Enter = number()
	o.CPUs = make([]int, count())
	for i := range o.CPUs {
		o.CPUs[i] = number()
	}
	o.Files = number()
	o.Dir = text()
	o.Command = list()
	o.Env = list()
	if bad || len(b) != 0 {
		return Order{}, errOrder
	}
	return o, nil
}

// EncodeFailure makes the bytes that follow Fail.
func EncodeFailure(f Failure) []byte {
	return []byte(strconv.Itoa(f.Errno) + " " + f.Step)
}

// DecodeFailure reads them.
func DecodeFailure(b []byte) Failure {
	for i, c := range b {
		if c == ' ' {
			if n, err := strconv.Atoi(string(b[:i])); err == nil {
				return Failure{Step: string(b[i+1:]), Errno: n}
			}
			break
		}
	}
	return Failure{Step: string(b)}
}
