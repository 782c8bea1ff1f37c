// Package doctor says which programs this machine has for which purpose: what
// was found (by running it), what is wanted and how to get it. It is data; others
// print it. It refuses to install or change anything.
//
//	for _, f := range doctor.Check(ctx, runtimes).Findings {
//		fmt.Println(f.Tool, f.Version, f.OK)
//	}
package doctor

import (
	"context"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/toolchain"
)

// Report is what was found, in the order of the runtimes.
type Report struct{ Findings []Finding }

// OK reports whether everything is there.
func (r Report) OK() bool {
	for _, f := range r.Findings {
		if !f.OK {
			return false
		}
	}
	return true
}


// Finding is one program.
type Finding struct {
	Tool string
	// Wanted is the version constraint, "" for any.
	Wanted string
	OK     bool
	// Path and Version are set when OK.
	Path, Version string
	// For lists what needs it, such as "build python" or "run python3.13".
	For []string
	// Hint says how to get it.
	Hint string
	// Tried is what was run and answered, when not OK.
	Tried []toolchain.Attempt
}

// Check looks for every program that the runtimes and the local database need.
func Check(ctx context.Context, runtimes []config.Runtime) Report { return Report{} }
