// Package compare says what changed between two runs, as benchstat does for Go
// benchmarks: each metric of each configuration, old against new, with the ratio,
// its interval, and a verdict by the one rule of internal/stats. It refuses to
// compare what is not comparable, and says why. It is pure: it reads documents and
// writes reports.
//
//	result, err := compare.Documents(before, after, compare.Options{})
//	if err != nil { … } // the runs as a whole can't be compared
//	err = compare.Text(os.Stdout, result)
package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Options say how strict a comparison is.
type Options struct {
	// OtherHost compares runs of two machines all the same.
	OtherHost bool
	// AcrossSources compares a local run with one in AWS, of the same artifacts and in
	// the metrics that both clock alike.
	AcrossSources bool
	// Interleaved says that both sides were measured in turn; see the function.
	Interleaved bool
	// Metrics are the ids to compare; none are all.
	Metrics []string
	// Regression is the share by which a metric may get worse, 0.05 for 5 %; 0 looks
	// for no regressions.
	Regression float64
	// OtherArtifacts takes for regressions only those of configurations whose artifacts
	// are not the same bytes on both sides, run by the same interpreter.
	OtherArtifacts bool
}

// Result is what changed.
type Result struct {
	Old    Run     `json:"old"`
	New    Run     `json:"new"`
	Level  float64 `json:"level"`  // of all intervals of a metric at once
	Margin float64 `json:"margin"` // the smallest difference that is called one
	// Interleaved: ratios are those within blocks, as both were measured in turn.
	Interleaved bool     `json:"interleaved"`
	Metrics     []Metric `json:"metrics"`
	Refused     []Note   `json:"refused"` // configurations that are not compared
	Notes       []Note   `json:"notes"`   // what a reader should know of those that are
	// Regressions name what got worse by more than Options.Regression, in full
	// sentences.
	Regressions []string `json:"regressions"`
}

// Run names a document.
type Run struct {
	ID      string `json:"id"`
	Started string `json:"started"` // RFC 3339, UTC
	Source  string `json:"source"`
	Region  string `json:"region,omitempty"`
	Vantage string `json:"vantage"`
	Tool    string `json:"tool"`
	Commit  string `json:"commit"`
}

// Note is a sentence about a configuration, several with commas between them, or
// about the runs (none).
type Note struct {
	Configuration string `json:"configuration,omitempty"`
	Text          string `json:"text"`
}

// Metric is one figure of all configurations: a family.
type Metric struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Unit           string   `json:"unit"`
	HigherIsBetter bool     `json:"higherIsBetter"`
	Level          float64  `json:"level"` // of each interval of a ratio
	Changes        []Change `json:"changes"`
}

// Change is one figure of one configuration.
type Change struct {
	Configuration string  `json:"configuration"` // runtime/variant/memory/arch
	Runtime       string  `json:"runtime"`
	Variant       string  `json:"variant"`
	Memory        int     `json:"memory"`
	Arch          string  `json:"arch"`
	ColdKind      string  `json:"coldKind"`
	Old           Figure  `json:"old"`
	New           Figure  `json:"new"`
	Ratio         Figure  `json:"ratio"` // of new to old
	Verdict       Verdict `json:"verdict"`
	Regression    bool    `json:"regression"` // worse by more than is allowed
}

// Figure is an estimate with its interval. Where there is none, the numbers are
// absent and the note says why.
type Figure struct {
	Center *float64 `json:"center,omitempty"`
	Lo     *float64 `json:"lo,omitempty"`
	Hi     *float64 `json:"hi,omitempty"`
	N      int      `json:"n"`
	Note   string   `json:"note,omitempty"`
}

// Verdict is what the rule says.
type Verdict string

// The verdicts. Same is "indistinguishable", not "equal".
const (
	Better  Verdict = "better"
	Worse   Verdict = "worse"
	Same    Verdict = "~"
	Unknown Verdict = "?"
)

func figure(s stats.Summary) Figure {
	f := Figure{N: s.N, Note: strings.Join(s.Warnings, "; ")}
	for _, value := range []struct {
		to   **float64
		from float64
	}{{&f.Center, s.Center}, {&f.Lo, s.Lo}, {&f.Hi, s.Hi}} {
		if !math.IsNaN(value.from) {
			*value.to = &value.from
		}
	}
	return f
}

// pair is a configuration in both runs.
type pair struct {
	old, new    *side
	interleaved bool
}

// side is a configuration in one run.
type side struct {
	doc *results.Document
	c   *results.Configuration
	row *view.Row

	region string // of its prices
	priced bool   // costs were looked for
	costs  stats.Series
}

