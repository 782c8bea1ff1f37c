package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// helper is what the test binary does when it runs in a box, or as a program
// that is to be killed.
func helper(what string, args []string) int {
	switch what {
	case "spin":
		for n := 0; ; n++ {
			if n < 0 {
				n = 0
			}
		}
	case "hog": // take so many MiB, really
		n, _ := strconv.Atoi(args[0])
		fmt.Println("start")
		b := make([]byte, n<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		fmt.Println("have it", b[0])
		wait()
	case "environment":
		fmt.Print(strings.Join(os.Environ(), "\n"))
	case "idle": // an idle Go program with its threads
		wait()
	case "family": // a child and a grandchild that leaves the process group
		if len(args) > 0 {
			fmt.Println("ready")
			wait()
		}
		for range 2 {
			c := exec.Command("/usr/bin/setsid", os.Args[0], "helper", "family", "child")
			c.Stdout = os.Stdout
			_ = c.Start()
		}
		wait()
	case "session": // a child in the same process group
		c := exec.Command("/bin/sleep", "1000")
		_ = c.Start()
		fmt.Println("ready")
		wait()
	case "parent":
		return parent(args)
	case "describe":
		return describe(args)
	case "churn":
		return churn(args)
	}
	return 0
}

// wait blocks for ever. An empty select would be a deadlock to the runtime.
func wait() {
	for {
		time.Sleep(time.Hour)
	}
}

// ownLayout is how this machine's control groups are used: as they are, only
// those of v1 (the freezer too), or not at all.
func ownLayout(mode string) (layout, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return layout{}, err
	}
	cgroup, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return layout{}, err
	}
	l := parseLayout(string(mountinfo), string(cgroup))
	switch mode {
	case "v1":
		l.unified = place{}
	case "none":
		l = layout{}
	}
	return l, nil
}

// parent is a whole run in a process of its own: parent LAUNCHER TEMP LAYOUT. It prints what it has made and
// waits to be killed, or for its standard input to end: then it closes in order.
func parent(args []string) int {
	ctx := context.Background()
	l, err := ownLayout(args[2])
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	h, err := open(ctx, Options{Launcher: args[0], TempDir: args[1]}, l)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	groups := len(h.groups.dirs()) > 0
	adopted := exec.Command("/bin/sleep", "1000")
	if err := adopted.Start(); err != nil {
		fmt.Println("error", err)
		return 1
	}
	go func() { _ = adopted.Wait() }()
	if err := h.Adopt(adopted.Process.Pid); err != nil {
		fmt.Println("error", err)
		return 1
	}
	reader, writer, _ := os.Pipe()
	s := within(h, Spec{ID: "1", Command: self("session"), Stdout: writer})
	if groups {
		s.Command[2] = "family"
	}
	b, err := h.Start(ctx, s)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	lines := bufio.NewScanner(reader)
	lines.Scan()
	if groups {
		lines.Scan() // both are there
	}
	if err := b.Freeze(); err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("guard", h.guard.Pid)
	fmt.Println("process", adopted.Process.Pid)
	fmt.Println("keeper", b.cell.process.Pid)
	pids, _ := sessionPIDs(b.sessions)
	if groups {
		pids, _ = b.cage.procs.pids()
	}
	for _, pid := range pids {
		fmt.Println("process", pid)
	}
	if groups {
		for _, dir := range h.groups.dirs() {
			fmt.Println("path", dir)
		}
	}
	fmt.Println("path", h.RunDir())
	fmt.Println("done")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	if err := h.Close(); err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("closed")
	return 0
}

// describe says what a run may do here, and tries it: describe LAUNCHER TEMP.
func describe(args []string) int {
	h, err := Open(context.Background(), Options{Launcher: args[0], TempDir: args[1]})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	defer h.Close()
	d := h.Description()
	fmt.Println("namespaces", d.Namespaces)
	fmt.Println("user namespace", d.UserNamespace)
	fmt.Println("limits", d.Limits())
	fmt.Println(strings.Join(d.Warnings, "\n"))
	fmt.Println("walls", d.Walls)
	code, temp := h.RunDir()+"/code", filepath.Dir(h.RunDir())
	if err := os.Mkdir(code, 0o755); err != nil {
		fmt.Println("error", err)
		return 1
	}
	if !h.Namespaces() {
		return 0
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	b, err := h.Start(context.Background(), Spec{ID: "1", Dir: "/var/task", Stdout: os.Stdout, Stderr: os.Stdout,
		Mounts: []Mount{{code, "/var/task", true}}, TempMB: 1, Env: []string{"PATH=/usr/bin:/bin"},
		Command: []string{"/bin/bash", "-c", "exec 2>/dev/null; touch /var/task/x || echo refused; echo hello >/tmp/x && cat /tmp/x; id -u; id -un\n" +
			"unshare -U true || echo no namespace\nls -A /root /home " + temp + "\nkill -9 1; kill -9 " + strconv.Itoa(os.Getpid()) + " || echo no signal\n" +
			"(exec 3<>/dev/tcp/" + strings.Replace(port.Addr().String(), ":", "/", 1) + ") || echo no port\n" +
			"head -c 2M /dev/zero >/tmp/y || echo no room; cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c SECRET"}})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	<-b.Done()
	return 0
}

// churn starts and kills boxes for ever: churn LAUNCHER TEMP. It prints what it
// has made and a line for every box.
func churn(args []string) int {
	h, err := Open(context.Background(), Options{Launcher: args[0], TempDir: args[1]})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("guard", h.guard.Pid)
	fmt.Println("path", h.RunDir())
	for _, dir := range h.groups.dirs() {
		fmt.Println("path", dir)
	}
	for worker := range 3 {
		go func() {
			for i := 0; ; i++ {
				b, err := h.Start(context.Background(), Spec{ID: fmt.Sprintf("%d-%d", worker, i), MemoryMB: 64,
					Command: []string{"/bin/sh", "-c", "/bin/sleep 1000 & /bin/sleep 1000"}})
				if err == nil {
					err = b.Freeze()
				}
				fmt.Println("box", err)
				if i%2 == 0 {
					_ = b.Kill()
				}
			}
		}()
	}
	wait()
	return 0
}
