package html

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// awsSection is the page's section on figures of AWS; null where the run is not local.
type awsSection struct {
	Lead   string
	Groups []awsGroup // one for each reference
}

type awsGroup struct {
	Name, Facts    string
	Differs        []string
	Tables, Others []table.Table
	Together       []string // of several memory sizes
}

func awsOf(m *view.Model) *awsSection {
	if m.Doc.Source.Kind != results.Local {
		return nil
	}
	section := &awsSection{Lead: words.AWSLead}
	if len(m.AWS) == 0 {
		section.Lead = words.AWSNone
	}
	for _, r := range m.References() {
		group := awsGroup{Name: r.Name, Facts: words.ReferenceFacts(r), Differs: r.Differs}
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

func awsTable(t view.AWSTable) table.Table {
	than := "more than " + t.Lines[0].Row.Name
	drawn := table.Table{Caption: words.AWSTitle(t), Note: words.Orders(t), Heads: []table.Head{
		{Text: "Function", Left: true}, {Text: "Here", Unit: "ms"}, {Text: "Here", Unit: than}, {Text: "In AWS", Unit: "ms"}, {Text: "In AWS", Unit: than},
	}}
	for i, line := range t.Lines {
		row := table.Row{Swatch: line.Row.Runtime, Name: line.Row.Name, Sub: "in AWS " + line.Version}
		here, there := table.Value("Here, ms", view.Value{Summary: line.Here}), table.Value("In AWS, ms", view.Value{Summary: line.There})
		here.Doubt, there.Doubt, here.Sorted, there.Sorted = "", "", false, false
		differences := []table.Cell{{Label: "Here, " + than, Text: "–", Class: "none"}, {Label: "In AWS, " + than, Text: "–", Class: "none"}}
		if i > 0 {
			differences[0].Text, differences[0].Small = words.MoreParts(line.MoreHere)
			differences[1].Text, differences[1].Small = words.MoreThere(line)
			differences[0].Class, differences[1].Class = "", ""
		}
		row.Cells = []table.Cell{here, differences[0], there, differences[1]}
		drawn.Rows = append(drawn.Rows, row)
	}
	return drawn
}
