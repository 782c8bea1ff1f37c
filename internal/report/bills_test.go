package report

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bills"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/csv"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/markdown"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
)

func billsOf(t *testing.T, fixtureName, region string) bills.Bills {
	t.Helper()
	doc := reporttest.Fixture(fixtureName)
	list, err := cost.For(doc.Prices)
	if err != nil {
		t.Fatal(err)
	}
	prices, err := list.Region(region)
	if err != nil {
		t.Fatal(err)
	}
	return bills.New(doc, list, prices)
}

func TestBillsGolden(t *testing.T) {
	var got bytes.Buffer
	if err := billsOf(t, "sweep", "eu-central-1").Text(&got); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/sweep.bills.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("got other bills (-want +got; -update writes them anew):\n%s", diff)
	}
}

// The page and the bills say the same of the document's own region.
func TestBillsAgreeWithTheReport(t *testing.T) {
	priced := billsOf(t, "default", cost.DefaultRegion)
	rows := map[string]*view.Row{}
	for _, row := range view.Build(reporttest.Fixture("default")).Rows {
		rows[row.Label()] = row
	}
	if len(priced.Configurations) != 27 {
		t.Errorf("got the bills of %d configurations, want the 27 that were measured", len(priced.Configurations))
	}
	for _, c := range priced.Configurations {
		for _, bill := range c.Bills {
			if row, ok := rows[c.Configuration].Bill(bill.ColdShare); !ok || row.Total != bill.Total || row.Compute != bill.Compute {
				t.Errorf("%s at %v: got %v and %v, want the report's %v and %v", c.Configuration, bill.ColdShare, bill.Total, bill.Compute, row.Total, row.Compute)
			}
		}
	}
	var text bytes.Buffer
	if err := priced.JSON(&text); err != nil {
		t.Fatal(err)
	}
	var back bills.Bills
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(priced, back); diff != "" {
		t.Errorf("got other bills back from JSON:\n%s", diff)
	}
}

// What a rate of calls needs is in every form that has room, beside capacity where
// there is one, and else with the costs.
func TestNeedsAreShown(t *testing.T) {
	for name, section := range map[string]string{"default": "load", "ties": "cost"} {
		doc := reporttest.Fixture(name)
		row := view.Build(doc).Contests[0].Rows[0]
		bill, ok := row.Bill(cost.TypicalColdShare)
		if !ok {
			t.Fatalf("%s has no bill", name)
		}
		n := bill.Need(1000)
		page := reporttest.Render(t, htmlBody, view.Build(doc))
		_, part, _ := strings.Cut(page, `<section id="`+section+`">`)
		part, _, _ = strings.Cut(part, "</section>")
		for form, text := range map[string]string{"html": part, "markdown": reporttest.Render(t, markdown.Write, view.Build(doc))} {
			if !strings.Contains(text, words.MonthText(n)) || !strings.Contains(text, "at most 10 synchronous requests a second") {
				t.Errorf("%s, %s: got nothing on the %d environments of %s", name, form, n.Environments, row.Key)
			}
		}
		if strings.Count(page, "How many environments a rate of calls needs in AWS") != 1 {
			t.Errorf("%s: want the table once", name)
		}
		want := [2]string{"environments@1000", format.Plain(float64(n.Environments))}
		if !slices.ContainsFunc(reporttest.ReadCSV(t, csv.Write, view.Build(doc)), func(line []string) bool {
			return line[5] == row.Runtime && line[6] == row.Variant && line[17] == want[0] && line[19] == want[1]
		}) {
			t.Errorf("%s: csv has no %v", name, want)
		}
	}
	slow := cost.Bill{MeanMs: 250}.Need(100)
	if got := words.NeedText(slow); got != "25 by time" {
		t.Errorf("got %q, want it said that the calls’ time decides", got)
	}
}
