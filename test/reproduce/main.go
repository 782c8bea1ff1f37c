// Command reproduce builds every artifact twice, for both architectures, in two
// clones of the last commit that lie in different folders, and compares their
// hashes. It exits with 1 where two differ, or an artifact is in one clone only.
// Artifacts that their manifest calls hostOnly may differ: an AOT cache belongs to
// the one Java that it was trained on.
//
//	go run ./test/reproduce [runtime...]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, runtimes []string, stdout, stderr io.Writer) (err error) {
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the checkout: %w", err)
	}
	scratch, err := os.MkdirTemp("", "reproduce-*")
	if err != nil {
		return fmt.Errorf("make a folder for the clones: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	// Folders of different names and depths: a path that gets into an artifact
	// shows, and so does its length.
	var builds [2]map[string]build.Meta
	for i, folder := range []string{"one", filepath.Join("another", "one, deeper")} {
		dir := filepath.Join(scratch, folder)
		started := time.Now()
		if builds[i], err = cloneAndBuild(ctx, root, dir, runtimes, stderr); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "clone %d of 2: %d artifacts in %s\n", i+1, len(builds[i]), time.Since(started).Round(time.Second))
	}
	discovered, err := config.Discover(root)
	if err != nil {
		return err
	}
	mayDiffer := map[string]bool{}
	for _, r := range discovered {
		for name, artifact := range r.Artifacts {
			for _, arch := range artifact.Architectures {
				mayDiffer[r.ArtifactID(name, arch)] = artifact.HostOnly
			}
		}
	}
	return compare(stdout, builds[0], builds[1], mayDiffer)
}

// cloneAndBuild builds in a clone with this checkout's own tool.
func cloneAndBuild(ctx context.Context, root, dir string, runtimes []string, stderr io.Writer) (map[string]build.Meta, error) {
	clone := exec.CommandContext(ctx, "git", "clone", "--quiet", "--no-hardlinks", root, dir)
	clone.Stderr = stderr
	if err := clone.Run(); err != nil {
		return nil, fmt.Errorf("clone %s: %w", root, err)
	}
	var out bytes.Buffer
	command := exec.CommandContext(ctx, filepath.Join(root, "bin", "bench"), append([]string{"-C", dir, "build", "--arch", "all", "--json"}, runtimes...)...)
	command.Dir, command.Stdout, command.Stderr = dir, &out, stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 30 * time.Second
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("build in %s: %w", dir, err)
	}
	var metas []build.Meta
	if err := json.Unmarshal(out.Bytes(), &metas); err != nil {
		return nil, fmt.Errorf("read what was built in %s: %w", dir, err)
	}
	byID := map[string]build.Meta{}
	for _, meta := range metas {
		byID[meta.ID] = meta
	}
	return byID, nil
}

// compare prints a table and returns an error where an artifact differs.
func compare(w io.Writer, one, other map[string]build.Meta, mayDiffer map[string]bool) error {
	ids := slices.Sorted(maps.Keys(one))
	for id := range other {
		if _, ok := one[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "artifact\tone\tanother\tbytes\t")
	differ := 0
	for _, id := range ids {
		verdict := "same"
		switch {
		case one[id].SHA256 == other[id].SHA256:
		case mayDiffer[id] && one[id].SHA256 != "" && other[id].SHA256 != "":
			verdict = "differs, as it may (hostOnly)"
		default:
			verdict = "DIFFERENT"
			differ++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", id, short(one[id].SHA256), short(other[id].SHA256), one[id].PackedBytes, verdict)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	switch {
	case len(ids) == 0:
		return errors.New("nothing was built")
	case differ > 0:
		return fmt.Errorf("%d of %d artifacts differ between two clones", differ, len(ids))
	}
	return nil
}

func short(sha256 string) string {
	if sha256 == "" {
		return "missing"
	}
	return sha256[:16]
}
