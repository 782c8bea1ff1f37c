package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func (a *app) cleanCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what a killed run left behind",
		Long: `Remove processes, control groups and temporary folders of runs that have ended.
Runs that are still alive are left alone. Results, dist/ and the cache stay.`,
		Example: `  bench clean
  bench clean --check   only say what is there; exit code 1 if anything is`,
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
				return fault.New("run bench clean", "%s left behind", plural(len(found), "thing was", "things were"))
			}
			if len(found) == 0 {
				a.ui.Say("nothing is left behind")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "remove nothing; fail if there is something")
	return cmd
}
