package build

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// A disk that is truly full: a file system of 64 KiB in memory.
func TestAFullDisk(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild)
	noise := make([]byte, 256<<10) // nothing to compress
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	p.write("lambdas/zig/src/main", string(noise))
	if err := os.Mkdir(p.o.DistDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", p.o.DistDir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mount a small file system: %v (needs root); TestAZipThatCantBeWritten covers the rest", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(p.o.DistDir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	b, err := p.build(r)
	if !errors.Is(err, syscall.ENOSPC) || b.Status != Failed || !strings.Contains(fault.Hint(err), "free some space") {
		t.Errorf("got %v, hint %q; want a full disk", err, fault.Hint(err))
	}
	if len(p.dist()) != 0 {
		t.Errorf("dist: got %v, want nothing half-written", p.dist())
	}
}
