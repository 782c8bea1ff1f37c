// Command compare puts beside each other what k6 and bench load saw of one scenario: the
// folder has the runs k6-1, bench-1, k6-2, … that compare.sh left.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// figure is one percentile of one runtime, a value a run, by tool.
type figure map[string][]float64

// compare prints the medians of the runs, and reports whether some are too far apart.
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
			if err := add(figures, tool, doc); err != nil {
				return false, err
			}
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "runtime\tpercentile\tk6, ms\tn\tbench load, ms\tn\tdifference\t")
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range figures {
			if !yield(name) {
				return
			}
		}
	}) {
		f := figures[name]
		k6, bench := median(f["k6"]), median(f["bench"])
		_, percentile, _ := strings.Cut(name, " ")
		difference := k6/bench - 1
		verdict := "within"
		if difference > limits[percentile] || difference < -limits[percentile] {
			verdict, apart = "beyond", true
		}
		fmt.Fprintf(table, "%s\t%.3f\t%d\t%.3f\t%d\t%+.1f %%\t%s ±%.0f %%\n", strings.ReplaceAll(name, " ", "\t"), k6, len(f["k6"]), bench, len(f["bench"]), 100*difference, verdict, 100*limits[percentile])
	}
	return apart, table.Flush()
}

// add takes the percentiles of a run's calls. Cold ones are left out: how many there are
// is chance.
func add(figures map[string]figure, tool string, doc results.Document) error {
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
			figures[key][tool] = append(figures[key][tool], pool.Quantile(q))
		}
	}
	return nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return stats.Quantile(values, 0.5)
}
