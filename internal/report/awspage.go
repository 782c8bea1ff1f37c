package report

import (
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func awsOf(m *Model) *htmlAWS {
	if m.Doc.Source.Kind != results.Local {
		return nil
	}
	section := &htmlAWS{Lead: awsLead}
	if len(m.AWS) == 0 {
		section.Lead = awsNone
	}
	for _, r := range m.references() {
		group := htmlAWSGroup{Name: r.Name, Facts: r.facts(), Differs: r.Differs}
		for _, t := range m.AWS {
			switch {
			case t.Reference != r:
			case t.leads():
				group.Tables = append(group.Tables, t.html())
			default:
				group.Others = append(group.Others, t.html())
			}
		}
		group.Together = m.together(r)
		section.Groups = append(section.Groups, group)
	}
	return section
}

// leads reports whether the table is one that is asked for first: of whole cold
// starts and warm calls, and of inits where nothing more was published.
func (t AWSTable) leads() bool {
	base := t.Lines[0].Row
	if _, whole := t.Reference.figure(base, "coldTotal"); !whole {
		return true
	}
	return !base.Kind.Layer() && (t.Metric.ID == "coldTotal" || t.Metric.ID == "warmP50")
}

// references are those that something is compared with, in order.
func (m *Model) references() []*Reference {
	var all []*Reference
	for _, t := range m.AWS {
		if !slices.Contains(all, t.Reference) {
			all = append(all, t.Reference)
		}
	}
	return all
}

// together has a sentence on each figure that was compared at several memory sizes.
func (m *Model) together(r *Reference) []string {
	var sentences []string
	for _, t := range m.AWS {
		if together, several := m.Together(t); several && t.Reference == r && t.leads() {
			sentences = append(sentences, format.Capital(t.Metric.Name)+", all memory sizes together: Kendall’s "+agreement(together)+".")
		}
	}
	return format.Unique(sentences)
}

// facts say what the reference is, and where it can be looked up.
func (r *Reference) facts() string {
	parts := []string{"Measured " + r.Measured, r.Statistic}
	if r.URL != "" {
		parts = append(parts, r.URL)
	}
	return strings.Join(parts, "; ") + "."
}

// htmlAWS is the page's section on figures of AWS; null where the run is not local.
type htmlAWS struct {
	Lead   string
	Groups []htmlAWSGroup // one for each reference
}

type htmlAWSGroup struct {
	Name, Facts    string
	Differs        []string
	Tables, Others []htmlTable
	Together       []string // of several memory sizes
}

func (t AWSTable) html() htmlTable {
	than := "more than " + t.Lines[0].Row.Name
	drawn := htmlTable{Caption: t.title(), Note: t.orders(), Heads: []htmlHead{
		{Text: "Function", Left: true}, {Text: "Here", Unit: "ms"}, {Text: "Here", Unit: than}, {Text: "In AWS", Unit: "ms"}, {Text: "In AWS", Unit: than},
	}}
	for i, line := range t.Lines {
		row := htmlRow{Swatch: line.Row.Runtime, Name: line.Row.Name, Sub: "in AWS " + line.Version}
		here, there := valueCell("Here, ms", Value{Summary: line.Here}), valueCell("In AWS, ms", Value{Summary: line.There})
		here.Doubt, there.Doubt, here.Sorted, there.Sorted = "", "", false, false
		differences := []htmlCell{{Label: "Here, " + than, Text: "–", Class: "none"}, {Label: "In AWS, " + than, Text: "–", Class: "none"}}
		if i > 0 {
			differences[0].Text, differences[0].Small = moreParts(line.MoreHere)
			differences[1].Text, differences[1].Small = line.moreThere()
			differences[0].Class, differences[1].Class = "", ""
		}
		row.Cells = []htmlCell{here, differences[0], there, differences[1]}
		drawn.Rows = append(drawn.Rows, row)
	}
	return drawn
}
