package scaffold

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// sign is a word in a function's sources that tells which events it takes.
type sign struct {
	words       *regexp.Regexp
	integration string
	source      string // of madeUp, for events that are no HTTP requests
}

// signs are names of the event types of Lambda's libraries (aws-lambda-go/events,
// @types/aws-lambda, aws-lambda-java-events, aws_lambda_events, Powertools), of their
// fields, and of the adapters that frameworks stand behind. Who reads both payloads
// gets the older.
var signs = []sign{
	{regexp.MustCompile(`\b(?:APIGatewayProxyEvent|APIGatewayProxyHandler|APIGatewayProxyRequest(?:Event)?|AwsProxyRequest|ApiGatewayProxyRequest|APIGatewayRestResolver|APIGatewayEvent|httpMethod|http_method|HTTPMethod)\b`), config.REST, ""},
	{regexp.MustCompile(`\b(?:LambdaFunctionU(?:RL|rl)(?:Request|Event|Handler|Resolver|Model)|lambda_function_urls)\b`), config.URL, ""},
	{regexp.MustCompile(`\b(?:APIGatewayV2HTTP(?:Request|Event)|ApiGatewayV2httpRequest|APIGatewayProxy(?:Event|Handler|Result|StructuredResult)V2\w*|APIGatewayEventRequestContextV2\w*|APIGatewayHttpResolver|HttpApiV2ProxyRequest|rawPath|raw_path|RawPath|requestContext\??\.http)\b`), config.HTTP, ""},
	{regexp.MustCompile(`\b(?:SQSEvent|SQSHandler|SQSBatchResponse|SqsEvent)\b`), config.Event, "sqs"},
	{regexp.MustCompile(`\b(?:SNSEvent|SNSHandler|SnsEvent)\b`), config.Event, "sns"},
	{regexp.MustCompile(`\b(?:S3Event|S3Handler|S3EventNotification)\b`), config.Event, "s3"},
	{regexp.MustCompile(`\b(?:DynamoDBEvent|DynamodbEvent|DynamoDBStreamEvent|DynamoDBStreamHandler|DynamoDbEvent)\b`), config.Event, "dynamodb"},
	{regexp.MustCompile(`\b(?:KinesisEvent|KinesisStreamEvent|KinesisStreamHandler)\b`), config.Event, "kinesis"},
	{regexp.MustCompile(`\b(?:ScheduledEvent|ScheduledHandler|CloudWatchEvent|EventBridgeEvent|EventBridgeHandler)\b`), config.Event, "schedule"},
	{regexp.MustCompile(`\b(?:status_?[cC]ode|StatusCode|APIGatewayProxyRes\w*|lambda_http|Mangum|serverless-http|serverless-express|aws-lambda-fastify|awsgi|apig_wsgi|serverless_wsgi|httpadapter|algnhsa)\b|@fastify/aws-lambda|hono/aws-lambda|aws-lambda-go-api-proxy|\bserverless\.proxy\b`), config.REST, ""},
}

// rustFeatures are those of lambda_http, where it has not the usual ones, which take all
// payloads.
var rustFeatures = regexp.MustCompile(`(?s)lambda_http\s*=\s*\{[^}]*default-features\s*=\s*false[^}]*\}`)

var sourceEndings = []string{".py", ".mjs", ".js", ".cjs", ".ts", ".mts", ".tsx", ".go", ".rs", ".java", ".kt"}

// taken guesses which events the function gets, where no template has said so: from
// the file of its handler, or, where that says nothing, from all sources.
func (in *inspection) taken() {
	if in.Integration != "" || in.source == "" {
		return
	}
	cargo := path.Join(in.source, "Cargo.toml")
	if features := rustFeatures.FindString(in.read(cargo)); strings.Contains(features, "apigw_http") && !strings.Contains(features, "apigw_rest") {
		in.integration(config.HTTP, cargo+": lambda_http, apigw_http")
		return
	}
	files := in.files(in.source, sourceEndings...)
	if in.handled != "" {
		files = slices.DeleteFunc(files, func(file string) bool { return file == in.handled })
		if found, from := in.signs([]string{in.handled}); found != nil {
			in.takes(*found, from)
			return
		}
	}
	if found, from := in.signs(files); found != nil {
		in.takes(*found, from)
		return
	}
	from := path.Clean(in.source) + ": no source looks like one that answers HTTP requests"
	if in.Zip != "" {
		from = in.Zip + ": nothing says that HTTP requests reach it"
	}
	in.integration(config.Event, from)
	if len(in.Requests) == 0 {
		in.Requests = append(in.Requests, Request{Name: "event", Event: "{}"})
		in.open("The event is made up: write one that the function takes into " + RequestsFile + ", where {} stands.")
	}
}

// signs are the first that files have, in the order of signs, and where.
func (in *inspection) signs(files []string) (*sign, string) {
	for i, one := range signs {
		for _, file := range files {
			if found := one.words.FindString(in.read(file)); found != "" {
				return &signs[i], file + ": " + found
			}
		}
	}
	return nil, ""
}

func (in *inspection) takes(s sign, from string) {
	in.integration(s.integration, from)
	if s.source != "" && len(in.Requests) == 0 {
		in.event(s.source, s.source, from)
	}
}
