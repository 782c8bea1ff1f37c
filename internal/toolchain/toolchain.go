// Package toolchain finds the programs that builds and local runs need, by
// running them: a file with the right name proves nothing (version managers put
// scripts on the PATH that fail).
//
// It refuses to install anything and to know any program by name: what to try is
// data (config.Tool).
//
//	found, err := toolchain.Find(ctx, config.Tool{
//		Tool: "go", Version: ">=1.26", Probe: []string{"go version"}, Hint: "install Go 1.26 or newer",
//	})
package toolchain

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Tool is what to look for.
type Tool = config.Tool

// Found is a program that answered.
type Found struct {
	// Tool is its name in the manifest.
	Tool string
	// Path is the absolute path of the executable: behind a wrapper or a version
	// manager's script the true one, symbolic links resolved where the name stays.
	Path string
	// Version is the first version number that it printed.
	Version string
}

// Attempt is a candidate that was tried, and what came of it.
type Attempt struct {
	Command string
	Answer  string
}

// NotFoundError says that no candidate answered with a version that fits.
type NotFoundError struct {
	Tool  Tool
	Tried []Attempt
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no %s", e.Tool.Tool)
	if e.Tool.Version != "" {
		fmt.Fprintf(&b, " %s", e.Tool.Version)
	}
	b.WriteString(" found")
	for _, a := range e.Tried {
		fmt.Fprintf(&b, "\n  %s: %s", a.Command, a.Answer)
	}
	return b.String()
}

// Hint says how to get the program.
func (e *NotFoundError) Hint() string { return e.Tool.Hint }

// Variable is the environment variable that carries a tool's path to scripts:
// TOOL_MY_TOOL for "my-tool".
func Variable(tool string) string {
	return "TOOL_" + strings.ToUpper(strings.ReplaceAll(tool, "-", "_"))
}
