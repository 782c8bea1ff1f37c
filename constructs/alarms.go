package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

// AlarmsProps of Alarms.
type AlarmsProps struct {
	Alarms []dashboards.Alarm
	// Composites ring while any of the alarms behind them does.
	Composites []dashboards.Composite
	// Topic hears of each that rings, and when it is over, save of those behind a
	// composite; nil for nobody.
	Topic awssns.ITopic
}

// Alarms are CloudWatch alarms, one child per entry under its ID.
type Alarms struct {
	Construct
	// ByID are the alarms by the entries' IDs.
	ByID       map[string]awscloudwatch.Alarm
	Composites map[string]awscloudwatch.CompositeAlarm
}

// NewAlarms makes the alarms. Missing data does not breach.
func NewAlarms(scope Construct, id string, props *AlarmsProps) *Alarms {
	props = given(props)
	alarms := &Alarms{
		Construct: cdk.NewConstruct(scope, jsii.String(id)),
		ByID:      map[string]awscloudwatch.Alarm{}, Composites: map[string]awscloudwatch.CompositeAlarm{},
	}
	tell := func(a awscloudwatch.AlarmBase) {
		if props.Topic != nil {
			action := awscloudwatchactions.NewSnsAction(props.Topic)
			a.AddAlarmAction(action)
			a.AddOkAction(action)
		}
	}
	behind := map[string]bool{}
	for _, c := range props.Composites {
		for _, id := range c.Of {
			behind[id] = true
		}
	}
	for _, a := range props.Alarms {
		comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD
		if a.AtLeast {
			comparison = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
		}
		alarm := &awscloudwatch.AlarmProps{
			AlarmName:          jsii.String(required("alarm: name", a.Name)),
			AlarmDescription:   jsii.String(a.Description()),
			Metric:             alarmMetric(a.Watch),
			ComparisonOperator: comparison,
			Threshold:          jsii.Number(a.Threshold),
			EvaluationPeriods:  jsii.Number(a.Periods),
			DatapointsToAlarm:  jsii.Number(a.Breaching),
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		}
		alarms.ByID[a.ID] = awscloudwatch.NewAlarm(alarms.Construct, jsii.String(a.ID), alarm)
		if !behind[a.ID] {
			tell(alarms.ByID[a.ID])
		}
	}
	for _, c := range props.Composites {
		var of []awscloudwatch.IAlarmRule
		for _, id := range c.Of {
			alarm, ok := alarms.ByID[id]
			if !ok {
				panic(fmt.Sprintf("composite alarm %s: got %q, want the id of one of the alarms", c.Name, id))
			}
			of = append(of, awscloudwatch.AlarmRule_FromAlarm(alarm, awscloudwatch.AlarmState_ALARM))
		}
		alarms.Composites[c.ID] = awscloudwatch.NewCompositeAlarm(alarms.Construct, jsii.String(c.ID), &awscloudwatch.CompositeAlarmProps{
			CompositeAlarmName: jsii.String(required("composite alarm: name", c.Name)), AlarmDescription: jsii.String(c.Description()),
			AlarmRule: awscloudwatch.AlarmRule_AnyOf(of...),
		})
		tell(alarms.Composites[c.ID])
	}
	return alarms
}

// alarmMetric is what an alarm compares: the metric itself, or a formula over
// several. The metric has no label: with one the CDK would write a list of metrics,
// which is an alarm of another kind.
func alarmMetric(w dashboards.Watch) awscloudwatch.IMetric {
	period := awscdk.Duration_Seconds(jsii.Number(w.Period.Seconds()))
	formula, using := w.Formula, map[string]awscloudwatch.IMetric{}
	for i, m := range w.Metrics {
		dimensions := map[string]*string{}
		for _, d := range m.Dimensions {
			dimensions[d.Name] = jsii.String(d.Value)
		}
		metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(m.Namespace), MetricName: jsii.String(m.Name), DimensionsMap: &dimensions,
			Statistic: jsii.String(m.Stat), Period: period,
		})
		if w.Formula == "" {
			return metric
		}
		id := fmt.Sprintf("m%d", i+1)
		formula, using[id] = strings.ReplaceAll(formula, fmt.Sprintf("$%d", i+1), id), metric
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(formula), UsingMetrics: &using, Period: period,
	})
}
