package words

import (
	"fmt"
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Warnings are what is unusual about this run, the document's own first.
func Warnings(m *view.Model) []string {
	doc := m.Doc
	list := slices.Clone(doc.Warnings)
	if doc.Status == results.Interrupted {
		list = append(list, "The run was interrupted: what it had measured by then is shown, and rankings of incomplete runs are weaker.")
	}
	if doc.Source.Kind == results.Local && doc.Host.Database.Kind != "" && !doc.Host.Database.TLS {
		list = append(list, "The functions spoke plain HTTP with the database, where AWS has TLS: their first calls are shorter than with it, and small functions’ most of all.")
	}
	for _, g := range doc.Gate {
		if g.Passed {
			continue
		}
		runtime, _ := doc.Runtime(g.Runtime)
		variant, _ := runtime.Variant(g.Variant)
		sentence := view.Named(runtime, variant) + " did not pass the contract suite"
		if len(g.Failures) > 0 {
			sentence += fmt.Sprintf(", for example in %s: %s", g.Failures[0].Case, g.Failures[0].Message)
		}
		list = append(list, sentence+".")
	}
	for _, c := range m.Contests {
		for _, row := range c.Rows {
			where := row.Name
			if c.Memory > 0 {
				where += " at " + c.Where()
			}
			if row.Errors > 0 {
				text := fmt.Sprintf("%s answered %s of %s wrongly; they are in no figure.", where, format.Count(row.Errors), format.Plural(row.Calls+row.Errors, "warm call"))
				if row.Wrong != "" {
					text += " The first of them, " + row.Wrong
				}
				list = append(list, text)
			}
			for _, metric := range view.Metrics {
				if row.Value(metric.ID).Modes {
					list = append(list, fmt.Sprintf("%s: %s has several modes, so that its median describes none of them well; see the distribution.", where, metric.Name))
				}
			}
		}
	}
	return list
}

// Misses are what a load test did not hold of its objective, as sentences without
// their point.
func Misses(m *view.Model) []string {
	list, err := m.Doc.Misses()
	if err != nil {
		return []string{format.Capital(err.Error())}
	}
	return list
}
