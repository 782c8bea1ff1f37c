// Package history puts the runs of a folder in a row and says how each figure went
// from one to the next. A figure that a run does not have is a gap with its reason,
// and runs that can't be compared are not joined: the reason stands between them.
//
//	h, err := history.Read("results", nil)
//	if err != nil { … } // no folder, or nothing in it that can be read
//	err = history.Text(os.Stdout, h)
package history

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/compare"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// History is a row of runs, the oldest first.
type History struct {
	Runs   []Run   `json:"runs"`
	Trends []Trend `json:"trends"`
	// Skipped are JSON files that are no result document, with the reason.
	Skipped []Skipped `json:"skipped"`
}

// Run names one run and says how it hangs together with those before.
type Run struct {
	compare.Run
	File    string `json:"file"`    // below the folder, with slashes
	Status  string `json:"status"`  // complete or interrupted
	Machine string `json:"machine"` // processor and cores, or the region
	// Series numbers the runs that can be compared with each other, from 0.
	Series int `json:"series"`
	// After is the index of the run that this one is compared with; -1 for the first
	// of its series.
	After int `json:"after"`
	// Apart says, in the first run of a series, what keeps it from being compared with the run before.
	Apart string `json:"apart,omitempty"`
}

// Skipped is a file that is left out.
type Skipped struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Trend is one figure of one configuration, through all runs.
type Trend struct {
	Metric         string  `json:"metric"`
	Name           string  `json:"name"`
	Unit           string  `json:"unit"`
	HigherIsBetter bool    `json:"higherIsBetter"`
	Configuration  string  `json:"configuration"`
	Runtime        string  `json:"runtime"`
	Color          string  `json:"color"`
	Main           bool    `json:"main"` // the variant that stands for its runtime
	Points         []Point `json:"points"`
}

// Point is the figure in one run.
type Point struct {
	Run    int            `json:"run"` // index in Runs
	Figure compare.Figure `json:"figure"`
	// Gap says why there is no figure; "" where there is one.
	Gap string `json:"gap,omitempty"`
	// Verdict is about the change since the run After: "?" where nothing can be told.
	Verdict compare.Verdict `json:"verdict"`
	Ratio   compare.Figure  `json:"ratio"` // to the figure there
	After   int             `json:"after"` // the latest run of the series that has the figure, too; -1: none
}

// Read reads the result documents below dir, links left out, and puts them in a row.
// progress, which may be nil, is called after each run with the number of all.
func Read(dir string, progress func(total int)) (History, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.Type().IsRegular() && filepath.Ext(path) == ".json" && !strings.HasPrefix(entry.Name(), "."):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return History{}, fault.Usage("name the folder that holds the runs, such as results", "look for runs in %s: %w", dir, err)
	}
	h := History{Runs: []Run{}, Trends: []Trend{}, Skipped: []Skipped{}}
	var documents []file
	for _, path := range files {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return History{}, fmt.Errorf("name %s: %w", path, err)
		}
		name = filepath.ToSlash(name)
		doc, err := results.Load(path)
		if err != nil {
			h.Skipped = append(h.Skipped, Skipped{File: name, Reason: err.Error()})
			continue
		}
		if i := slices.IndexFunc(documents, func(f file) bool { return f.doc.ID == doc.ID }); i >= 0 {
			h.Skipped = append(h.Skipped, Skipped{File: name, Reason: "the same run as " + documents[i].name})
			continue
		}
		documents = append(documents, file{name, doc})
	}
	if len(documents) == 0 {
		reason := ""
		if len(h.Skipped) > 0 {
			reason = fmt.Sprintf(": %s", h.Skipped[0].Reason)
		}
		return History{}, fault.New("bench local writes runs into results; name that folder, or another one that holds results.json files", "%s has no runs%s", dir, reason)
	}
	h.row(documents, progress)
	return h, nil
}

type file struct {
	name string
	doc  results.Document
}

