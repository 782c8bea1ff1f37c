package report

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func awsOf(m *view.Model) *htmlAWS {
	if m.Doc.Source.Kind != results.Local {
		return nil
	}
	section := &htmlAWS{Lead: words.AWSLead}
	if len(m.AWS) == 0 {
		section.Lead = words.AWSNone
	}
	for _, r := range m.References() {
		group := htmlAWSGroup{Name: r.Name, Facts: words.ReferenceFacts(r), Differs: r.Differs}
		for _, t := range m.AWS {
			switch {
			case t.Reference != r:
			case t.Leads():
				group.Tables = append(group.Tables, awsTable(t))
			default:
				group.Others = append(group.Others, awsTable(t))
			}
		}
		group.Together = words.Together(m, r)
		section.Groups = append(section.Groups, group)
	}
	return section
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

func awsTable(t view.AWSTable) htmlTable {
	than := "more than " + t.Lines[0].Row.Name
	drawn := htmlTable{Caption: words.AWSTitle(t), Note: words.Orders(t), Heads: []htmlHead{
		{Text: "Function", Left: true}, {Text: "Here", Unit: "ms"}, {Text: "Here", Unit: than}, {Text: "In AWS", Unit: "ms"}, {Text: "In AWS", Unit: than},
	}}
	for i, line := range t.Lines {
		row := htmlRow{Swatch: line.Row.Runtime, Name: line.Row.Name, Sub: "in AWS " + line.Version}
		here, there := valueCell("Here, ms", view.Value{Summary: line.Here}), valueCell("In AWS, ms", view.Value{Summary: line.There})
		here.Doubt, there.Doubt, here.Sorted, there.Sorted = "", "", false, false
		differences := []htmlCell{{Label: "Here, " + than, Text: "–", Class: "none"}, {Label: "In AWS, " + than, Text: "–", Class: "none"}}
		if i > 0 {
			differences[0].Text, differences[0].Small = words.MoreParts(line.MoreHere)
			differences[1].Text, differences[1].Small = words.MoreThere(line)
			differences[0].Class, differences[1].Class = "", ""
		}
		row.Cells = []htmlCell{here, differences[0], there, differences[1]}
		drawn.Rows = append(drawn.Rows, row)
	}
	return drawn
}
