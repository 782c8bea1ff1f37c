package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/remains"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/internal/wire"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// removeLimit is how long the kernel may take to let go of a killed group.
const removeLimit = 10 * time.Second

// kind says how a cell is built.
type kind int

const (
	bare         kind = iota // no namespaces: Landlock has to do
	asUserSeeing             // as asUser, but processes of this machine are seen: its /proc can't be mounted anew
	asUser                   // in a user namespace, as a plain user
	asRoot                   // by root, with a user of its own
)

// Host is one run's place on this machine.
type Host struct {
	dir         string
	root        string // the empty folder that every cell builds its root on, unseen by others
	launcher    string
	groups      *groups // nil: none
	kind        kind
	oldMounts   bool // do without mount_setattr; tests only
	description Description
	cpus        []int
	users       users

	guard    *os.Process
	guardEnd chan struct{} // closed when the guard has ended for good

	starting sync.WaitGroup     // Starts under way
	stop     context.Context    // ends them
	stopAll  context.CancelFunc // at Close

	mu        sync.Mutex
	guardPipe *os.File
	guardErr  error    // nobody would clean up
	manifest  *os.File // nil: closed
	adopted   []remains.Process
	boxes     map[string]*Box // nil while it starts
	load      map[int]int     // boxes per CPU
	spare     *keeper         // for the next cell
	spareKind kind
	closed    bool
}

// Open finds out what the machine can do, makes the run's folder and control
// groups, starts the guard, and builds one empty cage to see that it works.
func Open(ctx context.Context, o Options) (*Host, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("find the control groups: %w", err)
	}
	cgroup, err := os.ReadFile("/proc/self/cgroup")
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without control groups
		return nil, fmt.Errorf("find the control groups: %w", err)
	}
	return open(ctx, o, parseLayout(string(mountinfo), string(cgroup)))
}

func open(ctx context.Context, o Options, l layout) (h *Host, err error) {
	if o.TempDir == "" {
		o.TempDir = os.TempDir()
	}
	user, err := openUserDir(o.TempDir)
	if err != nil {
		return nil, err
	}
	id, err := newRunID()
	if err != nil {
		return nil, err
	}
	h = &Host{
		dir:   filepath.Join(user, remains.FolderPrefix+id),
		boxes: map[string]*Box{}, load: map[int]int{}, cpus: allowedCPUs(),
	}
	h.root = filepath.Join(h.dir, "root")
	h.stop, h.stopAll = context.WithCancel(context.WithoutCancel(ctx))
	if err := os.Mkdir(h.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the run's folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
			h = nil
		}
	}()
	if err := os.Mkdir(h.root, 0o755); err != nil {
		return h, fmt.Errorf("make the run's folder: %w", err)
	}
	h.launcher = o.Launcher
	if h.launcher == "" {
		if h.launcher, err = installLauncher(h.dir); err != nil {
			return h, err
		}
	}
	if err := h.openManifest(); err != nil {
		return h, err
	}
	if err := h.startGuard(); err != nil {
		return h, err
	}
	h.guardEnd = make(chan struct{})
	go h.keepGuard()
	var warnings []string
	if !o.NoLimits {
		if h.groups, err = newGroups(l, id, func(dir string) error { return h.note(remains.GroupLine(dir)) }); err != nil {
			return h, err
		}
		warnings = h.groups.warnings
	}
	warning, err := h.chooseKind(ctx, o)
	if err != nil {
		return h, err
	}
	if warning != "" {
		warnings = append(warnings, warning)
	}
	h.describe(l, warnings)
	return h, ctx.Err()
}

// chooseKind takes the first kind that works, by trying.
func (h *Host) chooseKind(ctx context.Context, o Options) (warning string, err error) {
	kinds := []kind{asRoot, asUser, asUserSeeing, bare}
	if o.NoNamespaces {
		kinds = kinds[3:]
	}
	if os.Geteuid() != 0 && !o.NoNamespaces {
		kinds = kinds[1:]
	}
	var cause error
	for _, h.kind = range kinds {
		if err = h.try(ctx); err == nil {
			break
		}
		if h.kind != bare && cause == nil {
			cause = err
		}
	}
	if err != nil {
		return "", fmt.Errorf("build an empty cell: %w", err)
	}
	switch {
	case cause == nil:
	case h.kind == bare:
		warning = fmt.Sprintf("Namespaces can't be made here (%v): functions see this machine's processes and network, and their code under another name than /var/task. "+
			"Run as root, or allow user namespaces.", cause)
	case h.kind == asUserSeeing:
		warning = fmt.Sprintf("A function's own /proc can't be mounted here (%v): functions see the processes of this machine.", cause)
	}
	return warning, nil
}

