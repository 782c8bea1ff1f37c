package dashboards

import (
	"flag"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
)

var update = flag.Bool("update", false, "write the generated part of docs/monitoring.md anew")

// deployment is n runtimes in an environment; the second one has SnapStart, an
// alias prefix and a memory size of its own.
func deployment(environment string, n int) config.Deployment {
	e, err := config.LookupEnvironment(environment)
	if err != nil {
		panic(err)
	}
	d := config.Deployment{Environment: e, Architecture: config.X8664}
	for i := range n {
		name := fmt.Sprintf("lang-%d", i)
		r := config.DeployedRuntime{
			Runtime: config.Runtime{
				Name: name, DisplayName: fmt.Sprintf("Lang %d", i), Language: "Lang 1.0", Framework: "Frame 2",
				Prefixes: []string{"/" + name}, Color: []string{"#204080", "#804020", "#208040", "#802080", "#606060"}[i%5],
			},
			Function: config.Function{Name: config.FunctionName(name, environment), MemoryMB: 1769, Variant: config.Variant{Name: "api"}},
		}
		if i == 1 {
			r.Runtime.Prefixes = append(r.Runtime.Prefixes, "/other")
			r.Runtime.Framework = ""
			r.Function.Variant = config.Variant{Name: "snapstart", SnapStart: true}
			r.Function.MemoryMB = 512
		}
		d.Runtimes = append(d.Runtimes, r)
	}
	return d
}

func deployments() map[string]config.Deployment {
	arm := deployment(config.Prod, 5)
	arm.Architecture = config.ARM64
	return map[string]config.Deployment{
		"dev": deployment(config.Dev, 5), "staging": deployment(config.Staging, 5), "prod": arm,
		"one runtime": deployment(config.Dev, 1), "none": deployment(config.Dev, 0),
		// Twenty languages fill four widgets of alarms and stay below CloudWatch's limits.
		"twenty": deployment(config.Prod, 20),
	}
}

// everyWidget of all boards of a deployment.
func everyWidget(d config.Deployment) []Widget {
	var all []Widget
	for _, board := range New(d) {
		all = append(all, board.Widgets...)
	}
	return all
}

// metrics of a board and of the alarms.
func everyMetric(d config.Deployment) []Metric {
	var all []Metric
	for _, w := range everyWidget(d) {
		for _, l := range w.Lines {
			all = append(all, l.Metrics...)
		}
	}
	for _, a := range Alarms(d) {
		all = append(all, a.Metrics...)
	}
	return all
}

func same(a, b Metric) bool {
	return a.Namespace == b.Namespace && a.Name == b.Name && a.Stat == b.Stat && slices.Equal(a.Dimensions, b.Dimensions)
}

func TestEveryMetricIsEmitted(t *testing.T) {
	for name, d := range deployments() {
		for _, m := range everyMetric(d) {
			if err := emitted(d, m); err != nil {
				t.Errorf("%s: %s %s %v %s: %v", name, m.Namespace, m.Name, m.Dimensions, m.Stat, err)
			}
		}
	}
}

// emitted is nil for a metric that AWS documents or that a filter of ours makes.
func emitted(d config.Deployment, m Metric) error {
	percentile := strings.HasPrefix(m.Stat, "p")
	if m.Namespace == config.MetricNamespace(d.Environment.Name) {
		if len(m.Dimensions) > 0 {
			return fmt.Errorf("our metrics have no dimensions")
		}
		for _, r := range d.Runtimes {
			for _, measure := range config.LogMetrics() {
				if m.Name == config.MetricName(r.Runtime.Name, measure.Name) && (r.Function.Variant.SnapStart || !measure.SnapStartOnly) {
					return nil
				}
			}
		}
		return fmt.Errorf("no metric filter makes it")
	}
	var names []string
	for _, dimension := range m.Dimensions {
		names = append(names, dimension.Name)
		known := true
		switch e := d.Environment.Name; dimension.Name {
		case "FunctionName":
			known = slices.ContainsFunc(d.Runtimes, func(r config.DeployedRuntime) bool { return r.Function.Name == dimension.Value })
		case "ApiName":
			known = dimension.Value == config.APIName(e)
		case "Stage":
			known = dimension.Value == config.StageName(e)
		case "TableName":
			known = dimension.Value == config.ItemsTableName(e)
		case "Resource":
			known = d.Environment.DetailedMetrics
		}
		if !known {
			return fmt.Errorf("nothing has the %s %q", dimension.Name, dimension.Value)
		}
	}
	slices.Sort(names)
	for _, known := range awsMetrics() {
		if known.namespace == m.Namespace && known.name == m.Name && slices.Contains(known.dimensions, strings.Join(names, ",")) && (known.percentiles || !percentile) {
			return nil
		}
	}
	return fmt.Errorf("AWS does not emit it")
}

