package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/history"
)

func (a *app) historyCommand() *cobra.Command {
	var format, out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history [DIR]",
		Short: "List the runs of a folder, and how each figure went",
		Long: `List all runs below a folder (default: results), the oldest first, and the trend of
each figure: a mark for each run, a dot where a run has no such figure, a bar where runs
begin that can't be compared with those before. What changed by more than chance is named,
by the rule of bench compare. The page (--format html) draws every figure with its
interval, and shows why there is none where there is a gap.`,
		Example: `  bench history
  bench history runs --format html --out history.html
  bench history runs --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if asJSON {
				format = "json"
			}
			writer, err := history.ByName(format)
			if err != nil {
				return err
			}
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			} else {
				root, err := a.directory()
				if err != nil {
					return err
				}
				dir = filepath.Join(root, "results")
			}
			var progress *bar
			h, err := history.Read(dir, func(total int) {
				if progress == nil {
					progress = a.ui.Bar("comparing runs", total)
				}
				progress.Step("")
			})
			if progress != nil {
				progress.End()
			}
			if err != nil {
				return err
			}
			if out == "" {
				return writer(a.ui.stdout, h)
			}
			var text bytes.Buffer
			if err := writer(&text, h); err != nil {
				return err
			}
			if err := os.WriteFile(out, text.Bytes(), 0o644); err != nil {
				return fault.New("name a file that can be written: --out FILE", "write the history: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, html or json")
	cmd.Flags().StringVar(&out, "out", "", "write to this file instead of standard output")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	return cmd
}
