// Package alarms looks at the CloudWatch alarms of a deployed environment, once or for
// a while after a deployment.
//
//	states, err := alarms.States(ctx, cloudwatch.NewFromConfig(settings), "dev")
//	err = alarms.Watch(ctx, ask, alarms.Every(30*time.Second, 15*time.Minute), tell)
package alarms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/clock"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Alarm is one, as CloudWatch sees it.
type Alarm struct {
	Name    string    `json:"name"`
	Ringing bool      `json:"ringing"`
	State   string    `json:"state"`  // OK, ALARM or INSUFFICIENT_DATA
	Reason  string    `json:"reason"` // CloudWatch's
	Since   time.Time `json:"since"`
	Muted   bool      `json:"muted,omitempty"` // its actions are disabled: it tells nobody
}

// ErrNone is an environment without alarms.
var ErrNone = errors.New("no alarms")

// States are the alarms of the environment by name, composite ones too. It is an error
// if there are none.
func States(ctx context.Context, client cloudwatch.DescribeAlarmsAPIClient, environment string) ([]Alarm, error) {
	var found []Alarm
	add := func(name, reason *string, state types.StateValue, since *time.Time, acts *bool) {
		// Another environment's name may begin like this one's, none ends like it.
		if strings.HasSuffix(aws.ToString(name), "-"+config.Prefix+"-"+environment) {
			found = append(found, Alarm{Name: *name, Ringing: state == types.StateValueAlarm, State: string(state), Reason: aws.ToString(reason), Since: aws.ToTime(since), Muted: acts != nil && !*acts})
		}
	}
	input := cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}}
	for pages := cloudwatch.NewDescribeAlarmsPaginator(client, &input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.MetricAlarms {
			add(a.AlarmName, a.StateReason, a.StateValue, a.StateUpdatedTimestamp, a.ActionsEnabled)
		}
		for _, a := range page.CompositeAlarms {
			add(a.AlarmName, a.StateReason, a.StateValue, a.StateUpdatedTimestamp, a.ActionsEnabled)
		}
	}
	if len(found) == 0 {
		return nil, fault.New("deploy its MonitoringStack, or name another --environment, --suffix or --region", "%w of %s", ErrNone, environment)
	}
	slices.SortFunc(found, func(a, b Alarm) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

// Ringing are those that ring.
func Ringing(all []Alarm) []Alarm {
	return slices.DeleteFunc(slices.Clone(all), func(a Alarm) bool { return !a.Ringing })
}

// Watch asks again and again until next says that it is over, and returns what it saw
// last. It ends early, with an error, as soon as an alarm rings that was silent when it
// was last asked; at the end nothing may ring any more, whatever rang before.
func Watch(ctx context.Context, ask func(context.Context) ([]Alarm, error), next func(context.Context) (more bool, err error), tell func(string)) ([]Alarm, error) {
	now, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	before := Ringing(now)
	for _, a := range before {
		tell(a.Name + " rings already: " + a.Reason)
	}
	for {
		more, err := next(ctx)
		if err != nil {
			return now, err
		}
		if !more {
			return now, Check(now)
		}
		if now, err = ask(ctx); err != nil {
			return now, err
		}
		ringing := Ringing(now)
		for _, a := range ringing {
			if !has(before, a) {
				return now, Check(now)
			}
		}
		for _, a := range before {
			if !has(ringing, a) {
				tell(a.Name + " is over")
			}
		}
		before = ringing
	}
}

func has(list []Alarm, a Alarm) bool {
	return slices.ContainsFunc(list, func(b Alarm) bool { return a.Name == b.Name })
}

// Check is an error that names what rings.
func Check(all []Alarm) error {
	var lines []string
	for _, a := range Ringing(all) {
		lines = append(lines, fmt.Sprintf("%s: %s", a.Name, a.Reason))
	}
	if len(lines) == 0 {
		return nil
	}
	return fault.New("docs/monitoring.md says what each means and what to do; make rollback deploys the version before", "alarms ring:\n  %s", strings.Join(lines, "\n  "))
}

// Every waits that long between two looks, for so long in all.
func Every(pause, whole time.Duration) func(context.Context) (bool, error) {
	end := time.Now().Add(whole)
	return func(ctx context.Context) (bool, error) {
		left := time.Until(end)
		if left <= 0 {
			return false, nil
		}
		return true, clock.Until(ctx, time.Now().Add(min(pause, left)))
	}
}
