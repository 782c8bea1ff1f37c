package stacks

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/constructs"
)

// LoadStackProps of a LoadStack.
type LoadStackProps struct {
	Deployment config.Deployment
	Zip        string
	Shared     *SharedStack
}

// LoadStack is what sends a load, or a burst of first calls, by many workers at once: a
// function, the state machine that starts it as often as it is told, and a bucket for what
// the workers have counted.
type LoadStack struct {
	awscdk.Stack
	Worker  *constructs.RuntimeFunction
	Bucket  awss3.Bucket
	Machine awsstepfunctions.StateMachine
}

// loadTimeout is Lambda's own limit.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const loadTimeout = 15 * time.Minute

// NewLoadStack makes the stack.
func NewLoadStack(app awscdk.App, id string, props *LoadStackProps) *LoadStack {
	d := props.Deployment
	e := d.Environment
	stack := newStack(app, id, "workers that send load tests", d)
	load := &LoadStack{Stack: stack}
	// Shares are read once, and removed then; what a crash left goes within a day.
	load.Bucket = awss3.NewBucket(stack, jsii.String("Shares"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: jsii.Bool(true), Encryption: awss3.BucketEncryption_S3_MANAGED,
		RemovalPolicy:  awscdk.RemovalPolicy_DESTROY,
		LifecycleRules: &[]*awss3.LifecycleRule{{Expiration: awscdk.Duration_Days(jsii.Number(1))}},
	})
	variables := map[string]string{"BASE_URL": *props.Shared.API.URL(), "BUCKET_NAME": *load.Bucket.BucketName()}
	if props.Shared.API.Key != nil {
		variables["API_KEY_ID"] = *props.Shared.API.Key.KeyId()
	}
	name := config.FunctionName(config.LoadPart, e.Name)
	load.Worker = constructs.NewRuntimeFunction(stack, "Worker", &constructs.RuntimeFunctionProps{
		Name: name, Zip: props.Zip, LambdaRuntime: "provided.al2023", Handler: "bootstrap", Description: "Sends one share of a load test or of a burst",
		Architecture: d.Architecture, Variables: variables, Timeout: loadTimeout,
		LogDays: e.LogRetentionDays, RetainLogs: e.RetainLogs, LogLevel: e.LogLevel, Tracing: e.Tracing,
	})
	allow := func(action string, resources ...*string) {
		load.Worker.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(action), Resources: &resources}))
	}
	allow("s3:PutObject", load.Bucket.ArnForObjects(jsii.String("runs/*")))
	allow("s3:GetObject", load.Bucket.ArnForObjects(jsii.String("runs/*/stop")))
	if props.Shared.API.Key != nil {
		allow("apigateway:GET", props.Shared.API.Key.KeyArn())
	}
	var functions []*string // that bursts call, past the API
	for _, r := range d.Runtimes {
		for _, f := range append([]config.Function{r.Function}, r.Hosted...) {
			functions = append(functions, stack.FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("lambda"), Resource: jsii.String("function"), ResourceName: jsii.String(f.Name), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			}))
		}
	}
	allow("lambda:InvokeFunction", functions...)
	load.Machine = machine(stack, name, load.Worker, e)
	output(stack, "StateMachineArn", "What bench load --scale and bench aws --scale start", load.Machine.StateMachineArn())
	output(stack, "BucketName", "Where the workers leave what they have counted", load.Bucket.BucketName())
	return load
}

// machine starts a worker for each of the input's shares, all at once. A worker's error
// takes the place of its receipt, so that the others come to their end and all are told of.
func machine(stack awscdk.Stack, name string, worker *constructs.RuntimeFunction, e config.Environment) awsstepfunctions.StateMachine {
	task := awsstepfunctionstasks.NewLambdaInvoke(stack, jsii.String("Send"), &awsstepfunctionstasks.LambdaInvokeProps{
		LambdaFunction: worker.Function, PayloadResponseOnly: jsii.Bool(true),
		// A call of Lambda that failed may have sent its share: only one that was refused
		// is made again.
		RetryOnServiceExceptions: jsii.Bool(false),
	})
	task.AddRetry(&awsstepfunctions.RetryProps{
		Errors: jsii.Strings("Lambda.TooManyRequestsException"), Interval: awscdk.Duration_Seconds(jsii.Number(2)), MaxAttempts: jsii.Number(4),
	})
	failed := awsstepfunctions.NewPass(stack, jsii.String("Failed"), &awsstepfunctions.PassProps{Parameters: &map[string]any{
		"index.$": jsii.String("$.index"), "failed.$": jsii.String("$.failed"),
	}})
	task.AddCatch(failed, &awsstepfunctions.CatchProps{ResultPath: jsii.String("$.failed")})
	workers := awsstepfunctions.NewDistributedMap(stack, jsii.String("Workers"), &awsstepfunctions.DistributedMapProps{
		ItemsPath: jsii.String("$.shares"), MapExecutionType: awsstepfunctions.StateMachineType_STANDARD,
		ItemSelector: &map[string]any{
			"job.$": jsii.String("$.job"), "index.$": jsii.String("$$.Map.Item.Value"),
			"started.$": jsii.String("$$.Execution.StartTime"), "leadSeconds.$": jsii.String("$.leadSeconds"),
		},
	})
	workers.ItemProcessor(task, nil)
	logs := awslogs.NewLogGroup(stack, jsii.String("MachineLogs"), &awslogs.LogGroupProps{
		// Step Functions asks for this beginning where policies of log groups would become too long.
		LogGroupName: jsii.String("/aws/vendedlogs/states/" + name), RemovalPolicy: awscdk.RemovalPolicy_DESTROY, Retention: awslogs.RetentionDays_ONE_WEEK,
	})
	return awsstepfunctions.NewStateMachine(stack, jsii.String("Machine"), &awsstepfunctions.StateMachineProps{
		StateMachineName: jsii.String(name), DefinitionBody: awsstepfunctions.DefinitionBody_FromChainable(workers),
		Timeout: awscdk.Duration_Minutes(jsii.Number(20)), TracingEnabled: jsii.Bool(e.Tracing),
		Logs: &awsstepfunctions.LogOptions{Destination: logs, Level: awsstepfunctions.LogLevel_ALL},
	})
}
