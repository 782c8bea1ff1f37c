package stacks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
)

// watching are CloudWatch's prices of us-east-1, in USD a month: the first tier.
// Those of everything else are the dated list of internal/cost.
const (
	perMetric, perAlarm, perComposite, perDashboard = 0.30, 0.10, 0.50, 3.00
	watchingRead                                    = "2026-06-13"
)

// TestCostPage works the monthly bill of docs/deployment.md out, so that the page
// can't drift from the templates: go test ./stacks -update writes it anew.
func TestCostPage(t *testing.T) {
	const requests, runtimes = 100_000, 5
	list := cost.Latest()
	prices := list.Regions[cost.DefaultRegion].Prices
	five := imaginary()[:1]
	for _, name := range []string{"second", "third", "fourth", "fifth"} {
		r := imaginary()[0]
		r.Name, r.DisplayName, r.Prefixes = name, name, []string{"/" + name}
		five = append(five, r)
	}
	five[1].Prefixes = append(five[1].Prefixes, "/alias")
	type line struct {
		what     string
		quantity map[string]float64
		unit     string
		price    float64
		per      float64
	}
	both := func(n float64) map[string]float64 { return map[string]float64{config.Dev: n, config.Prod: n} }
	share := map[config.Operation]float64{}
	for _, s := range config.Defaults().Mix {
		share[s.Operation] = float64(s.Percent) / 100
	}
	// 20 ms billed a call, and one in a hundred starts cold with a second of init.
	seconds := requests * (0.020 + 0.01*1.0) * config.DefaultMemoryMB / 1024
	lines := []line{
		{"Lambda, duration", both(seconds), "GB-s", prices["lambdaSeconds.x86_64"].USD, 1},
		{"Lambda, requests", both(requests), "requests", prices["lambdaRequests"].USD, 1e6},
		{"API Gateway", both(requests), "requests", prices["apiRequests"].USD, 1e6},
		{"DynamoDB, writes", both(requests * (share[config.Create] + share[config.Update] + share[config.Delete])), "units", prices["databaseWrites"].USD, 1e6},
		{"DynamoDB, reads", both(requests * (share[config.Read] + share[config.List])), "units", prices["databaseReads"].USD, 1e6},
		{"Logs, 1.5 kB a request", both(requests * 1.5e3 / (1 << 30)), "GB", prices["logs"].USD, 1},
	}
	metrics, detailed, alarms, composites, boards := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	// What is watched is that of the tables, which other tests here hold the templates to.
	for _, environment := range []string{config.Dev, config.Prod} {
		d, err := config.ParseContext(map[string]any{"environment": environment}, five, "1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range d.Runtimes {
			for _, m := range config.LogMetrics() {
				if !m.SnapStartOnly || r.Function.Variant.SnapStart {
					metrics[environment]++
				}
			}
			// Count, latencies and errors: five for each method that is measured.
			if _, _, measured := dashboards.MeasuredRoute(d, r); measured {
				detailed[environment] += 5
			}
		}
		for _, a := range dashboards.Alarms(d) {
			alarms[environment] += float64(len(a.Metrics))
		}
		composites[environment] = float64(len(dashboards.Composites(d)))
		boards[environment] = float64(len(dashboards.New(d)))
	}
	lines = append(lines,
		line{"CloudWatch, metrics from logs", metrics, "metrics", perMetric, 1},
		line{"CloudWatch, API Gateway's detailed metrics", detailed, "metrics", perMetric, 1},
		line{"CloudWatch, alarms, by the metrics that they read", alarms, "metrics", perAlarm, 1},
		line{"CloudWatch, composite alarms", composites, "alarms", perComposite, 1},
		line{"CloudWatch, dashboard (three are free)", boards, "dashboards", perDashboard, 1},
	)
	var page strings.Builder
	page.WriteString("| | dev | prod | price, USD | dev, USD | prod, USD |\n|---|---:|---:|---|---:|---:|\n")
	var dev, prod float64
	for _, l := range lines {
		price := fmt.Sprintf("%v per million %s", l.price, l.unit)
		if l.per == 1 {
			price = fmt.Sprintf("%v per %s", l.price, strings.TrimSuffix(l.unit, "s"))
			if l.unit == "GB-s" {
				price = fmt.Sprintf("%.10f per GB-s", l.price)
			}
		}
		a, b := l.quantity[config.Dev]*l.price/l.per, l.quantity[config.Prod]*l.price/l.per
		dev, prod = dev+a, prod+b
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %.2f | %.2f |\n", l.what, quantity(l.quantity[config.Dev]), quantity(l.quantity[config.Prod]), price, a, b)
	}
	fmt.Fprintf(&page, "| **sum** | | | | **%.2f** | **%.2f** |\n\n", dev, prod)
	fmt.Fprintf(&page, "Prices of us-east-1, first tier, without free tier and taxes: the list of %s in `internal/cost/prices`;\nCloudWatch's as read on %s. %d runtimes and one alias; 1,769 MB, 20 ms billed a call, 1 %% cold starts of 1 s.\n",
		list.Date, watchingRead, runtimes)

	path := filepath.Join("..", "docs", "deployment.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin costs: written by go test ./stacks -update -->\n", "<!-- end costs -->"
	before, rest, ok := strings.Cut(string(content), begin)
	got, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("%s: got no lines %q and %q", path, begin, end)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+page.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != page.String() {
		t.Errorf("%s: the costs are out of date: go test ./stacks -update\ngot\n%swant\n%s", path, got, page.String())
	}
}

func quantity(n float64) string {
	switch {
	case n == 0:
		return "–"
	case n < 10 && n != float64(int(n)):
		return fmt.Sprintf("%.2f", n)
	case n >= 1000:
		return fmt.Sprintf("%d,%03d", int(n)/1000, int(n)%1000)
	}
	return fmt.Sprintf("%.0f", n)
}
