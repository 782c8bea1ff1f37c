package table

import (
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestLayerThatAddsNothing(t *testing.T) {
	doc := reporttest.Fixture("default")
	for i := range doc.Configurations {
		if c := &doc.Configurations[i]; c.Variant == "framework" {
			c.Environments = slices.Clone(reporttest.Configuration(&doc, c.Runtime, "bare").Environments)
		}
	}
	c := view.Build(doc).Contests[0]
	cell := Layer(c.Stacks()[0], "framework", "coldTotal")
	if !strings.HasPrefix(cell.Text, "+0") || cell.Doubt != "can’t be told from none" {
		t.Errorf("got %+v, want nothing, and that it can’t be told", cell)
	}
	if cell := Layer(c.Stacks()[0], "SDK", "coldTotal"); cell.Doubt != "" || !strings.HasPrefix(cell.Text, "+") {
		t.Errorf("got %+v, want a cost", cell)
	}
}
