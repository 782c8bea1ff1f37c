package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func (a *app) openCommand() *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "open [RUN]",
		Short: "Open a run's report in the browser",
		Long: `Open report.html of results/latest, or of the named folder or file, with $BROWSER or with
what the system opens pages with (xdg-open, open).`,
		Example: `  bench open
  bench open results/2026-11-22T061500Z
  bench open --print`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := a.reportPage(args)
			if err != nil {
				return err
			}
			if show {
				_, err := fmt.Fprintln(a.ui.stdout, page)
				return err
			}
			opener, err := openerOf(os.Getenv, runtime.GOOS)
			if err != nil {
				return fault.New("open it yourself, or name a program in the variable BROWSER", "open %s: %w", page, err)
			}
			open := exec.CommandContext(cmd.Context(), opener, page)
			open.Stdout, open.Stderr = a.ui.stderr, a.ui.stderr
			if err := open.Run(); err != nil {
				return fault.New("open it yourself, or name a program in the variable BROWSER", "open %s with %s: %w", page, opener, err)
			}
			a.ui.Say("opened %s", page)
			return nil
		},
	}
	cmd.Flags().BoolVar(&show, "print", false, "print the page's path instead")
	return cmd
}

// reportPage is the absolute path of the report that the only argument names, or of the latest.
func (a *app) reportPage(args []string) (string, error) {
	path := ""
	if len(args) == 1 {
		path = args[0]
	} else {
		root, err := a.directory()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, "results", "latest")
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		path = filepath.Join(path, "report.html")
		_, err = os.Stat(path)
	}
	if err != nil {
		return "", fault.Usage("run bench local first, or make one: bench report RUN/results.json --format html --out report.html", "no report: %w", err)
	}
	return filepath.Abs(path)
}

// openerOf is the program that opens pages: the first of $BROWSER that is there, else the
// system's.
func openerOf(getenv func(string) string, system string) (string, error) {
	names := strings.FieldsFunc(getenv("BROWSER"), func(r rune) bool { return r == os.PathListSeparator })
	if system == "darwin" {
		names = append(names, "open")
	} else {
		names = append(names, "xdg-open")
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no %s here", strings.Join(names, ", no "))
}