// row fills runs and trends from the documents.
func (h *History) row(files []file, progress func(total int)) {
	slices.SortStableFunc(files, func(a, b file) int {
		return cmp.Or(a.doc.Started.Compare(b.doc.Started), strings.Compare(a.doc.ID, b.doc.ID))
	})
	var last []int // the newest run of each series, by its index
	trends := map[string]int{}
	for i, f := range files {
		run := Run{Run: compare.RunOf(f.doc), File: f.name, Status: string(f.doc.Status), Machine: machineOf(f.doc), Series: len(last), After: -1}
		var changes compare.Result
		// The latest series comes first: runs of two machines that take turns are two series.
		order := slices.Clone(last)
		slices.SortFunc(order, func(a, b int) int { return b - a })
		for j, before := range order {
			result, err := compare.Documents(files[before].doc, f.doc, compare.Options{})
			if err != nil {
				if j == 0 {
					run.Apart = oneLine(err.Error())
				}
				continue
			}
			changes, run.After, run.Series, run.Apart = result, before, h.Runs[before].Series, ""
			break
		}
		if run.After < 0 {
			last = append(last, i)
		} else {
			last[run.Series] = i
		}
		h.Runs = append(h.Runs, run)
		h.add(i, compare.Readings(f.doc), trends, func(before int) compare.Result {
			if before != run.After && before >= 0 {
				result, _ := compare.Documents(files[before].doc, f.doc, compare.Options{}) // of one series
				return result
			}
			return changes
		})
		if progress != nil {
			progress(len(files))
		}
	}
	h.finish()
}

// add puts a run's figures at the end of their trends.
func (h *History) add(run int, readings []compare.Reading, trends map[string]int, since func(before int) compare.Result) {
	changes := map[int]compare.Result{}
	for _, r := range readings {
		key := r.Metric + "\x00" + r.Configuration
		at, known := trends[key]
		if !known {
			at = len(h.Trends)
			trends[key] = at
			h.Trends = append(h.Trends, Trend{Metric: r.Metric, Configuration: r.Configuration})
		}
		t := &h.Trends[at]
		t.Runtime, t.Color, t.Main = r.Runtime, r.Color, r.Default
		point := Point{Run: run, Figure: r.Figure, Gap: r.Missing, Verdict: compare.Unknown}
		if point.Gap == "" && point.Figure.Center == nil {
			point.Gap = cmp.Or(point.Figure.Note, "no figure")
		}
		point.After = h.before(t, run)
		if point.Gap == "" && point.After >= 0 {
			if _, known := changes[point.After]; !known {
				changes[point.After] = since(point.After)
			}
			if change, ok := changeOf(changes[point.After], r); ok {
				point.Verdict, point.Ratio = change.Verdict, change.Ratio
			}
		}
		t.Points = append(t.fill(run), point)
	}
}

// before is the latest run of the same series that has the figure.
func (h *History) before(t *Trend, run int) int {
	for _, p := range slices.Backward(t.Points) {
		if p.Gap == "" && h.Runs[p.Run].Series == h.Runs[run].Series {
			return p.Run
		}
	}
	return -1
}

// fill is the trend's points with gaps up to that run.
func (t *Trend) fill(run int) []Point {
	for len(t.Points) < run {
		t.Points = append(t.Points, Point{Run: len(t.Points), Gap: "not part of that run", Verdict: compare.Unknown, After: -1})
	}
	return t.Points
}

func changeOf(changes compare.Result, r compare.Reading) (compare.Change, bool) {
	for _, m := range changes.Metrics {
		if m.ID != r.Metric {
			continue
		}
		for _, c := range m.Changes {
			if c.Configuration == r.Configuration {
				return c, true
			}
		}
	}
	return compare.Change{}, false
}

// finish makes all trends as long as the row, leaves out those without any figure, and
// puts them in the order of metrics and configurations.
func (h *History) finish() {
	metrics := compare.Metrics()
	place := func(id string) int {
		return slices.IndexFunc(metrics, func(m compare.Metric) bool { return m.ID == id })
	}
	kept := []Trend{}
	for _, t := range h.Trends {
		t.Points = t.fill(len(h.Runs))
		if !slices.ContainsFunc(t.Points, func(p Point) bool { return p.Gap == "" }) {
			continue
		}
		m := metrics[place(t.Metric)]
		t.Name, t.Unit, t.HigherIsBetter = m.Name, m.Unit, m.HigherIsBetter
		kept = append(kept, t)
	}
	slices.SortStableFunc(kept, func(a, b Trend) int { return place(a.Metric) - place(b.Metric) })
	h.Trends = kept
}

func machineOf(doc results.Document) string {
	if doc.Host.CPU == "" {
		return doc.Source.Region
	}
	return fmt.Sprintf("%s, %d cores", doc.Host.CPU, doc.Host.Cores)
}

func oneLine(text string) string {
	head, rest, more := strings.Cut(text, "\n")
	if !more {
		return text
	}
	return head + " " + strings.Join(strings.Fields(rest), " ")
}
