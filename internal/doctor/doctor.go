// Package doctor says which programs this machine has for which purpose: what
// was found (by running it), what is wanted and how to get it. It is data; others
// print it. It refuses to install or change anything.
//
//	for _, f := range doctor.Check(ctx, runtimes).Findings {
//		fmt.Println(f.Tool, f.Version, f.State)
//	}
package doctor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/runtimeclient"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// Report is what was found, in the order of the runtimes, the databases' at the
// end.
type Report struct{ Findings []Finding }

// OK reports whether nothing is missing that is needed.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.State == Missing })
}

// State of a program.
type State string

// The states.
const (
	// Present: it was run and its version fits.
	Present State = "present"
	// Installable: it is not there, and will be installed into the cache when it
	// is first needed.
	Installable State = "installable"
	// Optional: it is not there, and only optional artifacts need it.
	Optional State = "optional"
	// Missing: it is not there and is needed.
	Missing State = "missing"
)

// Finding is one program.
type Finding struct {
	Tool string
	// Wanted is the version constraint, "" for any.
	Wanted string
	State  State
	// Path and Version are set when Present.
	Path, Version string
	// For lists what needs it, such as "build python" or "run python3.13".
	For []string
	// Hint says how to get it.
	Hint string
	// Tried is what was run and what it answered, when not Present.
	Tried []toolchain.Attempt
}

// Need is a program that something needs.
type Need struct {
	Tool config.Tool
	// Dir is the folder to run the candidates in, "" for the current one.
	Dir string
	// For says what needs it.
	For string
	// Optional: nothing is wrong without it.
	Optional bool
	// Installer lists what an install of it into the cache needs; nil: it is
	// never installed.
	Installer []config.Tool
}

// Check looks for every program that the runtimes' builds and local runs need,
// and for those of local databases.
func Check(ctx context.Context, runtimes []config.Runtime) Report {
	needs := slices.Concat(Runtimes(runtimes), Databases())
	return Report{Findings: Look(ctx, needs)}
}

// Runtimes lists what the runtimes need.
func Runtimes(runtimes []config.Runtime) []Need {
	var needs []Need
	for _, r := range runtimes {
		for _, t := range r.Toolchain {
			needs = append(needs, Need{Tool: t, Dir: r.Dir, For: "build " + r.Name, Optional: allOptional(r)})
		}
		for _, name := range r.ArtifactNames() {
			a := r.Artifacts[name]
			for _, t := range a.Toolchain {
				needs = append(needs, Need{Tool: t, Dir: r.Dir, For: "build " + r.Name + " " + name, Optional: a.Optional})
			}
			needs = append(needs, client(r, a)...)
		}
	}
	return needs
}

func allOptional(r config.Runtime) bool {
	for _, a := range r.Artifacts {
		if !a.Optional {
			return false
		}
	}
	return true
}

// client lists what the artifact's Lambda runtime adds: its interpreter, which
// builds get, too, and what its client is installed with. A Lambda runtime that
// has no client here adds nothing.
func client(r config.Runtime, a config.Artifact) []Need {
	c, err := runtimeclient.Load(a.LambdaRuntime)
	if err != nil {
		return nil
	}
	var needs []Need
	if i := c.Interpreter; i != nil {
		need := Need{Tool: i.Tool, Optional: a.Optional}
		if i.Install != "" {
			need.Installer = append([]config.Tool{}, i.Tools...)
		}
		own := func(t config.Tool) bool { return t.Tool == i.Tool.Tool }
		if !slices.ContainsFunc(r.Tools(a), own) {
			need.For = "build " + r.Name
			needs = append(needs, need)
		}
		if runsLocally(r, a) {
			need.For = "run " + c.Runtime
			needs = append(needs, need)
		}
	}
	if runsLocally(r, a) {
		for _, t := range c.Tools {
			needs = append(needs, Need{Tool: t, For: "install the client of " + c.Runtime, Optional: a.Optional})
		}
	}
	return needs
}

func runsLocally(r config.Runtime, a config.Artifact) bool {
	for _, v := range r.Variants {
		if v.Artifact == a.Name && v.RunsLocally() {
			return true
		}
	}
	return false
}

