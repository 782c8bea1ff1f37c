package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/published"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Reference is a set of measurements made in AWS: what others published, or a run
// of one's own.
type Reference struct {
	ID, Name, URL       string
	Measured, Statistic string
	Differs             []string // from what stands here
	figures             []reference
}

// reference is one function of a Reference.
type reference struct {
	runtime, version, arch string
	memory                 int
	fits                   func(*Row) bool // whether it is the same kind of function
	values                 map[string]stats.Summary
	samples                map[string]stats.Series // nil where only a figure was published
}

// AWSTable holds one figure of several functions here against the same in AWS.
type AWSTable struct {
	Reference *Reference
	Metric    Metric
	Memory    int    // MB, here
	Arch      string // here
	Elsewhere string // how memory or architecture differ there; "" where they do not
	Lines     []AWSLine
	Agreement stats.Summary // Kendall's τ of the two orders
}

// AWSLine is one function: its figure here and there, and how much more that is
// than the first line's. The first line is the one with the least in AWS.
type AWSLine struct {
	Row                 *Row
	Version             string // of what was measured in AWS
	Here, There         stats.Summary
	MoreHere, MoreThere stats.Summary
}

// awsMetrics are compared where both sides have them. The first and the last are
// what is asked for most.
var awsMetrics = []string{"coldTotal", "init", "firstCall", "warmP50"}

// latestPublished are the published references of internal/published.
var latestPublished = sync.OnceValue(func() []*Reference {
	var all []*Reference
	for _, source := range published.Latest().Sources {
		r := &Reference{ID: source.ID, Name: source.Name, URL: source.URL, Measured: source.Measured, Statistic: source.Statistic, Differs: source.Differs}
		fits := func(row *Row) bool { return row.Kind == results.KindAPI && row.Class != results.Tuned }
		if source.Layer != "" {
			fits = func(row *Row) bool { return row.Kind == source.Layer }
		}
		for _, f := range source.Figures {
			one := reference{runtime: f.Runtime, version: f.Version, arch: f.Arch, memory: f.Memory, fits: fits, values: map[string]stats.Summary{}}
			set := func(metric string, ms *float64) {
				if ms != nil {
					one.values[metric] = Exactly(*ms)
				}
			}
			set("init", f.Init)
			set("firstCall", f.FirstCall)
			set("warmP50", f.Warm)
			if f.Init != nil && f.FirstCall != nil {
				one.values["coldTotal"] = Exactly(*f.Init + *f.FirstCall)
			}
			r.figures = append(r.figures, one)
		}
		all = append(all, r)
	}
	return all
})

// ownReference is a run that was measured in AWS with the same functions.
func ownReference(doc results.Document) *Reference {
	m := Build(doc)
	r := &Reference{ID: "own", Name: "your own run " + doc.ID, Measured: doc.Started.UTC().Format("2 January 2006") + ", " + SourceName(doc.Source),
		Statistic: "medians, as here", Differs: []string{"warm calls are clocked by the client there, with the network to the region, and inside the engine here"}}
	kind := m.leading()
	if others := len(kindsOf(m.Rows)) - 1; others > 0 {
		r.Differs = append(r.Differs, fmt.Sprintf("of its kinds of cold start, %s is taken", kind))
	}
	for _, row := range m.Rows {
		if row.Measured() && row.ColdKind == kind {
			r.figures = append(r.figures, reference{
				runtime: row.Runtime, version: row.Name, arch: row.Arch, memory: row.Memory, samples: row.samples,
				fits: func(other *Row) bool { return other.Variant == row.Variant },
				values: map[string]stats.Summary{
					"coldTotal": row.Value("coldTotal").Summary, "init": row.Value("init").Summary,
					"firstCall": row.Value("firstCall").Summary, "warmP50": row.Value("warmP50").Summary,
				},
			})
		}
	}
	return r
}

// Against holds the model against a run that was measured in AWS, instead of
// against what others published. It is an error where either is not what it is taken
// for, and where no two functions of one class, size and architecture are in both.
func (m *Model) Against(aws results.Document) error {
	if m.Doc.Source.Kind != results.Local {
		return fault.Usage("name the local run first, then the one in AWS; two runs of a kind are what bench compare is for",
			"%s was measured %s: got that first, want a local run", m.Doc.ID, SourceName(m.Doc.Source))
	}
	if aws.Source.Kind != results.AWS {
		return fault.Usage("two local runs are what bench compare is for",
			"%s was measured %s: want a run in AWS", aws.ID, SourceName(aws.Source))
	}
	tables := m.awsTables([]*Reference{ownReference(aws)})
	if len(tables) == 0 {
		return fault.New("both need two functions of one class and kind at the same memory size and architecture",
			"%s and %s have nothing to hold against each other", m.Doc.ID, aws.ID)
	}
	m.AWS = tables
	return nil
}