func TestAWSMetricsAreSourcedAndUsed(t *testing.T) {
	used := everyMetric(deployment(config.Prod, 2))
	for _, m := range awsMetrics() {
		if awsPages[m.namespace] == "" {
			t.Errorf("%s %s: got no page, want the source", m.namespace, m.name)
		}
		if !slices.ContainsFunc(used, func(u Metric) bool { return u.Namespace == m.namespace && u.Name == m.name }) {
			t.Errorf("%s %s: got no use", m.namespace, m.name)
		}
	}
}

// What an operator must find, for each runtime and as a comparison.
func TestEveryQuestionIsAnswered(t *testing.T) {
	d := deployment(config.Prod, 3)
	widgets := map[bool][]Widget{true: New(d)[0].Widgets, false: New(d)[1].Widgets}
	type question struct {
		what, metric string
		stats        []string // on the second board
		beside       []string // of them, also where the runtimes stand beside each other
	}
	questions := []question{
		{"cold start duration", config.InitDuration, []string{average, p95, p99}, []string{p95}},
		{"cold start frequency", config.InitDuration, []string{samples}, []string{samples}},
		{"request duration", "Duration", []string{average, p50, p95, p99}, []string{p50, p99}},
		{"memory used", config.MemoryUsed, []string{maximum}, []string{maximum}},
		{"error rate", config.ErrorRate, []string{average}, []string{average}},
		{"crashes", "Errors", []string{sum}, []string{sum}},
		{"invocations", "Invocations", []string{sum}, []string{sum}},
		{"throttles", "Throttles", []string{sum}, []string{sum}},
		{"concurrency", "ConcurrentExecutions", []string{maximum}, []string{maximum}},
		{"slow requests", config.BilledDuration, []string{"PR(1000:)"}, []string{"PR(1000:)"}},
		{"billed duration", config.BilledDuration, []string{average, sum}, []string{average, sum}},
		{"API Gateway latency", "Latency", []string{p99, average}, nil},
		{"integration latency", "IntegrationLatency", []string{p99, average}, nil},
	}
	for _, q := range questions {
		for _, stat := range q.stats {
			for compares, widgets := range widgets {
				if compares && !slices.Contains(q.beside, stat) {
					continue
				}
				for _, r := range runtimes(d) {
					name := q.metric
					if r.Function.Variant.SnapStart && name == config.InitDuration {
						name = config.RestoreDuration
					}
					want := []Metric{r.logged(name, stat), r.lambda(name, stat), r.route(name, stat)}
					found := slices.ContainsFunc(widgets, func(w Widget) bool {
						return w.Compares == compares && slices.ContainsFunc(w.Lines, func(l Line) bool {
							return slices.ContainsFunc(l.Metrics, func(m Metric) bool {
								return slices.ContainsFunc(want, func(wanted Metric) bool { return same(m, wanted) })
							})
						})
					})
					if !found {
						t.Errorf("%s, %s of %s (comparison: %v): got none on the board", q.what, stat, r.Runtime.Name, compares)
					}
				}
			}
		}
	}
	for what, m := range map[string]Metric{
		"API latency":       stage(d, "Latency", p99),
		"integration":       stage(d, "IntegrationLatency", p99),
		"DynamoDB latency":  tableOperation(d, "SuccessfulRequestLatency", "Scan", average),
		"consumed reads":    table(d, "ConsumedReadCapacityUnits", sum),
		"consumed writes":   table(d, "ConsumedWriteCapacityUnits", sum),
		"throttled writes":  table(d, "WriteThrottleEvents", sum),
		"throttles of Scan": tableOperation(d, "ThrottledRequests", "Scan", sum),
		"errors of PutItem": tableOperation(d, "SystemErrors", "PutItem", sum),
	} {
		if !slices.ContainsFunc(everyMetric(d), func(got Metric) bool { return same(got, m) }) {
			t.Errorf("%s: got none on the board", what)
		}
	}
}

