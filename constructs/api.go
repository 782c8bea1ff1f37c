package constructs

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
)

// Route leads everything below a prefix to one function.
type Route struct {
	// Prefix such as "/go" or "/shop/orders": /go/… is the function's, /go alone is
	// nobody's.
	Prefix string
	// Function is the function's name in the API's own account and region. It need
	// not exist yet: until it does, the route answers 500.
	Function string
	// Qualifier is a version or an alias; empty means the function itself.
	Qualifier string
	// Measured are the HTTP methods whose figures CloudWatch gets one by one, such as
	// "GET": five metrics each, which are billed once they have data.
	Measured []string
}

// BenchmarkAPIProps of a BenchmarkAPI.
type BenchmarkAPIProps struct {
	// Name of the REST API; CloudWatch's dimension ApiName. The id when empty.
	Name string
	// StageName is the first part of every path; "prod" when empty.
	StageName string
	Routes    []Route
	// Runtimes are what GET /health lists.
	Runtimes []string
	// ThrottleRate (requests per second) and ThrottleBurst of the stage; the
	// account's own limits when 0.
	ThrottleRate, ThrottleBurst int
	// Tracing records X-Ray segments of the stage.
	Tracing bool
	// APIKey makes a key and a usage plan, and asks callers of the routes for it.
	APIKey bool
	// AllowedCIDRs limit who may call; empty means everybody.
	AllowedCIDRs []string
	// AccessLogDays keeps access logs for so long; 0 writes none. They need the role
	// that API Gateway has once per account and region. It is not made here: making it
	// would overwrite the account's own, and it would stay when the stack goes.
	AccessLogDays int
	// RetainLogs keeps the access logs when the stack is destroyed.
	RetainLogs bool
	// Firewall puts AWS WAF before the stage.
	Firewall bool
	// Domain is another name of the API, below which paths have no stage, with the
	// ARN of its certificate in the same region.
	Domain, Certificate string
	// Tags of the API and all that belongs to it.
	Tags map[string]string
}

// BenchmarkAPI is a regional REST API with a Lambda proxy integration per prefix.
// What it answers itself are problem documents.
type BenchmarkAPI struct {
	Construct
	API awsapigateway.RestApi
	// StageName is a plain name: another stack may use it without importing it.
	StageName string
	// Key is nil without APIKey.
	Key awsapigateway.IApiKey
	// DomainTarget is where the domain's DNS record must lead: nil without Domain.
	DomainTarget *string
	// AccessLogs is the name of the log group of the access logs: nil without them.
	AccessLogs *string
}

// accessLog is a line of the access log of an API whose variable path names the route.
// lambdaRequestId is that of the function's own log: it leads from what a client was
// answered to the function's REPORT. Who called is personal data and stays out.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
func accessLog(path string) *string {
	return jsii.String(`{"requestId":"$context.requestId","lambdaRequestId":"$context.integration.requestId","requestTime":"$context.requestTime",` +
		`"httpMethod":"$context.httpMethod","resourcePath":"` + path + `","status":"$context.status","protocol":"$context.protocol",` +
		`"responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","integrationLatency":"$context.integration.latency"}`)
}

