package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// HTTPAPIProps of an HTTPAPI.
type HTTPAPIProps struct {
	// Name of the API. The id when empty.
	Name string
	// Function answers all paths: a RuntimeFunction's Target. It must be said.
	Function awslambda.IFunction
	// ThrottleRate (requests per second) and ThrottleBurst; the account's own limits when 0.
	ThrottleRate, ThrottleBurst int
	// LogDays keeps the access logs for so long; a week when 0. They need no role of the
	// account's.
	LogDays int
	// RetainLogs keeps the access logs when the stack is destroyed.
	RetainLogs bool
	// Tags of the API and all that belongs to it.
	Tags map[string]string
}

// HTTPAPI is an HTTP API before one function, which gets events with payload 1.0, as
// those of a REST API. An HTTP API knows no keys, firewall and policy: its callers sign
// their requests, and need execute-api:Invoke on it.
type HTTPAPI struct {
	Construct
	API awsapigatewayv2.CfnApi
	// AccessLogs is the name of the log group of the access logs.
	AccessLogs *string
}

// NewHTTPAPI makes the API with its one route and its one stage, below which paths have
// no name of a stage. Without a function it panics.
func NewHTTPAPI(scope Construct, id string, props *HTTPAPIProps) *HTTPAPI {
	props = given(props)
	if props.Function == nil {
		panic("HTTP API " + id + ": got no function, want one")
	}
	this := cdk.NewConstruct(scope, jsii.String(id))
	tag(this, props.Tags)
	api := awsapigatewayv2.NewCfnApi(this, jsii.String("Resource"), &awsapigatewayv2.CfnApiProps{
		Name: jsii.String(either(props.Name, id)), ProtocolType: jsii.String("HTTP"), Description: jsii.String("The Items API of one runtime, for signed requests"),
	})
	integration := awsapigatewayv2.NewCfnIntegration(this, jsii.String("Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: api.Ref(), IntegrationType: jsii.String("AWS_PROXY"), IntegrationUri: props.Function.FunctionArn(), PayloadFormatVersion: jsii.String("1.0"),
	})
	const path = "/{proxy+}"
	awsapigatewayv2.NewCfnRoute(this, jsii.String("Route"), &awsapigatewayv2.CfnRouteProps{
		ApiId: api.Ref(), RouteKey: jsii.String("ANY " + path), AuthorizationType: jsii.String("AWS_IAM"),
		Target: awscdk.Fn_Join(jsii.String("/"), jsii.Strings("integrations", *integration.Ref())),
	})
	logs := awslogs.NewLogGroup(this, jsii.String("AccessLogs"), &awslogs.LogGroupProps{
		Retention: retention(either(props.LogDays, 7)), RemovalPolicy: logPolicy(props.RetainLogs),
	})
	stage := &awsapigatewayv2.CfnStageProps{
		ApiId: api.Ref(), StageName: jsii.String("$default"), AutoDeploy: jsii.Bool(true),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{DestinationArn: logs.LogGroupArn(), Format: accessLog("$context.routeKey")},
	}
	if props.ThrottleRate > 0 {
		stage.DefaultRouteSettings = &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: jsii.Number(props.ThrottleRate), ThrottlingBurstLimit: jsii.Number(props.ThrottleBurst),
		}
	}
	awsapigatewayv2.NewCfnStage(this, jsii.String("Stage"), stage)
	props.Function.AddPermission(jsii.String("Invoke"+id), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil), Scope: this,
		SourceArn: awscdk.Stack_Of(this).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("execute-api"), Resource: api.Ref(), ResourceName: jsii.String("$default/*" + path),
		}),
	})
	return &HTTPAPI{Construct: this, API: api, AccessLogs: logs.LogGroupName()}
}

// URL of the API, without a slash at the end.
func (a *HTTPAPI) URL() *string { return a.API.AttrApiEndpoint() }