// awsTables are all comparisons of at least two functions, the main contest's
// first. Only local figures are held against AWS.
func (m *Model) awsTables(references []*Reference) []AWSTable {
	var tables []AWSTable
	for _, c := range m.Contests {
		if m.Doc.Source.Kind != results.Local || c.Class == results.Tuned || c.Kind == results.KindGuest {
			continue
		}
		alike := [][]*Row{c.Rows}
		for _, kind := range results.Layers() {
			alike = append(alike, c.Layers(kind))
		}
		for _, r := range references {
			for _, rows := range alike {
				for _, id := range awsMetrics {
					if t := r.table(rows, id); len(t.Lines) > 1 {
						tables = append(tables, t)
					}
				}
			}
		}
	}
	return tables
}

// table compares rows of one kind, memory size and architecture with the reference.
func (r *Reference) table(rows []*Row, id string) AWSTable {
	metric, _ := MetricByID(id)
	t := AWSTable{Reference: r, Metric: metric}
	var there []reference
	var elsewhere []string
	for _, row := range rows {
		f, ok := r.figure(row, id)
		here := row.Value(id)
		if !ok || !here.Valid() {
			continue
		}
		t.Memory, t.Arch = row.Memory, row.Arch
		t.Lines = append(t.Lines, AWSLine{Row: row, Version: f.version, Here: here.Summary, There: f.values[id]})
		there = append(there, f)
		if f.memory != row.Memory {
			elsewhere = append(elsewhere, format.Count(f.memory)+" MB")
		}
		if f.arch != row.Arch {
			elsewhere = append(elsewhere, f.arch)
		}
	}
	t.Elsewhere = strings.Join(format.Unique(elsewhere), ", ")
	if len(t.Lines) == 0 {
		return t
	}
	order := make([]int, len(t.Lines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.Lines[a].There.Center, t.Lines[b].There.Center) })
	lines, base := t.Lines, order[0]
	t.Lines = nil
	var here, aws []float64
	for _, i := range order {
		line := lines[i]
		line.MoreHere = stats.Difference(line.Row.samples[id], lines[base].Row.samples[id], stats.Level)
		if there[i].samples != nil {
			line.MoreThere = stats.Difference(there[i].samples[id], there[base].samples[id], stats.Level)
		} else {
			line.MoreThere = stats.Apart(line.There, lines[base].There)
		}
		t.Lines = append(t.Lines, line)
		here, aws = append(here, line.Here.Center), append(aws, line.There.Center)
	}
	t.Agreement = stats.Kendall(here, aws)
	return t
}

// figure is the reference's of a row, of its architecture if there is one. Init
// hardly depends on memory, so that a layer's, which is of one size only, may
// stand beside another's; nothing else may.
func (r *Reference) figure(row *Row, id string) (reference, bool) {
	var best reference
	found := false
	for _, f := range r.figures {
		if f.runtime != row.Runtime || !f.fits(row) || !f.values[id].Valid() || f.values[id].N == 0 {
			continue
		}
		if f.memory != row.Memory && !(id == "init" && row.Kind.Layer()) {
			continue
		}
		if !found || best.arch != row.Arch && f.arch == row.Arch {
			best, found = f, true
		}
	}
	return best, found
}

// Together is the agreement over all memory sizes of one reference and figure;
// false where there is one size only.
func (m *Model) Together(t AWSTable) (stats.Summary, bool) {
	var here, there []float64
	sizes := 0
	for _, other := range m.AWS {
		if other.Reference == t.Reference && other.Metric.ID == t.Metric.ID && other.Arch == t.Arch {
			sizes++
			for _, line := range other.Lines {
				here, there = append(here, line.Here.Center), append(there, line.There.Center)
			}
		}
	}
	return stats.Kendall(here, there), sizes > 1
}

// Leads reports whether the table is one that is asked for first: of whole cold
// starts and warm calls, and of inits where nothing more was published.
func (t AWSTable) Leads() bool {
	base := t.Lines[0].Row
	if _, whole := t.Reference.figure(base, "coldTotal"); !whole {
		return true
	}
	return !base.Kind.Layer() && (t.Metric.ID == "coldTotal" || t.Metric.ID == "warmP50")
}

// References are those that something is compared with, in order.
func (m *Model) References() []*Reference {
	var all []*Reference
	for _, t := range m.AWS {
		if !slices.Contains(all, t.Reference) {
			all = append(all, t.Reference)
		}
	}
	return all
}
