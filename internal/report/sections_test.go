package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

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

func TestLayerThatAddsNothing(t *testing.T) {
	doc := reporttest.Fixture("default")
	for i := range doc.Configurations {
		if c := &doc.Configurations[i]; c.Variant == "framework" {
			c.Environments = slices.Clone(reporttest.Configuration(&doc, c.Runtime, "bare").Environments)
		}
	}
	c := view.Build(doc).Contests[0]
	cell := layerCell(c.Stacks()[0], "framework", "coldTotal")
	if !strings.HasPrefix(cell.Text, "+0") || cell.Doubt != "can’t be told from none" {
		t.Errorf("got %+v, want nothing, and that it can’t be told", cell)
	}
	if cell := layerCell(c.Stacks()[0], "SDK", "coldTotal"); cell.Doubt != "" || !strings.HasPrefix(cell.Text, "+") {
		t.Errorf("got %+v, want a cost", cell)
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
