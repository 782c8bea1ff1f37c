package workflows

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// Runs come to lie on a branch of their own, which grows: at first there is none, then
// it is only in the remote repository, as on a runner. The checkout stays as it is.
func TestKeep(t *testing.T) {
	bench, err := filepath.Abs(filepath.Join(root, "bin/bench"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bench); err != nil {
		t.Fatalf("%v: run make bin/bench first", err)
	}
	checkout := t.TempDir()
	in := func(command ...string) string {
		t.Helper()
		c := exec.Command(command[0], command[1:]...)
		c.Dir = checkout
		c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }),
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "BRANCH=kept")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", command, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	script, err := os.ReadFile("keep.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"bin", "test/workflows"} {
		if err := os.MkdirAll(filepath.Join(checkout, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(checkout, "test/workflows/keep.sh"), script, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(checkout, ".gitignore"), []byte("/bin/\n/run*/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bench, filepath.Join(checkout, "bin/bench")); err != nil {
		t.Fatal(err)
	}
	remote := t.TempDir()
	in("git", "init", "--quiet", "--bare", remote)
	in("git", "init", "--quiet", "--initial-branch=main", ".")
	in("git", "add", ".")
	in("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "first")
	in("git", "remote", "add", "origin", remote)

	var ids []string
	for day := range 2 {
		doc := resultstest.Document(resultstest.Options{Seed: uint64(day + 1), Runtimes: []string{"go"}, Variants: []string{"stock"}, Environments: 6, WarmCalls: 4})
		doc.Started, doc.Ended = doc.Started.AddDate(0, 0, day), doc.Ended.AddDate(0, 0, day)
		if err := results.Save(filepath.Join(checkout, "run", "results.json"), doc); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, "runs/"+doc.ID+".json")
		in("test/workflows/keep.sh", "run")
		if got, want := in("git", "ls-tree", "-r", "--name-only", "kept"), strings.Join(ids, "\n"); got != want {
			t.Errorf("the branch after run %d: got %q, want %q", day+1, got, want)
		}
		page, err := os.ReadFile(filepath.Join(checkout, "bin/history/page/index.html"))
		if err != nil || strings.Count(string(page), "<td>local</td>") != day+1 {
			t.Errorf("the page after run %d: %v, %d runs", day+1, err, strings.Count(string(page), "<td>local</td>"))
		}
		if _, err := os.Stat(filepath.Join(checkout, "bin/history/page/latest.html")); err != nil {
			t.Error(err)
		}
		in("test/workflows/keep.sh", "run") // once more: nothing new
		if got := in("git", "rev-list", "--count", "kept"); got != []string{"1", "2"}[day] {
			t.Errorf("commits after run %d, kept twice: got %s, want %d", day+1, got, day+1)
		}
		in("git", "push", "--quiet", "origin", "kept")
		in("git", "worktree", "remove", "--force", "bin/history") // a runner starts anew
		in("git", "branch", "--quiet", "-D", "kept")
	}
	if got := in("git", "status", "--porcelain"); got != "" || in("git", "branch", "--show-current") != "main" {
		t.Errorf("the checkout: got %q changed, want nothing", got)
	}
}
