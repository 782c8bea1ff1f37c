package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/dashboards"
)

// SharedStackProps of a SharedStack.
type SharedStackProps struct {
	Deployment config.Deployment
}

// SharedStack is what all runtimes share: the table and the API with every route.
type SharedStack struct {
	awscdk.Stack
	Items *constructs.ItemsTable
	API   *constructs.BenchmarkAPI
}

// NewSharedStack makes the stack.
func NewSharedStack(app awscdk.App, id string, props *SharedStackProps) *SharedStack {
	d := props.Deployment
	e := d.Environment
	stack := newStack(app, id, "items table and API", d)
	items := constructs.NewItemsTable(stack, "Items", &constructs.ItemsTableProps{
		Name: config.ItemsTableName(e.Name), Table: config.ItemsTable(),
		RetainData: e.RetainData, DeletionProtection: e.DeletionProtection, PointInTimeRecovery: e.PointInTimeRecovery, AccountKey: e.AccountKey,
	})
	api := &constructs.BenchmarkAPIProps{
		Name: config.APIName(e.Name), StageName: config.StageName(e.Name),
		ThrottleRate: e.ThrottleRate, ThrottleBurst: e.ThrottleBurst,
		Tracing: e.Tracing, APIKey: e.APIKey, AllowedCIDRs: e.AllowedCIDRs,
		RetainLogs: e.RetainLogs, Firewall: e.Firewall, Domain: e.Domain, Certificate: e.Certificate,
	}
	if e.AccessLogs {
		api.AccessLogDays = e.LogRetentionDays
	}
	for _, r := range d.Runtimes {
		api.Runtimes = append(api.Runtimes, r.Runtime.Name)
		measured, method, ok := dashboards.MeasuredRoute(d, r)
		for _, prefix := range r.Runtime.Prefixes {
			route := constructs.Route{Prefix: prefix, Function: r.Function.Name, Qualifier: config.LiveAlias}
			if ok && prefix == measured {
				route.Measured = []string{method}
			}
			api.Routes = append(api.Routes, route)
		}
	}
	shared := &SharedStack{Stack: stack, Items: items, API: constructs.NewBenchmarkAPI(stack, "Api", api)}
	output(stack, "Url", "Where the API answers: append /health, or a runtime's prefix and /items", shared.API.URL())
	output(stack, "TableName", "The items table of all runtimes", items.Table.TableName())
	if shared.API.Key != nil {
		output(stack, "ApiKeyId", "aws apigateway get-api-key --include-value --api-key ID tells the key, which callers send as x-api-key", shared.API.Key.KeyId())
	}
	if shared.API.AccessLogs != nil {
		output(stack, "AccessLogs", "The log group of the API's access logs", shared.API.AccessLogs)
	}
	if shared.API.DomainTarget != nil {
		output(stack, "DomainTarget", "Make "+e.Domain+" a CNAME of this", shared.API.DomainTarget)
	}
	return shared
}

func output(stack awscdk.Stack, id, about string, value *string) {
	awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{Description: jsii.String(about), Value: value})
}
