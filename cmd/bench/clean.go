package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/phrase"
)

func (a *app) cleanCommand() *cobra.Command {
	var check, all bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what a killed run left behind",
		Long: `Remove processes, control groups and temporary folders of runs that have ended.
Runs that are still alive are left alone. Results and dist/ stay. So does the cache,
unless --all is given: what was fetched and compiled there is made again when it is
needed. End other runs before: they use it.`,
		Example: `  bench clean
  bench clean --check   only say what is there; exit code 1 if anything is
  bench clean --all     empty the cache, too`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			act, verb := sandbox.Clean, "removed"
			if check {
				act, verb = sandbox.Leftovers, "left behind"
			}
			found, err := act()
			for _, one := range found {
				fmt.Fprintf(a.ui.stdout, "%s: %s\n", verb, one)
			}
			if err != nil {
				return err
			}
			if check && len(found) > 0 {
				return fault.New("run bench clean", "%s left behind", phrase.Plural(len(found), "thing was", "things were"))
			}
			if all {
				emptied, err := a.emptyCache()
				for _, one := range emptied {
					fmt.Fprintf(a.ui.stdout, "removed: %s\n", one)
				}
				if err != nil {
					return err
				}
				found = append(found, emptied...)
			}
			if len(found) == 0 {
				a.ui.Say("nothing is left behind")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "remove nothing; fail if there is something")
	cmd.Flags().BoolVar(&all, "all", false, "empty the cache, too")
	cmd.MarkFlagsMutuallyExclusive("check", "all")
	return cmd
}

// kept of the cache are the locks, which another process may hold, and the journals of
// what was changed in AWS, which nothing else knows.
var kept = []string{"aws", "locks"}

// emptyCache removes what was fetched and compiled, and lists it.
func (a *app) emptyCache() ([]string, error) {
	cache, err := a.cacheDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the cache: %w", err)
	}
	var removed []string
	for _, e := range entries {
		if slices.Contains(kept, e.Name()) {
			continue
		}
		path := filepath.Join(cache, e.Name())
		if err := os.RemoveAll(path); err != nil {
			return removed, fmt.Errorf("empty the cache: %w", err)
		}
		removed = append(removed, path)
	}
	return removed, nil
}
