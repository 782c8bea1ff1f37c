// Package sandbox runs processes in a cage: one control group per process tree
// with a memory limit and a CPU quota, a freezer, its own view of the file
// system, an environment that is exactly what it was given, and a guard that
// leaves nothing behind when the program dies.
//
// It refuses to know what runs inside: no Lambda, no HTTP, no language. And it
// refuses to pretend: where the machine has no control groups or no namespaces,
// Description says which walls stand, and nothing is silently left out.
//
// A box is also a prison, as Lambda's microVM is: its command is a user of its
// own without capabilities, in namespaces of its own, behind a filter of system
// calls, on a file system that has the machine's programs and nothing of
// anybody's data. It can't see, signal or call anything but itself and the ports
// that it is given, and it can't change its own limits.
//
//	host, err := sandbox.Open(ctx, sandbox.Options{})
//	defer host.Close()
//	box, err := host.Start(ctx, sandbox.Spec{
//		ID: "1", Command: []string{"./bootstrap"}, Dir: "/var/task",
//		Mounts:   []sandbox.Mount{{Source: code, Target: "/var/task", ReadOnly: true}},
//		MemoryMB: 128, CPUs: 2,
//	})
//	box.LimitCPU(128.0 / 1769) // init is over
//	box.Freeze(); box.Thaw()
//	box.Kill()
package sandbox

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
)

// PeriodMicros is the period of the CPU quota in µs. Lambda's is reported as
// 20 ms (arXiv 2506.01283); the kernel's default, 100 ms, would flatter a short
// first call.
const PeriodMicros = 20_000

// Lambda's own quotas for an environment.
const (
	MaxFiles     = 1024 // open files of a process
	MaxProcesses = 1024 // processes and threads together
)

// Mount is a file or folder of the host shown inside a box under another name.
type Mount struct {
	Source   string // absolute path on the host; must exist
	Target   string // absolute path inside; need not exist on the host
	ReadOnly bool
}

// Port is one of 127.0.0.1 in a box.
type Port struct {
	Number int
	Serve  func(net.Listener) // called before the command is executed; must not block
}

// Spec says what runs in a box and what it may have.
type Spec struct {
	ID      string   // names the control group: letters, digits, '-', '_', '.'; unique among the living
	Command []string // as seen inside; a name without '/' is looked up in Env's PATH
	Env     []string // complete: nothing of the host's leaks in
	Dir     string   // as seen inside; "" is "/"
	Mounts  []Mount  // for example the code at /var/task (read-only) and a fresh folder at /tmp

	TempMB int // size of a /tmp of its own in MiB (0: none, unless Mounts have one)

	// Ports are listened on inside of the box's own network, which has nothing
	// else. HostNetwork gives it this machine's instead.
	Ports       []Port
	HostNetwork bool

	// Where there are no namespaces these, the system's own folders and TCP ports
	// of this machine are what Landlock leaves it. Without Writes it is not confined.
	Reads, Writes []string
	Connects      []int

	// Cell is what this box has in common with one before and one after it; the
	// first one's Mounts, TempMB and HostNetwork hold. Nil: its own.
	Cell *Cell

	MemoryMB int // memory limit in MiB (0: none)
	CPUs     int // how many CPUs the processes see at most (0: all)

	Stdout, Stderr io.Writer // nil discards; an *os.File is handed over as it is

	// Companions run in the same box, as the same user, and Start executes them; the
	// command then waits for Release. None: Start executes the command.
	Companions []Companion
}

// Companion is a command beside a box's own. Its folder is Spec.Dir.
type Companion struct {
	Command []string
	Env     []string
	Output  *os.File // handed over for both streams
}

// CompanionError says that a companion could not be executed.
type CompanionError struct {
	Number int // in Spec.Companions
	Err    error
}

func (e *CompanionError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *CompanionError) Unwrap() error { return e.Err }

