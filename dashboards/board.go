package dashboards

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Board is one dashboard: its widgets have their places.
type Board struct {
	Name    string
	Widgets []Widget
}

// alarmsPerWidget is CloudWatch's limit.
const alarmsPerWidget = 100

// The heights of rows, in CloudWatch's units.
const (
	titleHeight   = 1
	answerHeight  = 5
	graphHeight   = 6
	guideHeight   = 9
	headingHeight = 1
	aboutHeight   = 2
	alarmsPerRow  = 8 // of an alarm widget as wide as the board
	perRow        = 6 // of small multiples: narrower ones can't be read
)

// New draws the boards of a deployment. The first one answers in its first screen
// what one asks of a benchmark, then shows it over time, with what the runtimes
// share; how to read it stands at its end. The second has each runtime by itself.
func New(d config.Deployment) []Board {
	return []Board{overview(d), byThemselves(d)}
}

func overview(d config.Deployment) Board {
	b := builder{}
	b.row(titleHeight, Widget{Text: title(d)})
	b.alarms("Alarms", telling(d))
	for _, row := range answers {
		var widgets []Widget
		for _, a := range row.figures {
			for _, w := range compare(d, []figure{a.figure}) {
				w.Title, w.Over, w.Thresholds = a.title, row.view, nil
				widgets = append(widgets, w)
			}
		}
		b.row(answerHeight, widgets...)
	}
	b.heading("## Over time: the runtimes beside each other")
	for _, p := range multiples {
		for some := range slices.Chunk(runtimes(d), perRow) {
			var widgets []Widget
			for _, r := range some {
				widgets = append(widgets, alone(r, []panel{p})...)
			}
			b.row(graphHeight, widgets...)
		}
	}
	for _, figures := range comparison {
		b.row(graphHeight, compare(d, figures)...)
	}
	b.heading("## API and table, all runtimes together")
	for _, widgets := range shared(d) {
		b.row(graphHeight, widgets...)
	}
	b.row(guideHeight, Widget{Text: guide(d)})
	return Board{Name: boardName(d, config.DashboardName), Widgets: b.widgets}
}

// telling are the names of the alarms that send messages: of what is behind a
// composite, the second board shows the states.
func telling(d config.Deployment) []string {
	var names []string
	behind := map[string]bool{}
	for _, c := range Composites(d) {
		names = append(names, c.Name)
		for _, id := range c.Of {
			behind[id] = true
		}
	}
	for _, a := range Alarms(d) {
		if !behind[a.ID] {
			names = append(names, a.Name)
		}
	}
	return names
}

func byThemselves(d config.Deployment) Board {
	b := builder{}
	for _, w := range runtimes(d) {
		b.row(aboutHeight, Widget{Text: about(w)})
		var names []string
		for _, r := range rules {
			names = append(names, w.alarm(r).Name)
		}
		b.alarms("Alarms of "+w.Runtime.DisplayName, names)
		for _, panels := range section {
			b.row(graphHeight, alone(w, panels)...)
		}
	}
	return Board{Name: boardName(d, config.RuntimesDashboardName), Widgets: b.widgets}
}

// boardName is, as the body, the text of an Fn::Sub.
func boardName(d config.Deployment, name func(environment string) string) string {
	if d.RegionalDashboard {
		return name(d.Environment.Name) + "-${AWS::Region}"
	}
	return name(d.Environment.Name)
}

type builder struct {
	widgets []Widget
	y       int
}

func (b *builder) row(height int, widgets ...Widget) {
	placed, y := row(b.y, height, widgets)
	b.widgets, b.y = append(b.widgets, placed...), y
}

func (b *builder) alarms(title string, names []string) {
	for some := range slices.Chunk(names, alarmsPerWidget) {
		b.row(1+(len(some)+alarmsPerRow-1)/alarmsPerRow, Widget{Title: title, Alarms: some})
	}
}

func (b *builder) heading(text string) { b.row(headingHeight, Widget{Text: text}) }

// compare makes a widget of each figure, with a line per runtime in its colour.
func compare(d config.Deployment, figures []figure) []Widget {
	var widgets []Widget
	for _, f := range figures {
		w := Widget{Title: f.title, Unit: f.unit, Compares: true}
		for _, r := range runtimes(d) {
			if f.perRoute && !r.hasRoute() {
				continue
			}
			line := f.line(r)
			line.Label, line.Color = r.Runtime.DisplayName, visible(r.Runtime.Color)
			w.Lines = append(w.Lines, line)
			w.Thresholds = append(w.Thresholds, limits(r, f, false)...)
		}
		if len(w.Lines) > 0 {
			widgets = append(widgets, w)
		}
	}
	return widgets
}

