package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/costexplorer"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bills"
)

// days are the range that was asked for, in whole days of UTC.
func (f costFlags) days(now time.Time) (from, to time.Time, err error) {
	now = now.UTC()
	from = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	to = time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
	for _, one := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", f.from, &from}, {"--to", f.to, &to}} {
		if one.text == "" {
			continue
		}
		if *one.into, err = time.Parse("2006-01-02", one.text); err != nil {
			return from, to, fault.Usage("such as 2026-11-01", "%s %s: not a day", one.flag, one.text)
		}
	}
	if !from.Before(to) {
		return from, to, fault.Usage("--to is the day behind the last one", "from %s to %s: got no day", from.Format("2006-01-02"), to.Format("2006-01-02"))
	}
	return from, to, nil
}

func (a *app) actualCost(ctx context.Context, args []string, f costFlags) error {
	from, to, err := f.days(time.Now())
	if err != nil {
		return err
	}
	name, err := deployedFlags{environment: f.environment, suffix: f.suffix}.name()
	if err != nil {
		return err
	}
	var priced bills.Bills
	if len(args) > 0 {
		if priced, err = a.bills(ctx, args, f); err != nil {
			return err
		}
	}
	settings, err := deployed.Connect(ctx, "us-east-1")
	if err != nil {
		return err
	}
	query := costexplorer.Query{Environment: name, From: from, To: to}
	actual, err := costexplorer.Read(ctx, settings, query)
	if err != nil {
		return err
	}
	both := besides{Actual: actual, Total: actual.Total(), Uncovered: costexplorer.Uncovered(), Lines: actual.Beside(nil)}
	if len(args) > 0 {
		requests := sameOfEach(priced, f.requests)
		if f.counted {
			if requests, err = costexplorer.Requests(ctx, settings, query); err != nil {
				return err
			}
		}
		if len(requests) == 0 {
			return fault.New("say how many there were of each runtime: --requests 3e6", "Cost Explorer knows of no requests with the tags of %s from %s until before %s: there is nothing to estimate", name, actual.From, actual.To)
		}
		both.estimate(priced, requests, to.Sub(from))
	}
	if f.asJSON {
		return a.ui.JSON(both)
	}
	_, err = fmt.Fprint(a.ui.stdout, both.text())
	return err
}

func sameOfEach(priced bills.Bills, n float64) map[string]float64 {
	requests := map[string]float64{}
	for _, c := range priced.Configurations {
		requests[c.Runtime] = n
	}
	return requests
}

// besides is the bill, with the estimate beside it where there is one.
type besides struct {
	Actual    costexplorer.Actual `json:"actual"`
	Total     float64             `json:"totalUsd"`
	Uncovered []string            `json:"uncovered"`
	Lines     []costexplorer.Line `json:"lines"`
	Estimate  *estimate           `json:"estimate,omitempty"`
}

// estimate says what is expected, of what.
type estimate struct {
	Prices         string             `json:"prices"` // the list's day
	Region         string             `json:"region"`
	ColdShare      float64            `json:"coldShare"`
	Requests       map[string]float64 `json:"requests"`       // by runtime
	Configurations map[string]string  `json:"configurations"` // by runtime: the one that stands for it
	Total          float64            `json:"totalUsd"`
	Missing        []string           `json:"missing"` // what is not in it, in full sentences
}

// month is what the prices of a kept snapshot are for, see cost.Bill.
const month = 30 * 24 * time.Hour

// estimate sets beside the bill what so many requests of each runtime would have cost in
// that time, at the typical share of cold starts.
func (b *besides) estimate(priced bills.Bills, requests map[string]float64, length time.Duration) {
	e := &estimate{
		Prices: priced.Date, Region: priced.Region, ColdShare: cost.TypicalColdShare, Requests: requests, Configurations: map[string]string{},
		Missing: append([]string{"The estimate is of requests: what stands without any (alarms, dashboards, metrics, keys) is in the bill alone, and so are free tier and discounts."}, priced.Unpriced...),
	}
	var expected []costexplorer.Cost
	for _, runtime := range slices.Sorted(maps.Keys(requests)) {
		c, ok := standingFor(priced, runtime)
		if !ok {
			e.Missing = append(e.Missing, fmt.Sprintf("The run has no bill of %s.", runtime))
			continue
		}
		e.Configurations[runtime] = c.Configuration
		typical := slices.IndexFunc(c.Bills, func(sum bills.Sum) bool { return sum.ColdShare == cost.TypicalColdShare })
		for _, line := range c.Bills[typical].Lines {
			if line.USD == nil {
				continue
			}
			usd := *line.USD * requests[runtime] / priced.Requests
			if line.ID == cost.LineCache {
				usd = *line.USD * float64(length) / float64(month)
			}
			expected = costexplorer.Expect(expected, line.ID, runtime, usd)
			e.Total += usd
		}
	}
	b.Lines, b.Estimate = b.Actual.Beside(expected), e
}

// standingFor is a runtime's configuration that is most likely the deployed one: of its
// default variant, at the default memory size where that was measured.
func standingFor(priced bills.Bills, runtime string) (c bills.Configuration, ok bool) {
	for _, one := range priced.Configurations {
		if one.Runtime == runtime && one.Default && (!ok || one.Memory == config.DefaultMemoryMB && c.Memory != config.DefaultMemoryMB) {
			c, ok = one, true
		}
	}
	return c, ok
}

// text is a table of services by runtimes.
func (b besides) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "What %s cost from %s until before %s, USD, unblended", b.Actual.Environment, b.Actual.From, b.Actual.To)
	if b.Actual.Estimated {
		t.WriteString("; not yet final")
	}
	t.WriteString(".\n")
	if e := b.Estimate; e != nil {
		fmt.Fprintf(&t, "The estimate is at list prices of %s in %s, %g %% cold, of\n", e.Prices, e.Region, 100*e.ColdShare)
		for _, runtime := range slices.Sorted(maps.Keys(e.Configurations)) {
			fmt.Fprintf(&t, "  %.0f requests to %s\n", e.Requests[runtime], e.Configurations[runtime])
		}
	}
	t.WriteString("\n")
	if len(b.Actual.Costs) == 0 {
		t.WriteString("Cost Explorer knows nothing with these tags. Are they active?\n")
	}
	width := len("service")
	for _, l := range b.Lines {
		width = max(width, len(l.Service))
	}
	row := func(service, of, actual, estimated string) {
		line := fmt.Sprintf("%-*s  %-10s %12s", width, service, of, actual)
		if b.Estimate != nil {
			line += fmt.Sprintf(" %12s", estimated)
		}
		t.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	sum := func(usd *float64) string {
		if usd == nil {
			return "–"
		}
		return fmt.Sprintf("%.4f", *usd)
	}
	row("service", "runtime", "actual", "estimate")
	for _, l := range b.Lines {
		of := l.Runtime
		if of == "" {
			of = "shared"
		}
		row(l.Service, of, sum(l.Actual), sum(l.Estimate))
	}
	expected := ""
	if b.Estimate != nil {
		expected = sum(&b.Estimate.Total)
	}
	row("total", "", sum(&b.Total), expected)
	t.WriteString("\n")
	for _, line := range b.Uncovered {
		t.WriteString(line + "\n")
	}
	if b.Estimate != nil {
		for _, line := range b.Estimate.Missing {
			t.WriteString(line + "\n")
		}
	}
	return t.String()
}
