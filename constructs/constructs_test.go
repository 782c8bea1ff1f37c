package constructs_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs/synthtest"
)

// folder holds what the tests synthesise.
var folder string

func TestMain(m *testing.M) {
	synthtest.StartAgain()
	var err error
	if folder, err = os.MkdirTemp("", "constructs-"); err != nil {
		panic(err)
	}
	code := m.Run()
	jsii.Close()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// resources are the properties of the stack's resources of a type, by logical id.
func (d *demo) resources(kind string) []map[string]any {
	if d.template == nil {
		d.template = d.app.Synth(nil).GetStackByName(jsii.String("Demo")).Template().(map[string]any)
	}
	all := d.template["Resources"].(map[string]any)
	var found []map[string]any
	for _, id := range slices.Sorted(maps.Keys(all)) {
		r := all[id].(map[string]any)
		if r["Type"] == kind {
			properties, _ := r["Properties"].(map[string]any)
			found = append(found, properties)
		}
	}
	return found
}

// What AWS does not have, or would take for something else, are mistakes of the
// program that passes them: they are refused, in words.
func TestRefusals(t *testing.T) {
	function := func(change func(*constructs.RuntimeFunctionProps)) func(*demo) {
		return func(d *demo) {
			props := constructs.RuntimeFunctionProps{Name: "orders", Zip: d.zip, LambdaRuntime: "provided.al2023", Handler: "bootstrap"}
			change(&props)
			constructs.NewRuntimeFunction(d.stack, "Function", &props)
		}
	}
	api := func(routes ...constructs.Route) func(*demo) {
		return func(d *demo) {
			constructs.NewBenchmarkAPI(d.stack, "Api", &constructs.BenchmarkAPIProps{Routes: routes})
		}
	}
	for name, tt := range map[string]struct {
		make func(*demo)
		want string
	}{
		"retention":           {function(func(p *constructs.RuntimeFunctionProps) { p.LogDays = 8 }), "log retention: got 8 days, want one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731"},
		"architecture":        {function(func(p *constructs.RuntimeFunctionProps) { p.Architecture = "sparc" }), `architecture: got "sparc", want x86_64 or arm64`},
		"no name":             {function(func(p *constructs.RuntimeFunctionProps) { p.Name = "" }), "function: name: got none, want one"},
		"no zip":              {function(func(p *constructs.RuntimeFunctionProps) { p.Zip = "" }), "function orders: zip: got none, want one"},
		"no handler":          {function(func(p *constructs.RuntimeFunctionProps) { p.Handler = "" }), "function orders: handler: got none, want one"},
		"snap of a bootstrap": {function(func(p *constructs.RuntimeFunctionProps) { p.SnapStart = true }), "function orders: got SnapStart for provided.al2023, want a managed runtime"},
		"snap of old Python":  {function(func(p *constructs.RuntimeFunctionProps) { p.SnapStart, p.LambdaRuntime = true, "python3.11" }), "function orders: got SnapStart for python3.11, want a managed runtime"},
		"snap kept ready": {function(func(p *constructs.RuntimeFunctionProps) {
			p.SnapStart, p.LambdaRuntime, p.Provisioned = true, "java25", 1
		}), "function orders: got SnapStart and provisioned environments, want one of the two"},
		"image of nowhere":  {function(func(p *constructs.RuntimeFunctionProps) { p.Zip, p.Image = "", "go-x86_64" }), "function orders: repository: got none, want one"},
		"nothing behind it": {func(d *demo) { constructs.NewHTTPAPI(d.stack, "Front", nil) }, "HTTP API Front: got no function, want one"},
		"no props":          {func(d *demo) { constructs.NewRuntimeFunction(d.stack, "Function", nil) }, "function: name: got none, want one"},
		"no board":          {func(d *demo) { constructs.NewDashboard(d.stack, "Dashboard", nil) }, "dashboard: name: got none, want one"},
		"no function":       {api(constructs.Route{Prefix: "/orders"}), "route /orders: function: got none, want one"},
		"no prefix":         {api(constructs.Route{Function: "orders"}), `route: got the prefix "", want one such as`},
		"no slash":          {api(constructs.Route{Prefix: "orders", Function: "orders"}), `route: got the prefix "orders", want one such as`},
		"prefix twice":      {api(constructs.Route{Prefix: "/a", Function: "x"}, constructs.Route{Prefix: "/a", Function: "y"}), "route: got the prefix /a, which is taken"},
		"the API's own":     {api(constructs.Route{Prefix: "/health", Function: "x"}), "route: got the prefix /health, which is taken"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}()
			tt.make(newDemo())
		})
	}
}

// Props may be left out where everything in them has a default, as in the CDK.
func TestNoProps(t *testing.T) {
	demo := newDemo()
	constructs.NewItemsTable(demo.stack, "Orders", nil)
	constructs.NewBenchmarkAPI(demo.stack, "Shop", nil)
	constructs.NewAlarms(demo.stack, "Alarms", nil)
	constructs.NewAlarmTopic(demo.stack, "Topic", nil)
	if got := demo.resources("AWS::ApiGateway::RestApi")[0]["Name"]; got != "Shop" {
		t.Errorf("got an API called %v, want its id", got)
	}
	if got := demo.resources("AWS::DynamoDB::Table")[0]["BillingMode"]; got != "PAY_PER_REQUEST" {
		t.Errorf("got the table's billing mode %v", got)
	}
}