// try builds a cell with everything that a function's has, and nothing in it.
func (h *Host) try(ctx context.Context) error {
	s := Spec{ID: "try", Command: []string{h.launcher, "nothing"}}
	if h.groups != nil && h.groups.limits("memory") {
		s.MemoryMB = 128
	}
	if h.kind != bare {
		s.Command[0] = "/var/task/" + filepath.Base(h.launcher)
		s.Mounts, s.TempMB = []Mount{{filepath.Dir(h.launcher), "/var/task", true}}, 1
	} else {
		s.Reads, s.Writes = []string{h.launcher}, []string{h.root}
	}
	box, err := h.Start(ctx, s)
	if err != nil {
		return err
	}
	if h.groups != nil && h.groups.limits("cpu") {
		err = box.LimitCPU(0.5)
	}
	<-box.Done()
	if exit := box.Exit(); err == nil && exit.Code != 0 {
		err = fmt.Errorf("the empty cell ended with %+v", exit)
	}
	return errors.Join(err, box.Kill())
}

// Description of the machine and of the limits in force.
func (h *Host) Description() Description {
	d := h.description
	d.LimitsInForce, d.Walls, d.Warnings = slices.Clone(d.LimitsInForce), slices.Clone(d.Walls), slices.Clone(d.Warnings)
	return d
}

// Namespaces is false where mounts can't be made: Dir and Env must then name
// true paths, and Start refuses Mounts.
func (h *Host) Namespaces() bool { return h.kind != bare }

// PrivateNetwork is false where a box has this machine's network, whatever its
// Spec says: Start then refuses Ports.
func (h *Host) PrivateNetwork() bool { return h.kind != bare }

// RunDir is a folder of this run, mode 0700, removed by Close or by the guard.
func (h *Host) RunDir() string { return h.dir }

var errClosed = errors.New("the sandbox is closed")

