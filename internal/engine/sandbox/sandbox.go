// Package sandbox runs processes in a cage: one control group per process tree
// with a memory limit and a CPU quota, a freezer, its own view of the file
// system, an environment that is exactly what it was given, and a guard that
// leaves nothing behind when the program dies.
//
// It refuses to know what runs inside: no Lambda, no HTTP, no language. And it
// refuses to pretend: where the machine has no control groups or no namespaces,
// Description says so in words, and nothing is silently left out. Two limits of
// Lambda's it does not set: 512 MB in /tmp and 1,024 processes. Nor is a box a
// prison: it makes programs comparable, it does not hold back one that means
// harm.
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
	"io"
	"syscall"
)

// PeriodMicros is the period of the CPU quota in µs. Lambda's is reported as
// 20 ms (arXiv 2506.01283); the kernel's default, 100 ms, would flatter a short
// first call.
const PeriodMicros = 20_000

// MaxFiles is the limit on open files of everything in a box: Lambda's own.
const MaxFiles = 1024

// Mount is a host folder shown inside a box under another name.
type Mount struct {
	Source   string // absolute path on the host; must exist
	Target   string // absolute path inside; need not exist on the host
	ReadOnly bool
}

// Spec says what runs in a box and what it may have.
type Spec struct {
	ID      string   // names the control group: letters, digits, '-', '_', '.'; unique among the living
	Command []string // as seen inside; a name without '/' is looked up in Env's PATH
	Env     []string // complete: nothing of the host's leaks in
	Dir     string   // as seen inside; "" is "/"
	Mounts  []Mount  // for example the code at /var/task (read-only) and a fresh folder at /tmp

	MemoryMB int // memory limit in MiB (0: none)
	CPUs     int // how many CPUs the processes see at most (0: all)

	Stdout, Stderr io.Writer // nil discards; an *os.File is handed over as it is
}

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
	LimitsInForce []string `json:"limitsInForce"`           // of memory, swap, cpu, cpus, files; never nil
	Freezer       string   `json:"freezer"`                 // v1, v2 or none
	Kill          string   `json:"kill"`                    // cgroup.kill, cgroup.procs or process group
	Accounting    string   `json:"accounting"`              // cpuacct, cpu.stat or /proc
	Namespaces    bool     `json:"namespaces"`              // mounts under their own names
	UserNamespace bool     `json:"userNamespace,omitempty"` // made as a plain user
	PeriodMicros  int      `json:"periodUs"`                // of the CPU quota; 0: no quota
	Warnings      []string `json:"warnings,omitempty"`      // whole sentences, with advice
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

// Memory of all processes of a box. The peak is the sum of the processes'
// VmHWM: stable to 1 MB, while a control group's max_usage counts page cache by
// whoever touched a file first.
type Memory struct {
	PeakBytes int64 // the highest Σ VmHWM at any call of Memory, or at the end the first process's own
	RSSBytes  int64 // Σ VmRSS
	AnonBytes int64 // Σ RssAnon
	OOMKills  int64 // processes that the kernel killed for memory; v1 leaves the others alive: Kill the box
}

// Exit says how a box's first process ended.
type Exit struct {
	Code   int            // exit code, or -1 when a signal ended it
	Signal syscall.Signal // 0 when it exited by itself
	OOM    bool           // the kernel killed for memory in this box
}
