package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

func TestRuntimeGolden(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Runtimes {
		golden(t, "runtime."+r.Runtime.Name+".dev.json", s.stack(t, r.Runtime.Name))
	}
}

// Users type these names.
func TestPromisedNames(t *testing.T) {
	for name, s := range all() {
		suffix := map[string]string{config.Dev: "", config.Staging: "Staging", config.Prod: "Prod"}[name]
		want := []string{"MultiRuntimeBenchmarkSharedStack" + suffix, "MultiRuntimeBenchmarkMonitoringStack" + suffix}
		for _, r := range s.Runtimes {
			want = append(want, "MultiRuntimeBenchmark"+strings.ToUpper(r.Runtime.Name[:1])+r.Runtime.Name[1:]+"Stack"+suffix)
			stack := s.stack(t, r.Runtime.Name)
			function := "multi-runtime-benchmark-" + r.Runtime.Name + "-" + name
			if got := stack.only(t, "AWS::Lambda::Function").Properties["FunctionName"]; got != function {
				t.Errorf("got the function %v, want %s", got, function)
			}
			if got := stack.only(t, "AWS::Logs::LogGroup").Properties["LogGroupName"]; got != "/aws/lambda/"+function {
				t.Errorf("got the log group %v, want /aws/lambda/%s", got, function)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(s.stacks)); !slices.Equal(got, want) {
			t.Errorf("%s: got the stacks %v, want %v", name, got, want)
		}
		if got := s.stack(t, config.SharedPart).only(t, "AWS::ApiGateway::Stage").Properties["StageName"]; got != name {
			t.Errorf("got the stage %v, want %s", got, name)
		}
	}
}

func TestOutputs(t *testing.T) {
	for name, s := range all() {
		for part, want := range map[string][]string{config.SharedPart: {"Url", "TableName"}, s.Runtimes[0].Runtime.Name: {"Url", "FunctionName"}} {
			outputs := s.stack(t, part).Outputs
			for _, output := range want {
				if _, ok := outputs[output]; !ok {
					t.Errorf("%s: %s has no output %s", name, part, output)
				}
			}
		}
	}
}

// A function runs as the manifest says, with its variant's own variables.
func TestFunctions(t *testing.T) {
	for name, s := range all() {
		for _, r := range s.Runtimes {
			p := s.stack(t, r.Runtime.Name).only(t, "AWS::Lambda::Function").Properties
			variables := map[string]any{}
			for k, v := range config.FunctionVariables(s.Environment, "1.2.3") {
				variables[k] = v
			}
			for k, v := range r.Function.Variant.Env {
				variables[k] = v
			}
			for what, pair := range map[string][2]any{
				"runtime":     {p["Runtime"], r.Function.Artifact.LambdaRuntime},
				"handler":     {p["Handler"], r.Function.Variant.Handler},
				"memory":      {p["MemorySize"], float64(r.Runtime.Memory.Default)},
				"timeout":     {p["Timeout"], 28.0},
				"variables":   {at(p, "Environment", "Variables"), variables},
				"logging":     {at(p, "LoggingConfig", "LogFormat"), "JSON"},
				"log level":   {at(p, "LoggingConfig", "ApplicationLogLevel"), "INFO"},
				"system logs": {at(p, "LoggingConfig", "SystemLogLevel"), "INFO"},
				"concurrency": {p["ReservedConcurrentExecutions"], nil},
				"tracing":     {p["TracingConfig"], nil},
			} {
				if !reflect.DeepEqual(pair[0], pair[1]) {
					t.Errorf("%s %s: %s: got %v, want %v", name, r.Runtime.Name, what, pair[0], pair[1])
				}
			}
		}
	}
}

// TestNoPolicyHasAWildcardAction, in no stack of no environment: neither all actions, nor all of a
// service, nor all but some.
func TestNoPolicyHasAWildcardAction(t *testing.T) {
	statements := 0
	var look func(where string, v any)
	look = func(where string, v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				look(where, element)
			}
		case map[string]any:
			if v["Effect"] == "Allow" {
				statements++
				if action := fmt.Sprint(v["Action"]); v["Action"] == nil || strings.Contains(action, "*") {
					t.Errorf("%s allows the action %s, want names", where, action)
				}
			}
			for _, element := range v {
				look(where, element)
			}
		}
	}
	for name, s := range all() {
		for stack, found := range s.stacks {
			look(name+" "+stack, found.Raw)
		}
	}
	if statements == 0 {
		t.Error("no policy was found")
	}
}