var validID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$`)

// check refuses what can't work, before anything is made.
func (h *Host) check(s Spec) error {
	switch {
	case !validID.MatchString(s.ID):
		return fmt.Errorf("start a box: its id is %q, want letters, digits, '-', '_', '.', at most 100", s.ID)
	case len(s.Command) == 0 || s.Command[0] == "":
		return fmt.Errorf("start box %s: there is no command", s.ID)
	case s.Dir != "" && !filepath.IsAbs(s.Dir):
		return fmt.Errorf("start box %s: its folder %q is not absolute", s.ID, s.Dir)
	case len(s.Mounts) > 0 && !h.Namespaces():
		return fmt.Errorf("start box %s: mounts can't be made on this machine", s.ID)
	case len(s.Ports) > 0 && (s.HostNetwork || !h.PrivateNetwork()):
		return fmt.Errorf("start box %s: it has no network of its own to listen in", s.ID)
	case s.MemoryMB < 0 || s.CPUs < 0:
		return fmt.Errorf("start box %s: %d MB and %d CPUs, want none below 0", s.ID, s.MemoryMB, s.CPUs)
	}
	for _, m := range s.Mounts {
		if !filepath.IsAbs(m.Source) || !filepath.IsAbs(m.Target) || filepath.Clean(m.Target) == "/" {
			return fmt.Errorf("start box %s: the mount of %q at %q needs absolute paths, and not /", s.ID, m.Source, m.Target)
		}
	}
	for _, text := range slices.Concat(s.Command, s.Env) {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("start box %s: %q has a zero byte in it", s.ID, text)
		}
	}
	return nil
}

// reserve takes the id and the CPUs.
func (h *Host) reserve(s Spec) ([]int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errClosed
	}
	if h.guardErr != nil {
		return nil, fault.New("start the run again", "the guard has ended, nobody would clean up: %w", h.guardErr)
	}
	if _, ok := h.boxes[s.ID]; ok {
		return nil, fmt.Errorf("start box %s: there is one with this id already", s.ID)
	}
	h.starting.Add(1)
	h.boxes[s.ID] = nil
	cpus := pickCPUs(h.cpus, h.load, s.CPUs)
	for _, cpu := range cpus {
		h.load[cpu]++
	}
	return cpus, nil
}

func (h *Host) release(id string, cpus []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.boxes, id)
	for _, cpu := range cpus {
		h.load[cpu]--
	}
}

// Close kills what still runs and removes groups and folder. It may be called
// any number of times.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stopAll()
	h.starting.Wait()
	h.mu.Lock()
	boxes := slices.Collect(maps.Values(h.boxes))
	adopted := h.adopted
	h.adopted = nil
	h.mu.Unlock()
	var errs []error
	for _, b := range boxes {
		if b != nil {
			errs = append(errs, b.Kill())
		}
	}
	for _, p := range adopted {
		errs = append(errs, remains.KillProcess(p, removeLimit))
	}
	h.mu.Lock()
	if h.spare != nil {
		h.spare.end()
		h.spare = nil
	}
	h.mu.Unlock()
	if h.groups != nil {
		errs = append(errs, h.groups.remove())
	}
	errs = append(errs, os.RemoveAll(h.dir))
	// The guard ends by itself when its pipe does, and does again what is not
	// done yet.
	h.mu.Lock()
	if h.manifest != nil {
		h.manifest.Close()
		h.manifest = nil
	}
	if h.guardPipe != nil {
		h.guardPipe.Close()
		h.guardPipe = nil
	}
	h.mu.Unlock()
	if h.guardEnd != nil {
		<-h.guardEnd
	}
	return errors.Join(errs...)
}

// userInside is the number of Lambda's user, for where a user namespace can give
// whatever number it likes.
const userInside = 993

// attributes are how the launcher is cloned.
func (h *Host) attributes(hostNetwork bool) *syscall.SysProcAttr {
	// A session of its own: no terminal.
	// Not Pdeathsig: it would follow the thread that clones, not this program.
	a := &syscall.SysProcAttr{Setsid: true}
	if h.kind == bare {
		return a
	}
	a.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	if h.kind != asUserSeeing {
		a.Cloneflags |= syscall.CLONE_NEWPID
	}
	if !hostNetwork {
		a.Cloneflags |= syscall.CLONE_NEWNET
	}
	if h.kind == asRoot {
		return a
	}
	a.Cloneflags |= syscall.CLONE_NEWUSER
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: userInside, HostID: os.Getuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: userInside, HostID: os.Getgid(), Size: 1}}
	// Under a number other than 0 the new namespace's capabilities are lost when
	// the launcher is executed, unless they are ambient. No command inherits them.
	a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN}
	return a
}

// cellOrder is what the launcher builds.
func (h *Host) cellOrder(s Spec) wire.Cell {
	o := wire.Cell{User: -1}
	if h.kind == bare {
		return o
	}
	o.Root, o.OldMounts, o.TempBytes = h.root, h.oldMounts, s.TempMB<<20
	o.OwnPIDs, o.OwnNet, o.OwnIPC = h.kind != asUserSeeing, !s.HostNetwork, true
	for _, m := range s.Mounts {
		o.Mounts = append(o.Mounts, wire.Mount{Source: m.Source, Target: filepath.Clean(m.Target), ReadOnly: m.ReadOnly})
	}
	return o
}

// maxProcesses is the limit on processes and threads by user, where that is one
// cell's alone: before Linux 5.14 a user namespace did not count by itself.
func (h *Host) maxProcesses() int {
	switch {
	case h.kind == asRoot:
		return MaxProcesses
	case h.kind != bare && kernelAtLeast(5, 14):
		return MaxProcesses + 16 // the launcher's own threads count too
	}
	return 0
}

func kernelAtLeast(major, minor int) bool {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return false
	}
	var a, b int
	_, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &a, &b)
	return err == nil && (a > major || a == major && b >= minor)
}
