package constructs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
)

// A function behind an API, with a table of its own and a metric out of its logs:
// what a stack of somebody else's looks like.
func Example() {
	demo := newDemo()
	table := constructs.NewItemsTable(demo.stack, "Orders", &constructs.ItemsTableProps{PointInTimeRecovery: true})
	api := constructs.NewBenchmarkAPI(demo.stack, "Api", &constructs.BenchmarkAPIProps{
		StageName: "live", Routes: []constructs.Route{{Prefix: "/orders", Function: "orders"}}, Runtimes: []string{"orders"},
	})
	function := constructs.NewRuntimeFunction(demo.stack, "Function", &constructs.RuntimeFunctionProps{
		Name: "orders", Zip: demo.zip, LambdaRuntime: "provided.al2023", Handler: "bootstrap",
		Variables: map[string]string{"TABLE_NAME": *table.Table.TableName()},
	})
	table.GrantItems(function.Function)
	function.AllowRoutes(api.API, api.StageName, "/orders")
	function.AddLogMetrics("shop", config.LogMetrics()[:1], func(measure string) string { return "orders-" + measure })

	demo.print("AWS::ApiGateway::Method", "HttpMethod")
	demo.print("AWS::Lambda::Function", "FunctionName", "MemorySize", "Timeout")
	demo.print("AWS::Logs::LogGroup", "LogGroupName", "RetentionInDays")
	demo.print("AWS::DynamoDB::Table", "BillingMode")
	// Output:
	// AWS::ApiGateway::Method HttpMethod=GET
	// AWS::ApiGateway::Method HttpMethod=ANY
	// AWS::ApiGateway::Method HttpMethod=DELETE
	// AWS::ApiGateway::Method HttpMethod=GET
	// AWS::ApiGateway::Method HttpMethod=POST
	// AWS::ApiGateway::Method HttpMethod=PUT
	// AWS::Lambda::Function FunctionName=orders MemorySize=1769 Timeout=28
	// AWS::Logs::LogGroup LogGroupName=/aws/lambda/orders RetentionInDays=7
	// AWS::DynamoDB::Table BillingMode=PAY_PER_REQUEST
}

func ExampleItemsTable_GrantItems() {
	demo := newDemo()
	table := constructs.NewItemsTable(demo.stack, "Orders", &constructs.ItemsTableProps{
		Table: config.Table{
			Attributes:  []config.Attribute{{Name: "customer", Type: "S"}, {Name: "number", Type: "N"}},
			Keys:        []config.Key{{Attribute: "customer", Type: "HASH"}, {Attribute: "number", Type: "RANGE"}},
			BillingMode: "PAY_PER_REQUEST",
		},
	})
	table.GrantItems(awsiam.NewRole(demo.stack, jsii.String("Reader"), &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)}))

	demo.print("AWS::DynamoDB::Table", "KeySchema")
	// Output:
	// AWS::DynamoDB::Table KeySchema=[map[AttributeName:customer KeyType:HASH] map[AttributeName:number KeyType:RANGE]]
}

// Callers of a function with SnapStart use an alias: its route and its permission
// name the same one.
func ExampleRuntimeFunction_snapStart() {
	demo := newDemo()
	api := constructs.NewBenchmarkAPI(demo.stack, "Api", &constructs.BenchmarkAPIProps{
		Routes: []constructs.Route{{Prefix: "/orders", Function: "orders", Qualifier: config.LiveAlias}}, APIKey: true,
	})
	function := constructs.NewRuntimeFunction(demo.stack, "Function", &constructs.RuntimeFunctionProps{
		Name: "orders", Zip: demo.zip, LambdaRuntime: "java25", Handler: "orders.Handler", MemoryMB: 512, LogDays: 30, SnapStart: true,
	})
	function.AllowRoutes(api.API, api.StageName, "/orders")

	demo.print("AWS::Lambda::Alias", "Name")
	demo.print("AWS::Lambda::Permission", "FunctionName")
	demo.print("AWS::ApiGateway::Stage", "StageName")
	// Output:
	// AWS::Lambda::Alias Name=live
	// AWS::Lambda::Permission FunctionName=map[Ref:FunctionAliasD140E3BC]
	// AWS::ApiGateway::Stage StageName=prod
}

// demo is an app with one stack, and the template that came out of it.
type demo struct {
	app      awscdk.App
	stack    awscdk.Stack
	zip      string
	template map[string]any
}

func newDemo() *demo {
	dir, err := os.MkdirTemp(folder, "demo")
	if err != nil {
		panic(err)
	}
	// An archive without entries will do: nothing is deployed.
	empty := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	zip := filepath.Join(dir, "orders.zip")
	if err := os.WriteFile(zip, empty, 0o600); err != nil {
		panic(err)
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(filepath.Join(dir, "cdk.out")), AnalyticsReporting: jsii.Bool(false)})
	return &demo{app: app, stack: awscdk.NewStack(app, jsii.String("Demo"), nil), zip: zip}
}

// print shows a property of every resource of a type.
func (d *demo) print(kind string, properties ...string) {
	for _, r := range d.resources(kind) {
		fmt.Print(kind)
		for _, name := range properties {
			fmt.Printf(" %s=%v", name, r[name])
		}
		fmt.Println()
	}
}
