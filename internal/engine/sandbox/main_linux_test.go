package sandbox

import (
	"fmt"
	"os"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox/sandboxtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/leaktest"
)

// launcherPath is the launcher that the tests use: always built from what is in
// the checkout, never the embedded one.
var launcherPath string

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		os.Exit(helper(os.Args[2], os.Args[3:]))
	}
	path, remove, err := sandboxtest.Launcher()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	launcherPath = path
	code := leaktest.Run(m)
	remove()
	os.Exit(code)
}
