package pagecache

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resident counts the pages of a file that are in memory.
func resident(t *testing.T, name string) (pages int) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mapped)
	vector := make([]byte, (len(mapped)+os.Getpagesize()-1)/os.Getpagesize())
	if err := mincore(mapped, vector); err != nil {
		t.Fatal(err)
	}
	for _, page := range vector {
		pages += int(page & 1)
	}
	return pages
}

func TestDrop(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "lib", "code")
	if err := os.Mkdir(filepath.Dir(inside), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inside, bytes.Repeat([]byte("x"), 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if resident(t, inside) == 0 {
		t.Fatal("a file that has just been written is not in memory")
	}
	err := Drop(dir, filepath.Join(dir, "not there"))
	if err != nil && strings.Contains(err.Error(), "is in memory only") {
		t.Logf("the temporary folder is in memory, and that is said: %v", err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := resident(t, inside); got != 0 {
		t.Errorf("got %d pages in memory, want none", got)
	}
	if _, err := os.ReadFile(inside); err != nil {
		t.Fatal(err)
	}
	if err := Drop(inside); err != nil { // a file, and a second time
		t.Fatal(err)
	}
	if got := resident(t, inside); got != 0 {
		t.Errorf("got %d pages in memory the second time, want none", got)
	}
}

func mincore(memory, vector []byte) error {
	_, _, failed := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&memory[0])), uintptr(len(memory)), uintptr(unsafe.Pointer(&vector[0])))
	if failed != 0 {
		return failed
	}
	return nil
}
