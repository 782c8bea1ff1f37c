package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

// DashboardProps of a Dashboard.
type DashboardProps struct {
	Board dashboards.Board
}

// Dashboard is a CloudWatch dashboard under the board's name.
type Dashboard struct {
	Construct
	Dashboard awscloudwatch.CfnDashboard
}

// NewDashboard renders the board. The body is the board's own JSON, not the CDK's
// widgets: it can be tested without a template, and CloudFormation puts account
// and region into it.
func NewDashboard(scope Construct, id string, props *DashboardProps) *Dashboard {
	required("dashboard: name", given(props).Board.Name)
	this := cdk.NewConstruct(scope, jsii.String(id))
	name := jsii.String(props.Board.Name)
	if strings.Contains(props.Board.Name, "${") {
		name = awscdk.Fn_Sub(name, nil)
	}
	dashboard := awscloudwatch.NewCfnDashboard(this, jsii.String("Resource"), &awscloudwatch.CfnDashboardProps{
		DashboardName: name,
		DashboardBody: awscdk.Fn_Sub(jsii.String(props.Board.Body()), nil),
	})
	return &Dashboard{Construct: this, Dashboard: dashboard}
}
