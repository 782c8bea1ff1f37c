// Package deployed tells where an environment is that the CDK app put into AWS: its
// URL, its key and its functions, all from what the stacks' outputs say.
//
//	d, err := deployed.Find(ctx, "dev-anna", deployed.Options{Region: "eu-west-1", Runtimes: []string{"go", "rust"}})
//	request.Header.Set("x-api-key", d.Key)
package deployed

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// Environment is where one is.
type Environment struct {
	Name   string `json:"environment"`
	Region string `json:"region"`
	// URL of the API's stage, without a slash at its end.
	URL string `json:"url"`
	// Key that callers send as x-api-key; empty for an API that asks for none.
	Key string `json:"key,omitempty"`
	// AccessLogs is the log group of the API's access logs; empty where it has none.
	AccessLogs string `json:"accessLogs,omitempty"`
	// Functions are their names in Lambda, by runtime: of those that are there.
	Functions map[string]string `json:"functions"`
	// Hosted are functions beside them, by runtime and hosting.
	Hosted map[string]map[config.Hosting]Hosted `json:"hosted,omitempty"`
}

// Hosted is where a hosting of a runtime is.
type Hosted struct {
	Function string `json:"function"` // its name in Lambda
	// URL of the hosting's own API, which takes signed requests, and AccessLogs its log
	// group; both empty where it has none.
	URL        string `json:"url,omitempty"`
	AccessLogs string `json:"accessLogs,omitempty"`
}

// Options say where to look and for what. Credentials are found as the AWS CLI finds
// them.
type Options struct {
	Region   string // empty for the one of AWS's configuration
	Runtimes []string
	// WithoutKey leaves the API's key alone, and needs no permission to read it.
	WithoutKey bool
}

// Find asks CloudFormation for the stacks and API Gateway for the key. A runtime that
// has no stack there is left out; an environment without SharedStack is an error.
func Find(ctx context.Context, environment string, o Options) (Environment, error) {
	settings, err := Connect(ctx, o.Region)
	if err != nil {
		return Environment{}, err
	}
	stacks := cloudformation.NewFromConfig(settings)
	shared := config.StackName(config.SharedPart, environment)
	outputs, err := outputsOf(ctx, stacks, shared)
	if noSuchStack(err) {
		return Environment{}, fault.New("deploy it, or say --region where it is elsewhere and AWS_PROFILE where another account has it",
			"no environment %s in %s: there is no stack %s", environment, settings.Region, shared)
	}
	if err != nil {
		return Environment{}, Explain(err, settings.Region, "look for the stack "+shared, permissions)
	}
	if outputs["Url"] == "" {
		return Environment{}, fault.New("its events in CloudFormation tell why; deploy it again", "%s in %s does not tell where its API is: it has not been deployed to its end", shared, settings.Region)
	}
	found := Environment{Name: environment, Region: settings.Region, URL: strings.TrimSuffix(outputs["Url"], "/"), AccessLogs: outputs["AccessLogs"], Functions: map[string]string{}}
	if id := outputs["ApiKeyId"]; id != "" && !o.WithoutKey {
		got, err := apigateway.NewFromConfig(settings).GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: &id, IncludeValue: aws.Bool(true)})
		if err != nil {
			return Environment{}, Explain(err, settings.Region, "read the API key "+id+" of "+environment, permissions)
		}
		found.Key = aws.ToString(got.Value)
	}
	for _, runtime := range o.Runtimes {
		stack := config.StackName(runtime, environment)
		outputs, err := outputsOf(ctx, stacks, stack)
		if noSuchStack(err) {
			continue
		}
		if err != nil {
			return Environment{}, Explain(err, settings.Region, "look for the stack "+stack, permissions)
		}
		if name := outputs["FunctionName"]; name != "" {
			found.Functions[runtime] = name
		}
		for _, h := range config.Hostings() {
			if output := config.HostedOutput(h); outputs[output] != "" {
				found.host(runtime, h, Hosted{Function: outputs[output], URL: strings.TrimSuffix(outputs[output+config.HostedAddress], "/"), AccessLogs: outputs[output+config.HostedAccessLogs]})
			}
		}
	}
	return found, nil
}

func (e *Environment) host(runtime string, h config.Hosting, where Hosted) {
	if e.Hosted == nil {
		e.Hosted = map[string]map[config.Hosting]Hosted{}
	}
	if e.Hosted[runtime] == nil {
		e.Hosted[runtime] = map[config.Hosting]Hosted{}
	}
	e.Hosted[runtime][h] = where
}

// Connect finds region and credentials, and says at once which of them is missing.
func Connect(ctx context.Context, region string) (aws.Config, error) {
	settings, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(region), awsconfig.WithLogger(logging.Nop{}))
	var profile awsconfig.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &profile):
		return aws.Config{}, fault.New("aws configure list-profiles tells those that there are", "no AWS profile %q", profile.Profile)
	case err != nil:
		return aws.Config{}, fault.New("look into ~/.aws/config and ~/.aws/credentials", "read AWS's configuration: %s", oneLine(err))
	case settings.Region == "":
		return aws.Config{}, fault.Usage("say --region eu-west-1, or set AWS_REGION", "no AWS region: where to look?")
	}
	if _, err := settings.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return aws.Config{}, ctx.Err()
		}
		why := oneLine(err)
		if strings.Contains(why, "no EC2 IMDS role found") { // the last place that is looked at
			why = "neither in the environment, nor in ~/.aws, nor of this machine"
		}
		return aws.Config{}, fault.New("aws configure sets them, or AWS_PROFILE names them; after aws sso login where you sign in", "no AWS credentials: %s", why)
	}
	return settings, nil
}

// Outputs are a stack's, by name; none where there is no such stack.
func Outputs(ctx context.Context, settings aws.Config, stack string) (map[string]string, error) {
	outputs, err := outputsOf(ctx, cloudformation.NewFromConfig(settings), stack)
	if noSuchStack(err) {
		return nil, nil
	}
	if err != nil {
		return nil, Explain(err, settings.Region, "look for the stack "+stack, "cloudformation:DescribeStacks")
	}
	return outputs, nil
}

func outputsOf(ctx context.Context, stacks *cloudformation.Client, name string) (map[string]string, error) {
	got, err := stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		return nil, err
	}
	outputs := map[string]string{}
	for _, stack := range got.Stacks {
		for _, o := range stack.Outputs {
			outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
		}
	}
	return outputs, nil
}

// noSuchStack: CloudFormation has no code of its own for it.
func noSuchStack(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && refused.ErrorCode() == "ValidationError" && strings.Contains(refused.ErrorMessage(), "does not exist")
}
