package terminal

import (
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

// aws has room for one comparison: the main contest's, of cold starts of as many
// functions as there are.
func (t *terminal) aws() {
	var most view.AWSTable
	for _, table := range t.model.AWS {
		if main := t.model.Contests[0]; table.Metric.ID == "coldTotal" && table.Memory == main.Memory && table.Arch == main.Arch && table.Leads() && len(table.Lines) > len(most.Lines) {
			most = table
		}
	}
	if most.Lines == nil {
		return
	}
	var parts []string
	for _, line := range most.Lines[1:] {
		here, _ := words.MoreParts(line.MoreHere)
		there, _ := words.MoreThere(line)
		parts = append(parts, line.Row.Name+" "+here+" (in AWS "+there+")")
	}
	t.say("against AWS: ", bold, "cold ms over "+most.Lines[0].Row.Name+": "+strings.Join(parts, ", ")+"; "+words.Agreement(most.Agreement)+". More: html, markdown.")
}
