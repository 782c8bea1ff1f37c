package main

import (
	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cost"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report"
)

func (a *app) costCommand() *cobra.Command {
	var region string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cost [results.json]",
		Short: "Say what a million requests would cost, line by line",
		Long: `Price results/latest, or the named run, at AWS's list prices: init and duration,
requests, API Gateway, DynamoDB and logs, at three shares of cold starts, each price
with the day and the place where it was read. A run over several memory sizes gets
the cheapest, the fastest and a balanced one.`,
		Example: `  bench cost
  bench cost results/2026-11-22T061500Z --region eu-central-1
  bench cost --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := a.loadNamed(args)
			if err != nil {
				return err
			}
			list, err := cost.For(document.Prices)
			if err != nil {
				return err
			}
			if region == "" {
				region = cost.RegionOf(document)
			}
			prices, err := list.Region(region)
			if err != nil {
				return err
			}
			bills := report.NewBills(document, list, prices)
			if asJSON {
				return bills.JSON(a.ui.stdout)
			}
			return bills.Text(a.ui.stdout)
		},
	}
	cmd.Flags().StringVar(&region, "region", "", "price it there (default: the run's own region, or "+cost.DefaultRegion+")")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the bills as JSON")
	return cmd
}
