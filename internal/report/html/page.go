package html

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// contents is what the template shows. A part that is nil is left out.
type contents struct {
	Title, Heading, Subtitle, Mark, Footer string
	Sections                               []heading
	Cards                                  []card
	Sureness, NotMeasured                  []string
	Warnings, Caveats, Footnotes           []string
	Rejected                               []words.Refusal
	DatabaseNoise                          string
	League                                 string
	Ranking                                table.Table
	Legend                                 []legendEntry
	Cold                                   *coldSection
	Warm                                   *warmSection
	Resources                              []barChart
	Load                                   *loadSection
	Outside                                *outsideSection
	Bursts                                 bool // were sent by workers
	Traffic                                *trafficSection
	Cost                                   *costSection
	Sweeps                                 []sweepSection
	Gains                                  *gainsSection
	AWS                                    *awsSection
	Layers                                 *layersSection
	Variants                               []variantsSection
	Others                                 []otherContest
	Noise, RunFacts, HostFacts, Artifacts  table.Table
	Gate                                   *table.Table
	CSS                                    template.CSS
	Charts, Script                         template.JS
	Raw                                    template.HTML
}

type heading struct{ ID, Name string }

// card is an answer of the first screen.
type card struct {
	words.Answer
	Swatches []string // names of the winners' runtimes
	Tie      bool
	Bars     []bar
}

// layersSection is null for a run without layers below the API.
type layersSection struct {
	Names    []string // of what is stacked, from the floor up
	Lead     string
	Note     string // "" without an SDK
	Sentence string
	Table    table.Table
	Others   []table.Table
	Ranking  *table.Table
}

// variantsSection are those of one runtime; the chart is found by its place.
type variantsSection struct {
	Index int
	Title string
	Alt   string // of the chart; "" for none
	Table table.Table
}

// otherContest is a contest that is not the main one, with its layers.
type otherContest struct {
	Title  string
	Tables []table.Table
}

func otherOf(m *view.Model, c view.Contest) otherContest {
	other := otherContest{Title: c.Title(), Tables: []table.Table{rankingTable(m, c, c.Title(), "", c.Rows, false)}}
	if stacks := c.Stacks(); len(stacks) > 0 {
		other.Tables = append(other.Tables, layerTables(c, stacks)...)
	}
	return other
}

type barChart struct {
	Title, Text string
	Bars        []bar
}

type bar struct {
	Rank, Name, Swatch, Text, Unit string
	Percent                        string // of the longest bar; "" for none
	From, Span                     string // of the interval, likewise
}

type legendEntry struct{ Name, Swatch, Dash string }

// coldSection says what the bars show; "" where there are too few samples for them.
type coldSection struct{ Alt, FirstCall, Handshake string }

type warmSection struct {
	Lead, Alt, Curve string
	Operations       *table.Table
}