// Its version is published for an alias: there is nothing to warn of.
func TestSnapStartIsSilent(t *testing.T) {
	demo := newDemo()
	constructs.NewRuntimeFunction(demo.stack, "Function", &constructs.RuntimeFunctionProps{
		Name: "orders", Zip: demo.zip, LambdaRuntime: "python3.13", Handler: "main.handler", SnapStart: true,
	})
	if warnings := assertions.Annotations_FromStack(demo.stack).FindWarning(jsii.String("*"), assertions.Match_AnyValue()); len(*warnings) > 0 {
		t.Errorf("got %d warnings, want none", len(*warnings))
	}
	if got := len(demo.resources("AWS::Lambda::Version")); got != 1 {
		t.Errorf("got %d versions, want 1", got)
	}
}

// A prefix may have several parts, and lie below another one.
func TestNestedPrefixes(t *testing.T) {
	demo := newDemo()
	constructs.NewBenchmarkAPI(demo.stack, "Api", &constructs.BenchmarkAPIProps{Routes: []constructs.Route{
		{Prefix: "/shop", Function: "shop"}, {Prefix: "/shop/orders", Function: "orders"}, {Prefix: "/a/b/c", Function: "c"},
	}})
	parts := map[string]int{}
	for _, r := range demo.resources("AWS::ApiGateway::Resource") {
		parts[fmt.Sprint(r["PathPart"])]++
	}
	if want := map[string]int{"health": 1, "shop": 1, "orders": 1, "a": 1, "b": 1, "c": 1, "{proxy+}": 3}; !maps.Equal(parts, want) {
		t.Errorf("got the parts %v, want %v", parts, want)
	}
}

func TestFunctionWithEverything(t *testing.T) {
	demo := newDemo()
	network := awsec2.Vpc_FromVpcAttributes(demo.stack, jsii.String("Vpc"), &awsec2.VpcAttributes{
		VpcId: jsii.String("vpc-1"), AvailabilityZones: jsii.Strings("a"), PrivateSubnetIds: jsii.Strings("subnet-1"), VpcCidrBlock: jsii.String("10.0.0.0/16"),
	})
	layer := awslambda.LayerVersion_FromLayerVersionArn(demo.stack, jsii.String("Layer"), jsii.String("arn:aws:lambda:us-east-1:123456789012:layer:x:1"))
	constructs.NewRuntimeFunction(demo.stack, "Function", &constructs.RuntimeFunctionProps{
		Name: "orders", Zip: demo.zip, LambdaRuntime: "provided.al2023", Handler: "bootstrap", Architecture: config.ARM64,
		LogLevel: "ERROR", ReservedConcurrency: 3, Tracing: true, LogDays: 3653,
		Timeout: 5 * time.Second, VPC: network, Layers: []awslambda.ILayerVersion{layer}, Tags: map[string]string{"team": "shop"},
	})
	f := demo.resources("AWS::Lambda::Function")[0]
	for name, want := range map[string]string{
		"Architectures": "[arm64]", "ReservedConcurrentExecutions": "3", "TracingConfig": "map[Mode:Active]",
		"Timeout": "5", "Layers": "[arn:aws:lambda:us-east-1:123456789012:layer:x:1]", "Tags": "[map[Key:team Value:shop]]",
	} {
		if got := fmt.Sprint(f[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := f["LoggingConfig"].(map[string]any)["ApplicationLogLevel"]; got != "ERROR" {
		t.Errorf("log level: got %v", got)
	}
	if got := fmt.Sprint(f["VpcConfig"]); !strings.Contains(got, "subnet-1") {
		t.Errorf("network: got %s", got)
	}
	role := fmt.Sprint(demo.resources("AWS::IAM::Role")[0])
	if !strings.Contains(role, "AWSLambdaENIManagementAccess") || strings.Contains(role, "AWSLambdaVPCAccessExecutionRole") || !strings.Contains(role, "team") {
		t.Errorf("role: got %s, want network interfaces and no log groups, and the tag", role)
	}
}

func TestAPIWithEverything(t *testing.T) {
	demo := newDemo()
	api := constructs.NewBenchmarkAPI(demo.stack, "Api", &constructs.BenchmarkAPIProps{
		Routes:       []constructs.Route{{Prefix: "/orders", Function: "orders", Measured: []string{"GET"}}},
		ThrottleRate: 5, ThrottleBurst: 10, Tracing: true, APIKey: true,
		AllowedCIDRs: []string{"203.0.113.0/24"}, AccessLogDays: 14,
	})
	if api.Key == nil || api.StageName != "prod" {
		t.Errorf("got the key %v, the stage %s", api.Key, api.StageName)
	}
	for kind, want := range map[string]int{
		"AWS::ApiGateway::ApiKey": 1, "AWS::ApiGateway::UsagePlanKey": 1, "AWS::ApiGateway::Account": 0, "AWS::Logs::LogGroup": 1, "AWS::ApiGateway::Method": 6,
	} {
		if got := len(demo.resources(kind)); got != want {
			t.Errorf("%s: got %d, want %d", kind, got, want)
		}
	}
	settings := demo.resources("AWS::ApiGateway::Stage")[0]["MethodSettings"].([]any)
	if len(settings) != 2 {
		t.Fatalf("got %d settings, want the stage's and that of the measured method", len(settings))
	}
	for _, setting := range settings {
		setting := setting.(map[string]any)
		measured := setting["HttpMethod"] == "GET"
		if setting["MetricsEnabled"] != measured || setting["ThrottlingRateLimit"] != 5.0 || setting["ThrottlingBurstLimit"] != 10.0 || setting["LoggingLevel"] != "OFF" {
			t.Errorf("got %v, want the stage's limits and metrics: %v", setting, measured)
		}
	}
}
