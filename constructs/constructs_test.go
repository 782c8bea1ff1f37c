package constructs_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
)

// folder holds what the tests synthesise.
var folder string

// The CDK's template validator is off, for speed: see stacks.
func TestMain(m *testing.M) {
	if os.Getenv("CDK_VALIDATION") == "" {
		jsii.Close() // removes its temporary folder, which the new process would forget
		program, err := os.Executable()
		if err == nil {
			err = syscall.Exec(program, os.Args, append(os.Environ(), "CDK_VALIDATION=false", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=18,20"))
		}
		panic(fmt.Sprintf("start the test again: %v", err))
	}
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

// Values that AWS does not have are mistakes of the program that passes them.
func TestValuesThatDoNotExist(t *testing.T) {
	for name, tt := range map[string]struct {
		props constructs.RuntimeFunctionProps
		want  string
	}{
		"retention":    {constructs.RuntimeFunctionProps{LogDays: 8}, "log retention: got 8 days, want 1, 3, 5"},
		"architecture": {constructs.RuntimeFunctionProps{Architecture: "sparc"}, `architecture: got "sparc", want x86_64 or arm64`},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}()
			demo := newDemo()
			tt.props.Name, tt.props.Zip, tt.props.LambdaRuntime, tt.props.Handler = "orders", demo.zip, "provided.al2023", "bootstrap"
			constructs.NewRuntimeFunction(demo.stack, "Function", &tt.props)
		})
	}
}

func TestFunctionWithEverything(t *testing.T) {
	demo := newDemo()
	constructs.NewRuntimeFunction(demo.stack, "Function", &constructs.RuntimeFunctionProps{
		Name: "orders", Zip: demo.zip, LambdaRuntime: "provided.al2023", Handler: "bootstrap", Architecture: config.ARM64,
		LogLevel: "ERROR", ReservedConcurrency: 3, Tracing: true, LogDays: 365,
	})
	f := demo.resources("AWS::Lambda::Function")[0]
	for name, want := range map[string]string{
		"Architectures": "[arm64]", "ReservedConcurrentExecutions": "3", "TracingConfig": "map[Mode:Active]",
	} {
		if got := fmt.Sprint(f[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := f["LoggingConfig"].(map[string]any)["ApplicationLogLevel"]; got != "ERROR" {
		t.Errorf("log level: got %v", got)
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