func newPage(m *view.Model) *contents {
	doc := m.Doc
	p := &contents{
		Title:    "Lambda runtimes, " + doc.Started.UTC().Format("2006-01-02"),
		Heading:  "Lambda runtimes, measured",
		Subtitle: subtitle(m),
		Mark:     strings.TrimPrefix(m.LimitsMark(), ", "),
		Warnings: words.Warnings(m), Caveats: words.Caveats(m), Rejected: words.RejectedSummary(m), DatabaseNoise: words.DatabaseNoise(m), NotMeasured: append(words.NotMeasured(m), words.Unknown(m)...),
		RunFacts: factTable("Run", words.RunFacts(m)), HostFacts: factTable("Machine", words.HostFacts(m)),
		Artifacts: artifactTable(doc), Gate: gateTable(doc), Noise: noiseTable(m),
		Footer: "Made by bench " + view.ToolName(doc.Tool) + " from run " + doc.ID + ". The same document gives the same page, byte for byte. The data are in it: see Download data.",
	}
	p.Traffic = trafficOf(m)
	if len(m.Contests) == 0 {
		p.Sureness = []string{"Nothing was measured."}
		p.Ranking = table.Table{Caption: "Nothing was measured", Rows: []table.Row{}}
		p.Sections = p.sections()
		return p
	}
	main := m.Contests[0]
	p.Sureness = words.Sureness(main)
	p.League = words.LeagueWords[main.Class]
	p.Ranking = rankingTable(m, main, main.Title(), "", main.Rows, false)
	p.Footnotes = footnotes(main)
	answers := words.Answers(main)
	for _, a := range answers[:min(3, len(answers))] { // what fits side by side
		p.Cards = append(p.Cards, cardOf(main, a))
	}
	for i, row := range main.Rows {
		if row.N > 0 {
			p.Legend = append(p.Legend, legendEntry{Name: row.Name, Swatch: row.Runtime, Dash: dashText(dashes[i%len(dashes)])})
		}
	}
	p.Bursts = slices.ContainsFunc(main.Rows, func(r *view.Row) bool { return r.Burst.Workers > 0 })
	if i := slices.IndexFunc(main.Rows, func(r *view.Row) bool { return len(r.ColdSamples) > 0 }); i >= 0 {
		p.Cold = &coldSection{FirstCall: main.Rows[i].FirstCall, Handshake: words.Handshakes(main)}
		if view.HasAny(main, "coldTotal") {
			p.Cold.Alt = words.AltText(main, "Median cold start", (*view.Row).ShortName, "coldTotal", "init", "firstCall")
		}
	}
	if view.HasAny(main, "warmP50") {
		p.Warm = &warmSection{Lead: words.WarmLead(doc), Alt: words.AltText(main, "Warm calls", (*view.Row).ShortName, "warmP50", "warmP95", "warmP99"), Curve: words.CurveText(main), Operations: operationTable(main)}
	}
	p.Gains = gainsOf(m)
	p.Load = loadOf(m, main)
	p.Outside = outsideView(m, main)
	p.Resources = resources(main)
	p.Cost = costOf(m, main)
	p.Sweeps = sweepSections(m.Sweeps)
	p.AWS = awsOf(m)
	if stacks := main.Stacks(); len(stacks) > 0 {
		tables := layerTables(main, stacks)
		p.Layers = &layersSection{Names: main.StackNames(stacks), Lead: words.LayerLead(main, stacks), Sentence: words.LayerSentence(main, stacks), Table: tables[0], Others: tables[1:]}
		if slices.Contains(p.Layers.Names, view.LayerNames[results.KindSDK]) {
			p.Layers.Note = "The database’s own time is in what the SDK adds to a warm call."
		}
		if floors := main.Layers(results.KindBare); len(floors) > 0 {
			ranking := rankingTable(m, main, "Floors", "The smallest handler of each language, ranked among themselves.", floors, false)
			p.Layers.Ranking = &ranking
		}
	}
	for i, set := range view.AllVariantSets(m) {
		part := variantsSection{Index: i, Title: set.Runtime + ", " + set.Contest.Title(), Table: rankingTable(m, set.Contest, set.Runtime+", "+set.Contest.Title(), "", set.Rows, true)}
		variants := view.Contest{Rows: set.Rows}
		if view.HasAny(variants, "coldTotal") {
			part.Alt = words.AltText(variants, "Median cold start", (*view.Row).VariantName, "coldTotal", "init", "firstCall")
		}
		p.Variants = append(p.Variants, part)
	}
	for _, c := range m.Contests[1:] {
		if !m.Besides(c) { // else its figures are among the gains
			p.Others = append(p.Others, otherOf(m, c))
		}
	}
	p.Sections = p.sections()
	return p
}

func (p *contents) sections() []heading {
	all := []heading{{"ranking", "Ranking"}}
	add := func(shown bool, id, name string) {
		if shown {
			all = append(all, heading{id, name})
		}
	}
	add(p.Gains != nil, "tuning", "What tuning gains")
	add(p.Cold != nil, "cold", "Cold start")
	add(p.Warm != nil, "warm", "Warm calls")
	add(p.Load != nil, "load", "Load")
	add(p.Outside != nil, "loadtest", "Load test")
	add(p.Traffic != nil, "traffic", "Traffic")
	add(p.Resources != nil, "resources", "CPU, memory, package")
	add(p.Cost != nil, "cost", "Cost")
	add(p.Sweeps != nil, "memory", "Memory")
	add(p.AWS != nil, "aws", "Against AWS")
	add(p.Layers != nil, "layers", "Layers")
	add(p.Variants != nil, "variants", "Variants")
	add(p.Others != nil, "others", "Other sizes and kinds")
	add(true, "noise", "Noise and rejects")
	add(true, "method", "Method")
	add(true, "environment", "Environment and artifacts")
	return all
}

