package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/costexplorer"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/pricelist"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/bills"
)

// costFlags are what a person asked for.
type costFlags struct {
	region              string
	requests            float64
	current, actual     bool
	environment, suffix string
	from, to            string
	asJSON              bool
}

func (a *app) costCommand() *cobra.Command {
	var f costFlags
	cmd := &cobra.Command{
		Use:   "cost [results.json]",
		Short: "Say what a million requests would cost, line by line, or what an environment did",
		Long: `Price results/latest, or the named run, at AWS's list prices: init and duration,
requests, API Gateway, DynamoDB and logs, at three shares of cold starts, each price
with the day and the place where it was read. A run over several memory sizes gets
the cheapest, the fastest and a balanced one.

Prices are those of the dated list that the run names; --current-prices asks the Price
List API for today's, and says which it could not give. --actual reads from Cost
Explorer what a deployed environment cost, by service and runtime, and sets the
estimate beside it where a run is named.`,
		Example: `  bench cost
  bench cost results/2026-11-22T061500Z --region eu-central-1
  bench cost --requests 3e6 --region eu-central-1
  bench cost --current-prices
  bench cost --actual --environment prod --from 2026-11-01 --to 2026-11-29
  bench cost --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.requests < 1 || math.IsInf(f.requests, 0) || math.IsNaN(f.requests) {
				return fault.Usage("such as --requests 3e6", "--requests %v: not a number of requests a month", f.requests)
			}
			if f.actual {
				return a.actualCost(cmd.Context(), args, f)
			}
			bills, err := a.bills(cmd.Context(), args, f)
			if err != nil {
				return err
			}
			if f.asJSON {
				return bills.JSON(a.ui.stdout)
			}
			return bills.Text(a.ui.stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.region, "region", "", "price it there (default: the run's own region, or "+cost.DefaultRegion+")")
	flags.Float64Var(&f.requests, "requests", cost.Requests, "requests a month that the bill is for")
	flags.BoolVar(&f.current, "current-prices", false, "ask the Price List API, where credentials allow, instead of the dated list")
	flags.BoolVar(&f.actual, "actual", false, "what a deployed environment cost, from Cost Explorer (0.01 USD a request)")
	flags.StringVar(&f.environment, "environment", config.Dev, "with --actual: dev, staging or prod")
	flags.StringVar(&f.suffix, "suffix", "", "with --actual: of an environment of one's own")
	flags.StringVar(&f.from, "from", "", "with --actual: the first day (default: that of this month)")
	flags.StringVar(&f.to, "to", "", "with --actual: the day behind the last one (default: tomorrow)")
	flags.BoolVar(&f.asJSON, "json", false, "print the bills as JSON")
	return cmd
}

// bills prices a run.
func (a *app) bills(ctx context.Context, args []string, f costFlags) (bills.Bills, error) {
	document, err := a.loadNamed(args)
	if err != nil {
		return bills.Bills{}, err
	}
	list, err := cost.For(document.Prices)
	if err != nil {
		return bills.Bills{}, err
	}
	if f.region == "" {
		f.region = cost.RegionOf(document)
	}
	prices, err := list.Region(f.region)
	if err != nil {
		return bills.Bills{}, err
	}
	if f.current {
		current, kept, err := currentPrices(ctx, prices)
		if err != nil {
			a.ui.Warn("No prices of today: %v. These are of the dated list, %s.", err, list.Date)
		} else {
			prices, list.Date, list.Source = current, time.Now().UTC().Format("2006-01-02"), "AWS Price List API"
			for _, line := range kept {
				a.ui.Warn("%s.", line)
			}
		}
	}
	return bills.New(document, list, prices).Of(f.requests), nil
}

func currentPrices(ctx context.Context, region cost.Region) (cost.Region, []string, error) {
	settings, err := deployed.Connect(ctx, "us-east-1")
	if err != nil {
		return region, nil, err
	}
	return pricelist.Current(ctx, settings, region, time.Now())
}

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
	settings, err := deployed.Connect(ctx, "us-east-1")
	if err != nil {
		return err
	}
	actual, err := costexplorer.Read(ctx, settings, costexplorer.Query{Environment: name, From: from, To: to})
	if err != nil {
		return err
	}
	var estimate *bills.Bills
	if len(args) > 0 {
		bills, err := a.bills(ctx, args, f)
		if err != nil {
			return err
		}
		estimate = &bills
	}
	if f.asJSON {
		return a.ui.JSON(struct {
			Actual    costexplorer.Actual `json:"actual"`
			Total     float64             `json:"totalUsd"`
			Uncovered []string            `json:"uncovered"`
			Estimate  *bills.Bills        `json:"estimate,omitempty"`
		}{actual, actual.Total(), costexplorer.Uncovered(), estimate})
	}
	fmt.Fprint(a.ui.stdout, actualText(actual))
	if estimate == nil {
		return nil
	}
	fmt.Fprintln(a.ui.stdout)
	return estimate.Text(a.ui.stdout)
}

// actualText is a table of services by runtimes.
func actualText(actual costexplorer.Actual) string {
	var b strings.Builder
	fmt.Fprintf(&b, "What %s cost from %s until before %s, USD, unblended", actual.Environment, actual.From, actual.To)
	if actual.Estimated {
		b.WriteString("; not yet final")
	}
	b.WriteString(".\n\n")
	if len(actual.Costs) == 0 {
		b.WriteString("Cost Explorer knows nothing with these tags. Are they active?\n")
	}
	width := len("total")
	for _, c := range actual.Costs {
		width = max(width, len(c.Service))
	}
	for _, c := range actual.Costs {
		of := c.Runtime
		if of == "" {
			of = "shared"
		}
		fmt.Fprintf(&b, "%-*s  %-10s %12.4f\n", width, c.Service, of, c.USD)
	}
	fmt.Fprintf(&b, "%-*s  %-10s %12.4f\n\n", width, "total", "", actual.Total())
	for _, line := range costexplorer.Uncovered() {
		b.WriteString(line + "\n")
	}
	return b.String()
}
