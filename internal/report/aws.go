package report

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
					one.values[metric] = exactly(*ms)
				}
			}
			set("init", f.Init)
			set("firstCall", f.FirstCall)
			set("warmP50", f.Warm)
			if f.Init != nil && f.FirstCall != nil {
				one.values["coldTotal"] = exactly(*f.Init + *f.FirstCall)
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
	r := &Reference{ID: "own", Name: "your own run " + doc.ID, Measured: doc.Started.UTC().Format("2 January 2006") + ", " + sourceName(doc.Source),
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
			"%s was measured %s: got that first, want a local run", m.Doc.ID, sourceName(m.Doc.Source))
	}
	if aws.Source.Kind != results.AWS {
		return fault.Usage("two local runs are what bench compare is for",
			"%s was measured %s: want a run in AWS", aws.ID, sourceName(aws.Source))
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

// title names the table: cold total, 1,769 MB, x86_64 (in AWS arm64).
func (t AWSTable) title() string {
	name := format.Capital(t.Metric.Name)
	if len(t.Lines) > 0 && t.Lines[0].Row.Kind.Layer() {
		name += " of the " + layerNames[t.Lines[0].Row.Kind]
	}
	text := name + ", " + format.Count(t.Memory) + " MB, " + t.Arch
	if t.Elsewhere != "" {
		text += " (in AWS " + t.Elsewhere + ")"
	}
	return text
}

// orders says how far the two orders agree.
func (t AWSTable) orders() string {
	names := func(lines []AWSLine) []string {
		var list []string
		for _, line := range lines {
			list = append(list, line.Row.Name)
		}
		return list
	}
	here := slices.SortedStableFunc(slices.Values(t.Lines), func(a, b AWSLine) int { return cmp.Compare(a.Here.Center, b.Here.Center) })
	a, b := names(here), names(t.Lines)
	text := "The same order, " + strings.Join(a, ", ")
	if !slices.Equal(a, b) {
		text = "Here " + strings.Join(a, ", ") + "; in AWS " + strings.Join(b, ", ")
	}
	return text + ". Kendall’s " + agreement(t.Agreement) + "."
}

// moreThere prints the difference in AWS; where nothing is known of its doubt, with
// no more digits than the figure itself.
func (l AWSLine) moreThere() (text, bounds string) {
	if l.MoreThere.Valid() && l.MoreThere.Lo == l.MoreThere.Hi {
		return format.Signed(format.Like(l.MoreThere.Center, l.There.Center)), ""
	}
	return moreParts(l.MoreThere)
}

// agreement prints Kendall's τ with its interval.
func agreement(s stats.Summary) string {
	if !s.Valid() {
		return fmt.Sprintf("τ: n too small (%d of %d)", s.N, stats.MinRanked)
	}
	return fmt.Sprintf("τ %.2f [%.2f, %.2f]", s.Center, s.Lo, s.Hi)
}

// more prints a difference with its interval: +212 [205, 220].
func more(s stats.Summary) string {
	text, bounds := moreParts(s)
	return strings.TrimSpace(text + " " + bounds)
}

// moreParts are the two parts of it.
func moreParts(s stats.Summary) (text, bounds string) {
	if !s.Valid() {
		return format.Center(s), ""
	}
	if s.Lo != s.Hi {
		bounds = format.Interval(s)
	}
	return format.Signed(format.Number(s.Center)), bounds
}

// awsLead says how to read the comparison.
const awsLead = "Cold starts are compared by differences in milliseconds, never by ratios: AWS adds to each of them a common part that no other machine has, so that distances travel and ratios do not. The functions differ, too: believe orders and sizes of differences, not single values."

// awsNone says that there is nothing to compare with.
const awsNone = "Nothing that was published has two of these runtimes at one of these memory sizes."

// aws has room for one comparison: the main contest's, of cold starts of as many
// functions as there are.
func (t *terminal) aws() {
	var most AWSTable
	for _, table := range t.model.AWS {
		if main := t.model.Contests[0]; table.Metric.ID == "coldTotal" && table.Memory == main.Memory && table.Arch == main.Arch && table.leads() && len(table.Lines) > len(most.Lines) {
			most = table
		}
	}
	if most.Lines == nil {
		return
	}
	var parts []string
	for _, line := range most.Lines[1:] {
		here, _ := moreParts(line.MoreHere)
		there, _ := line.moreThere()
		parts = append(parts, line.Row.Name+" "+here+" (in AWS "+there+")")
	}
	t.say("against AWS: ", bold, "cold ms over "+most.Lines[0].Row.Name+": "+strings.Join(parts, ", ")+"; "+agreement(most.Agreement)+". More: html, markdown.")
}

// markdownAWS has every comparison that leads, by reference.
func markdownAWS(print func(string, ...any), m *Model) {
	if m.Doc.Source.Kind != results.Local {
		return
	}
	if len(m.AWS) == 0 {
		print("\n### Against AWS\n\n%s", awsNone)
		return
	}
	print("\n### Against AWS\n\n%s", format.Markdown(awsLead))
	for _, r := range m.references() {
		print("\n#### %s\n\n%s", format.Markdown(r.Name), format.Markdown(r.facts()+" What differs: "+strings.Join(r.Differs, "; ")+"."))
		for _, t := range m.AWS {
			if t.Reference != r || !t.leads() {
				continue
			}
			than := format.Markdown(t.Lines[0].Row.Name)
			print("\n| %s | in AWS | here, ms | here, more than %s | in AWS, ms | in AWS, more than %s |\n|---|---|--:|--:|--:|--:|", format.Markdown(t.title()), than, than)
			for i, line := range t.Lines {
				here, there := "", ""
				if i > 0 {
					text, bounds := line.moreThere()
					here, there = more(line.MoreHere), strings.TrimSpace(text+" "+bounds)
				}
				print("| %s | %s | %s | %s | %s | %s |", format.Markdown(line.Row.Name), format.Markdown(line.Version), full(Value{Summary: line.Here}), here, full(Value{Summary: line.There}), there)
			}
			print("\n%s", format.Markdown(t.orders()))
		}
		for _, text := range m.together(r) {
			print("\n%s", format.Markdown(text))
		}
	}
}