// Documents compares two runs. It is an error where nothing can be compared.
func Documents(before, after results.Document, o Options) (Result, error) {
	notes, err := comparable(&before, &after, o)
	if err != nil {
		return Result{}, err
	}
	r := Result{
		Old: RunOf(before), New: RunOf(after), Level: stats.Level, Margin: stats.Margin, Interleaved: o.Interleaved, Notes: notes,
		Metrics: []Metric{}, Refused: []Note{}, Regressions: []string{},
	}
	pairs := r.match(&before, &after, o)
	if len(pairs) == 0 {
		return Result{}, nothingInCommon(r.Refused)
	}
	for _, m := range metrics(o) {
		if changes := m.changes(pairs, o); len(changes.Changes) > 0 {
			r.Metrics = append(r.Metrics, changes)
		}
	}
	r.regressions(o)
	return r, nil
}

// RunOf names a document.
func RunOf(d results.Document) Run {
	return Run{ID: d.ID, Started: d.Started.UTC().Format("2006-01-02T15:04:05Z"), Source: string(d.Source.Kind), Region: d.Source.Region,
		Vantage: string(d.Source.Vantage), Tool: d.Tool.Version, Commit: d.Tool.Commit}
}

// match finds the configurations of both runs, in the order of the new one.
func (r *Result) match(before, after *results.Document, o Options) []pair {
	region := cost.RegionOf(*after)
	if after.Source.Region == "" {
		region = cost.RegionOf(*before)
	}
	olds, news := sides(before, region), sides(after, region)
	var pairs []pair
	of, order := map[string][]string{}, []string(nil) // configurations by what is to know of them
	for _, n := range news {
		i := slices.IndexFunc(olds, func(s *side) bool { return s.c.Key() == n.c.Key() && s.row.ColdKind == n.row.ColdKind })
		if i < 0 {
			r.Refused = append(r.Refused, Note{n.row.Label(), onlyIn("new", n, olds)})
			continue
		}
		reason, notes := comparableSides(olds[i], n, o)
		if reason != "" {
			r.Refused = append(r.Refused, Note{n.row.Label(), reason})
			if o.Regression > 0 && olds[i].row.Measured() && !n.row.Measured() && n.c.Status == results.Failed {
				r.Regressions = append(r.Regressions, fmt.Sprintf("%s was measured before and failed now: %s", n.row.Label(), n.c.Reason))
			}
			continue
		}
		for _, note := range notes {
			of[note] = append(of[note], n.row.Label())
			if len(of[note]) == 1 {
				order = append(order, note)
			}
		}
		pairs = append(pairs, pair{olds[i], n, o.Interleaved})
	}
	for _, note := range order {
		if configurations := strings.Join(of[note], ", "); len(of[note]) == len(pairs) {
			r.Notes = append(r.Notes, Note{"", "All configurations: " + note + "."})
		} else {
			r.Notes = append(r.Notes, Note{configurations, note})
		}
	}
	for _, s := range olds {
		if !slices.ContainsFunc(news, func(n *side) bool { return s.c.Key() == n.c.Key() && s.row.ColdKind == n.row.ColdKind }) {
			r.Refused = append(r.Refused, Note{s.row.Label(), onlyIn("old", s, news)})
		}
	}
	for i := range after.Configurations {
		key := after.Configurations[i].Key()
		if !slices.ContainsFunc(news, func(s *side) bool { return s.c.Key() == key }) {
			r.Refused = append(r.Refused, Note{key, "not shown in any report: measured without limits, with the CPU of a larger function"})
		}
	}
	return pairs
}

// onlyIn says that a configuration is in one run, or there of another kind of
// cold start.
func onlyIn(which string, s *side, others []*side) string {
	for _, other := range others {
		if other.c.Key() == s.c.Key() {
			return fmt.Sprintf("its cold starts are of the kind %q in the %s run, and of another in the other", s.row.ColdKind, which)
		}
	}
	return "only in the " + which + " run"
}

// sides are the configurations of a run, both runs' priced in the same region.
func sides(doc *results.Document, region string) []*side {
	var all []*side
	for _, row := range view.Build(*doc).Rows {
		i := slices.IndexFunc(doc.Configurations, func(c results.Configuration) bool { return c.Key() == row.Key })
		all = append(all, &side{doc: doc, c: &doc.Configurations[i], row: row, region: region})
	}
	return all
}

// regressions collects what got worse by more than is allowed.
func (r *Result) regressions(o Options) {
	for _, m := range r.Metrics {
		for _, c := range m.Changes {
			if c.Regression {
				r.Regressions = append(r.Regressions, fmt.Sprintf("%s, %s: %s → %s %s, %s %s", c.Configuration, m.Name,
					format.Number(*c.Old.Center), format.Number(*c.New.Center), m.Unit, times(c.Ratio), bounds(c.Ratio)))
			}
		}
	}
}
