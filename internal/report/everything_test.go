package report

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bencher"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/benchstat"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/csv"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/markdown"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/terminal"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// drawn is a document of some of all configurations that there may be, in one or
// two memory sizes, with what a run may do to them: fail, stop, or never begin.
// Some have a guest, with or without its default variant.
func drawn(seed uint64) results.Document {
	r := rand.New(rand.NewPCG(seed, 1))
	options := resultstest.Options{Seed: seed, Runtimes: []string{"go", "python", "kotlin"}, Environments: 7, LayerEnvironments: 6, WarmCalls: 10, Load: r.IntN(2) == 0}
	if r.IntN(3) == 0 {
		options.Memory = []int{512, 1769}
	}
	doc := resultstest.Document(options)
	if r.IntN(2) == 0 {
		asGuest(&doc, "go")
	}
	if r.IntN(4) == 0 {
		again(&doc, "python", "bare", "smaller")
	}
	share := 0.15 + 0.85*r.Float64() // of all that could be asked for
	doc.Configurations = slices.DeleteFunc(doc.Configurations, func(results.Configuration) bool { return r.Float64() > share })
	for i := range doc.Configurations {
		c := &doc.Configurations[i]
		switch r.IntN(12) {
		case 0:
			c.Status, c.Reason, c.Environments, c.Load = results.Failed, "It did not start.", nil, nil
		case 1:
			c.Status, c.Reason, c.Environments = results.Stopped, "Ctrl-C.", c.Environments[:min(3, len(c.Environments))]
		case 2:
			c.Environments = c.Environments[:min(2, len(c.Environments))] // too few for any interval
		}
	}
	doc.Plan.Families = results.Families(doc.Runtimes, doc.Configurations)
	return doc
}

// asGuest makes a runtime's API variants those of a guest.
func asGuest(doc *results.Document, name string) {
	for i := range doc.Runtimes {
		if doc.Runtimes[i].Name != name {
			continue
		}
		for j := range doc.Runtimes[i].Variants {
			if v := &doc.Runtimes[i].Variants[j]; v.Kind == results.KindAPI {
				v.Kind, v.Class = results.KindGuest, ""
			}
		}
	}
}

// again measures a variant under a second name.
func again(doc *results.Document, runtime, variant, name string) {
	for i := range doc.Runtimes {
		if doc.Runtimes[i].Name == runtime {
			v, _ := doc.Runtimes[i].Variant(variant)
			v.ID, v.Default = name, false
			doc.Runtimes[i].Variants = append(doc.Runtimes[i].Variants, v)
		}
	}
	for _, c := range slices.Clone(doc.Configurations) {
		if c.Runtime == runtime && c.Variant == variant {
			c.Variant, c.Environments = name, slices.Clone(c.Environments)
			for i := range c.Environments {
				c.Environments[i].ID += name
			}
			doc.Configurations = append(doc.Configurations, c)
		}
	}
}

// inText reports whether a report shows the row's cold start on a line with its
// name: of a layer, what it adds. Lines of a page are the rows of its tables.
func inText(m *view.Model, lines []string, row *view.Row) bool {
	figures := []string{format.Center(row.Value("coldTotal").Summary)}
	names := []string{row.Name}
	for _, c := range m.Contests {
		for _, s := range c.Stacks() {
			for _, l := range s.Layers {
				if l.Row == row {
					figures = append(figures, table.Layer(s, l.Name, "coldTotal").Text)
					names = append(names, s.API.Name)
				}
			}
		}
		for _, set := range c.Variants {
			if slices.Contains(set.Rows, row) {
				names = append(names, row.VariantName()) // below the runtime's name
			}
		}
	}
	return slices.ContainsFunc(lines, func(line string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(line, name) }) &&
			slices.ContainsFunc(figures, func(figure string) bool { return strings.Contains(line, figure) })
	})
}

var tags = regexp.MustCompile(`<[^>]*>`)

