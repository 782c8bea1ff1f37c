package alarms_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/alarms"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// account answers in two pages.
type account struct{ err error }

func (a account) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	if a.err != nil {
		return nil, a.err
	}
	if !slices.Contains(in.AlarmTypes, types.AlarmTypeCompositeAlarm) {
		return nil, errors.New("composite alarms come only if asked for")
	}
	alarm := func(name string, state types.StateValue) types.MetricAlarm {
		return types.MetricAlarm{AlarmName: aws.String(name), StateValue: state, StateReason: aws.String("because"), StateUpdatedTimestamp: aws.Time(time.Unix(1, 0))}
	}
	if in.NextToken == nil {
		return &cloudwatch.DescribeAlarmsOutput{NextToken: aws.String("2"), MetricAlarms: []types.MetricAlarm{
			alarm("go-slow-multi-runtime-benchmark-dev", types.StateValueOk), alarm("go-slow-multi-runtime-benchmark-dev-anna", types.StateValueAlarm), alarm("dev", types.StateValueAlarm),
		}}, nil
	}
	return &cloudwatch.DescribeAlarmsOutput{
		MetricAlarms:    []types.MetricAlarm{alarm("api-5xx-multi-runtime-benchmark-dev", types.StateValueAlarm)},
		CompositeAlarms: []types.CompositeAlarm{{AlarmName: aws.String("go-trouble-multi-runtime-benchmark-dev"), StateValue: types.StateValueInsufficientData}},
	}, nil
}

func TestStates(t *testing.T) {
	got, err := alarms.States(context.Background(), account{}, "dev")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range got {
		names = append(names, a.Name+" "+a.State)
	}
	want := []string{"api-5xx-multi-runtime-benchmark-dev ALARM", "go-slow-multi-runtime-benchmark-dev OK", "go-trouble-multi-runtime-benchmark-dev INSUFFICIENT_DATA"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if err := alarms.Check(got); err == nil || !strings.Contains(err.Error(), "api-5xx-multi-runtime-benchmark-dev: because") || strings.Contains(err.Error(), "slow") {
		t.Errorf("what rings: got %v", err)
	}
	if _, err := alarms.States(context.Background(), account{}, "prod"); err == nil || fault.Hint(err) == "" {
		t.Errorf("an environment without alarms: got %v, want an error with a hint", err)
	}
	denied := errors.New("denied")
	if _, err := alarms.States(context.Background(), account{denied}, "dev"); !errors.Is(err, denied) {
		t.Errorf("got %v, want what AWS said", err)
	}
}

func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		looks  []string // what rings at each, letters
		asked  int
		rings  bool
		told   int
		broken bool
	}{
		"silent":                           {looks: []string{"", "", ""}, asked: 3},
		"rings at once in the middle":      {looks: []string{"", "a", ""}, asked: 2, rings: true},
		"rang before, is over":             {looks: []string{"a", "a", ""}, asked: 3, told: 2},
		"rang before, rings still":         {looks: []string{"a", "a", "a"}, asked: 3, told: 1, rings: true},
		"another one rings":                {looks: []string{"a", "ab", ""}, asked: 2, told: 1, rings: true},
		"over, and again":                  {looks: []string{"a", "", "a", ""}, asked: 3, told: 2, rings: true},
		"nobody answers in the meantime":   {looks: []string{"", "!"}, asked: 2, broken: true},
		"one look, as without a time span": {looks: []string{"a"}, asked: 1, told: 1, rings: true},
	} {
		t.Run(name, func(t *testing.T) {
			asked, told := 0, 0
			ask := func(context.Context) ([]alarms.Alarm, error) {
				look := c.looks[asked]
				asked++
				if look == "!" {
					return nil, errors.New("no answer")
				}
				var all []alarms.Alarm
				for _, letter := range "ab" {
					all = append(all, alarms.Alarm{Name: string(letter), Ringing: strings.ContainsRune(look, letter)})
				}
				return all, nil
			}
			next := func(context.Context) (bool, error) { return asked < len(c.looks), nil }
			_, err := alarms.Watch(context.Background(), ask, next, func(string) { told++ })
			if (err != nil) != (c.rings || c.broken) || asked != c.asked || told != c.told {
				t.Errorf("got %v after %d looks, told %d times; want ringing %v after %d, told %d times", err, asked, told, c.rings, c.asked, c.told)
			}
			if c.rings && (err == nil || !strings.Contains(err.Error(), "alarms ring:")) {
				t.Errorf("got %v, want what rings", err)
			}
		})
	}
}

func TestEvery(t *testing.T) {
	next := alarms.Every(time.Hour, 0)
	if more, err := next(context.Background()); more || err != nil {
		t.Errorf("no time at all: got %v, %v", more, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := alarms.Every(time.Hour, time.Hour)(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v", err)
	}
}
