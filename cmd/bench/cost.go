package main

import (
	"context"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
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
	counted             bool // by Lambda are the requests, not said here
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
Explorer what a deployed environment cost, by service and runtime. Where a run is named,
the estimate stands beside each line: of the requests that Lambda counted of each
runtime, or of --requests.`,
		Example: `  bench cost
  bench cost results/2026-11-22T061500Z --region eu-central-1
  bench cost --requests 3e6 --region eu-central-1
  bench cost --current-prices
  bench cost --actual --environment prod --from 2026-11-01 --to 2026-11-29
  bench cost results/latest --actual --environment prod
  bench cost --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.requests < 1 || math.IsInf(f.requests, 0) || math.IsNaN(f.requests) {
				return fault.Usage("such as --requests 3e6", "--requests %v: not a number of requests a month", f.requests)
			}
			if f.actual {
				f.counted = !cmd.Flags().Changed("requests")
				return a.actualCost(cmd.Context(), args, f)
			}
			bills, err := a.bills(cmd.Context(), args, f)
			if err != nil {
				return err
			}
			bills = bills.Of(f.requests)
			if f.asJSON {
				return bills.JSON(a.ui.stdout)
			}
			return bills.Text(a.ui.stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.region, "region", "", "price it there (default: the run's own region, or "+cost.DefaultRegion+")")
	flags.Float64Var(&f.requests, "requests", cost.Requests, "requests a month that the bill is for; with --actual, of each runtime in those days, in place of those that Lambda counted")
	flags.BoolVar(&f.current, "current-prices", false, "ask the Price List API, where credentials allow, instead of the dated list")
	flags.BoolVar(&f.actual, "actual", false, "what a deployed environment cost, from Cost Explorer (0.01 USD a request)")
	flags.StringVar(&f.environment, "environment", config.Dev, "with --actual: dev, staging or prod")
	flags.StringVar(&f.suffix, "suffix", "", "with --actual: of an environment of one's own")
	flags.StringVar(&f.from, "from", "", "with --actual: the first day (default: that of this month)")
	flags.StringVar(&f.to, "to", "", "with --actual: the day behind the last one (default: tomorrow)")
	flags.BoolVar(&f.asJSON, "json", false, "print the bills as JSON")
	return cmd
}

// bills price a million requests of a run.
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
	return bills.New(document, list, prices), nil
}

func currentPrices(ctx context.Context, region cost.Region) (cost.Region, []string, error) {
	settings, err := deployed.Connect(ctx, "us-east-1")
	if err != nil {
		return region, nil, err
	}
	return pricelist.Current(ctx, settings, region, time.Now())
}
