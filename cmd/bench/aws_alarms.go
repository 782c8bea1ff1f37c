package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/alarms"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/bench"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/deployed"
)

// warnOfAlarms says which alarms of an environment ring already, and which a run's calls may
// make ring: they count whoever calls a function, and not its users alone. Who may not
// see them is told that they were not looked at.
func (a *app) warnOfAlarms(ctx context.Context, run *awsRun) error {
	states, err := alarms.States(ctx, cloudwatch.NewFromConfig(run.settings), run.name)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, alarms.ErrNone):
		return nil
	case err != nil:
		a.ui.Warn("alarms were not looked at: %v", deployed.Explain(err, run.settings.Region, "look at them", "cloudwatch:DescribeAlarms"))
		return nil
	}
	var ring, may []string
	expected := mayRing(run.name, run.plan)
	for _, alarm := range states {
		switch {
		case alarm.Ringing:
			ring = append(ring, alarm.Name)
		case !alarm.Muted && slices.Contains(expected, alarm.Name):
			may = append(may, alarm.Name)
		}
	}
	if len(ring) > 0 {
		a.ui.Warn("alarms ring already, and what they ring for may be in the figures: %s", strings.Join(ring, ", "))
	}
	if len(may) > 0 {
		a.ui.Warn("alarms may ring, since this run's cold starts and refused calls are in what they count")
		a.ui.Say("to keep them quiet: aws cloudwatch disable-alarm-actions --alarm-names %s", strings.Join(may, " "))
		a.ui.Say("and behind the run: aws cloudwatch enable-alarm-actions with the same names")
	}
	return nil
}

// mayRing are the alarms that count the plan's calls. A cold start of more than a second is
// a slow request; bursts may be throttled.
func mayRing(environment string, plan bench.Plan) (names []string) {
	wrong := []string{dashboards.WrongSlow, dashboards.WrongTrouble}
	if plan.Burst > 0 {
		wrong = append(wrong, dashboards.WrongThrottles)
	}
	for _, c := range plan.Configurations {
		for _, w := range wrong {
			if name := dashboards.AlarmName(environment, c.Runtime.Name, w); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// warnOfLimit says what the stage would do to so many calls a second. Who may not see its
// limit is told that it was not looked at.
func (a *app) warnOfLimit(ctx context.Context, settings sdk.Config, url string, rate float64) {
	limit, err := deployed.StageLimit(ctx, settings, url)
	switch {
	case err != nil:
		a.ui.Warn("the stage's limit was not looked at: %v", err)
	case limit > 0 && limit < rate:
		a.ui.Warn("the stage lets %g requests a second through, and this makes up to %.3g: calls that it throttles do not count (cdk deploy -c rate=…)", limit, rate)
	}
}
