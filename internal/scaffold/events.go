package scaffold

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// Events of the services that send them in a form of their own, as short as functions
// take them.
const (
	sqsEvent       = `{Records: [{messageId: "1", receiptHandle: "1", body: "{}", attributes: {}, messageAttributes: {}, eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:queue", awsRegion: us-east-1}]}`
	scheduledEvent = `{version: "0", id: "1", detail-type: Scheduled Event, source: aws.events, account: "123456789012", time: "2026-01-01T00:00:00Z", region: us-east-1, resources: [], detail: {}}`
)

// event is a request of a template's event source.
func (in *inspection) event(name, kind, from string) {
	json := "{}"
	switch strings.ToLower(kind) {
	case "sqs":
		json = sqsEvent
	case "schedule", "schedulev2":
		json = scheduledEvent
	default:
		in.open(fmt.Sprintf("%s: write such an event (%s) into %s, where {} stands.", from, kind, RequestsFile))
	}
	in.Requests = append(in.Requests, Request{Name: name, Event: json})
	in.because("requests", name, from)
}

// route is a method and a path of an API that lead to the function.
func (in *inspection) route(method, resource, from string) {
	if method = strings.ToUpper(method); method == "" || method == "ANY" || method == "*" {
		method = "GET"
	}
	if !strings.HasPrefix(resource, "/") {
		resource = "/" + resource
	}
	if !slices.Contains(in.Routes, resource) {
		in.Routes = append(in.Routes, resource)
		in.because("routes", resource, from)
	}
	asked := parameter.ReplaceAllString(resource, "1")
	name := manifestName(method + " " + asked)
	for n := 2; slices.ContainsFunc(in.Requests, func(r Request) bool { return r.Name == name }); n++ {
		name = fmt.Sprintf("%s-%d", manifestName(method), n)
	}
	in.Requests = append(in.Requests, Request{Name: name, Method: method, Path: asked})
}

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
func (in *inspection) noRequests(from string) {
	if in.Integration != "" {
		in.sayBodies()
		return
	}
	in.integration(config.Event, from)
	if len(in.Requests) == 0 {
		in.event("event", "none in the template", from)
	}
}

// sayBodies tells what a template does not have.
func (in *inspection) sayBodies() {
	if slices.ContainsFunc(in.Requests, func(r Request) bool { return r.Event == "" && r.Method != "GET" || strings.HasSuffix(r.Path, "/1") }) {
		in.open("A template has no bodies, parameters and statuses: write those that the function expects into " + RequestsFile + ".")
	}
}

// samEvents takes routes and events over.
func (in *inspection) samEvents(t template, where string, resource any) {
	events, _ := at(resource, "Properties", "Events").(map[string]any)
	names := slices.Sorted(maps.Keys(events))
	for _, name := range names {
		one := events[name]
		from := where + "Events." + name
		kind := text(at(one, "Type"))
		method, _ := t.resolve(at(one, "Properties", "Method"))
		resource, _ := t.resolve(at(one, "Properties", "Path"))
		switch kind {
		case "Api":
			in.integration(config.REST, from+" (Api)")
			in.route(method, resource, from)
		case "HttpApi":
			kind := config.HTTP
			if text(at(one, "Properties", "PayloadFormatVersion")) == "1.0" {
				kind = config.REST
			}
			in.integration(kind, from+" (HttpApi)")
			if resource == "" || resource == "$default" {
				in.Requests = append(in.Requests, Request{Name: manifestName(name), Method: "GET", Path: "/"})
				continue
			}
			in.route(method, resource, from)
		default:
			in.event(manifestName(name), kind, from)
		}
	}
	if at(resource, "Properties", "FunctionUrlConfig") != nil {
		in.integration(config.URL, where+"FunctionUrlConfig")
	}
	in.noRequests(where + "Events has no HTTP requests")
}
