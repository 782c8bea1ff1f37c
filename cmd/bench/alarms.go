package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/spf13/cobra"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/alarms"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// alarmsPause is between two looks: CloudWatch evaluates most alarms once a minute.
const alarmsPause = 30 * time.Second

func (a *app) alarmsCommand() *cobra.Command {
	var flags deployedFlags
	var whole time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "alarms",
		Short: "Say which alarms of a deployed environment ring, or watch them for a while",
		Long: `Print the state of each alarm of a deployed environment. With --for the alarms are watched,
as after a deployment: it ends as soon as one rings that was silent before. Credentials and
region are those of the AWS CLI; cloudwatch:DescribeAlarms must be allowed.

Exit code 1 when an alarm rings at the end.`,
		Example: `  bench alarms
  bench alarms --environment prod --for 15m
  bench alarms --environment dev --suffix anna --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := flags.name()
			if err != nil {
				return err
			}
			settings, err := deployed.Connect(cmd.Context(), flags.region)
			if err != nil {
				return err
			}
			client := cloudwatch.NewFromConfig(settings)
			ask := func(ctx context.Context) ([]alarms.Alarm, error) {
				states, err := alarms.States(ctx, client, name)
				if err != nil && fault.Hint(err) == "" {
					err = deployed.Explain(err, settings.Region, "look at the alarms", "cloudwatch:DescribeAlarms")
				}
				return states, err
			}
			if whole > 0 {
				a.ui.Say("watching the alarms of %s in %s until %s", name, settings.Region, time.Now().Add(whole).Format("15:04:05"))
			}
			states, ringing := alarms.Watch(cmd.Context(), ask, alarms.Every(alarmsPause, whole), func(line string) { a.ui.Say("%s", line) })
			if len(states) == 0 {
				return ringing
			}
			if asJSON {
				if err := a.ui.JSON(states); err != nil {
					return err
				}
				return ringing
			}
			table := tabwriter.NewWriter(a.ui.stdout, 0, 4, 2, ' ', 0)
			fmt.Fprintln(table, "ALARM\tSTATE\tSINCE")
			for _, s := range states {
				fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.State, s.Since.UTC().Format(time.RFC3339))
			}
			_ = table.Flush() // to the terminal
			return ringing
		},
	}
	flags.add(cmd, "dev")
	cmd.Flags().DurationVar(&whole, "for", 0, "watch them for so long, such as 15m (default: one look)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the states as JSON")
	return cmd
}
