package html

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// outsideSection is the page's section on a load test.
type outsideSection struct {
	Lead, Alt string
	Legend    []legendEntry
	Misses    []string
	Held      bool // there was an objective, and nothing missed it
	Errors    bool // some call was answered wrongly
	Table     table.Table
	Connect   *table.Table // nil where nothing is known of connections
}

func outsideView(m *view.Model, c view.Contest) *outsideSection {
	rows := m.OutsideRows()
	if len(rows) == 0 {
		return nil
	}
	missed := words.Misses(m)
	section := &outsideSection{Lead: words.LoadTestText(m.Doc), Misses: missed, Held: m.Doc.Plan.SLO != (results.SLO{}) && len(missed) == 0, Table: table.Outside(rows)}
	section.Alt = words.AltText(c, "Latency over the run", (*view.Row).ShortName, "warmP50", "warmP99")
	connect := table.Table{Caption: "Making connections", Note: "Medians, apart from the calls’ own time: waiting for a free connection is of every call, the handshakes of those that made a new one.",
		Heads: []table.Head{{Text: "Runtime", Left: true}, {Text: "Waiting", Unit: "ms"}, {Text: "TCP", Unit: "ms"}, {Text: "TLS", Unit: "ms"}}}
	for i, r := range rows {
		o := r.Outside
		section.Legend = append(section.Legend, legendEntry{Name: r.Name, Swatch: r.Runtime, Dash: dashText(dashes[i%len(dashes)])})
		section.Errors = section.Errors || o.Errors > 0
		if o.Blocked >= 0 || o.Connecting >= 0 || o.Handshake >= 0 { // not NaN
			connect.Rows = append(connect.Rows, table.Row{Swatch: r.Runtime, Name: r.Name, Cells: []table.Cell{
				table.Milliseconds("Waiting", o.Blocked), table.Milliseconds("TCP", o.Connecting), table.Milliseconds("TLS", o.Handshake)}})
		}
	}
	if connect.Rows != nil {
		section.Connect = &connect
	}
	return section
}

// chartOutside is a runtime's line over the run; a metric without a value there is null.
type chartOutside struct {
	chartStyle
	Points []chartOutsidePoint `json:"points"`
}

type chartOutsidePoint struct {
	Seconds float64  `json:"seconds"`
	Rate    float64  `json:"rate"`
	P50     *float64 `json:"p50"`
	P99     *float64 `json:"p99"`
	Errors  int64    `json:"errors"`
}

func chartOutsideOf(m *view.Model) []chartOutside {
	var lines []chartOutside
	known := func(v float64) *float64 {
		if v != v {
			return nil
		}
		return new(format.Round(v, 3))
	}
	for i, r := range m.OutsideRows() {
		line := chartOutside{chartStyle: styleOf(r.Name, r.Color, i)}
		for _, w := range r.Outside.Windows {
			line.Points = append(line.Points, chartOutsidePoint{w.Seconds, format.Round(w.Rate, 3), known(w.P50), known(w.P99), w.Errors})
		}
		lines = append(lines, line)
	}
	return lines
}
