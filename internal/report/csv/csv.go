// Package csv writes a report for programs: every figure that is derived, or every field
// of the document, one a line.
package csv

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// head are the columns: one line per figure, so that a new figure is a new
// line and no reader breaks.
var head = []string{
	"run", "source", "vantage", "region", "limits_in_force", "runtime", "variant", "kind", "class", "memory_mb", "arch", "cold_kind", "status", "reason",
	"environments", "planned", "operation", "metric", "unit", "center", "lo", "hi", "n", "rank", "tied", "variant_rank", "variant_tied", "several_modes", "severe_outliers", "note",
}

// Write writes every figure of every configuration and cell, one per line, and at
// the end the database's own. What tuning gains stands with the tuned configuration,
// as gain.METRIC.difference (tuned less stock) and gain.METRIC.ratio (tuned over
// stock). Figures of AWS stand with the local one that they compare with, as
// aws.SOURCE.METRIC, and with .here and .there what either is more than the function
// that the note names; aws.SOURCE.METRIC.tau is of no configuration. A figure that a
// sample is too small for has an empty center and a note.
func Write(w io.Writer, m *view.Model) error {
	doc := m.Doc
	out := csv.NewWriter(w)
	write := func(record []string) {
		_ = out.Write(record) // kept by the writer; see Error below
	}
	write(head)
	gains := map[*view.Row][]view.Gain{} // by what was tuned
	for _, c := range m.Contests {
		for _, gain := range c.Gains() {
			gains[gain.Tuned] = append(gains[gain.Tuned], gain)
		}
	}
	for _, row := range m.Rows {
		base := []string{
			doc.ID, string(doc.Source.Kind), string(doc.Source.Vantage), doc.Source.Region, strconv.FormatBool(doc.Host.LimitsInForce),
			row.Runtime, row.Variant, string(row.Kind), string(row.Class), strconv.Itoa(row.Memory), row.Arch, string(row.ColdKind), string(row.Status), row.Reason,
			strconv.Itoa(row.N), strconv.Itoa(row.Planned),
		}
		line := func(operation, metric, unit string, v view.Value) {
			write(append(append([]string(nil), base...), operation, metric, unit,
				format.Plain(v.Center), format.Plain(v.Lo), format.Plain(v.Hi), strconv.Itoa(v.N), format.Placed(v.Rank), strconv.FormatBool(v.Tied), format.Placed(v.VariantRank), strconv.FormatBool(v.VariantTied),
				strconv.FormatBool(v.Modes), strconv.Itoa(v.Severe), strings.Join(v.Warnings, "; ")))
		}
		for _, metric := range view.Metrics {
			if v, ok := row.Lookup(metric.ID); ok {
				line("", metric.ID, metric.Unit, v)
			}
		}
		exact := func(operation, metric, unit string, n int64) {
			line(operation, metric, unit, view.Value{Summary: view.Exactly(float64(n))})
		}
		exact("", "packed", "bytes", row.Packed)
		exact("", "unpacked", "bytes", row.Unpacked)
		if row.Lines > 0 {
			exact("", "lines", "", int64(row.Lines))
		}
		for _, gain := range gains[row] {
			for _, table := range view.GainMetrics {
				for _, metric := range table.Metrics {
					step := gain.Step(metric.Id)
					line("", "gain."+metric.Id+".difference", metric.Unit, view.Value{Summary: step.Difference})
					line("", "gain."+metric.Id+".ratio", "", view.Value{Summary: step.Ratio})
				}
			}
		}
		for _, table := range m.AWS {
			base := table.Lines[0].Row
			for _, l := range table.Lines {
				if l.Row != row {
					continue
				}
				name := "aws." + table.Reference.ID + "." + table.Metric.ID
				line("", name, table.Metric.Unit, view.Value{Summary: noted(l.There, l.Version)})
				if row != base {
					line("", name+".here", table.Metric.Unit, view.Value{Summary: noted(l.MoreHere, "more than "+base.Key)})
					line("", name+".there", table.Metric.Unit, view.Value{Summary: noted(l.MoreThere, "more than "+base.Key)})
				}
			}
		}
		if point, ok := row.Capacity(); ok {
			line("", "capacity", "calls/s", view.Value{Summary: view.Exactly(point.Rate)})
		}
		if bill, ok := row.Bill(cost.TypicalColdShare); ok {
			for _, rate := range cost.Rates {
				need, at := bill.Need(rate), "@"+format.Plain(rate) // calls a second
				exact("", "environments"+at, "", int64(need.Environments))
				line("", "month.compute"+at, "USD", view.Value{Summary: view.Exactly(need.Compute)})
				line("", "month.total"+at, "USD", view.Value{Summary: view.Exactly(need.Total)})
			}
		}
		for _, bill := range row.Bills {
			at := "@" + format.Plain(bill.ColdShare) // of cold starts, 0 … 1
			for _, l := range bill.Lines {
				line("", "bill."+l.ID+at, "USD", view.Value{Summary: view.Exactly(l.USD)})
			}
			line("", "bill.total"+at, "USD", view.Value{Summary: view.Exactly(bill.Total)})
		}
		for _, o := range row.Operations {
			exact(o.Name, "calls", "", o.Calls)
			exact(o.Name, "errors", "", o.Errors)
			for _, metric := range view.OperationMetrics {
				if v, ok := o.Lookup(metric.ID); ok {
					line(o.Name, metric.ID, metric.Unit, v)
				}
			}
		}
	}
	ofNone := func(fields map[string]string) { // of no configuration
		record := make([]string, len(head))
		maps.Copy(fields, map[string]string{
			"run": doc.ID, "source": string(doc.Source.Kind), "vantage": string(doc.Source.Vantage), "limits_in_force": strconv.FormatBool(doc.Host.LimitsInForce),
		})
		for column, text := range fields {
			record[slices.Index(head, column)] = text
		}
		write(record)
	}
	if p50, p99, cpu, n := view.DatabaseFigures(doc.Host.Database); n > 0 {
		figures := []struct {
			metric string
			ms     float64
		}{{"database.p50", p50}, {"database.p99", p99}, {"database.cpu", cpu}}
		for _, f := range figures {
			ofNone(map[string]string{"metric": f.metric, "unit": "ms", "center": format.Plain(f.ms), "n": strconv.FormatInt(n, 10)})
		}
	}
	for _, table := range m.AWS {
		ofNone(map[string]string{
			"memory_mb": strconv.Itoa(table.Memory), "arch": table.Arch, "metric": "aws." + table.Reference.ID + "." + table.Metric.ID + ".tau",
			"center": format.Plain(table.Agreement.Center), "lo": format.Plain(table.Agreement.Lo), "hi": format.Plain(table.Agreement.Hi), "n": strconv.Itoa(table.Agreement.N),
			"note": strings.Join(table.Agreement.Warnings, "; "),
		})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// noted is the figure with a remark beside those that it has.
func noted(s stats.Summary, text string) stats.Summary {
	s.Warnings = append([]string{text}, s.Warnings...)
	return s
}
