package scaffold

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// madeUp are events of services, as short as functions take them, by what SAM and the
// Serverless Framework call their sources, in lower case.
var madeUp = map[string]string{
	"sqs":             sqsEvent,
	"sns":             `{Records: [{EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: "arn:aws:sns:us-east-1:123456789012:topic:1", Sns: {Type: Notification, MessageId: "1", TopicArn: "arn:aws:sns:us-east-1:123456789012:topic", Subject: subject, Message: "{}", Timestamp: "2026-01-01T00:00:00.000Z", MessageAttributes: {}}}]}`,
	"s3":              `{Records: [{eventVersion: "2.1", eventSource: "aws:s3", awsRegion: us-east-1, eventTime: "2026-01-01T00:00:00.000Z", eventName: "ObjectCreated:Put", s3: {s3SchemaVersion: "1.0", configurationId: "1", bucket: {name: bucket, arn: "arn:aws:s3:::bucket"}, object: {key: key, size: 1, eTag: "1", sequencer: "1"}}}]}`,
	"dynamodb":        `{Records: [{eventID: "1", eventVersion: "1.1", eventName: INSERT, eventSource: "aws:dynamodb", awsRegion: us-east-1, eventSourceARN: "arn:aws:dynamodb:us-east-1:123456789012:table/table/stream/1", dynamodb: {Keys: {id: {S: "1"}}, NewImage: {id: {S: "1"}}, SequenceNumber: "1", SizeBytes: 6, StreamViewType: NEW_AND_OLD_IMAGES}}]}`,
	"kinesis":         `{Records: [{eventID: "shard:1", eventVersion: "1.0", eventName: "aws:kinesis:record", eventSource: "aws:kinesis", awsRegion: us-east-1, eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/stream", kinesis: {kinesisSchemaVersion: "1.0", partitionKey: "1", sequenceNumber: "1", data: e30=, approximateArrivalTimestamp: 1767225600.0}}]}`,
	"schedule":        scheduledEvent,
	"schedulev2":      scheduledEvent,
	"eventbridgerule": busEvent,
	"cloudwatchevent": busEvent,
	"eventbridge":     busEvent,
}

const (
	sqsEvent       = `{Records: [{messageId: "1", receiptHandle: "1", body: "{}", attributes: {}, messageAttributes: {}, eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:queue", awsRegion: us-east-1}]}`
	scheduledEvent = `{version: "0", id: "1", detail-type: Scheduled Event, source: aws.events, account: "123456789012", time: "2026-01-01T00:00:00Z", region: us-east-1, resources: [], detail: {}}`
	busEvent       = `{version: "0", id: "1", detail-type: Something happened, source: somebody, account: "123456789012", time: "2026-01-01T00:00:00Z", region: us-east-1, resources: [], detail: {}}`
)

// event is a request of a template's event source.
func (in *inspection) event(name, kind, from string) {
	json, known := madeUp[strings.ToLower(kind)]
	if !known {
		json = "{}"
		if in.asIs {
			in.strange = append(in.strange, fmt.Sprintf("%s (%s)", from, kind))
			return
		}
		in.open(fmt.Sprintf("%s: write such an event (%s) into %s, where {} stands.", from, kind, RequestsFile))
	}
	in.Requests = append(in.Requests, Request{Name: name, Event: json})
	in.because("requests", name, from)
}

// route is a method and a path of an API that lead to the function.
func (in *inspection) route(method, resource, from string) error {
	switch method = strings.ToUpper(method); {
	case method == "" || method == "ANY" || method == "*":
		method = "GET"
	case !slices.Contains(methods, method):
		return fault.Usage("methods of an API: "+strings.Join(methods, ", ")+", any", "%s: got the method %s, want one of an API", from, strings.ToLower(method))
	}
	if !strings.HasPrefix(resource, "/") {
		resource = "/" + resource
	}
	if !slices.Contains(in.Routes, resource) {
		in.Routes = append(in.Routes, resource)
		in.because("routes", resource, from)
	}
	asked := parameter.ReplaceAllString(resource, "1")
	name := words(method + " " + asked)
	for n := 2; slices.ContainsFunc(in.Requests, func(r Request) bool { return r.Name == name }); n++ {
		name = fmt.Sprintf("%s-%d", words(method), n)
	}
	in.Requests = append(in.Requests, Request{Name: name, Method: method, Path: asked, resource: resource})
	return nil
}

// methods are those that API Gateway takes.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// integration settles the kind of the function's events from those that lead to it.
func (in *inspection) integration(kind, from string) {
	if in.Integration != "" && in.Integration != kind {
		in.open(fmt.Sprintf("%s would be the integration %s: a manifest has one, which is %s.", from, kind, in.Integration))
		return
	}
	if in.Integration == "" {
		in.Integration = kind
		in.because("integration", kind, from)
	}
}

// noRequests is of a function that the template names no HTTP requests for.
func (in *inspection) noRequests(from string, others bool) {
	switch {
	case in.Integration != "":
		in.sayBodies()
		return
	case !others && !in.asIs: // something else may lead to it: the sources are asked
		return
	}
	in.integration(config.Event, from)
}

// sayBodies tells what a template does not have.
func (in *inspection) sayBodies() {
	if !in.asIs && slices.ContainsFunc(in.Requests, func(r Request) bool { return r.Event == "" && r.Method != "GET" || strings.HasSuffix(r.Path, "/1") }) {
		in.open("A template has no bodies, parameters and statuses: write those that the function expects into " + RequestsFile + ".")
	}
}

// samEvents takes routes and events over.
func (in *inspection) samEvents(t template, name string) error {
	own := properties(name)
	events, _ := at(t.root, "Resources", name, "Properties", "Events").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(events)) {
		one := events[name]
		from := t.where(own + ".Events." + name)
		kind := text(at(one, "Type"))
		method, _ := t.resolve(at(one, "Properties", "Method"))
		resource, _ := t.resolve(at(one, "Properties", "Path"))
		switch kind {
		case "Api":
			in.integration(config.REST, from+" (Api)")
			if err := in.route(method, resource, from); err != nil {
				return err
			}
		case "HttpApi":
			kind := config.HTTP
			if text(at(one, "Properties", "PayloadFormatVersion")) == "1.0" {
				kind = config.REST
			}
			in.integration(kind, from+" (HttpApi)")
			if resource == "" || resource == "$default" {
				in.Requests = append(in.Requests, Request{Name: words(name), Method: "GET", Path: "/", resource: "/"})
				continue
			}
			if err := in.route(method, resource, from); err != nil {
				return err
			}
		default:
			if !slices.Contains(eventSources, kind) {
				return fault.Usage("sources that SAM knows: "+strings.Join(eventSources, ", "), "%s: got the type %q, want a source of events", from, kind)
			}
			in.event(words(name), kind, from)
		}
	}
	if v, from := t.property(name, "FunctionUrlConfig"); v != nil {
		in.integration(config.URL, from)
		if in.Stream = in.Integration == config.URL && text(at(v, "InvokeMode")) == "RESPONSE_STREAM"; in.Stream {
			in.because("stream", "true", from+".InvokeMode")
		}
	}
	in.noRequests(t.where(own+".Events")+" has no HTTP requests", len(events) > 0)
	return nil
}

// eventSources are the types of a function's events (SAM's specification, EventSource).
var eventSources = []string{
	"Api", "HttpApi", "SQS", "SNS", "S3", "DynamoDB", "Kinesis", "Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent", "CloudWatchLogs", "Cognito", "IoTRule",
	"MSK", "MQ", "SelfManagedKafka", "DocumentDB", "AlexaSkill",
}
