// Package synthtest is for tests that synthesise with the CDK.
package synthtest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

// StartAgain replaces a test's process, once, by itself without the CDK's template
// validator, which takes most of a synth: the one of `cdk synth` runs it. The
// environment of the Node process is taken when Go's packages are initialised, so
// that it is too late to set it in a test. It is the first thing in TestMain.
func StartAgain() {
	if os.Getenv("CDK_VALIDATION") != "" {
		return
	}
	jsii.Close() // removes its temporary folder, which the new process would forget
	program, err := os.Executable()
	if err == nil {
		err = syscall.Exec(program, os.Args, append(os.Environ(), append(pinnedNode(), "CDK_VALIDATION=false", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=18,20")...))
	}
	panic(fmt.Sprintf("start the test again: %v", err))
}

// pinnedNode is the Node.js that the app runs in, where it is in the cache already:
// nearly twice as fast as an old one on the PATH.
func pinnedNode() []string {
	cache, err := build.DefaultCacheDir()
	if err != nil || os.Getenv("JSII_NODE") != "" {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(cache, "clients", "nodejs24.x-interpreter-*", "interpreter", "node_modules", "*", "bin", "node"))
	if len(found) == 0 {
		return nil
	}
	return []string{"JSII_NODE=" + found[len(found)-1]}
}