// alone makes a runtime's own widgets: the tail in its colour.
func alone(r watched, panels []panel) []Widget {
	var widgets []Widget
	unlike := nobodys(r.deployment)
	for _, p := range panels {
		w := Widget{Title: r.Runtime.DisplayName + ": " + p.title}
		colors := beside(r.Runtime.Color, len(p.left)+len(p.right), unlike)
		add := func(f figure, right bool) {
			if f.perRoute && !r.hasRoute() {
				return
			}
			line := f.line(r)
			line.Label, line.Color, line.Right = f.label, colors[len(w.Lines)], right
			w.Lines = append(w.Lines, line)
			for _, t := range limits(r, f, right) {
				t.Label += ": " + f.label
				w.Thresholds = append(w.Thresholds, t)
			}
			if right {
				w.RightUnit = f.unit
			} else {
				w.Unit = f.unit
			}
		}
		for _, f := range p.left {
			add(f, false)
		}
		for _, f := range p.right {
			add(f, true)
		}
		if len(w.Lines) > 0 {
			widgets = append(widgets, w)
		}
	}
	return widgets
}

// limits is the threshold of a figure, if it has one.
func limits(r watched, f figure, right bool) []Threshold {
	if f.limit == nil {
		return nil
	}
	a := r.alarm(f.limit)
	return []Threshold{{Alarm: a.ID, Value: f.drawn(r, a.Threshold), Right: right, Label: alarmLine}}
}

// alarmLine is what a red line is called: also for whom red is as any other colour.
const alarmLine = "alarm"

func limit(a Alarm, factor float64) Threshold {
	return Threshold{Alarm: a.ID, Value: factor * a.Threshold, Label: alarmLine}
}

// shared are the widgets of what the runtimes have in common.
func shared(d config.Deployment) [][]Widget {
	on5XX := limit(api5XX(d), 100)
	on5XX.Label += ": 5xx"
	one := func(label string, m Metric) Line { return Line{Label: label, Metrics: []Metric{m}} }
	rate := func(label string, m Metric) Line {
		return Line{Label: label, Formula: "100 * $1", Metrics: []Metric{m}}
	}
	perOperation := func(name, stat string) []Line {
		var lines []Line
		for _, operation := range tableOperations {
			lines = append(lines, one(operation, tableOperation(d, name, operation, stat)))
		}
		return lines
	}
	perSecond := func(label, name string) Line {
		return Line{Label: label, Formula: "$1 / PERIOD($1)", Metrics: []Metric{table(d, name, sum)}}
	}
	systemErrors := Widget{Title: "Table: DynamoDB's own errors", Unit: "per 5 minutes", Lines: perOperation("SystemErrors", sum)}
	for _, a := range tableSystemErrors(d) {
		systemErrors.Thresholds = append(systemErrors.Thresholds, limit(a, 1))
	}
	all := [][]Widget{
		{
			{Title: "API: latency against integration latency", Unit: "ms", Lines: []Line{
				one("latency, average", stage(d, "Latency", average)), one("latency, p99", stage(d, "Latency", p99)),
				one("integration, average", stage(d, "IntegrationLatency", average)), one("integration, p99", stage(d, "IntegrationLatency", p99)),
			}},
			{Title: "API: requests", Unit: "per 5 minutes", Lines: []Line{one("requests", stage(d, "Count", sum))}},
			{Title: "API: errors", Unit: "%", Thresholds: []Threshold{on5XX}, Lines: []Line{
				rate("4xx", stage(d, "4XXError", average)), rate("5xx", stage(d, "5XXError", average)),
			}},
		},
		{
			{Title: "Table: latency inside DynamoDB, average", Unit: "ms", Lines: perOperation("SuccessfulRequestLatency", average)},
			{Title: "Table: latency inside DynamoDB, maximum", Unit: "ms", Lines: perOperation("SuccessfulRequestLatency", maximum)},
			{Title: "Table: consumed capacity", Unit: "units per second", Lines: []Line{
				perSecond("read", "ConsumedReadCapacityUnits"), perSecond("write", "ConsumedWriteCapacityUnits"),
			}},
		},
		{
			{Title: "Table: throttled reads and writes", Unit: "per 5 minutes",
				Thresholds: []Threshold{limit(tableReadThrottles(d), 1), limit(tableWriteThrottles(d), 1)},
				Lines: []Line{
					one("reads", table(d, "ReadThrottleEvents", sum)), one("writes", table(d, "WriteThrottleEvents", sum)),
				}},
			{Title: "Table: throttled requests by operation", Unit: "per 5 minutes", Lines: perOperation("ThrottledRequests", sum)},
			systemErrors,
			{Title: "Table: refused conditions", Unit: "per 5 minutes", Lines: []Line{
				one("404s of PUT and DELETE", table(d, "ConditionalCheckFailedRequests", sum)),
			}},
		},
	}
	for _, widgets := range all {
		for _, w := range widgets {
			for i := range w.Lines {
				w.Lines[i].Color = others[i%len(others)]
			}
		}
	}
	return all
}
