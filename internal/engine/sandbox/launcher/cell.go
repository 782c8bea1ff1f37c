//go:build linux

package main

import (
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
)

// keeper is the launcher in a cell that stands: the first process of its PID
// namespace, in none of the commands' control groups. While it lives the cell's
// network and /tmp do; with it they end, and every process in the cell.
type keeper struct {
	link     *link
	order    wire.Cell
	sockets  map[int]int   // by port
	began    chan struct{} // a command has: there is something to wait for
	mu       sync.Mutex    // held from a fork until it is known what became of it
	commands map[int]int   // their numbers by their processes
}

// cell builds the cell and runs what is ordered, until bench hangs up.
func cell() int {
	closeFrom(wire.Socket, unix.CLOSE_RANGE_CLOEXEC)
	defaultSignals()
	// Nobody in the cell may look at this process, even where they have its number.
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	k := &keeper{link: &link{fd: wire.Socket}, began: make(chan struct{}, 1), sockets: map[int]int{}, commands: map[int]int{}}
	if wire.Read(k.link, &k.order) != nil {
		return 2 // bench is gone
	}
	if err := build(k.order); err != nil {
		k.link.say(wire.Fail, onWire(err))
		return 1
	}
	if k.link.say(wire.Ready, nil) != nil {
		return 2
	}
	go k.reap()
	for {
		var order wire.Run
		if wire.Read(k.link, &order) != nil {
			return 0
		}
		if err := k.run(order, k.link.take()); err != nil && k.link.say(wire.Fail, onWire(err)) != nil {
			return 2
		}
	}
}

// build makes what every command of the cell has.
func build(o wire.Cell) error {
	if o.OwnIPC {
		if err := unix.Sethostname([]byte("localhost")); err != nil {
			return fail("name the host", err)
		}
	}
	if o.OwnNet {
		if err := raiseLoopback(); err != nil {
			return err
		}
	}
	if o.Root == "" {
		return nil
	}
	return changeRoot(o)
}

// reap takes down how a command ended, and buries the orphans that become this
// process's own.
func (k *keeper) reap() {
	for range k.began {
		for {
			var status unix.WaitStatus
			var usage unix.Rusage
			pid, err := unix.Wait4(-1, &status, 0, &usage)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				break
			}
			k.mu.Lock()
			if number, ours := k.commands[pid]; ours {
				delete(k.commands, pid)
				_ = k.link.say(wire.Ended, &wire.End{Number: number, Status: int(status), PeakKB: int(usage.Maxrss)})
			}
			k.mu.Unlock()
		}
	}
}

// link is the socket, with the files that came over it.
type link struct {
	fd    int
	files []int
}

func (l *link) Read(b []byte) (int, error) {
	for {
		oob := make([]byte, unix.CmsgSpace(4*16))
		n, oobn, _, _, err := unix.Recvmsg(l.fd, b, oob, unix.MSG_CMSG_CLOEXEC)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, err
		}
		if oobn > 0 {
			messages, err := unix.ParseSocketControlMessage(oob[:oobn])
			if err != nil {
				return 0, err
			}
			for i := range messages {
				files, err := unix.ParseUnixRights(&messages[i])
				if err != nil {
					return 0, err
				}
				l.files = append(l.files, files...)
			}
		}
		if n == 0 {
			return 0, os.ErrClosed
		}
		return n, nil
	}
}

// take gives the files that came since the last take.
func (l *link) take() []int {
	files := l.files
	l.files = nil
	return files
}

// say sends one word, what follows it, and files.
func (l *link) say(word byte, m wire.Message, files ...int) error {
	b := []byte{word}
	if m != nil {
		b = append(b, wire.Encode(m)...)
	}
	var oob []byte
	if len(files) > 0 {
		oob = unix.UnixRights(files...)
	}
	for len(b) > 0 {
		n, err := unix.SendmsgN(l.fd, b, oob, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		b, oob = b[n:], nil
	}
	return nil
}

// raiseLoopback gives the cell's network its only interface.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail("open a socket", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err == nil {
		request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
	}
	return fail("switch the loopback interface on", err)
}

// listen gives the sockets of ports inside of the cell's network, which stay open
// as long as the cell does.
func (k *keeper) listen(ports []int) (sockets []int, err error) {
	for _, port := range ports {
		if _, open := k.sockets[port]; !open {
			if k.sockets[port], err = listen(port); err != nil {
				return nil, fail("listen on port "+strconv.Itoa(port)+" of the cell", err)
			}
		}
		sockets = append(sockets, k.sockets[port])
	}
	return sockets, nil
}

func listen(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = unix.Listen(fd, 1024)
	}
	return fd, err
}

// dial hands over a connection to a port of the cell's own network.
func (k *keeper) dial(port int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail("open a socket", err)
	}
	defer unix.Close(fd)
	// A listener that takes nobody must not hold the cell up.
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: 1})
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fail("connect to port "+strconv.Itoa(port)+" of the cell", err)
	}
	return fail("hand a connection over", k.link.say(wire.Connected, nil, fd))
}

func closeAll(files []int) {
	for _, fd := range files {
		unix.Close(fd)
	}
}

// find resolves a command as execvp(3) does, with the box's own PATH.
func find(command, env []string) (string, error) {
	if len(command) == 0 || command[0] == "" {
		return "", &failure{"execute an empty command", unix.ENOENT}
	}
	name := command[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	list := ""
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			list = value
		}
	}
	for list != "" {
		var dir string
		dir, list, _ = strings.Cut(list, ":")
		if dir == "" {
			dir = "."
		}
		path := dir + "/" + name
		var stat unix.Stat_t
		if unix.Stat(path, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && unix.Access(path, unix.X_OK) == nil {
			return path, nil
		}
	}
	return "", &failure{"find " + name + " in the PATH of the box", unix.ENOENT}
}
