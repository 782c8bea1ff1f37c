// Command compare puts beside each other what k6 and bench load saw of one scenario: the
// folder has the runs k6-1, bench-1, k6-2, … that compare.sh left.
package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// How far the two may be apart, as a share of bench load's median.
var limits = map[string]float64{"p50": 0.05, "p99": 0.15}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: compare FOLDER")
		os.Exit(2)
	}
	apart, err := compare(os.Stdout, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if apart {
		os.Exit(1)
	}
}

// figure is one percentile of one runtime, a value a run in the round's order, by tool.
type figure map[string]*stats.Series

// compare prints the medians of the runs and what k6's are of bench load's, and reports
// whether some are too far apart. The ratio is that within the rounds, in which both runs
// met the same environments a few seconds apart: what drifts over many rounds is in both.
func compare(w io.Writer, folder string) (apart bool, err error) {
	figures := map[string]figure{} // by "runtime percentile"
	for _, tool := range []string{"k6", "bench"} {
		paths, err := filepath.Glob(filepath.Join(folder, tool+"-*", "results.json"))
		if err != nil || len(paths) == 0 {
			return false, fmt.Errorf("got no runs of %s in %s", tool, folder)
		}
		for _, path := range paths {
			doc, err := results.Load(path)
			if err != nil {
				return false, err
			}
			round, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(path)), tool+"-"))
			if err != nil {
				return false, fmt.Errorf("%s: got a folder without a round's number", path)
			}
			if err := add(figures, tool, round, doc); err != nil {
				return false, err
			}
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "runtime\tpercentile\tk6, ms\tbench load, ms\tdifference within rounds\t95 % interval\tn\t")
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		f := figures[name]
		if f["k6"] == nil || f["bench"] == nil {
			return false, fmt.Errorf("%s: got runs of one tool only", name)
		}
		runtime, percentile, _ := strings.Cut(name, " ")
		ratio := stats.Ratio(*f["k6"], *f["bench"], stats.Level)
		if ratio.Warnings != nil {
			return false, fmt.Errorf("%s of %s: %s", percentile, runtime, strings.Join(ratio.Warnings, "; "))
		}
		verdict := "within"
		if math.Abs(ratio.Center-1) > limits[percentile] {
			verdict, apart = "beyond", true
		}
		fmt.Fprintf(table, "%s\t%s\t%.3f\t%.3f\t%+.1f %%\t%+.1f to %+.1f %%\t%d\t%s ±%.0f %%\n", runtime, percentile, median(f["k6"]), median(f["bench"]), 100*(ratio.Center-1), 100*(ratio.Lo-1), 100*(ratio.Hi-1), ratio.N, verdict, 100*limits[percentile])
	}
	return apart, table.Flush()
}

// add takes the percentiles of a run's calls. Cold ones are left out: how many there are
// is chance.
func add(figures map[string]figure, tool string, round int, doc results.Document) error {
	for _, c := range doc.Configurations {
		var parts []stats.Sample
		for _, window := range c.Windows {
			for _, operation := range window.Operations {
				var sample stats.Sample
				for ms, n := range operation.HDR.ClientMs.Buckets {
					sample = append(sample, stats.Bucket{Value: ms, Count: n})
				}
				parts = append(parts, sample)
			}
		}
		pool := stats.Pool(parts)
		if pool.N() == 0 {
			return fmt.Errorf("%s: got no call of %s that was answered rightly", doc.ID, c.Runtime)
		}
		for name, q := range map[string]float64{"p50": 0.5, "p99": 0.99} {
			key := c.Runtime + " " + name
			if figures[key] == nil {
				figures[key] = figure{}
			}
			if figures[key][tool] == nil {
				figures[key][tool] = &stats.Series{}
			}
			series := figures[key][tool]
			series.Values, series.Blocks = append(series.Values, pool.Quantile(q)), append(series.Blocks, round)
		}
	}
	return nil
}

func median(s *stats.Series) float64 {
	return stats.Quantile(slices.Sorted(slices.Values(s.Values)), 0.5)
}
