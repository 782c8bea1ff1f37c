package report

import (
	"html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/csv"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/markdown"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/terminal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// Every form has the comparison, its sources where there is room, and no ratio.
func TestAgainstAWSIsInEveryReport(t *testing.T) {
	doc := reporttest.Fixture("default")
	tables := view.Build(doc).AWS
	i := slices.IndexFunc(tables, func(a view.AWSTable) bool {
		return a.Reference.ID == "cebert" && a.Metric.ID == "coldTotal" && a.Memory == 1769
	})
	if i < 0 {
		t.Fatal("got no comparison of cold starts")
	}
	cold := tables[i]
	python := cold.Lines[2]
	wide := func(w io.Writer, m *view.Model) error { return terminal.Write(w, m, terminal.Style{Width: 4000}) }
	page := html.UnescapeString(reporttest.Render(t, htmlBody, view.Build(doc)))
	_, section, _ := strings.Cut(page, `<section id="aws">`)
	section, _, _ = strings.Cut(section, "</section>")
	_, comparison, _ := strings.Cut(reporttest.Render(t, markdown.Write, view.Build(doc)), "### Against AWS")
	for name, text := range map[string]string{"html": section, "markdown": comparison, "terminal": reporttest.Render(t, wide, view.Build(doc))} {
		for _, want := range []string{"τ: n too small (3 of 5)", format.Signed(format.Number(python.MoreHere.Center)), format.Signed(format.Like(python.MoreThere.Center, python.There.Center))} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
		if name != "terminal" && !strings.Contains(strings.ReplaceAll(text, `\_`, "_"), cold.Reference.URL) {
			t.Errorf("%s does not say where the figures are from", name)
		}
	}
	metrics := map[string]string{}
	lines := reporttest.ReadCSV(t, csv.Write, view.Build(doc))
	for _, line := range lines[1:] {
		if strings.HasPrefix(line[17], "aws.cebert.coldTotal") {
			metrics[line[5]+" "+line[17]] = line[19]
		}
	}
	for key, want := range map[string]string{
		"python aws.cebert.coldTotal": format.Plain(python.There.Center), "python aws.cebert.coldTotal.here": format.Plain(python.MoreHere.Center),
		"python aws.cebert.coldTotal.there": format.Plain(python.MoreThere.Center), " aws.cebert.coldTotal.tau": "",
	} {
		if got, ok := metrics[key]; !ok || got != want {
			t.Errorf("csv, %s: got %q, want %q", key, got, want)
		}
	}
	only := resultstest.Document(resultstest.Options{Seed: 1, Runtimes: []string{"go"}, Variants: []string{"stock"}})
	for name, reporter := range map[string]Reporter{"html": htmlBody, "markdown": markdown.Write} {
		if text := reporttest.Render(t, reporter, view.Build(only)); !strings.Contains(text, words.AWSNone) {
			t.Errorf("%s does not say that nothing was published to compare with", name)
		}
	}
}
