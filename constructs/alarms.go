package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

// AlarmTopicProps of an AlarmTopic.
type AlarmTopicProps struct {
	// Email gets what the alarms say, once its owner has confirmed; empty
	// subscribes nobody.
	Email string
}

// AlarmTopic is a topic that the account's own alarms may publish to, over TLS
// only.
type AlarmTopic struct {
	Construct
	Topic awssns.Topic
}

// NewAlarmTopic makes the topic. It is not encrypted with SNS's own key on
// purpose: CloudWatch may not use that one, and alarms would fail in silence.
func NewAlarmTopic(scope Construct, id string, props *AlarmTopicProps) *AlarmTopic {
	this := cdk.NewConstruct(scope, jsii.String(id))
	topic := awssns.NewTopic(this, jsii.String("Resource"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	// A policy of one's own replaces the default one, which let the account publish.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(topic).Account()}},
	}))
	if props.Email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
	}
	return &AlarmTopic{Construct: this, Topic: topic}
}

// AlarmsProps of Alarms.
type AlarmsProps struct {
	Alarms []dashboards.Alarm
	// Topic hears of each that rings.
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
	alarms := &Alarms{Construct: cdk.NewConstruct(scope, jsii.String(id)), ByID: map[string]awscloudwatch.Alarm{}}
	action := awscloudwatchactions.NewSnsAction(props.Topic)
	for _, a := range props.Alarms {
		comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD
		if a.AtLeast {
			comparison = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
		}
		alarm := &awscloudwatch.AlarmProps{
			AlarmName:          jsii.String(a.Name),
			AlarmDescription:   jsii.String(a.Description()),
			Metric:             alarmMetric(a.Watch),
			ComparisonOperator: comparison,
			Threshold:          jsii.Number(a.Threshold),
			EvaluationPeriods:  jsii.Number(a.Periods),
			DatapointsToAlarm:  jsii.Number(a.Breaching),
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		}
		alarms.ByID[a.ID] = awscloudwatch.NewAlarm(alarms.Construct, jsii.String(a.ID), alarm)
		alarms.ByID[a.ID].AddAlarmAction(action)
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
