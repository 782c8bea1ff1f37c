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
	// Topic hears of each that rings; nil for nobody.
	Topic awssns.ITopic
}

// Alarms are CloudWatch alarms, one child per entry under its ID.
type Alarms struct {
	Construct
	// ByID are the alarms by the entries' IDs.
	ByID map[string]awscloudwatch.Alarm
}

// NewAlarms makes the alarms. Missing data does not breach.
func NewAlarms(scope Construct, id string, props *AlarmsProps) *Alarms {
	props = given(props)
	alarms := &Alarms{Construct: cdk.NewConstruct(scope, jsii.String(id)), ByID: map[string]awscloudwatch.Alarm{}}
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
		if props.Topic != nil {
			alarms.ByID[a.ID].AddAlarmAction(awscloudwatchactions.NewSnsAction(props.Topic))
		}
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