// Least privilege: a role may use this table's items and write into this group.
func TestRolesAllowWhatTheyMust(t *testing.T) {
	want := []string{
		"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateItem",
		"logs:CreateLogStream", "logs:PutLogEvents",
	}
	for name, s := range all() {
		for _, r := range s.Runtimes {
			stack := s.stack(t, r.Runtime.Name)
			role := stack.only(t, "AWS::IAM::Role").Properties
			if role["ManagedPolicyArns"] != nil || role["Policies"] != nil {
				t.Errorf("%s %s: got policies on the role itself: %v", name, r.Runtime.Name, role)
			}
			if got := at(role, "AssumeRolePolicyDocument", "Statement", 0, "Principal", "Service"); got != "lambda.amazonaws.com" {
				t.Errorf("%s %s: got the principal %v", name, r.Runtime.Name, got)
			}
			var got []string
			statements, _ := at(stack.only(t, "AWS::IAM::Policy").Properties, "PolicyDocument", "Statement").([]any)
			for _, statement := range statements {
				where, err := json.Marshal(at(statement, "Resource"))
				if err != nil {
					t.Fatal(err)
				}
				actions, ok := at(statement, "Action").([]any)
				if !ok {
					actions = []any{at(statement, "Action")}
				}
				for _, action := range actions {
					got = append(got, fmt.Sprint(action))
					place := "ExportsOutputFnGetAttItems" // the table of SharedStack
					if strings.HasPrefix(fmt.Sprint(action), "logs:") {
						place = `"FunctionLogs`
					}
					if !strings.Contains(string(where), place) || strings.Contains(string(where), `"*"`) {
						t.Errorf("%s %s: %v: got the resource %s", name, r.Runtime.Name, action, where)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: got %v, want %v", name, r.Runtime.Name, got, want)
			}
		}
	}
}

// Only this API's stage, and only below the runtime's own prefixes.
func TestPermissionsAreLimitedToRoutes(t *testing.T) {
	for name, s := range all() {
		for _, r := range s.Runtimes {
			var got, want []string
			for _, p := range s.stack(t, r.Runtime.Name).of("AWS::Lambda::Permission") {
				if p.Properties["Principal"] != "apigateway.amazonaws.com" || p.Properties["Action"] != "lambda:InvokeFunction" {
					t.Errorf("%s %s: got %v", name, r.Runtime.Name, p.Properties)
				}
				parts, _ := at(p.Properties, "SourceArn", "Fn::Join", 1).([]any)
				if len(parts) < 2 || !strings.Contains(fmt.Sprint(parts[len(parts)-2]), "ExportsOutputRefApi") {
					t.Errorf("%s %s: got the source %v, want this API", name, r.Runtime.Name, parts)
					continue
				}
				got = append(got, fmt.Sprint(parts[len(parts)-1]))
			}
			for _, prefix := range r.Runtime.Prefixes {
				want = append(want, "/"+name+"/*"+prefix+"/*")
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: got %v, want %v", name, r.Runtime.Name, got, want)
			}
		}
	}
}

// The metric filters are those of config, read from this function's own group.
func TestMetricFilters(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Runtimes {
		stack := s.stack(t, r.Runtime.Name)
		want := map[string]bool{}
		for _, m := range config.LogMetrics() {
			if m.SnapStartOnly && !r.Function.Variant.SnapStart {
				continue
			}
			name := config.MetricName(r.Runtime.Name, m.Name)
			want[m.Pattern+" → "+name+" "+m.Value+" "+m.Unit] = true
			if m.Else != "" {
				want[m.Else+" → "+name+" 0 "+m.Unit] = true
			}
		}
		got := map[string]bool{}
		for _, f := range stack.of("AWS::Logs::MetricFilter") {
			m := at(f.Properties, "MetricTransformations", 0)
			got[fmt.Sprintf("%v → %v %v %v", f.Properties["FilterPattern"], at(m, "MetricName"), at(m, "MetricValue"), at(m, "Unit"))] = true
			if at(m, "MetricNamespace") != config.MetricNamespace(config.Dev) || at(m, "Dimensions") != nil {
				t.Errorf("got %v", m)
			}
			if stack.Resources[ref(f.Properties["LogGroupName"])].Type != "AWS::Logs::LogGroup" {
				t.Errorf("got the log group %v, want this stack's", f.Properties["LogGroupName"])
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", r.Runtime.Name, got, want)
		}
	}
}

// layered deploys one of two runtimes, with its layers.
var layered = sync.OnceValues(func() (synthesis, error) {
	runtimes := imaginary()
	for _, kind := range config.Layers() {
		name := string(kind)
		runtimes[0].Artifacts[name] = config.Artifact{Name: name, Architectures: []string{config.X8664}, LambdaRuntime: "provided.al2023", Handler: "bootstrap"}
		runtimes[0].Variants[name] = config.Variant{Name: name, Artifact: name, Handler: "bootstrap", Kind: kind, Contract: config.ContractNone}
	}
	return synthRuntimes(map[string]any{"environment": config.Dev, "alertEmail": "ops@example.com", "layers": "true", "runtimes": "plain"}, runtimes)
})

// The layers stand beside the function, without routes and permissions; only that
// with the SDK has a right to the table.
func TestLayers(t *testing.T) {
	s, err := layered()
	if err != nil {
		t.Fatal(err)
	}
	stack := s.stack(t, "plain")
	var got []string
	for _, f := range stack.of("AWS::Lambda::Function") {
		got = append(got, fmt.Sprint(f.Properties["FunctionName"]))
	}
	slices.Sort(got)
	if want := []string{"multi-runtime-benchmark-plain-bare-dev", "multi-runtime-benchmark-plain-dev", "multi-runtime-benchmark-plain-framework-dev", "multi-runtime-benchmark-plain-sdk-dev"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := len(stack.of("AWS::Lambda::Permission")); got != 1 {
		t.Errorf("got %d permissions, want the function's one", got)
	}
	var allowed []string
	for id, r := range stack.Resources {
		if r.Type == "AWS::IAM::Policy" && strings.Contains(fmt.Sprint(r.Properties), "dynamodb:") {
			allowed = append(allowed, strings.TrimRight(id, "0123456789ABCDEF"))
		}
	}
	slices.Sort(allowed)
	if want := []string{"FunctionRoleDefaultPolicy", "LayersdkRoleDefaultPolicy"}; !slices.Equal(allowed, want) {
		t.Errorf("got policies for the table of %v, want %v", allowed, want)
	}
}

// What must not be anywhere, whatever the environment.
func TestNothingThatShouldNotBe(t *testing.T) {
	refused := []string{
		"AWS::Lambda::Url",          // public, past the API and its limits
		"AWS::Lambda::LayerVersion", // an agent would be measured, too
		"AWS::Lambda::EventInvokeConfig",
		"AWS::CloudFormation::CustomResource", // helper functions of the CDK
		"Custom::LogRetention", "Custom::S3AutoDeleteObjects",
		"AWS::ApiGateway::Account",                          // the account's own setting
		"AWS::EC2::VPC", "AWS::S3::Bucket", "AWS::KMS::Key", // nobody asked for what they cost
	}
	for name, s := range all() {
		for stack, t2 := range s.stacks {
			for id, r := range t2.Resources {
				if slices.Contains(refused, r.Type) {
					t.Errorf("%s %s: got %s, a %s", name, stack, id, r.Type)
				}
				text, err := json.Marshal(r.Properties)
				if err != nil {
					t.Fatal(err)
				}
				for _, no := range []string{"CreateLogGroup", "AWSLambdaBasicExecutionRole", `"dynamodb:*"`, `"Action":"*"`, "BinaryMediaTypes", "InsightsVersion"} {
					if strings.Contains(string(text), no) {
						t.Errorf("%s %s: %s has %s", name, stack, id, no)
					}
				}
				if r.Type == "AWS::ApiGateway::Method" && r.Properties["HttpMethod"] == "OPTIONS" {
					t.Errorf("%s: got %s, want no CORS", name, id)
				}
				if r.Type == "AWS::Logs::LogGroup" && r.Properties["RetentionInDays"] == nil {
					t.Errorf("%s %s: %s keeps its logs for ever", name, stack, id)
				}
				if r.Type == "AWS::ApiGateway::Stage" {
					if r.Properties["AccessLogSetting"] != nil || at(r.Properties, "MethodSettings", 0, "LoggingLevel") != "OFF" || at(r.Properties, "MethodSettings", 0, "DataTraceEnabled") == true {
						t.Errorf("%s: got logs of the stage that nobody asked for: %v", name, r.Properties)
					}
				}
				if r.Type == "AWS::ApiGateway::RestApi" && !reflect.DeepEqual(at(r.Properties, "EndpointConfiguration", "Types"), []any{"REGIONAL"}) {
					t.Errorf("%s: got %v, want a regional API", name, r.Properties)
				}
			}
		}
	}
}

// A language comes and goes with its folder: no other runtime's stack changes.
func TestAddingAndRemovingARuntime(t *testing.T) {
	both, err := made()
	if err != nil {
		t.Fatal(err)
	}
	one := alone()
	if !reflect.DeepEqual(one.stack(t, "plain").Raw, both.stack(t, "plain").Raw) {
		t.Error("plain: got another stack once its neighbour is gone")
	}
	if _, there := one.stacks[config.StackName("snapped", config.Dev)]; there {
		t.Error("snapped: got its stack though it is not deployed")
	}
	id := func(s synthesis) string {
		for id, r := range s.stack(t, config.SharedPart).Resources {
			if r.Type == "AWS::ApiGateway::Deployment" {
				return id
			}
		}
		return ""
	}
	if id(one) == id(both) {
		t.Error("got the same deployment of the API though its routes differ: it would not be renewed")
	}
}

// Deploying a part takes nothing from the others: routes, alarms and dashboard are
// those of the whole environment.
func TestDeployingAPartLeavesTheRest(t *testing.T) {
	whole, err := made()
	if err != nil {
		t.Fatal(err)
	}
	part, err := layered()
	if err != nil {
		t.Fatal(err)
	}
	if _, there := part.stacks[config.StackName("snapped", config.Dev)]; there || len(part.stacks) != 3 {
		t.Errorf("got the stacks %v, want those of plain and of all", slices.Sorted(maps.Keys(part.stacks)))
	}
	for _, name := range []string{config.SharedPart, config.MonitoringPart} {
		if !reflect.DeepEqual(part.stack(t, name).Raw, whole.stack(t, name).Raw) {
			t.Errorf("%s: got another template than in a deployment of all", name)
		}
	}
}