// Options of a Host. The zero value is what a program wants.
type Options struct {
	// Launcher is the path of the launcher program. Empty: the embedded one.
	Launcher string
	// TempDir is where run folders live. Empty: os.TempDir().
	TempDir string
	// NoLimits does without control groups, as on a machine that has none.
	NoLimits bool
	// NoNamespaces does without mounts, as on a machine that forbids them.
	NoNamespaces bool
}

// Description says what this machine is and which limits really hold. It goes
// into the result document as it is.
type Description struct {
	Kernel        string   `json:"kernel"`                  // release, e.g. 6.18.44
	HZ            int      `json:"hz"`                      // ticks per second of the kernel; 0: not known
	HZSource      string   `json:"hzSource,omitempty"`      // where HZ was read, e.g. /proc/config.gz
	CPU           string   `json:"cpu"`                     // model name
	Cores         int      `json:"cores"`                   // CPUs this process may run on
	MemoryMB      int      `json:"memoryMb"`                // of the machine, or this program's own limit, MiB
	Cgroup        string   `json:"cgroup"`                  // v1, v2, hybrid or none
	LimitsInForce []string `json:"limitsInForce"`           // of memory, swap, cpu, cpus, files, processes; never nil
	Freezer       string   `json:"freezer"`                 // v1, v2 or none
	Kill          string   `json:"kill"`                    // cgroup.kill, cgroup.procs or process group
	Accounting    string   `json:"accounting"`              // cpuacct, cpu.stat or /proc
	Namespaces    bool     `json:"namespaces"`              // mounts under their own names
	UserNamespace bool     `json:"userNamespace,omitempty"` // made as a plain user
	PeriodMicros  int      `json:"periodUs"`                // of the CPU quota; 0: no quota
	Walls         []string `json:"walls"`                   // those of AllWalls that stand; never nil
	Warnings      []string `json:"warnings,omitempty"`      // whole sentences, with advice
}

// AllWalls are what holds a function back from this machine and from others.
// Where there are no namespaces Landlock stands for some of them.
var AllWalls = []string{
	"user",          // one of its own, for each environment
	"capabilities",  // none, and no way to any
	"system calls",  // no namespaces, mounts, tracing, kernel keys, modules, …
	"processes",     // of others are neither seen nor signalled
	"process count", // 1,024 at most
	"network",       // its own two ports
	"files",         // the system's programs, its code, its /tmp
	"temp size",     // 512 MB
}

// WallsMissing are those of AllWalls that do not stand.
func (d Description) WallsMissing() (missing []string) {
	for _, wall := range AllWalls {
		if !slices.Contains(d.Walls, wall) {
			missing = append(missing, wall)
		}
	}
	return missing
}

// Limits reports whether the memory limit and the CPU quota both hold. Without
// them no row below one full vCPU (1,769 MB) may be printed.
func (d Description) Limits() bool {
	memory, cpu := false, false
	for _, limit := range d.LimitsInForce {
		memory = memory || limit == "memory"
		cpu = cpu || limit == "cpu"
	}
	return memory && cpu
}

// ErrRestless is Freeze's where the machine is too busy to let everything stand in time:
// the box runs on.
var ErrRestless = errors.New("not everything stands in time")

// Memory of all processes of a box. The peak is the sum of the processes'
// VmHWM: stable to 1 MB, while a control group's max_usage counts page cache by
// whoever touched a file first.
type Memory struct {
	PeakBytes int64 // the highest Σ VmHWM at any call of Memory, or at the end the first process's own
	RSSBytes  int64 // Σ VmRSS
	AnonBytes int64 // Σ RssAnon
	OOMKills  int64 // processes that the kernel killed for memory; v1 leaves the others alive: Kill the box
}

// Reads is what the processes of a box have read from disks.
type Reads struct {
	MajorFaults int64 // pages that a process had to wait for
	Bytes       int64
}

// Exit says how a box's first process ended.
type Exit struct {
	Code   int            // exit code, or -1 when a signal ended it
	Signal syscall.Signal // 0 when it exited by itself
	OOM    bool           // the kernel killed for memory in this box
}
