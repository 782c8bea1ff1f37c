package stacks_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

const provider = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine"

// onPlain are the hostings of what has a runtime of its own.
func onPlain() []config.Hosting {
	return slices.DeleteFunc(config.Hostings(), func(h config.Hosting) bool { return h == config.HostingInstances })
}

// hosted deploys plain in every way in which it can be hosted, and the other one on
// instances.
var hosted = sync.OnceValues(func() (synthesis, error) {
	runtimes := imaginary()[:2]
	plain := runtimes[0]
	plain.Artifacts["jar"] = config.Artifact{Name: "jar", Architectures: []string{config.X8664}, LambdaRuntime: "java25", Handler: "Main"}
	plain.Variants["snap"] = config.Variant{Name: "snap", Artifact: "jar", Handler: "Main", Kind: config.API, Contract: config.ContractItems, SnapStart: true}
	// What runs on instances has a managed runtime: the other one, less its snapshots.
	v := runtimes[1].Variants["api"]
	v.SnapStart = false
	runtimes[1].Variants["api"] = v
	words := []string{"snapped:instances"}
	for _, h := range onPlain() {
		words = append(words, "plain:"+string(h))
	}
	return synthRuntimes(map[string]any{"environment": config.Dev, "hosting": strings.Join(words, ","), "imageRepository": "team/benchmark", "capacityProvider": provider}, runtimes)
})

// functionsOf are a stack's functions by their names, without what all begin with.
func functionsOf(stack template) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, f := range stack.of("AWS::Lambda::Function") {
		found[strings.TrimPrefix(fmt.Sprint(f.Properties["FunctionName"]), config.Prefix+"-plain-")] = f.Properties
	}
	return found
}

// A hosting is a function of its own with the same variables, an alias, a right to the
// items and an output with its name; it has no route.
func TestHostings(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	stack := s.stack(t, "plain")
	functions := functionsOf(stack)
	if want := 1 + len(onPlain()); len(functions) != want || len(stack.of("AWS::Lambda::Alias")) != want || len(stack.of("AWS::Logs::LogGroup")) != want+1 {
		t.Fatalf("got the functions %v, %d aliases and %d log groups, want %d of each, and one of access logs", slices.Sorted(maps.Keys(functions)), len(stack.of("AWS::Lambda::Alias")), len(stack.of("AWS::Logs::LogGroup")), want)
	}
	main := functions["dev"]
	for _, h := range onPlain() {
		f := functions[string(h)+"-dev"]
		if f == nil || !reflect.DeepEqual(at(f, "Environment"), at(main, "Environment")) || f["MemorySize"] != main["MemorySize"] || f["Timeout"] != main["Timeout"] {
			t.Errorf("%s: got %v, want it configured as %v", h, f, main)
		}
		output := stack.Outputs[config.HostedOutput(h)]
		if id := ref(output.Value); at(stack.Resources[id].Properties, "FunctionName") != config.VariantFunctionName("plain", string(h), config.Dev) {
			t.Errorf("%s: got the output %v, want its name", h, output)
		}
	}
	allowed := 0
	for _, p := range stack.of("AWS::IAM::Policy") {
		if strings.Contains(fmt.Sprint(p.Properties), "dynamodb:") {
			allowed++
		}
	}
	if allowed != 1+len(onPlain()) {
		t.Errorf("got %d roles with a right to the items, want one a function", allowed)
	}
}

func TestHostedOnARM64(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	functions := functionsOf(s.stack(t, "plain"))
	if got := functions["arm64-dev"]["Architectures"]; !reflect.DeepEqual(got, []any{config.ARM64}) {
		t.Errorf("got %v", got)
	}
	if got := functions["dev"]["Architectures"]; !reflect.DeepEqual(got, []any{config.X8664}) {
		t.Errorf("got %v for the main function", got)
	}
}

func TestHostedWithSnapStart(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range functionsOf(s.stack(t, "plain")) {
		want := any(nil)
		if name == "snapstart-dev" {
			want = map[string]any{"ApplyOn": "PublishedVersions"}
		}
		if !reflect.DeepEqual(f["SnapStart"], want) {
			t.Errorf("%s: got %v, want %v", name, f["SnapStart"], want)
		}
	}
}

// The alias alone has an environment ready.
func TestHostedProvisioned(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	stack := s.stack(t, "plain")
	for _, alias := range stack.of("AWS::Lambda::Alias") {
		want := any(nil)
		if at(stack.Resources[ref(alias.Properties["FunctionName"])].Properties, "FunctionName") == "multi-runtime-benchmark-plain-provisioned-dev" {
			want = map[string]any{"ProvisionedConcurrentExecutions": float64(config.ProvisionedEnvironments)}
		}
		if got := alias.Properties["ProvisionedConcurrencyConfig"]; !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got %v, want %v", alias.Properties["FunctionName"], got, want)
		}
	}
}

