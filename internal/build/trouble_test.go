package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// canceller cancels at the first line that a build prints.
type canceller struct {
	*recorder
	cancel context.CancelFunc
}

func (c canceller) Line(id, line string) {
	c.recorder.Line(id, line)
	c.cancel()
}

func TestCancelStopsTheBuild(t *testing.T) {
	p := newProject(t)
	r := p.runtime("echo going; sleep 600")
	ctx, cancel := context.WithCancel(context.Background())
	p.o.Progress = canceller{p.log, cancel}
	built, err := Build(ctx, []Request{{r, "api", config.X8664}, {r, "api", config.ARM64}}, p.o)
	if !errors.Is(err, context.Canceled) || err.Error() != "build: context canceled" {
		t.Errorf("got %v, want the context's error once", err)
	}
	for _, b := range built {
		if b.Status != Failed || !errors.Is(b.Err, context.Canceled) {
			t.Errorf("got %s, %v; want failed, cancelled", b.Status, b.Err)
		}
	}
	if len(p.dist()) != 0 {
		t.Errorf("dist: got %v, want nothing", p.dist())
	}
	// Nothing holds the lock any more, and the next build works.
	p.o.Progress = nil
	p.mustBuild(p.runtime(goodBuild))
}

func TestTwoBuildsAtOnce(t *testing.T) {
	p := newProject(t)
	// mkdir fails when the two run in the output folder at once; the second one
	// finds the first one's work.
	r := p.runtime(`mkdir turn; ` + goodBuild + `; echo x >>runs; rmdir turn`)
	var group sync.WaitGroup
	statuses := make([]Status, 2)
	for i := range statuses {
		group.Go(func() {
			built, err := Build(context.Background(), []Request{{r, "api", config.X8664}}, p.o)
			if err != nil {
				t.Error(err)
				return
			}
			statuses[i] = built[0].Status
		})
	}
	group.Wait()
	slices.Sort(statuses)
	if want := []Status{Fresh, Unchanged}; !slices.Equal(statuses, want) {
		t.Errorf("got %v, want %v", statuses, want)
	}
	if runs, err := os.ReadFile(filepath.Join(r.Dir, "runs")); err != nil || string(runs) != "x\n" {
		t.Errorf("got runs %q, %v; want one", runs, err)
	}
}

func TestSourcesThatChangeMeanwhileAreBuiltAgain(t *testing.T) {
	p := newProject(t)
	r := p.runtime(goodBuild + "; [ -e edited ] || { echo edited >edited; echo later >src/main; }")
	p.mustBuild(r)
	if !slices.ContainsFunc(p.log.lines, func(l string) bool { return strings.Contains(l, "its sources changed while it was built") }) {
		t.Errorf("got %v, want a word about it", p.log.lines)
	}
	if b := p.mustBuild(r); b.Status != Fresh {
		t.Errorf("got %s, want built", b.Status)
	}
	if b := p.mustBuild(r); b.Status != Unchanged {
		t.Errorf("got %s, want unchanged", b.Status)
	}
}

// failing writes n bytes and then fails as a full disk does.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) <= f.n {
		f.n -= len(p)
		return len(p), nil
	}
	n := f.n
	f.n = 0
	return n, &os.PathError{Op: "write", Path: "x.zip", Err: syscall.ENOSPC}
}

func TestAZipThatCantBeWritten(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	whole := &failing{n: 1 << 20}
	if err := writeZip(whole, dir, files); err != nil {
		t.Fatal(err)
	}
	size := 1<<20 - whole.n
	// Wherever the disk ends, the error must come out.
	for n := range size {
		if err := writeZip(&failing{n: n}, dir, files); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("full after %d of %d bytes: got %v", n, size, err)
		}
	}
}

func TestWriteAtomicallyKeepsTheOldContent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.zip")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := writeAtomically(path, func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(fault.Hint(err), "free some space") {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	entries, readErr := os.ReadDir(dir)
	content, _ := os.ReadFile(path)
	if readErr != nil || len(entries) != 1 || string(content) != "old" {
		t.Errorf("got %v with %q, want only the old content", entries, content)
	}
}

func TestLeftoversOfAKilledBuildGo(t *testing.T) {
	p := newProject(t)
	p.write("dist/.zig-x86_64.zip.123.partial", "half")
	p.write("dist/.other-x86_64.zip.123.partial", "another's")
	p.mustBuild(p.runtime(goodBuild))
	if want := []string{".other-x86_64.zip.123.partial", "zig-x86_64.json", "zig-x86_64.zip"}; !slices.Equal(p.dist(), want) {
		t.Errorf("dist: got %v, want %v", p.dist(), want)
	}
}

// A build without a place for its result fails with advice, whoever runs it:
// root may write anywhere, but not below a file.
func TestAFolderThatCantBeMade(t *testing.T) {
	p := newProject(t)
	p.write("dist", "a file")
	b, err := p.build(p.runtime(goodBuild))
	if err == nil || b.Status != Failed || !strings.Contains(err.Error(), "write "+p.o.DistDir) {
		t.Errorf("got %v", err)
	}
}

func TestAnUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write into any folder; see TestExplain for the words")
	}
	p := newProject(t)
	r := p.runtime(goodBuild)
	if err := os.Mkdir(p.o.DistDir, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := p.build(r); !errors.Is(err, os.ErrPermission) || !strings.Contains(fault.Hint(err), "make "+p.o.DistDir+" writable") {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
}

func TestExplain(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.EACCES: "make /d writable for you", syscall.EROFS: "make /d writable for you",
		syscall.ENOSPC: "free some space", syscall.EDQUOT: "free some space", syscall.EIO: "",
	} {
		err := explain(fmt.Errorf("write: %w", errno), "/d")
		if !errors.Is(err, errno) || !strings.HasPrefix(strings.TrimPrefix(fault.Hint(err), "the disk is full: "), want) || (want == "") != (fault.Hint(err) == "") {
			t.Errorf("%v: got hint %q, want %q", errno, fault.Hint(err), want)
		}
	}
	if explain(nil, "/d") != nil {
		t.Error("got an error out of none")
	}
}
