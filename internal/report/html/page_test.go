package html

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// What stands for a runtime, and is not its default, is called by its name
// wherever it leads.
func TestWithoutTheDefaultVariant(t *testing.T) {
	only := func(ids ...string) results.Document {
		doc := resultstest.Document(resultstest.Options{Seed: 3, Environments: 12, WarmCalls: 10, Load: true})
		doc.Configurations = slices.DeleteFunc(doc.Configurations, func(c results.Configuration) bool {
			return !slices.Contains(ids, c.Runtime+":"+c.Variant)
		})
		doc.Plan.Families = results.Families(doc.Runtimes, doc.Configurations)
		return doc
	}
	for name, test := range map[string]struct {
		doc   results.Document
		title string
		rows  []string
		gains int
	}{
		"primed":          {only("kotlin:primed"), "stock, 1,769 MB, x86_64", []string{"Kotlin (primed)"}, 0},
		"one of them":     {only("kotlin:primed", "go:stock"), "stock, 1,769 MB, x86_64", []string{"Go", "Kotlin (primed)"}, 0},
		"tuned":           {only("python:tuned", "go:tuned"), "tuned, 1,769 MB, x86_64", []string{"Go (tuned)", "Python (tuned)"}, 0},
		"a switch":        {only("python:bytecode"), "tuned, 1,769 MB, x86_64", []string{"Python (tuned: bytecode)"}, 0},
		"stock and tuned": {only("python:tuned", "go:stock"), "stock, 1,769 MB, x86_64", []string{"Go"}, 0},
		"primed, tuned":   {only("kotlin:tuned", "kotlin:primed"), "stock, 1,769 MB, x86_64", []string{"Kotlin (primed)"}, 0},
		"a step":          {only("python:tuned", "python:stock", "python:bytecode"), "stock, 1,769 MB, x86_64", []string{"Python"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			main := view.Build(test.doc).Contests[0]
			var rows []string
			for _, r := range main.Rows {
				rows = append(rows, r.Name)
			}
			if main.Title() != test.title || !slices.Equal(rows, test.rows) || len(main.Gains()) != test.gains {
				t.Errorf("got %v in %q with %d gains, want %v in %q with %d", rows, main.Title(), len(main.Gains()), test.rows, test.title, test.gains)
			}
			p := newPage(view.Build(test.doc))
			for _, leading := range test.rows {
				for what, has := range map[string]bool{
					"ranking": slices.ContainsFunc(p.Ranking.Rows, func(r table.Row) bool { return r.Name == leading }),
					"legend":  slices.ContainsFunc(p.Legend, func(l legendEntry) bool { return l.Name == leading }),
					"cards":   slices.ContainsFunc(p.Cards[0].Bars, func(b bar) bool { return b.Name == leading }),
					"charts":  slices.ContainsFunc(chartsOf(view.Build(test.doc)).Rows, func(r chartRow) bool { return r.Name == leading }),
				} {
					if !has {
						t.Errorf("%s is not by that name in the %s", leading, what)
					}
				}
			}
		})
	}
}

func TestLayerThatWasNotMeasuredIsInTheNext(t *testing.T) {
	doc := reporttest.Fixture("default")
	doc.Configurations = slices.DeleteFunc(doc.Configurations, func(c results.Configuration) bool {
		return c.Variant == "framework" && c.Runtime == "go"
	})
	c := view.Build(doc).Contests[0]
	table := layerTables(c, c.Stacks())[0]
	for _, row := range table.Rows {
		if len(row.Cells) != 5 || (row.Cells[1].Text == "–") != (row.Name == "Go") {
			t.Errorf("%s: got %+v, want five cells, a dash for Go's framework only", row.Name, row.Cells)
		}
	}
	for _, s := range c.Stacks() {
		if s.API.Name == "Go" && s.Layer("SDK").Below != s.Layer("floor").Row {
			t.Error("Go’s SDK does not stand on its floor")
		}
	}
}

func TestWithoutPricesNobodyIsCheapest(t *testing.T) {
	doc := reporttest.Fixture("two")
	doc.Prices = nil
	m := view.Build(doc)
	for _, a := range words.Answers(m.Contests[0]) {
		if a.Question == "Cheapest" {
			t.Errorf("got %+v, want no such question", a)
		}
	}
	p := newPage(m)
	if p.Cost != nil || !slices.ContainsFunc(p.NotMeasured, func(s string) bool { return strings.HasPrefix(s, "Cost: The document names no price list") }) {
		t.Errorf("got the section %v and %q, want none and why", p.Cost, p.NotMeasured)
	}
}

func TestWhatThePlanLeftOutIsSaid(t *testing.T) {
	said := strings.Join(newPage(view.Build(reporttest.Fixture("two"))).NotMeasured, "\n")
	for _, want := range []string{"Load: how many calls a second", "Other memory sizes than 1,769 MB", "AWS itself"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
	said = strings.Join(newPage(view.Build(reporttest.Fixture("sweep"))).NotMeasured, "\n")
	for _, not := range []string{"Load:", "Other memory"} {
		if strings.Contains(said, not) {
			t.Errorf("got\n%s\nwant nothing on %q, which was measured", said, not)
		}
	}
}
