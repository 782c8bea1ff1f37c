package html

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// rankingColumns are the figures of a ranking, in order; CPU has a place of its own.
var rankingColumns = []struct{ metric, head, unit string }{
	{"coldTotal", "Cold total", "ms"}, {"init", "Init", "ms"}, {"firstCall", "First call", "ms"},
	{"warmP50", "Warm p50", "ms"}, {"warmP95", "p95", "ms"}, {"warmP99", "p99", "ms"},
	{"memoryPeak", "Peak memory", "MB"}, {view.MetricCost, "Compute", "$ per 1M"},
}

// rankingTable shows rows with their ranks: among the runtimes, or, of variants,
// among the runtime's own.
func rankingTable(m *view.Model, c view.Contest, caption, note string, rows []*view.Row, variants bool) table.Table {
	t := table.Table{Caption: caption, Note: note, Sortable: true, Mark: strings.TrimPrefix(m.LimitsMark(), ", "), Heads: []table.Head{{Text: "Runtime", Left: true}}}
	if variants {
		t.Heads[0].Text = "Variant"
	}
	columns := rankingColumns
	outside := view.Leading(rows) != "coldTotal"
	if outside {
		columns = columns[3:6] // what a load test can know
	} else if !view.HasAny(view.Contest{Rows: rows}, view.MetricCost) {
		columns = columns[:len(columns)-1] // nothing could be priced
	}
	for _, column := range columns {
		if column.metric == "coldTotal" || column.metric == "warmP50" {
			t.Heads = append(t.Heads, table.Head{Text: "Rank"})
		}
		t.Heads = append(t.Heads, table.Head{Text: column.head, Unit: column.unit})
	}
	if !outside {
		t.Heads = append(t.Heads, table.Head{Text: "Package"})
	}
	for _, r := range rows {
		row := table.Row{Swatch: r.Runtime, Name: r.Name, Sub: strings.Trim(r.Language+", "+r.Framework, ", ")}
		if variants {
			row.Name, row.Sub = r.VariantName(), ""
			if r.Default {
				row.Sub = "the default"
			}
		} else if r.Kind.Layer() {
			row.Sub = r.Language
		}
		if r.Status == results.Stopped || r.N < r.Planned && r.N > 0 {
			row.Sub = fmt.Sprintf("%d of %s", r.N, format.Plural(r.Planned, "environment"))
		}
		if r.N == 0 {
			row.Reason = &table.Reason{Status: format.Capital(view.StatusWords[r.Status]), Text: r.Reason, Span: len(t.Heads) - 1}
			t.Rows = append(t.Rows, row)
			continue
		}
		for _, column := range columns {
			v := r.Value(column.metric)
			if variants {
				v = v.AmongVariants()
			}
			if column.metric == "coldTotal" || column.metric == "warmP50" {
				row.Cells = append(row.Cells, rankCell("Rank, "+strings.ToLower(column.head), v))
			}
			row.Cells = append(row.Cells, table.Value(strings.Trim(column.head+", "+column.unit, ", "), v))
		}
		if !outside {
			row.Cells = append(row.Cells, table.Cell{Label: "Package", Text: format.Bytes(r.Packed), Sorted: true, Key: fmt.Sprint(r.Packed)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func rankCell(label string, v view.Value) table.Cell {
	cell := table.Cell{Label: label, Text: v.RankText(), Class: "rank", Sorted: true, Key: format.Placed(v.Rank)}
	if v.Rank == 1 {
		cell.Class = "rank first"
	}
	return cell
}

// footnotes say why figures of the ranking are not there.
func footnotes(c view.Contest) []string {
	notes := []string{"In brackets: the interval that holds the true value with 95 % confidence."}
	type gap struct{ name, reason string }
	var gaps []gap
	columns := map[gap][]string{}
	for _, column := range rankingColumns {
		for _, r := range c.Rows {
			v := r.Value(column.metric)
			if v.Valid() || len(v.Warnings) == 0 {
				continue
			}
			g := gap{r.Name, v.Warnings[0]}
			if columns[g] == nil {
				gaps = append(gaps, g)
			}
			columns[g] = append(columns[g], view.MetricName(column.metric))
		}
	}
	for _, g := range gaps {
		notes = append(notes, fmt.Sprintf("%s, %s: %s.", g.name, format.List(columns[g]), g.reason))
	}
	return notes
}

func operationTable(c view.Contest) *table.Table {
	t := table.Table{Caption: "Warm calls by operation", Sortable: true, Heads: []table.Head{
		{Text: "Runtime", Left: true}, {Text: "Operation", Left: true}, {Text: "Rank"}, {Text: "Calls"}, {Text: "Errors"},
		{Text: "p50", Unit: "ms"}, {Text: "p95", Unit: "ms"}, {Text: "p99", Unit: "ms"}, {Text: "CPU", Unit: "ms"}, {Text: "Database", Unit: "ms"}}}
	for _, name := range c.Operations {
		for _, r := range c.Ranked("warmP50") {
			for _, o := range r.Operations {
				if o.Name != name {
					continue
				}
				exact := func(label string, n int64) table.Cell {
					return table.Cell{Label: label, Text: format.Count(n), Sorted: true, Key: fmt.Sprint(n)}
				}
				row := table.Row{Swatch: r.Runtime, Name: r.Name, Cells: []table.Cell{
					{Label: "Operation", Text: name, Class: "left"}, rankCell("Rank", o.Value("p50")), exact("Calls", o.Calls), exact("Errors", o.Errors)}}
				for _, metric := range view.OperationMetrics {
					row.Cells = append(row.Cells, table.Value(metric.Name+", "+metric.Unit, o.Value(metric.ID)))
				}
				t.Rows = append(t.Rows, row)
			}
		}
	}
	if t.Rows == nil {
		return nil
	}
	return &t
}

func noiseTable(m *view.Model) table.Table {
	units := "Environments"
	if m.Doc.LoadTest != nil {
		units = "Windows"
	}
	t := table.Table{Caption: "How far each figure can be trusted", Sortable: true, Heads: []table.Head{
		{Text: "Configuration", Left: true}, {Text: units}, {Text: "Cold median ±"}, {Text: "Warm median ±"},
		{Text: "Cold outliers"}, {Text: "Several modes", Left: true}, {Text: "Tail score"}, {Text: "Wrong answers"}}}
	for _, r := range m.Rows {
		if r.N == 0 {
			continue
		}
		cold, warm, tail := r.Value("coldTotal"), r.Value("warmP50"), r.Value("tailScore")
		var modes []string
		for _, metric := range view.Metrics {
			if r.Value(metric.ID).Modes {
				modes = append(modes, metric.Name)
			}
		}
		if modes == nil {
			modes = []string{"none seen"}
		}
		t.Rows = append(t.Rows, table.Row{Swatch: r.Runtime, Name: r.FullName(), Sub: view.PlaceOf(r).Where(), Cells: []table.Cell{
			{Label: units, Text: fmt.Sprintf("%d of %d", r.N, r.Planned), Sorted: true, Key: fmt.Sprint(r.N)},
			precisionCell("Cold median ±", cold), precisionCell("Warm median ±", warm),
			{Label: "Cold outliers", Text: format.Count(cold.Severe), Sorted: true, Key: fmt.Sprint(cold.Severe)},
			{Label: "Several modes", Text: strings.Join(modes, ", "), Class: "left"},
			{Label: "Tail score", Text: format.Center(tail.Summary), Sorted: true, Key: format.Plain(tail.Center)},
			{Label: "Wrong answers", Text: format.Count(r.Errors), Sorted: true, Key: fmt.Sprint(r.Errors)},
		}})
	}
	return t
}

func precisionCell(label string, v view.Value) table.Cell {
	cell := table.Cell{Label: label, Text: format.Percent(v.Precision()), Sorted: true, Key: format.Plain(v.Precision())}
	if !v.Valid() {
		cell.Text, cell.Class = format.Center(v.Summary), "none"
	} else if v.Noisy() {
		cell.Doubt = "noisy"
	}
	return cell
}

func factTable(caption string, facts []words.Fact) table.Table {
	t := table.Table{Caption: caption, Class: "facts"}
	for _, f := range facts {
		t.Rows = append(t.Rows, table.Row{Name: f.Label, Cells: []table.Cell{{Label: f.Label, Text: f.Value}}})
	}
	return t
}

func artifactTable(doc *results.Document) table.Table {
	t := table.Table{Caption: "Artifacts", Heads: []table.Head{{Text: "Artifact", Left: true}, {Text: "Zip"}, {Text: "Unpacked"}, {Text: "SHA-256", Left: true}, {Text: "Versions", Left: true}}}
	for _, a := range doc.Artifacts {
		var versions []string
		for _, name := range slices.Sorted(maps.Keys(a.Versions)) {
			versions = append(versions, name+" "+a.Versions[name])
		}
		sub := a.LambdaRuntime
		if a.Interpreter != "" {
			sub += " (" + a.Interpreter + ")"
		}
		for _, name := range slices.Sorted(maps.Keys(a.Brought)) {
			sub += ", brings " + name + " " + a.Brought[name]
		}
		for _, layer := range a.Layers {
			sub += ", layer " + layer.Name + " " + layer.SHA256[:12] + " of " + format.Bytes(layer.Unpacked)
		}
		t.Rows = append(t.Rows, table.Row{Swatch: a.Runtime, Name: a.ID, Sub: sub, Cells: []table.Cell{
			{Label: "Zip", Text: format.Bytes(a.Packed), Small: format.Count(a.Packed) + " B"}, {Label: "Unpacked", Text: format.Bytes(a.Unpacked)},
			{Label: "SHA-256", Text: a.SHA256, Class: "left hash"}, {Label: "Versions", Text: strings.Join(versions, ", "), Class: "left"}}})
	}
	return t
}

func gateTable(doc *results.Document) *table.Table {
	if len(doc.Gate) == 0 {
		return nil
	}
	t := &table.Table{Caption: "Contract gate", Note: "Every artifact has to answer the whole API contract correctly before it is timed, but for what its runtime declares to differ in, and must then differ in exactly so.",
		Heads: []table.Head{{Text: "Variant", Left: true}, {Text: "Cases"}, {Text: "Verdict", Left: true}}}
	for _, g := range doc.Gate {
		runtime, _ := doc.Runtime(g.Runtime)
		variant, _ := runtime.Variant(g.Variant)
		verdict := "passed"
		if g.Declared > 0 {
			verdict += fmt.Sprintf(", %s as declared", format.Plural(g.Declared, "difference"))
		}
		if !g.Passed {
			verdict = "failed"
			for _, f := range g.Failures {
				verdict += "; " + f.Case + ": " + f.Message
			}
		}
		t.Rows = append(t.Rows, table.Row{Swatch: g.Runtime, Name: gateName(runtime, variant), Sub: g.Arch,
			Cells: []table.Cell{{Label: "Cases", Text: format.Count(g.Cases)}, {Label: "Verdict", Text: verdict, Class: "left"}}})
	}
	return t
}

// gateName has the variant's name also where it is the default one.
func gateName(runtime results.Runtime, v results.Variant) string {
	return runtime.DisplayName + " " + view.VariantName(v.ID, v.Class)
}
