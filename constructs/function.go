package constructs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// RuntimeFunctionProps of a RuntimeFunction.
type RuntimeFunctionProps struct {
	// Name of the function. Its log group is named after it.
	Name string
	// Zip is the artifact's path: its very bytes are deployed.
	Zip string
	// Repository is that of ECR, in the function's own account and region, whose Image of
	// this tag is deployed in place of Zip. It has the zip's files where Lambda would lay
	// them, on an image of AWS's for the runtime.
	Repository, Image string
	// LambdaRuntime is Lambda's own id, such as "provided.al2023".
	LambdaRuntime string
	Handler       string
	Description   string
	// Architecture is config.X8664 (the default) or config.ARM64.
	Architecture string
	// MemoryMB is config.DefaultMemoryMB when 0.
	MemoryMB int
	// Variables are the function's environment variables.
	Variables map[string]string
	// LogDays keeps the logs for so long; a week when 0.
	LogDays int
	// RetainLogs keeps the log group when the stack is destroyed.
	RetainLogs bool
	// LogLevel of the application's lines, such as "INFO", which is the default.
	// Lambda itself drops what is below.
	LogLevel string
	// ReservedConcurrency caps the function; 0 leaves it to the account.
	ReservedConcurrency int
	// Tracing records X-Ray segments.
	Tracing bool
	// Alias publishes a version at each deployment and makes an alias of this name lead
	// to it, once it is ready; callers use the alias: see Target. Empty for none.
	Alias string
	// SnapStart takes a snapshot of each version, for managed runtimes of Java, Python
	// and .NET. It needs an Alias: config.LiveAlias when that is empty.
	SnapStart bool
	// Provisioned is how many environments are kept ready for the Alias, which is
	// config.LiveAlias when that is empty; 0 for none. Not beside SnapStart.
	Provisioned int
	// CapacityProvider is the ARN of that of Lambda's on whose instances versions of the
	// function run, one request at a time in each environment; empty for Lambda's own. It
	// can't be changed afterwards.
	CapacityProvider string
	// Timeout is config.FunctionTimeout when 0: below what API Gateway waits.
	Timeout time.Duration
	// Layers of the function, at most five.
	Layers []awslambda.ILayerVersion
	// VPC that the function is in, in its private subnets; nil for none.
	VPC awsec2.IVpc
	// Tags of the function, its role and its log group.
	Tags map[string]string
}

// RuntimeFunction is a function with a log group and a role of its own.
type RuntimeFunction struct {
	Construct
	Function awslambda.Function
	// Target is what callers invoke, are permitted to invoke and are told of: the
	// alias, where there is one, else the function.
	Target awslambda.IFunction
	Logs   awslogs.LogGroup
}

// NewRuntimeFunction makes the function. Name, zip, runtime and handler have no
// default: without one of them it panics.
func NewRuntimeFunction(scope Construct, id string, props *RuntimeFunctionProps) *RuntimeFunction {
	props = given(props)
	props.check()
	this := cdk.NewConstruct(scope, jsii.String(id))
	tag(this, props.Tags)
	logs := awslogs.NewLogGroup(this, jsii.String("Logs"), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String(config.LogGroupName(props.Name)),
		Retention:     retention(either(props.LogDays, 7)),
		RemovalPolicy: logPolicy(props.RetainLogs),
	})
	// The managed policy for logs would allow to create groups: a late line would
	// make a destroyed group anew, and the next deployment would fail on its name.
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("What " + props.Name + " may do"),
	})
	logs.GrantWrite(role)
	function := &awslambda.FunctionProps{
		FunctionName:          jsii.String(props.Name),
		Description:           optional(props.Description),
		Runtime:               awslambda.NewRuntime(jsii.String(props.LambdaRuntime), awslambda.RuntimeFamily_OTHER, &awslambda.LambdaRuntimeProps{SupportsSnapStart: jsii.Bool(props.SnapStart)}),
		Handler:               jsii.String(props.Handler),
		Architecture:          architecture(props.Architecture),
		MemorySize:            jsii.Number(either(props.MemoryMB, config.DefaultMemoryMB)),
		Timeout:               awscdk.Duration_Seconds(jsii.Number(either(props.Timeout, config.FunctionTimeout).Seconds())),
		Environment:           stringMap(props.Variables),
		Role:                  role,
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel(either(props.LogLevel, "INFO")),
		// The events that the metrics are read from come at this level.
		SystemLogLevelV2: awslambda.SystemLogLevel_INFO,
	}
	if props.Image == "" {
		function.Code = awslambda.Code_FromAsset(jsii.String(props.Zip), nil)
	} else {
		function.Code, function.Runtime, function.Handler = props.image(this), awslambda.Runtime_FROM_IMAGE(), awslambda.Handler_FROM_IMAGE()
	}
	if len(props.Layers) > 0 {
		function.Layers = &props.Layers
	}
	if props.VPC != nil {
		function.Vpc = props.VPC
		// Network interfaces, and nothing else: the policy that is usual here allows to
		// create log groups.
		role.AddManagedPolicy(awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("service-role/AWSLambdaENIManagementAccess")))
	}
	if props.ReservedConcurrency > 0 {
		function.ReservedConcurrentExecutions = jsii.Number(props.ReservedConcurrency)
	}
	if props.Tracing {
		function.Tracing = awslambda.Tracing_ACTIVE
	}
	if props.SnapStart {
		function.SnapStart = awslambda.SnapStartConf_ON_PUBLISHED_VERSIONS()
	}
	f := &RuntimeFunction{Construct: this, Logs: logs, Function: awslambda.NewFunction(this, jsii.String("Resource"), function)}
	if props.SnapStart { // the CDK asks to see to it that there is a version: the alias has one
		awscdk.Annotations_Of(f.Function).AcknowledgeWarning(jsii.String("@aws-cdk/aws-lambda:snapStartRequirePublish"), jsii.String("The alias leads to a version."))
	}
	if props.CapacityProvider != "" {
		f.Function.Node().DefaultChild().(awslambda.CfnFunction).SetCapacityProviderConfig(&awslambda.CfnFunction_CapacityProviderConfigProperty{
			LambdaManagedInstancesCapacityProviderConfig: &awslambda.CfnFunction_LambdaManagedInstancesCapacityProviderConfigProperty{
				CapacityProviderArn: jsii.String(props.CapacityProvider), PerExecutionEnvironmentMaxConcurrency: jsii.Number(1),
			},
		})
	}
	f.Target = f.Function
	if alias := props.alias(); alias != "" {
		of := &awslambda.AliasProps{AliasName: jsii.String(alias), Version: f.Function.CurrentVersion()}
		if props.Provisioned > 0 {
			of.ProvisionedConcurrentExecutions = jsii.Number(props.Provisioned)
		}
		f.Target = awslambda.NewAlias(this, jsii.String("Alias"), of)
	}
	return f
}

