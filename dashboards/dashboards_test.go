package dashboards

import (
	"flag"
	"fmt"
	"math"
	"os"
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
				Prefixes: []string{"/" + name}, Color: fmt.Sprintf("#%02x4080", i),
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

// metrics of a board and of the alarms.
func everyMetric(d config.Deployment) []Metric {
	var all []Metric
	for _, w := range New(d).Widgets {
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
	board := New(d)
	type question struct {
		what, metric string
		stats        []string
	}
	questions := []question{
		{"cold start duration", config.InitDuration, []string{average, p95, p99}},
		{"cold start frequency", config.InitDuration, []string{samples}},
		{"request duration", "Duration", []string{average, p50, p95, p99}},
		{"memory used", config.MemoryUsed, []string{maximum}},
		{"error rate", config.ErrorRate, []string{average}},
		{"crashes", "Errors", []string{sum}},
		{"invocations", "Invocations", []string{sum}},
		{"throttles", "Throttles", []string{sum}},
		{"concurrency", "ConcurrentExecutions", []string{maximum}},
		{"billed duration", config.BilledDuration, []string{average, sum}},
		{"API Gateway latency", "Latency", []string{p99, average}},
		{"integration latency", "IntegrationLatency", []string{p99, average}},
	}
	for _, q := range questions {
		for _, stat := range q.stats {
			for _, compares := range []bool{true, false} {
				for _, r := range runtimes(d) {
					name := q.metric
					if r.Function.Variant.SnapStart && name == config.InitDuration {
						name = config.RestoreDuration
					}
					want := []Metric{r.logged(name, stat), r.lambda(name, stat), r.route(name, stat)}
					found := slices.ContainsFunc(board.Widgets, func(w Widget) bool {
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
		for _, w := range New(d).Widgets {
			if !w.Compares {
				continue
			}
			widgets++
			if len(w.Lines) != len(d.Runtimes) {
				t.Errorf("%s: %q: got %d lines, want %d", name, w.Title, len(w.Lines), len(d.Runtimes))
				continue
			}
			for i, r := range d.Runtimes {
				if l := w.Lines[i]; l.Label != r.Runtime.DisplayName || l.Color != r.Runtime.Color {
					t.Errorf("%s: %q: got %s in %s, want %s in %s", name, w.Title, l.Label, l.Color, r.Runtime.DisplayName, r.Runtime.Color)
				}
			}
		}
		want := 21
		if d.Environment.DetailedMetrics {
			want = 24 // latency, integration latency and their difference
		}
		if len(d.Runtimes) > 0 && widgets != want {
			t.Errorf("%s: got %d comparison widgets, want %d", name, widgets, want)
		}
	}
}

func TestRowsFillTheGrid(t *testing.T) {
	for name, d := range deployments() {
		filled := map[int]int{}
		for _, w := range New(d).Widgets {
			for y := w.Y; y < w.Y+w.Height; y++ {
				filled[y] += w.Width
			}
		}
		for y := range len(filled) {
			if filled[y] != columns {
				t.Errorf("%s: row %d: got %d columns, want %d and no empty row", name, y, filled[y], columns)
			}
		}
	}
}

// Fn::Sub takes every ${…} for a name: any other would fail the deployment.
func TestBodyNamesOnlyPseudoParameters(t *testing.T) {
	for name, d := range deployments() {
		for _, got := range regexp.MustCompile(`\$\{[^}]*\}?`).FindAllString(New(d).Body(), -1) {
			if !slices.Contains([]string{"${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"}, got) {
				t.Errorf("%s: got %s", name, got)
			}
		}
	}
}

func TestShades(t *testing.T) {
	if got, want := shades("#204080", 3), []string{"#a6b3cc", "#6379a6", "#204080"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := shades("#204080", 1); !slices.Equal(got, []string{"#204080"}) {
		t.Errorf("got %v, want the colour itself", got)
	}
	if got := shades("blue", 2); !slices.Equal(got, []string{"", ""}) {
		t.Errorf("got %v, want CloudWatch's choice", got)
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
	if err := structure(New(d).Body()); err != nil {
		t.Error(err)
	}
}

func TestDocumentationIsUpToDate(t *testing.T) {
	const path = "../docs/monitoring.md"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(b)
	for marker, content := range map[string]string{"alarms": alarmTable(), "truth": truthTable()} {
		begin, end := "<!-- "+marker+" -->\n", "<!-- /"+marker+" -->\n"
		before, rest, found := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s: got no %s … %s", path, begin, end)
		}
		want = before + begin + content + end + after
	}
	if want == string(b) {
		return
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: got other alarms than the code has: run go test ./dashboards -update", path)
}

// alarmTable is the documentation's part that the code knows best.
func alarmTable() string {
	d := deployment(config.Prod, 1)
	d.Runtimes[0].Runtime.DisplayName = "The runtime"
	var b strings.Builder
	b.WriteString("| alarm | rings when | means | do |\n|---|---|---|---|\n")
	for _, a := range Alarms(d) {
		name := strings.NewReplacer("lang-0", "{runtime}", "-"+config.Prod, "-{env}").Replace(a.Name)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, ringsWhen(a), a.Means, a.Do)
	}
	return b.String()
}

func ringsWhen(a Alarm) string {
	m := a.Metrics[0]
	what := "`" + strings.Replace(m.Name, "lang-0", "{runtime}", 1) + "`, " + m.Stat
	if a.Formula != "" {
		what += " of " + a.Metrics[1].Stat + " in %, where it is at least " + fmt.Sprint(fewestSlow) + ","
	}
	sign := ">"
	if a.AtLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s %v, in %d of %d × %d min", what, sign, a.Threshold, a.Breaching, a.Periods, int(a.Period.Minutes()))
}
