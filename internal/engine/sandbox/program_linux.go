package sandbox

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// The launcher is built by `make` and not committed: a plain `go build` embeds
// an empty folder, and Open says so.
//
//go:embed all:launcher/bin
var programs embed.FS

// installLauncher writes the embedded launcher into the run folder.
func installLauncher(dir string) (string, error) {
	name := "launcher-" + runtime.GOARCH
	program, err := programs.ReadFile("launcher/bin/" + name)
	if err != nil {
		return "", fault.New("make build", "this program was built without its launcher (%s)", name)
	}
	// In a folder of its own, which a box can be shown: the run's is for nobody else.
	path := filepath.Join(dir, "launcher", "launcher")
	err = os.Mkdir(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, program, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("write the launcher: %w", err)
	}
	return path, nil
}