func TestComparisonShowsEveryRuntimeInItsColour(t *testing.T) {
	for name, d := range deployments() {
		widgets := 0
		for _, w := range everyWidget(d) {
			if !w.Compares {
				continue
			}
			widgets++
			if len(w.Lines) != len(d.Runtimes) {
				t.Errorf("%s: %q: got %d lines, want %d", name, w.Title, len(w.Lines), len(d.Runtimes))
				continue
			}
			for i, r := range d.Runtimes {
				if l := w.Lines[i]; l.Label != r.Runtime.DisplayName || l.Color != visible(r.Runtime.Color) {
					t.Errorf("%s: %q: got %s in %s, want %s in %s", name, w.Title, l.Label, l.Color, r.Runtime.DisplayName, visible(r.Runtime.Color))
				}
			}
		}
		if want := 9 + 9; len(d.Runtimes) > 0 && widgets != want {
			t.Errorf("%s: got %d comparison widgets, want %d: the answers, and as many over time", name, widgets, want)
		}
	}
}

// What a benchmark is asked is answered before anybody scrolls, by one value a
// runtime over the whole range; how to read it comes last.
func TestFirstScreenAnswers(t *testing.T) {
	const screen = 18 // rows of about 50 pixels
	for name, d := range deployments() {
		if len(d.Runtimes) == 0 || len(d.Runtimes) > 8 {
			continue // the states of many runtimes' alarms alone fill a screen
		}
		widgets := New(d)[0].Widgets
		for _, question := range []string{"Starts fastest?", "Is fastest?", "Fails?", "Costs?"} {
			i := slices.IndexFunc(widgets, func(w Widget) bool { return strings.HasPrefix(w.Title, question) })
			if i < 0 {
				t.Errorf("%s: %s: got no widget", name, question)
				continue
			}
			if w := widgets[i]; w.Over != Values || len(w.Lines) != len(d.Runtimes) || w.Y+w.Height > screen {
				t.Errorf("%s: %s: got %q with %d values down to row %d, want a value of each runtime above row %d", name, question, w.Over, len(w.Lines), w.Y+w.Height, screen)
			}
		}
		if last := widgets[len(widgets)-1]; !strings.HasPrefix(last.Text, "# How to read this") {
			t.Errorf("%s: got %q at the end, want the guide", name, last.Text)
		}
	}
}

// On one axis, 4 ms beside 500 is a flat line: over time, durations of several
// runtimes are never on one widget.
func TestNoAxisHoldsFourAndFiveHundred(t *testing.T) {
	for name, d := range deployments() {
		for _, w := range everyWidget(d) {
			if w.Compares && w.Over == "" && (w.Unit == "ms" || w.RightUnit == "ms") {
				t.Errorf("%s: %q: got durations of all runtimes on one axis", name, w.Title)
			}
		}
	}
}

func TestRowsFillTheGrid(t *testing.T) {
	for name, d := range deployments() {
		for _, board := range New(d) {
			filled := map[int]int{}
			for _, w := range board.Widgets {
				for y := w.Y; y < w.Y+w.Height; y++ {
					filled[y] += w.Width
				}
			}
			for y := range len(filled) {
				if filled[y] != columns {
					t.Errorf("%s: %s: row %d: got %d columns, want %d and no empty row", name, board.Name, y, filled[y], columns)
				}
			}
		}
	}
}