// NewBenchmarkAPI makes the API with its one stage; without props, one that answers
// GET /health alone.
func NewBenchmarkAPI(scope Construct, id string, props *BenchmarkAPIProps) *BenchmarkAPI {
	props = given(props)
	props.check()
	this := cdk.NewConstruct(scope, jsii.String(id))
	tag(this, props.Tags)
	stage := &awsapigateway.StageOptions{
		StageName:      jsii.String(either(props.StageName, "prod")),
		MetricsEnabled: jsii.Bool(false), // of every method: see Route.Measured
		TracingEnabled: jsii.Bool(props.Tracing),
		// Execution logs go to a group that no stack owns: off, whatever the default.
		LoggingLevel: awsapigateway.MethodLoggingLevel_OFF,
	}
	if props.ThrottleRate > 0 {
		stage.ThrottlingRateLimit = jsii.Number(props.ThrottleRate)
		stage.ThrottlingBurstLimit = jsii.Number(props.ThrottleBurst)
	}
	stage.MethodOptions = measured(props)
	var accessLogs *string
	if props.AccessLogDays > 0 {
		logs := awslogs.NewLogGroup(this, jsii.String("AccessLogs"), &awslogs.LogGroupProps{
			Retention: retention(props.AccessLogDays), RemovalPolicy: logPolicy(props.RetainLogs),
		})
		accessLogs = logs.LogGroupName()
		stage.AccessLogDestination = awsapigateway.NewLogGroupLogDestination(logs)
		stage.AccessLogFormat = awsapigateway.AccessLogFormat_Custom(accessLog("$context.resourcePath"))
	}
	api := awsapigateway.NewRestApi(this, jsii.String("Resource"), &awsapigateway.RestApiProps{
		RestApiName:           jsii.String(either(props.Name, id)),
		Description:           jsii.String("The Items API, once per runtime"),
		EndpointConfiguration: &awsapigateway.EndpointConfiguration{Types: &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL}},
		CloudWatchRole:        jsii.Bool(false),
		DeployOptions:         stage,
		Policy:                onlyFrom(props.AllowedCIDRs),
	})
	api.Node().TryRemoveChild(jsii.String("Endpoint")) // an output of the CDK's own; the stack has a named one
	b := &BenchmarkAPI{Construct: this, API: api, StageName: either(props.StageName, "prod"), AccessLogs: accessLogs}
	for _, route := range props.Routes {
		b.route(route, props.APIKey)
	}
	b.health(props.Runtimes)
	b.answers()
	if len(props.AllowedCIDRs) > 0 { // a policy counts from the next deployment on, and the CDK's hash leaves it out
		api.LatestDeployment().AddToLogicalId(props.AllowedCIDRs)
	}
	if props.APIKey {
		b.key(props)
	}
	if props.Firewall {
		b.firewall()
	}
	if props.Domain != "" {
		b.domain(props.Domain, props.Certificate)
	}
	return b
}

// prefixes are what API Gateway takes as parts of a path.
var prefixes = regexp.MustCompile(`^(/[A-Za-z0-9._:-]+)+$`)

// check refuses what API Gateway would refuse late, or take for something else.
func (p *BenchmarkAPIProps) check() {
	taken := map[string]bool{"/health": true}
	for _, r := range p.Routes {
		required("route "+r.Prefix+": function", r.Function)
		if !prefixes.MatchString(r.Prefix) {
			panic(fmt.Sprintf("route: got the prefix %q, want one such as /go or /shop/orders", r.Prefix))
		}
		if taken[r.Prefix] {
			panic(fmt.Sprintf("route: got the prefix %s, which is taken", r.Prefix))
		}
		taken[r.Prefix] = true
	}
	if p.Domain != "" {
		required("domain "+p.Domain+": certificate", p.Certificate)
	}
}

// URL of the stage, without a slash at the end.
func (b *BenchmarkAPI) URL() *string {
	return awscdk.Fn_Join(jsii.String(""), jsii.Strings("https://", *b.API.RestApiId(), ".execute-api.",
		*awscdk.Stack_Of(b.API).Region(), ".", *awscdk.Stack_Of(b.API).UrlSuffix(), "/", b.StageName))
}

func (b *BenchmarkAPI) route(r Route, key bool) {
	name := r.Function
	if r.Qualifier != "" {
		name += ":" + r.Qualifier
	}
	arn := awscdk.Stack_Of(b.API).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("lambda"), Resource: jsii.String("function"), ResourceName: jsii.String(name), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	integration := awsapigateway.NewAwsIntegration(&awsapigateway.AwsIntegrationProps{
		Service: jsii.String("lambda"), Proxy: jsii.Bool(true), Path: jsii.String(fmt.Sprintf("2015-03-31/functions/%s/invocations", *arn)),
	})
	below := b.API.Root().ResourceForPath(jsii.String(r.Prefix)).AddResource(jsii.String("{proxy+}"), nil)
	for _, method := range routeMethods {
		below.AddMethod(jsii.String(method), integration, &awsapigateway.MethodOptions{ApiKeyRequired: jsii.Bool(key)})
	}
}