// An HTTP API answers nobody who does not sign, hands the function a REST API's events,
// may call its alias alone, and logs each call beside Lambda's id.
func TestHostedBehindHTTPAPI(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	stack := s.stack(t, "plain")
	route, integration, stage := stack.only(t, "AWS::ApiGatewayV2::Route").Properties, stack.only(t, "AWS::ApiGatewayV2::Integration").Properties, stack.only(t, "AWS::ApiGatewayV2::Stage").Properties
	if route["AuthorizationType"] != "AWS_IAM" || route["RouteKey"] != "ANY /{proxy+}" {
		t.Errorf("got the route %v", route)
	}
	alias := stack.Resources[ref(integration["IntegrationUri"])]
	if alias.Type != "AWS::Lambda::Alias" || at(stack.Resources[ref(alias.Properties["FunctionName"])].Properties, "FunctionName") != "multi-runtime-benchmark-plain-http-dev" || integration["PayloadFormatVersion"] != "1.0" {
		t.Errorf("got the integration %v with %v", integration, alias)
	}
	if at(stage, "DefaultRouteSettings", "ThrottlingRateLimit") != float64(s.Environment.ThrottleRate) || at(stage, "DefaultRouteSettings", "ThrottlingBurstLimit") != float64(s.Environment.ThrottleBurst) {
		t.Errorf("got the limits %v, want the environment's", stage["DefaultRouteSettings"])
	}
	if format := fmt.Sprint(at(stage, "AccessLogSettings", "Format")); !strings.Contains(format, `"lambdaRequestId":"$context.integration.requestId"`) || strings.Contains(format, "identity") {
		t.Errorf("got the access log %s, want Lambda's id and nobody's address", format)
	}
	permissions := 0
	for _, p := range stack.of("AWS::Lambda::Permission") {
		if source := fmt.Sprint(p.Properties["SourceArn"]); strings.Contains(source, "HostedHttpApi") {
			permissions++
			if !reflect.DeepEqual(p.Properties["FunctionName"], integration["IntegrationUri"]) || !strings.Contains(source, "/$default/*/{proxy+}") {
				t.Errorf("got %v", p.Properties)
			}
		}
	}
	if permissions != 1 {
		t.Errorf("got %d permissions for it, want one", permissions)
	}
	for _, output := range []string{"HostedHttpAddress", "HostedHttpAccessLogs"} {
		if _, ok := stack.Outputs[output]; !ok {
			t.Errorf("got no output %s", output)
		}
	}
}

// An image is that of the artifact's name in the account's own repository, and begins
// what the zip would; everything else has its zip.
func TestHostedFromAnImage(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range functionsOf(s.stack(t, "plain")) {
		image := fmt.Sprint(at(f, "Code", "ImageUri"))
		if name != "image-dev" {
			if f["PackageType"] != nil || f["Runtime"] == nil || image != "<nil>" {
				t.Errorf("%s: got %v of the image %s", name, f["PackageType"], image)
			}
			continue
		}
		if f["PackageType"] != "Image" || f["Runtime"] != nil || f["Handler"] != nil || !strings.Contains(image, "/team/benchmark:plain-x86_64") || !strings.Contains(image, "AWS::AccountId") {
			t.Errorf("got %v", f)
		}
		if want := map[string]any{"EntryPoint": []any{"/var/task/bootstrap"}, "Command": []any{"bootstrap"}}; !reflect.DeepEqual(f["ImageConfig"], want) {
			t.Errorf("got %v, want %v", f["ImageConfig"], want)
		}
	}
}

// On instances a function has the memory that these give at least, and answers one
// request at a time.
func TestHostedOnInstances(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.stack(t, "snapped").of("AWS::Lambda::Function") {
		var want any
		memory := 512.0
		if f.Properties["FunctionName"] == "multi-runtime-benchmark-snapped-instances-dev" {
			memory = 2048
			want = map[string]any{"LambdaManagedInstancesCapacityProviderConfig": map[string]any{"CapacityProviderArn": provider, "PerExecutionEnvironmentMaxConcurrency": 1.0}}
		}
		if got := f.Properties["CapacityProviderConfig"]; !reflect.DeepEqual(got, want) || f.Properties["MemorySize"] != memory {
			t.Errorf("%v: got %v with %v MB, want %v", f.Properties["FunctionName"], got, f.Properties["MemorySize"], want)
		}
	}
}

// What is beside the main function changes nothing of it, of the API and of the alarms.
func TestHostingsLeaveTheRest(t *testing.T) {
	s, err := hosted()
	if err != nil {
		t.Fatal(err)
	}
	runtimes := imaginary()
	v := runtimes[1].Variants["api"]
	v.SnapStart = false
	runtimes[1].Variants["api"] = v
	plain, err := synthRuntimes(map[string]any{"environment": config.Dev}, runtimes)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{config.SharedPart, config.MonitoringPart} {
		if !reflect.DeepEqual(s.stack(t, part).Raw, plain.stack(t, part).Raw) {
			t.Errorf("%s: got another template than without hostings", part)
		}
	}
	for id, r := range plain.stack(t, "plain").Resources {
		if !reflect.DeepEqual(s.stack(t, "plain").Resources[id], r) {
			t.Errorf("plain: got %s changed: %v, want %v", id, s.stack(t, "plain").Resources[id], r)
		}
	}
}
