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

// namespaces says how a box gets mounts of its own.
type namespaces int

const (
	noNamespaces   namespaces = iota
	rootNamespaces            // CLONE_NEWNS
	userNamespaces            // CLONE_NEWUSER and CLONE_NEWNS, as a plain user
)

// Host is one run's place on this machine.
type Host struct {
	dir         string
	root        string // the empty folder that every box builds its root on, unseen by others
	launcher    string
	groups      *groups // nil: none
	namespaces  namespaces
	oldMounts   bool // do without mount_setattr; tests only
	description Description
	cpus        []int

	guard     *os.Process
	guardPipe *os.File
	guardEnd  chan struct{} // closed when the guard has ended
	manifest  *os.File
	adopted   []remains.Process

	starting sync.WaitGroup     // Starts under way
	stop     context.Context    // ends them
	stopAll  context.CancelFunc // at Close

	mu     sync.Mutex
	boxes  map[string]*Box // nil while it starts
	load   map[int]int     // boxes per CPU
	closed bool
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
	if err := h.startGuard(); err != nil {
		return h, err
	}
	var warnings []string
	if !o.NoLimits {
		if h.groups, err = newGroups(l, id, func(dir string) error { return h.note(remains.GroupLine(dir)) }); err != nil {
			return h, err
		}
		warnings = h.groups.warnings
	}
	warning, err := h.chooseNamespaces(ctx, o)
	if err != nil {
		return h, err
	}
	if warning != "" {
		warnings = append(warnings, warning)
	}
	h.describe(l, warnings)
	return h, ctx.Err()
}

// chooseNamespaces takes the first kind that works, by trying.
func (h *Host) chooseNamespaces(ctx context.Context, o Options) (warning string, err error) {
	kinds := []namespaces{rootNamespaces, userNamespaces, noNamespaces}
	if o.NoNamespaces {
		kinds = kinds[2:]
	}
	var cause error
	for _, h.namespaces = range kinds {
		if err = h.try(ctx); err == nil {
			break
		}
		if h.namespaces != noNamespaces {
			cause = err
		}
	}
	if err != nil {
		return "", fmt.Errorf("build an empty cage: %w", err)
	}
	if h.namespaces == noNamespaces && cause != nil {
		warning = fmt.Sprintf("Mounts can't be made here (%v): functions see the whole machine, and their code under another name than /var/task and not read-only. "+
			"Run as root, or allow user namespaces.", cause)
	}
	return warning, nil
}

// try builds a cage with everything that a function's has, and nothing in it.
func (h *Host) try(ctx context.Context) error {
	s := Spec{ID: "try", Command: []string{h.launcher, "nothing"}}
	if h.groups != nil && h.groups.limits("memory") {
		s.MemoryMB = 128
	}
	if h.namespaces != noNamespaces {
		// The program has to be there under a name that no mount covers.
		s.Command[0] = "/var/task/" + filepath.Base(h.launcher)
		s.Mounts = []Mount{{filepath.Dir(h.launcher), "/var/task", true}, {h.root, "/tmp", false}}
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
		err = fmt.Errorf("the empty cage ended with %+v", exit)
	}
	return errors.Join(err, box.Kill())
}

// Description of the machine and of the limits in force.
func (h *Host) Description() Description {
	d := h.description
	d.LimitsInForce, d.Warnings = slices.Clone(d.LimitsInForce), slices.Clone(d.Warnings)
	return d
}

// Namespaces is false where mounts can't be made: Dir and Env must then name
// true paths, and Start refuses Mounts.
func (h *Host) Namespaces() bool { return h.namespaces != noNamespaces }

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
	select {
	case <-h.guardEnd:
		return nil, fault.New("start the run again", "the guard has ended, nobody would clean up")
	default:
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
	if h.groups != nil {
		errs = append(errs, h.groups.remove())
	}
	errs = append(errs, os.RemoveAll(h.dir))
	// The guard ends by itself when its pipe does, and does again what is not
	// done yet.
	if h.manifest != nil {
		h.manifest.Close()
	}
	if h.guardPipe != nil {
		h.guardPipe.Close()
	}
	if h.guardEnd != nil {
		<-h.guardEnd
	}
	return errors.Join(errs...)
}

// attributes are how the launcher is cloned.
func (h *Host) attributes() *syscall.SysProcAttr {
	// A session of its own: no terminal, and a process group to signal.
	// Not Pdeathsig: it would follow the thread that clones, not this program.
	a := &syscall.SysProcAttr{Setsid: true}
	switch h.namespaces {
	case rootNamespaces:
		a.Cloneflags = syscall.CLONE_NEWNS
	case userNamespaces:
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		// Under its own number a plain user loses the new namespace's
		// capabilities when the launcher is executed, unless they are ambient.
		// The launcher drops them when it has made its mounts.
		a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP}
	}
	return a
}

// order is what the launcher is told.
func (h *Host) order(s Spec, enter int, cpus []int) wire.Order {
	o := wire.Order{Enter: enter, CPUs: cpus, Files: MaxFiles, Dir: s.Dir, Command: s.Command, Env: s.Env}
	if h.Namespaces() {
		o.Root, o.OldMounts = h.root, h.oldMounts
		for _, m := range s.Mounts {
			o.Mounts = append(o.Mounts, wire.Mount{Source: m.Source, Target: filepath.Clean(m.Target), ReadOnly: m.ReadOnly})
		}
	}
	return o
}