func subtitle(m *view.Model) string {
	d := m.Doc
	parts := []string{d.Started.UTC().Format("2 January 2006"), view.SourceName(d.Source)}
	if len(m.Contests) > 0 {
		parts = append(parts, m.Contests[0].Title())
	}
	if d.Traffic != nil {
		return strings.Join(parts, " · ")
	}
	if t := d.LoadTest; t != nil {
		return strings.Join(append(parts, strings.TrimSpace(t.Tool+" "+t.Scenario)), " · ")
	}
	sizes := format.Plural(d.Plan.Sizes.Environments, "environment")
	if n := d.Plan.Sizes.WarmCalls; n > 0 {
		sizes += " × " + format.Plural(n, "warm call")
	}
	return strings.Join(append(parts, sizes), " · ")
}

func cardOf(c view.Contest, a words.Answer) card {
	unit := a.Unit
	text := func(v view.Value) string { return format.Center(v.Summary) }
	if a.Metric == view.MetricCost {
		unit = ""
		text = func(v view.Value) string {
			if !v.Valid() {
				return format.Center(v.Summary)
			}
			return format.USD(v.Center)
		}
	}
	card := card{Answer: a, Tie: len(a.Names) > 1, Bars: barsOf(c, a.Metric, unit, func(r *view.Row) (float64, string) {
		v := r.Value(a.Metric)
		return v.Center, text(v)
	})}
	for _, row := range c.Ranked(a.Metric) {
		for _, name := range a.Names {
			if row.Name == name {
				card.Swatches = append(card.Swatches, row.Runtime)
			}
		}
	}
	return card
}

// barsOf draws a value of each row as a bar from zero.
func barsOf(c view.Contest, metric, unit string, of func(*view.Row) (float64, string)) []bar {
	rows := c.Ranked(metric)
	most := 0.0
	for _, r := range rows {
		v, _ := of(r)
		most = max(most, view.OrZero(v))
		if figure := r.Value(metric); figure.Center == v {
			most = max(most, view.OrZero(figure.Hi))
		}
	}
	share := func(v float64) string { return format.Plain(math.Round(v/most*1000) / 10) }
	var bars []bar
	for _, r := range rows {
		v, text := of(r)
		if r.N == 0 {
			continue
		}
		bar := bar{Rank: r.Value(metric).RankText(), Name: r.Name, Swatch: r.Runtime, Text: text, Unit: unit}
		if math.IsNaN(v) {
			bar.Unit = ""
		} else if most > 0 {
			bar.Percent = share(v)
			if figure := r.Value(metric); figure.Center == v && figure.Lo < figure.Hi {
				bar.From, bar.Span = share(max(0, figure.Lo)), share(figure.Hi-max(0, figure.Lo))
			}
		}
		bars = append(bars, bar)
	}
	return bars
}

func resources(c view.Contest) []barChart {
	value := func(metric string) func(*view.Row) (float64, string) {
		return func(r *view.Row) (float64, string) { return r.Value(metric).Center, view.Full(r.Value(metric)) }
	}
	var all []barChart
	add := func(title, text, metric, unit string) {
		if view.HasAny(c, metric) {
			all = append(all, barChart{title, text, barsOf(c, metric, unit, value(metric))})
		}
	}
	add("CPU time per warm call", "User and system time of all processes of the environment, median of the environments’ medians.", "warmCpu", "ms")
	add("CPU time of init", "What a new environment burns before it can take a request.", "initCpu", "ms")
	add("Peak memory", "The sum of the high-water marks of the environment’s processes: what Lambda calls Max Memory Used.", "memoryPeak", "MB")
	if sizes := view.PackageSizes(c); len(sizes.Rows) > 0 {
		bars := barsOf(sizes, view.MetricPackage, "", func(r *view.Row) (float64, string) { return float64(r.Packed), format.Bytes(r.Packed) })
		for i := range bars {
			bars[i].Rank = ""
		}
		all = append(all, barChart{"Package", "The zip that is deployed. It is exact, so that it has no interval and no rank.", bars})
	}
	return all
}

func dashText(dash []int) string {
	return strings.Trim(fmt.Sprint(dash), "[]")
}