// Fn::Sub takes every ${…} for a name: any other would fail the deployment.
func TestBodyNamesOnlyPseudoParameters(t *testing.T) {
	for name, d := range deployments() {
		d.RegionalDashboard = true
		for _, board := range New(d) {
			for _, got := range regexp.MustCompile(`\$\{[^}]*\}?`).FindAllString(board.Name+board.Body(), -1) {
				if !slices.Contains([]string{"${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"}, got) {
					t.Errorf("%s: got %s", name, got)
				}
			}
		}
	}
}

// An account has one set of dashboards for all its regions. The promised name stays;
// a second region says so.
func TestBoardNames(t *testing.T) {
	d := deployment(config.Dev, 1)
	names := func() (names []string) {
		for _, board := range New(d) {
			names = append(names, board.Name)
		}
		return names
	}
	if got, want := names(), []string{"multi-runtime-benchmark-dev", "multi-runtime-benchmark-dev-runtimes"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	d.RegionalDashboard = true
	if got, want := names(), []string{"multi-runtime-benchmark-dev-${AWS::Region}", "multi-runtime-benchmark-dev-runtimes-${AWS::Region}"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, board := range New(d)[:1] {
		if !strings.Contains(board.Body(), "(#dashboards:name="+names()[1]+")") {
			t.Errorf("%s: got no link to the other one", board.Name)
		}
	}
}

// The formula that the board gives CloudWatch, against the same by hand.
func TestCostFormula(t *testing.T) {
	d := deployment(config.Dev, 1)
	w := runtimes(d)[0]
	// 100 ms billed at 1,769 MB: 0.1 s * 1.7275 GB * 16.6667 USD a million GB-s, and 0.20 USD for requests.
	perMS, perRequest := lambdaPrices.of(w)
	if got, want := 1e6*(100*perMS+perRequest), 0.1*(1769.0/1024)*16.6667+0.2; math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v USD, want %v", got, want)
	}
	if got, want := costPerMillion.line(w).Formula, "1000000 * ($1 * 0.000000028792375 + 0.0000002)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.Architecture = config.ARM64
	if cheaper, _ := lambdaPrices.of(runtimes(d)[0]); cheaper >= perMS {
		t.Errorf("arm64: got %v, want less than %v", cheaper, perMS)
	}
}

// The board can't import the lists that bench uses; its copy may not differ.
func TestPricesAreThoseOfTheReport(t *testing.T) {
	region, err := cost.Latest().Region(lambdaPrices.region)
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) float64 { return region.Prices[name].USD }
	for architecture, price := range lambdaPrices.gbSecond {
		if want := of("lambdaSeconds." + architecture); price != want {
			t.Errorf("%s: got %v USD a GB-second, want %v", architecture, price, want)
		}
	}
	if want := of("lambdaRequests") / 1e6; math.Abs(lambdaPrices.request-want) > 1e-15 {
		t.Errorf("got %v USD a request, want %v", lambdaPrices.request, want)
	}
	if read := region.Prices["lambdaRequests"].Read; lambdaPrices.date != read {
		t.Errorf("got prices of %s, want the day they were read, %s", lambdaPrices.date, read)
	}
}

func TestBusiestRouteHasTheLargestShare(t *testing.T) {
	if got, want := busiestRoute("/go"), (route{"GET", "/go/{proxy+}"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, s := range config.Defaults().Mix {
		if _, ok := methods[s.Operation]; !ok {
			t.Errorf("%s: got no method", s.Operation)
		}
	}
}

// A runtime without a prefix, a guest, is drawn like the others where it can be.
func TestRuntimeWithoutRoutes(t *testing.T) {
	d := deployment(config.Prod, 2)
	d.Runtimes[0].Runtime.Prefixes = nil
	for _, board := range New(d) {
		if err := structure(board.Body()); err != nil {
			t.Error(err)
		}
	}
}
