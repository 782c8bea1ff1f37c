package terminal

import (
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/table"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/words"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// outside shows what a load test saw, in every call.
func (t *terminal) outside() {
	rows := t.model.OutsideRows()
	if len(rows) == 0 {
		return
	}
	m := t.model
	t.line("")
	t.say("", "", words.LoadTestText(m.Doc))
	figure := func(of func(*view.Outside) float64) func(*view.Row) string {
		return func(r *view.Row) string { return table.Milliseconds("", of(r.Outside)).Text }
	}
	exact := func(of func(*view.Outside) int64) func(*view.Row) string {
		return func(r *view.Row) string { return format.Count(of(r.Outside)) }
	}
	tabulate(t, []column[*view.Row]{
		{head: "every call", left: true, cell: (*view.Row).ShortName},
		{head: "calls", cell: exact(func(o *view.Outside) int64 { return o.Calls })},
		{head: "wrong", cell: exact(func(o *view.Outside) int64 { return o.Errors })},
		{head: "p50 ms", cell: figure(func(o *view.Outside) float64 { return o.P50 })},
		{head: "p95", drop: 3, cell: figure(func(o *view.Outside) float64 { return o.P95 })},
		{head: "p99", cell: figure(func(o *view.Outside) float64 { return o.P99 })},
		{head: "longest", drop: 2, cell: figure(func(o *view.Outside) float64 { return o.Max })},
		{head: "cold calls", drop: 1, cell: exact(func(o *view.Outside) int64 { return o.Cold })},
		{head: "cold p50", drop: 1, cell: figure(func(o *view.Outside) float64 { return o.ColdP50 })},
	}, rows)
	missed := words.Misses(m)
	for _, miss := range missed {
		t.say("not held: ", bold, miss+".")
	}
	if slo := m.Doc.Plan.SLO; slo != (results.SLO{}) && len(missed) == 0 {
		t.say("held: ", bold, words.ObjectiveText(slo)+".")
	}
}

// traffic shows what a monitoring system knows.
func (t *terminal) traffic() {
	m := t.model
	if m.Doc.Traffic == nil {
		return
	}
	t.line("")
	t.say("", "", words.TrafficLead(m.Doc.Traffic))
	each, together := view.SplitTraffic(view.TrafficRows(m.Doc.Traffic))
	columns := []column[*view.TrafficRow]{
		{head: "of each runtime", left: true, cell: func(r *view.TrafficRow) string { return r.Figure }},
		{head: "", left: true, cell: func(r *view.TrafficRow) string { return r.Unit }},
	}
	for _, runtime := range view.TrafficColumns(m) {
		columns = append(columns, column[*view.TrafficRow]{head: runtime.DisplayName, cell: func(r *view.TrafficRow) string { return r.Value(runtime.Name) }})
	}
	tabulate(t, columns, each)
	if len(together) > 0 {
		t.line("")
		tabulate(t, []column[*view.TrafficRow]{
			{head: "all together", left: true, cell: func(r *view.TrafficRow) string { return r.Figure }},
			{head: "", left: true, cell: func(r *view.TrafficRow) string { return r.Unit }},
			{head: "value", cell: func(r *view.TrafficRow) string { return r.Value("") }},
		}, together)
	}
}
