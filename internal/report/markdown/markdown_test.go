package markdown

import (
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestWhatALoadTestCannotKnowIsSaid(t *testing.T) {
	doc := reporttest.Fixture("outside")
	test := *doc.LoadTest
	test.Scenario = ""
	doc.Seed, doc.Plan.Pacing, doc.LoadTest = 0, results.Pacing{}, &test
	text := reporttest.Render(t, Write, view.Build(doc))
	for _, want := range []string{"| Seed | not known |", "| Pace | not known |", "late: not known", "| Machine | not known", "architecture not known"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in the report", want)
		}
	}
	if strings.Contains(text, "NaN") {
		t.Error("got NaN in the report")
	}
}
