package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

// MonitoringStackProps of a MonitoringStack.
type MonitoringStackProps struct {
	Deployment config.Deployment
}

// MonitoringStack is the dashboard and the alarms of one environment. It knows
// the others by their names alone, so that it depends on none of them.
type MonitoringStack struct {
	awscdk.Stack
	Dashboard *constructs.Dashboard
	Alarms    *constructs.Alarms
	Topic     *constructs.AlarmTopic
}

// NewMonitoringStack makes the stack.
func NewMonitoringStack(app awscdk.App, id string, props *MonitoringStackProps) *MonitoringStack {
	d := props.Deployment
	stack := newStack(app, id, "dashboard and alarms", d)
	topic := constructs.NewAlarmTopic(stack, "AlarmTopic", &constructs.AlarmTopicProps{Email: d.AlertEmail, BudgetUSD: d.BudgetUSD})
	monitoring := &MonitoringStack{
		Stack: stack, Topic: topic,
		Alarms:    constructs.NewAlarms(stack, "Alarms", &constructs.AlarmsProps{Alarms: dashboards.Alarms(d), Topic: topic.Topic}),
		Dashboard: constructs.NewDashboard(stack, "Dashboard", &constructs.DashboardProps{Board: dashboards.New(d)}),
	}
	output(stack, "DashboardName", "In CloudWatch, under Dashboards", jsii.String(config.DashboardName(d.Environment.Name)))
	output(stack, "AlarmTopicArn", "Where the alarms publish: subscribe to it", topic.Topic.TopicArn())
	return monitoring
}
