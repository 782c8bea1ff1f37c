package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// MonitoringStackProps of a MonitoringStack.
type MonitoringStackProps struct {
	Deployment config.Deployment
}

// MonitoringStack is the dashboard and the alarms of one environment.
type MonitoringStack struct {
	awscdk.Stack
}

// NewMonitoringStack makes the stack.
func NewMonitoringStack(app awscdk.App, id string, props *MonitoringStackProps) *MonitoringStack {
	return &MonitoringStack{Stack: newStack(app, id, "dashboard and alarms", props.Deployment)}
}
