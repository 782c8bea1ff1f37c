package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

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
	// Dashboards are the overview and, behind it, each runtime by itself.
	Dashboards []*constructs.Dashboard
	Alarms     *constructs.Alarms
	Topic      *constructs.AlarmTopic
}

// NewMonitoringStack makes the stack.
func NewMonitoringStack(app awscdk.App, id string, props *MonitoringStackProps) *MonitoringStack {
	d := props.Deployment
	stack := newStack(app, id, "dashboard and alarms", d)
	topic := constructs.NewAlarmTopic(stack, "AlarmTopic", &constructs.AlarmTopicProps{Email: d.AlertEmail, BudgetUSD: d.BudgetUSD})
	monitoring := &MonitoringStack{
		Stack: stack, Topic: topic,
		Alarms: constructs.NewAlarms(stack, "Alarms", &constructs.AlarmsProps{Alarms: dashboards.Alarms(d), Composites: dashboards.Composites(d), Topic: topic.Topic}),
	}
	for i, id := range []string{"Dashboard", "RuntimesDashboard"} {
		monitoring.Dashboards = append(monitoring.Dashboards, constructs.NewDashboard(stack, id, &constructs.DashboardProps{Board: dashboards.New(d)[i]}))
	}
	output(stack, "DashboardName", "In CloudWatch, under Dashboards", monitoring.Dashboards[0].Dashboard.DashboardName())
	output(stack, "AlarmTopicArn", "Where the alarms publish: subscribe to it", topic.Topic.TopicArn())
	return monitoring
}
