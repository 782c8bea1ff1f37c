package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/compare"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func (a *app) compareCommand() *cobra.Command {
	var o compare.Options
	var format, regression string
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Say what changed between two runs",
		Long: `Compare two result documents, or their folders: each metric of each configuration,
with the ratio of new to old, its interval, and a verdict by the same rule as in the
report. Runs that were not measured in the same way, or not on the same machine, are
not compared; what keeps them apart is named.

Either side may be several runs of one plan, with commas between them. If old and new
took turns, round by round, they are compared within the blocks of a round: what
drifted on the machine was the same for both, and smaller changes are found.

Exit code 1 with --fail-on-regression when the whole interval of some ratio lies
beyond that share on the worse side, or when what was measured before failed now.`,
		Example: `  bench compare results/2026-11-22T061500Z results/latest
  bench compare old.json new.json --fail-on-regression 5%
  bench compare old.json new.json --metric coldTotal,warmP50 --format markdown
  bench compare old1.json,old2.json,old3.json new1.json,new2.json,new3.json
  bench compare laptop.json server.json --force-host`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if o.Regression, err = regressionShare(regression); err != nil {
				return err
			}
			if err := compare.CheckMetrics(o.Metrics); err != nil {
				return err
			}
			writer, err := compare.ByName(format)
			if err != nil {
				return err
			}
			var rounds [2][]results.Document
			var sides [2]results.Document
			for i, paths := range args {
				for path := range strings.SplitSeq(paths, ",") {
					round, err := loadRun(path)
					if err != nil {
						return err
					}
					rounds[i] = append(rounds[i], round)
				}
				if sides[i], err = compare.Join(rounds[i]); err != nil {
					return err
				}
			}
			o.Interleaved = compare.Interleaved(rounds[0], rounds[1])
			result, err := compare.Documents(sides[0], sides[1], o)
			if err != nil {
				return err
			}
			if err := writer(a.ui.stdout, result); err != nil {
				return err
			}
			if len(result.Regressions) > 0 {
				return fault.New("the whole interval lies beyond what is allowed; run both again before you believe a change that you can't explain",
					"regressions beyond %s:\n  %s", regression, strings.Join(result.Regressions, "\n  "))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "text", "text, markdown, csv or json")
	flags.StringVar(&regression, "fail-on-regression", "", "exit with 1 when a metric is worse by more than this, such as 5%")
	flags.BoolVar(&o.OtherArtifacts, "other-artifacts", false, "with --fail-on-regression: fail only for artifacts that are not the same bytes in both runs")
	flags.StringSliceVar(&o.Metrics, "metric", nil, "only these: "+strings.Join(compare.MetricIDs(), ", "))
	flags.BoolVar(&o.OtherHost, "force-host", false, "compare runs of two machines all the same")
	flags.BoolVar(&o.AcrossSources, "across-sources", false, "compare a local run with one in AWS, of the same artifacts")
	return cmd
}

// regressionShare reads 5%, or 5: a share of 0.05. Empty is 0: no gate.
func regressionShare(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(percent >= 100*stats.Margin && percent <= 1000) {
		return 0, fault.Usage(fmt.Sprintf("pass a share from %g%% on, which is the smallest difference that is called one: --fail-on-regression 5%%", 100*stats.Margin),
			"--fail-on-regression %s: not a share of change", text)
	}
	return percent / 100, nil
}

// loadNamed reads the run that the only argument names, or the latest.
func (a *app) loadNamed(args []string) (results.Document, error) {
	if len(args) == 1 {
		return loadRun(args[0])
	}
	root, err := a.directory()
	if err != nil {
		return results.Document{}, err
	}
	return loadRun(filepath.Join(root, "results", "latest"))
}

// loadRun reads a result document, or the one in a run's folder.
func loadRun(path string) (results.Document, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "results.json")
	}
	return results.Load(path)
}