// measured are the settings of the methods with metrics of their own. A method's
// settings replace the stage's, they don't add to them: so the limits are in both.
func measured(props *BenchmarkAPIProps) *map[string]*awsapigateway.MethodDeploymentOptions {
	options := map[string]*awsapigateway.MethodDeploymentOptions{}
	for _, route := range props.Routes {
		for _, method := range route.Measured {
			of := &awsapigateway.MethodDeploymentOptions{MetricsEnabled: jsii.Bool(true), LoggingLevel: awsapigateway.MethodLoggingLevel_OFF}
			if props.ThrottleRate > 0 {
				of.ThrottlingRateLimit, of.ThrottlingBurstLimit = jsii.Number(props.ThrottleRate), jsii.Number(props.ThrottleBurst)
			}
			options[route.Prefix+"/{proxy+}/"+method] = of
		}
	}
	if len(options) == 0 {
		return nil
	}
	return &options
}

// routeMethods are those of each route. ANY alone would lead everything to the
// function, but AWS does not say under which method CloudWatch then counts a
// request: those that callers are meant to use have a method of their own.
var routeMethods = []string{"GET", "POST", "PUT", "DELETE", "ANY"}

// health answers without any function: that the API itself is there.
func (b *BenchmarkAPI) health(runtimes []string) {
	if runtimes == nil {
		runtimes = []string{}
	}
	body, err := json.Marshal(struct {
		Status   string   `json:"status"`
		Runtimes []string `json:"runtimes"`
	}{"ok", runtimes})
	if err != nil { // strings always marshal
		panic("constructs: " + err.Error())
	}
	mock := awsapigateway.NewMockIntegration(&awsapigateway.IntegrationOptions{
		PassthroughBehavior:  awsapigateway.PassthroughBehavior_NEVER,
		RequestTemplates:     &map[string]*string{"application/json": jsii.String(`{"statusCode":200}`)},
		IntegrationResponses: &[]*awsapigateway.IntegrationResponse{{StatusCode: jsii.String("200"), ResponseTemplates: &map[string]*string{"application/json": jsii.String(string(body))}}},
	})
	b.API.Root().AddResource(jsii.String("health"), nil).AddMethod(jsii.String("GET"), mock, &awsapigateway.MethodOptions{
		MethodResponses: &[]*awsapigateway.MethodResponse{{StatusCode: jsii.String("200")}},
	})
}

// answers sets what API Gateway says by itself, as far as AWS allows.
func (b *BenchmarkAPI) answers() {
	for _, r := range gatewayresponse.Table() {
		template, ok := r.Template()
		if !ok {
			continue
		}
		b.API.AddGatewayResponse(jsii.String(r.Type), &awsapigateway.GatewayResponseOptions{
			Type:            awsapigateway.ResponseType_Of(jsii.String(r.Type)),
			StatusCode:      optional(r.StatusCode()),
			Templates:       &map[string]*string{"application/json": jsii.String(template)},
			ResponseHeaders: &map[string]*string{"Content-Type": jsii.String("'" + gatewayresponse.ContentType + "'")},
		})
	}
}

func (b *BenchmarkAPI) key(props *BenchmarkAPIProps) {
	b.Key = awsapigateway.NewApiKey(b.Construct, jsii.String("Key"), &awsapigateway.ApiKeyProps{
		Description: jsii.String("Callers send it as the header x-api-key"),
	})
	plan := &awsapigateway.UsagePlanProps{
		ApiStages: &[]*awsapigateway.UsagePlanPerApiStage{{Api: b.API, Stage: b.API.DeploymentStage()}},
	}
	if props.ThrottleRate > 0 {
		plan.Throttle = &awsapigateway.ThrottleSettings{RateLimit: jsii.Number(props.ThrottleRate), BurstLimit: jsii.Number(props.ThrottleBurst)}
	}
	awsapigateway.NewUsagePlan(b.Construct, jsii.String("UsagePlan"), plan).AddApiKey(b.Key, nil)
}

// onlyFrom lets everybody call and refuses all but the given addresses.
func onlyFrom(cidrs []string) awsiam.PolicyDocument {
	if len(cidrs) == 0 {
		return nil
	}
	statement := func(effect awsiam.Effect, conditions *map[string]any) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Effect: effect, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
			Actions: jsii.Strings("execute-api:Invoke"), Resources: jsii.Strings("execute-api:/*"), Conditions: conditions,
		})
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
		statement(awsiam.Effect_ALLOW, nil),
		statement(awsiam.Effect_DENY, &map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": cidrs}}),
	}})
}
