package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/cloudwatch"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/record"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// metricsFlags are what a person asked for.
type metricsFlags struct {
	deployed     deployedFlags
	from, to     string
	last, period time.Duration
	out          string
	asJSON       bool
}

func (a *app) metricsCommand() *cobra.Command {
	f := metricsFlags{last: 3 * time.Hour}
	cmd := &cobra.Command{
		Use:   "metrics",
		Short: "Report what CloudWatch knows of a deployed environment's traffic",
		Long: `Read the dashboards' metrics of a deployed environment for a range of time into a
result document with its report: what its users saw, without a benchmark. One value
of each figure over the whole range, up to a day, or one a period. What CloudWatch has
no value of is not known, and never zero. Runtimes are not ranked: they had different
calls. Credentials and region are those of the AWS CLI.`,
		Example: `  bench metrics
  bench metrics --environment prod --region eu-west-1 --last 24h
  bench metrics --environment dev --suffix anna --from 2026-11-28T08:00:00Z --to 2026-11-29T08:00:00Z --period 1h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.metrics(cmd, f) },
	}
	flags := cmd.Flags()
	f.deployed.withoutKey = true
	f.deployed.add(cmd, config.Dev)
	flags.DurationVar(&f.last, "last", f.last, "the time until now")
	flags.StringVar(&f.from, "from", "", "its beginning instead, such as 2026-11-28T08:00:00Z")
	flags.StringVar(&f.to, "to", "", "its end, beside --from (default: now)")
	flags.DurationVar(&f.period, "period", 0, "one value for each period of this length (default: one over the whole range)")
	flags.StringVar(&f.out, "out", "", "folder of results.json and report.html (default: a new one in results)")
	flags.BoolVar(&f.asJSON, "json", false, "print the result document instead of the table")
	return cmd
}

// span is the range that was asked for.
func (f metricsFlags) span(lastGiven bool, now time.Time) (cloudwatch.Range, error) {
	r := cloudwatch.Range{From: now.Add(-f.last), To: now, Period: f.period}
	if f.from == "" && f.to != "" || f.from != "" && lastGiven {
		return r, fault.Usage("--last 3h alone, or --from with or without --to", "--from, --to and --last don't go together so")
	}
	for _, one := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", f.from, &r.From}, {"--to", f.to, &r.To}} {
		if one.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, one.text)
		if err != nil {
			return r, fault.Usage("such as 2026-11-28T08:00:00Z", "%s %s: not a time", one.flag, one.text)
		}
		*one.into = at
	}
	return r.Fit(now)
}

func (a *app) metrics(cmd *cobra.Command, f metricsFlags) error {
	ctx := cmd.Context()
	span, err := f.span(cmd.Flags().Changed("last"), time.Now())
	if err != nil {
		return err
	}
	p, err := a.open(nil)
	if err != nil {
		return err
	}
	found, err := f.deployed.find(ctx, p.runtimes)
	if err != nil {
		return err
	}
	if err := keepDeployed(a.ui, &p, found); err != nil {
		return err
	}
	chosen := map[string]any{"environment": f.deployed.environment}
	if f.deployed.suffix != "" {
		chosen["suffix"] = f.deployed.suffix
	}
	deployment, err := config.ParseContext(chosen, p.runtimes, version())
	if err != nil {
		return err
	}
	settings, err := deployed.Connect(ctx, f.deployed.region)
	if err != nil {
		return err
	}
	traffic, err := cloudwatch.Read(ctx, settings, dashboards.Readings(deployment), span)
	if err != nil {
		return err
	}
	records, err := record.Runtimes(p.runtimes)
	if err != nil {
		return err
	}
	known := false
	for _, s := range traffic.Series {
		known = known || len(s.Points) > 0
	}
	if !known {
		return fault.New("was it used then? metrics come some minutes late", "CloudWatch has no value of %s in %s from %s to %s", found.Name, found.Region, span.From.Format(time.RFC3339), span.To.Format(time.RFC3339))
	}
	document := results.Document{
		Schema: results.Schema, ID: "metrics-" + found.Name + "-" + span.From.Format("20060102T150405Z"), Status: results.Complete,
		Source: results.Source{Kind: results.Monitoring, Vantage: results.HTTP, Region: found.Region}, Tool: results.Tool{Version: version(), Commit: commit(p.root)},
		Started: span.From, Ended: span.To, Runtimes: records, Traffic: &traffic,
		Plan: results.Plan{Phases: []string{"traffic"}, Order: results.TimeWindows, Sizes: results.Sizes{FixedBy: "count"}},
	}
	if f.out == "" {
		f.out = filepath.Join(p.root, "results", document.ID)
	}
	out, err := openOutput(p.root, f.out, time.Now())
	if err != nil {
		return err
	}
	if f.asJSON {
		return errors.Join(out.write(a.ui, document), a.ui.JSON(document), out.abandon())
	}
	return errors.Join(a.writeLoad(out, document), out.abandon())
}
