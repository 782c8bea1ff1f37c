package stacks

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
)

// RuntimeStackProps of a RuntimeStack.
type RuntimeStackProps struct {
	Deployment config.Deployment
	Runtime    config.DeployedRuntime
	// Zips are the artifacts' paths by the functions' ArtifactID.
	Zips   map[string]string
	Shared *SharedStack
}

// RuntimeStack is one language: its function and, where asked for, its layers and its
// hostings.
type RuntimeStack struct {
	awscdk.Stack
	Function *constructs.RuntimeFunction
	Layers   []*constructs.RuntimeFunction
	Hosted   []*constructs.RuntimeFunction
}

// NewRuntimeStack makes the stack.
func NewRuntimeStack(app awscdk.App, id string, props *RuntimeStackProps) *RuntimeStack {
	d, r := props.Deployment, props.Runtime
	e := d.Environment
	stack := newStack(app, id, "the function in "+r.Runtime.DisplayName, d)
	awscdk.Tags_Of(stack).Add(jsii.String(config.RuntimeTag), jsii.String(r.Runtime.Name), nil)
	function := func(id, alias string, f config.Function) *constructs.RuntimeFunction {
		of := &constructs.RuntimeFunctionProps{
			Name: f.Name, Zip: props.Zips[f.ArtifactID], LambdaRuntime: f.Artifact.LambdaRuntime, Handler: f.Variant.Handler,
			Description:  r.Runtime.Language + ", variant " + f.Variant.Name,
			Architecture: f.Architecture, MemoryMB: f.MemoryMB, Variables: f.Variables,
			LogDays: e.LogRetentionDays, RetainLogs: e.RetainLogs, LogLevel: e.LogLevel,
			ReservedConcurrency: e.ReservedConcurrency, Tracing: e.Tracing, SnapStart: f.Variant.SnapStart, Alias: alias,
		}
		switch f.Hosting {
		case config.HostingProvisioned:
			of.Provisioned = config.ProvisionedEnvironments
		case config.HostingImage:
			of.Repository, of.Image = d.ImageRepository, f.ArtifactID
		case config.HostingInstances:
			of.CapacityProvider = d.CapacityProvider
		}
		return constructs.NewRuntimeFunction(stack, id, of)
	}
	built := &RuntimeStack{Stack: stack, Function: function("Function", config.LiveAlias, r.Function)}
	props.Shared.Items.GrantItems(built.Function.Function)
	built.Function.AllowRoutes(props.Shared.API.API, config.StageName(e.Name), r.Runtime.Prefixes...)
	built.Function.AddLogMetrics(config.MetricNamespace(e.Name), measures(r.Function), func(measure string) string {
		return config.MetricName(r.Runtime.Name, measure)
	})
	output(stack, "Url", "Where "+r.Runtime.DisplayName+" answers: append /items",
		jsii.String(*props.Shared.API.URL()+r.Runtime.Prefixes[0]))
	output(stack, "FunctionName", "What the AWS CLI and bench call it", built.Function.Function.FunctionName())
	for _, layer := range r.Layers {
		below := function("Layer"+layer.Variant.Name, "", layer)
		if layer.Variant.Kind == config.SDK {
			props.Shared.Items.GrantItems(below.Function)
		}
		built.Layers = append(built.Layers, below)
	}
	for _, f := range r.Hosted {
		hosted := function(config.HostedOutput(f.Hosting)+"Function", config.LiveAlias, f)
		props.Shared.Items.GrantItems(hosted.Function)
		output(stack, config.HostedOutput(f.Hosting), "Its function hosted as "+string(f.Hosting)+": bench aws --hosting "+r.Runtime.Name+":"+string(f.Hosting), hosted.Function.FunctionName())
		built.Hosted = append(built.Hosted, hosted)
		if f.Hosting == config.HostingHTTP {
			api := constructs.NewHTTPAPI(stack, config.HostedOutput(f.Hosting)+"Api", &constructs.HTTPAPIProps{
				Name: f.Name, Function: hosted.Target, ThrottleRate: e.ThrottleRate, ThrottleBurst: e.ThrottleBurst, LogDays: e.LogRetentionDays, RetainLogs: e.RetainLogs,
			})
			output(stack, config.HostedOutput(f.Hosting)+config.HostedAddress, "Where it answers signed requests: append "+r.Runtime.Prefixes[0]+"/items", api.URL())
			output(stack, config.HostedOutput(f.Hosting)+config.HostedAccessLogs, "The log group of its access logs", api.AccessLogs)
		}
	}
	return built
}

// measures are those that the function can have.
func measures(f config.Function) []config.LogMetric {
	return slices.DeleteFunc(config.LogMetrics(), func(m config.LogMetric) bool { return m.SnapStartOnly && !f.Variant.SnapStart })
}