// snapStartRuntimes are the managed runtimes that Lambda takes snapshots of.
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
var snapStartRuntimes = regexp.MustCompile(`^(java(11|17|2\d)|python3\.(1[2-9]|[2-9]\d)|dotnet([89]|[1-9]\d))$`)

func (p *RuntimeFunctionProps) check() {
	required("function: name", p.Name)
	code := map[string]string{"zip": p.Zip}
	if p.Image != "" {
		code = map[string]string{"repository": p.Repository}
	}
	for what, value := range code {
		required("function "+p.Name+": "+what, value)
	}
	for what, value := range map[string]string{"runtime": p.LambdaRuntime, "handler": p.Handler} {
		required("function "+p.Name+": "+what, value)
	}
	if p.SnapStart && !snapStartRuntimes.MatchString(p.LambdaRuntime) {
		panic(fmt.Sprintf("function %s: got SnapStart for %s, want a managed runtime of Java, Python 3.12 or .NET 8 and newer", p.Name, p.LambdaRuntime))
	}
	if p.SnapStart && p.Provisioned > 0 {
		panic("function " + p.Name + ": got SnapStart and provisioned environments, want one of the two: Lambda takes no more")
	}
}

// image is the code that an image has. AWS's images for its managed runtimes begin the
// handler that they are told; what is provided begins itself.
func (p *RuntimeFunctionProps) image(scope Construct) awslambda.Code {
	of := &awslambda.EcrImageCodeProps{TagOrDigest: jsii.String(p.Image), Cmd: jsii.Strings(p.Handler)}
	if strings.HasPrefix(p.LambdaRuntime, "provided") {
		of.Entrypoint = jsii.Strings("/var/task/bootstrap")
	}
	return awslambda.Code_FromEcrImage(awsecr.Repository_FromRepositoryName(scope, jsii.String("Images"), jsii.String(p.Repository)), of)
}

func (p *RuntimeFunctionProps) alias() string {
	if p.SnapStart || p.Provisioned > 0 {
		return either(p.Alias, config.LiveAlias)
	}
	return p.Alias
}

// AllowRoutes lets the API call the function for the routes below the prefixes,
// at the API's one stage and nowhere else.
func (f *RuntimeFunction) AllowRoutes(api awsapigateway.IRestApi, stage string, prefixes ...string) {
	for _, prefix := range prefixes {
		f.Target.AddPermission(jsii.String("Invoke"+prefix), &awslambda.Permission{
			Principal: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
			SourceArn: api.ArnForExecuteApi(jsii.String("*"), jsii.String(prefix+"/*"), jsii.String(stage)),
			Scope:     f.Construct,
		})
	}
}

// AddLogMetrics reads the measures out of the function's logs into metrics
// without dimensions: name gives each its own.
func (f *RuntimeFunction) AddLogMetrics(namespace string, measures []config.LogMetric, name func(measure string) string) {
	required("metrics: namespace", namespace)
	for _, m := range measures {
		required("metric "+m.Name+": name", name(m.Name))
		filter := func(id, pattern, value string) {
			awslogs.NewMetricFilter(f.Construct, jsii.String(id), &awslogs.MetricFilterProps{
				LogGroup: f.Logs, FilterPattern: awslogs.FilterPattern_Literal(jsii.String(pattern)),
				MetricNamespace: jsii.String(namespace), MetricName: jsii.String(name(m.Name)), MetricValue: jsii.String(value), Unit: units[m.Unit],
			})
		}
		filter(m.Name, m.Pattern, m.Value)
		if m.Else != "" {
			filter(m.Name+"Else", m.Else, "0")
		}
	}
}

func architecture(name string) awslambda.Architecture {
	switch name {
	case "", config.X8664:
		return awslambda.Architecture_X86_64()
	case config.ARM64:
		return awslambda.Architecture_ARM_64()
	}
	panic(fmt.Sprintf("architecture: got %q, want %s or %s", name, config.X8664, config.ARM64))
}

func stringMap(values map[string]string) *map[string]*string {
	pointers := map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pointers[name] = jsii.String(values[name])
	}
	return &pointers
}
