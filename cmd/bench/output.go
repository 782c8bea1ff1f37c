package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/html"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/terminal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// output is the folder of one run. It is made and tried before anything is
// measured: ten minutes are too long to learn that a disk is full.
type output struct {
	dir    string
	latest string // the link to this run; "" when a person chose the folder
	behind bool   // the last checkpoint found no room
}

func openOutput(root, chosen string, now time.Time) (*output, error) {
	o := &output{dir: chosen}
	if chosen == "" {
		o.dir = filepath.Join(root, "results", now.Format("2006-01-02T150405Z"))
		o.latest = filepath.Join(root, "results", "latest")
	}
	hint := "name a folder that can be written: --out FOLDER"
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return nil, fault.New(hint, "make the results folder: %w", err)
	}
	probe, err := os.CreateTemp(o.dir, ".probe-*")
	if err != nil {
		return nil, fault.New(hint, "write to the results folder: %w", err)
	}
	_, err = probe.Write(make([]byte, 1<<20)) // what a small run needs
	err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return nil, fault.New(hint+" with room for a few MB", "write to the results folder: %w", err)
	}
	return o, nil
}

// abandon removes the folder if nothing came to lie in it.
func (o *output) abandon() error {
	inside, err := os.ReadDir(o.dir)
	if err != nil || len(inside) > 0 {
		return nil // it holds something, or has been taken away
	}
	if err := os.Remove(o.dir); err != nil {
		return fmt.Errorf("remove the empty results folder: %w", err)
	}
	return nil
}

func (o *output) document() string { return filepath.Join(o.dir, "results.json") }

// checkpoint saves an unfinished document. A disk that is full, or gone, is no reason
// to stop measuring: the document is in memory, and the next checkpoint tries again.
func (o *output) checkpoint(ui *ui, document results.Document) {
	if err := o.save(ui, document); err != nil && !o.behind {
		o.behind = true
		ui.Warn("What was measured is kept in memory for now: %v.", err)
	}
}

func (o *output) save(ui *ui, document results.Document) error {
	if err := results.Save(o.document(), document); err != nil {
		return err
	}
	if o.behind {
		o.behind = false
		ui.Say("what was measured is saved again")
	}
	return nil
}

// write saves the document and the report, then moves the link.
func (o *output) write(ui *ui, document results.Document) error {
	if err := document.Check(); err != nil {
		return fmt.Errorf("the result document is not whole: %w", err)
	}
	if err := o.save(ui, document); err != nil {
		hint := "make room and measure again"
		if saved, loadErr := results.Load(o.document()); loadErr == nil && document.Source.Kind == results.Local {
			got, wanted := saved.Counted()
			hint = fmt.Sprintf("make room, then go on from the %d of %d environments that are saved: bench local --resume %s", got, wanted, o.dir)
		}
		return fault.New(hint, "%w", err)
	}
	page := filepath.Join(o.dir, "report.html")
	if err := report.WriteFile(page, view.Build(document), html.Write); err != nil {
		return fault.New(fmt.Sprintf("make room, then: bench report %s --format html --out %s", o.document(), page), "%w", err)
	}
	if o.latest == "" {
		return nil
	}
	next := o.latest + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("move results/latest: %w", err)
	}
	if err := os.Symlink(relativeLink(filepath.Dir(o.latest), o.dir), next); err != nil {
		return fmt.Errorf("move results/latest: %w", err)
	}
	if err := os.Rename(next, o.latest); err != nil {
		return fmt.Errorf("move results/latest: %w", err)
	}
	return nil
}

func (a *app) printReport(m *view.Model) error {
	return terminal.Write(a.ui.stdout, m, terminal.Style{Color: colour(a.ui.stdout), Width: width(a.ui.stdout)})
}

func (a *app) reportCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report [results.json [aws.json]]",
		Short: "Make a report of a result document again",
		Long: `Print a report of results/latest/results.json, or of the named document. Reports
are functions of the document: the same document gives the same bytes. With a second
document, of a run that was measured in AWS, the section "Against AWS" holds the first
against it, instead of against what others have published.

csv has the derived figures, csv-raw every field of the document; benchstat is for
Go's benchstat, bencher for bencher.dev (Bencher Metric Format).`,
		Example: `  bench report
  bench report results/2026-11-22T061500Z/results.json --format markdown
  bench report --format html --out report.html
  bench report results/latest/results.json aws/results.json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := a.loadNamed(args[:min(len(args), 1)])
			if err != nil {
				return err
			}
			model := view.Build(document)
			if len(args) == 2 {
				aws, err := a.loadNamed(args[1:])
				if err != nil {
					return err
				}
				if err := model.Against(aws); err != nil {
					return err
				}
			}
			if format == "terminal" && out == "" {
				return a.printReport(model)
			}
			reporter, err := report.ByName(format)
			if err != nil {
				return err
			}
			if out == "" {
				return reporter(a.ui.stdout, model)
			}
			return report.WriteFile(out, model, reporter)
		},
	}
	cmd.Flags().StringVar(&format, "format", "terminal", strings.Join(report.Formats(), ", "))
	cmd.Flags().StringVar(&out, "out", "", "write to this file instead of standard output")
	return cmd
}