// Whatever was measured is in every form of the report, by name.
func TestWhatWasMeasuredIsInEveryReport(t *testing.T) {
	wide := func(w io.Writer, m *view.Model) error { return terminal.Write(w, m, terminal.Style{Width: 4000}) }
	shown := map[string]int{}
	for seed := range uint64(14) {
		doc := drawn(seed)
		if err := doc.Check(); err != nil {
			t.Fatal(err)
		}
		m := view.Build(doc)
		texts := map[string][]string{}
		for name, reporter := range map[string]Reporter{"terminal": wide, "markdown": markdown.Write, "csv": csv.Write, "benchstat": benchstat.Write, "json": JSON} {
			texts[name] = strings.Split(reporttest.Render(t, reporter, view.Build(doc)), "\n")
		}
		page := reporttest.Render(t, htmlBody, view.Build(doc))
		page, _, _ = strings.Cut(page, `<section id="noise">`) // which names every row, without its median
		for _, row := range strings.Split(page, "<tr ") {
			texts["html"] = append(texts["html"], html.UnescapeString(tags.ReplaceAllString(row, " ")))
		}
		var back results.Document
		if err := json.Unmarshal([]byte(strings.Join(texts["json"], "\n")), &back); err != nil {
			t.Fatal(err)
		}
		for _, row := range m.Rows {
			if row.N == 0 {
				continue
			}
			shown[row.VariantName()]++
			lost := func(format string) { t.Errorf("seed %d: %s is nowhere in %s", seed, row.Key, format) }
			for _, format := range []string{"terminal", "markdown", "html"} {
				if !inText(m, texts[format], row) {
					lost(format)
				}
			}
			class := ""
			if row.Class == results.Tuned {
				class = "/class=tuned"
			}
			for format, want := range map[string]string{
				"csv":       fmt.Sprintf(",%s,%s,%s,%s,%d,%s,", row.Runtime, row.Variant, row.Kind, row.Class, row.Memory, row.Arch),
				"benchstat": fmt.Sprintf("BenchmarkLambda/runtime=%s/variant=%s/memory=%d/arch=%s%s 1 ", row.Runtime, row.Variant, row.Memory, row.Arch, class),
			} {
				if !slices.ContainsFunc(texts[format], func(line string) bool { return strings.Contains(line, want) }) {
					lost(format)
				}
			}
			if !slices.ContainsFunc(back.Configurations, func(c results.Configuration) bool { return c.Key() == row.Key && len(c.Environments) >= row.N }) {
				lost("json")
			}
		}
		for _, row := range m.Rows {
			for _, c := range m.Contests {
				if slices.Contains(c.Rows, row) && (row.Class != c.Class || row.Kind != c.Kind) {
					t.Errorf("seed %d: %s is ranked in %s", seed, row.Key, c.Title())
				}
			}
		}
	}
	for _, variant := range []string{"stock", "tuned", "tuned: bytecode", "primed", "bare", "framework", "sdk", "smaller"} {
		if shown[variant] == 0 {
			t.Errorf("no document had a variant %s, so that nothing was shown of it", variant)
		}
	}
}

// The word stands on every figure of a tuned function, in each form.
func TestTunedIsSaid(t *testing.T) {
	m := view.Build(reporttest.Fixture("missing")) // where some have lost the stock function beside them
	names := map[string]bool{}
	for _, r := range m.Rows {
		if r.Class == results.Tuned {
			names[r.Name] = true
			if !strings.Contains(r.Name, "tuned") || !strings.Contains(r.VariantName(), "tuned") {
				t.Errorf("%s is called %s and %s", r.Key, r.Name, r.VariantName())
			}
		}
	}
	if len(names) != 6 {
		t.Errorf("got the names %v, want six", names)
	}
	for _, line := range reporttest.ReadCSV(t, csv.Write, view.Build(reporttest.Fixture("default")))[1:] {
		if line[5] == "" {
			continue // of no configuration
		}
		if (line[8] == "tuned") != strings.Contains("tuned bytecode", line[6]) {
			t.Fatalf("got the class %q of the variant %q", line[8], line[6])
		}
		if strings.HasPrefix(line[17], "gain.") && line[8] != "tuned" {
			t.Fatalf("got %s of a %s variant", line[17], line[8])
		}
	}
	bills := billsOf(t, "default", cost.DefaultRegion)
	for format, text := range map[string]string{
		"benchstat": reporttest.Render(t, benchstat.Write, view.Build(reporttest.Fixture("default"))), "bencher": reporttest.Render(t, bencher.Write, view.Build(reporttest.Fixture("default"))), "bills": fmt.Sprint(bills.Configurations),
	} {
		seen := 0
		for line := range strings.Lines(text) {
			if strings.Contains(line, "bytecode") {
				seen++
				if !strings.Contains(line, "tuned") {
					t.Errorf("%s: got %q, want the word tuned in it", format, line)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: got no line of the variant bytecode", format)
		}
	}
}

// Where a client's time went is told of runs through the API, and of no others.
func TestClientPhases(t *testing.T) {
	doc := reporttest.ThroughAPI()
	told := strings.Join(words.Caveats(view.Build(doc)), "\n")
	for _, want := range []string{"idle cold starts: where the client’s time went", "Go name 1.50, connection 12.0, TLS 25.0, first byte 180, outside the function of a warm call 14.0"} {
		if !strings.Contains(told, want) {
			t.Errorf("got %s\nwant %q", told, want)
		}
	}
	if page := reporttest.Render(t, wholePage, view.Build(doc)); !strings.Contains(page, "outside the function of a warm call 14.0") || !strings.Contains(page, "through the HTTP API") {
		t.Error("got a page without them")
	}
	if told := strings.Join(words.Caveats(view.Build(reporttest.KindsInAWS())), "\n"); strings.Contains(told, "client’s time went") {
		t.Errorf("got %s, want nothing of a run without the API", told)
	}
}