// LambdaRuntime is one that has a client here.
type LambdaRuntime struct {
	ID string
	// State says whether functions of it can be run: what is neither present nor
	// installable is Optional, since nobody has asked for it.
	State State
	// Interpreter is what runs them, Client what installs the runtime's client.
	Interpreter, Client []Finding
	// Ended is the day on which AWS ended its support (YYYY-MM-DD), "" if it has not.
	Ended string
}

// LambdaRuntimes says of each that has a client whether its functions can be run here.
func LambdaRuntimes(ctx context.Context) []LambdaRuntime {
	var all []LambdaRuntime
	for _, id := range runtimeclient.IDs() {
		r := LambdaRuntime{ID: id, State: Present, Ended: runtimeclient.Ended(id)}
		c, err := runtimeclient.Load(id)
		if err != nil {
			continue // the embedded clients all load
		}
		if i := c.Interpreter; i != nil {
			need := Need{Tool: i.Tool, For: "run " + id, Optional: true}
			if i.Install != "" {
				need.Installer = i.Tools
			}
			r.Interpreter = Look(ctx, []Need{need})
		}
		for _, t := range c.Tools {
			r.Client = append(r.Client, Look(ctx, []Need{{Tool: t, For: "install the client of " + id, Optional: true}})...)
		}
		for _, f := range slices.Concat(r.Interpreter, r.Client) {
			if f.State == Optional || f.State == Installable && r.State == Present {
				r.State = f.State
			}
		}
		all = append(all, r)
	}
	return all
}

// Databases lists what the local databases need that are used by choice. The
// built-in one, which is used without one, needs nothing.
func Databases() []Need {
	var needs []Need
	for _, kind := range dynamodb.Kinds {
		for _, t := range dynamodb.Tools(kind) {
			needs = append(needs, Need{Tool: t, For: "--dynamodb " + string(kind), Optional: true})
		}
	}
	return needs
}

// Look looks for what is needed, side by side. A program that several need in
// the same way is one finding.
func Look(ctx context.Context, needs []Need) []Finding {
	var merged []Need
	var purposes [][]string
	at := map[string]int{}
	for _, n := range needs {
		key := strings.Join(append([]string{n.Tool.Tool, n.Tool.Version, n.Tool.Locate}, n.Tool.Probe...), "\x00")
		i, known := at[key]
		if !known {
			at[key] = len(merged)
			merged = append(merged, n)
			purposes = append(purposes, []string{n.For})
			continue
		}
		merged[i].Optional = merged[i].Optional && n.Optional
		if !slices.Contains(purposes[i], n.For) {
			purposes[i] = append(purposes[i], n.For)
		}
	}
	findings := make([]Finding, len(merged))
	slots := make(chan struct{}, runtime.NumCPU())
	var group sync.WaitGroup
	for i, n := range merged {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			findings[i] = look(ctx, n)
			findings[i].For = purposes[i]
		})
	}
	group.Wait()
	return findings
}

func look(ctx context.Context, n Need) Finding {
	f := Finding{Tool: n.Tool.Tool, Wanted: n.Tool.Version, Hint: n.Tool.Hint}
	found, err := toolchain.FindIn(ctx, n.Dir, n.Tool)
	if err == nil {
		f.State, f.Path, f.Version = Present, found.Path, found.Version
		return f
	}
	var notFound *toolchain.NotFoundError
	if errors.As(err, &notFound) {
		f.Tried = notFound.Tried
	} else {
		f.Tried = []toolchain.Attempt{{Command: n.Tool.Tool, Answer: err.Error()}}
	}
	switch {
	case n.Installer != nil && installable(ctx, n.Installer):
		f.State = Installable
		f.Hint = fmt.Sprintf("nothing to do: it is installed into the cache when it is first needed; or %s", n.Tool.Hint)
	case n.Optional:
		f.State = Optional
	default:
		f.State = Missing
	}
	return f
}

func installable(ctx context.Context, tools []config.Tool) bool {
	for _, t := range tools {
		if _, err := toolchain.Find(ctx, t); err != nil {
			return false
		}
	}
	return true
}
