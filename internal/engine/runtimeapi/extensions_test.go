package runtimeapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
)

// extend sends a request of the Extensions API.
func extend(t *testing.T, s *runtimeapi.Server, method, at, body string, header ...string) (status int, answer map[string]any, h http.Header) {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+s.Addr()+path.Join("/2020-01-01/extension", at), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %v", method, at, err)
	}
	return got.StatusCode, answer, got.Header
}

func register(t *testing.T, s *runtimeapi.Server, name string, events string) (id string) {
	t.Helper()
	status, answer, header := extend(t, s, "POST", "register", `{"events":[`+events+`]}`, "Lambda-Extension-Name", name)
	if status != http.StatusOK {
		t.Fatalf("register %s: got %d %v", name, status, answer)
	}
	return header.Get("Lambda-Extension-Identifier")
}

func TestAnExtensionThatIsRefused(t *testing.T) {
	s, err := runtimeapi.Listen(runtimeapi.Options{Extensions: []string{"outside"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	register(t, s, "outside", `"INVOKE","SHUTDOWN"`)
	inside := register(t, s, "inside", `"INVOKE"`)
	name := func(n string) []string { return []string{"Lambda-Extension-Name", n} }
	who := func(id string) []string { return []string{"Lambda-Extension-Identifier", id} }
	for _, test := range []struct {
		method, path, body string
		header             []string
		kind, message      string
	}{
		{"POST", "register", `{}`, nil, "Extension.InvalidExtensionName", "Empty extension name"},
		{"POST", "register", `{`, name("x"), "InvalidRequestFormat", "unexpected end of JSON input"},
		{"POST", "register", `{"configurationKeys":["x"]}`, name("x"), "InvalidRequestFormat", "configurationKeys are deprecated; use environment variables instead"},
		{"POST", "register", `{"events":["SHUTDOWN"]}`, name("x"), "Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"},
		{"POST", "register", `{"events":["NAP"]}`, name("x"), "Extension.InvalidEventType", "NAP: ErrorInvalidEventType"},
		{"POST", "register", `{}`, name("inside"), "Extension.InvalidExtensionState", "Extension with this name already registered"},
		{"POST", "register", `{}`, name("outside"), "Extension.InvalidExtensionState", "State transition from Registered to Registered failed for extension outside. Error: State transition is not allowed"},
		{"GET", "event/next", "", nil, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"},
		{"GET", "event/next", "", who("x"), "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"},
		{"GET", "event/next", "", who("8476a536-e9f4-11e8-9739-2dfe598c3fcd"), "Extension.UnknownExtensionIdentifier", "Unknown extension 8476a536-e9f4-11e8-9739-2dfe598c3fcd"},
		{"POST", "init/error", "", who(inside), "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"},
	} {
		status, got, _ := extend(t, s, test.method, test.path, test.body, test.header...)
		if status != http.StatusForbidden || got["errorType"] != test.kind || got["errorMessage"] != test.message {
			t.Errorf("%s %s %s: got %d %v, want 403 %s: %s", test.method, test.path, test.body, status, got, test.kind, test.message)
		}
	}
	for i := range runtimeapi.MaxExtensions - 2 {
		register(t, s, "more-"+string(rune('a'+i)), "")
	}
	if status, got, _ := extend(t, s, "POST", "register", `{}`, name("one too many")...); status != http.StatusForbidden || got["errorType"] != "Extension.TooManyExtensions" {
		t.Errorf("the eleventh: got %d %v", status, got)
	}
	s.CloseRegistration()
	if status, got, _ := extend(t, s, "POST", "register", `{}`, name("late")...); status != http.StatusForbidden || got["errorType"] != "Extension.RegistrationClosed" {
		t.Errorf("after init: got %d %v", status, got)
	}
}

// Who asks for what is not here is told so, and can go on without.
func TestTheLogsAPIIsNamedUnsupported(t *testing.T) {
	s, err := runtimeapi.Listen(runtimeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if status, got, _ := extend(t, s, "PUT", "../../2020-08-15/logs", "{}"); status != http.StatusAccepted || got["errorType"] != "Logs.NotSupported" {
		t.Errorf("got %d %v, want 202 Logs.NotSupported", status, got)
	}
}

func TestSubscriptionsToTelemetry(t *testing.T) {
	var taken []runtimeapi.Subscription
	s, err := runtimeapi.Listen(runtimeapi.Options{Subscribe: func(s runtimeapi.Subscription) { taken = append(taken, s) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := register(t, s, "inside", "")
	put := func(body string) (int, string) {
		request, err := http.NewRequest("PUT", "http://"+s.Addr()+"/2022-07-01/telemetry", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Lambda-Extension-Identifier", id)
		got, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		return got.StatusCode, string(text)
	}
	for body, want := range map[string]string{
		`{"schemaVersion":"2022-07-01","types":[],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"}}`:                                                      "types should not be empty; URI port is not provided",
		`{"schemaVersion":"2022-07-01","types":["platform"],"destination":{"protocol":"TCP","URI":"http://sandbox.localdomain:1"}}`:                                           `protocol \"TCP\" is not supported here, HTTP is`,
		`{"schemaVersion":"1","types":["x"],"destination":{"protocol":"HTTP","URI":"http://site.example:80"}}`:                                                                `schemaVersion \"1\" is not supported; type \"x\" is not supported; URI host \"site.example\" is not sandbox.localdomain`,
		`{"schemaVersion":"2022-07-01","types":["platform"],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:1"},"buffering":{"maxItems":1,"timeoutMs":1}}`: "maxItems should be from 1000 to 10000; timeoutMs should be from 25 to 30000",
	} {
		if status, got := put(body); status != http.StatusBadRequest || !strings.Contains(got, want) || !strings.Contains(got, "ValidationError") {
			t.Errorf("%s: got %d %s, want 400 %s", body, status, got, want)
		}
	}
	const right = `{"schemaVersion":"2022-12-13","types":["platform","function"],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:4243/in"},"buffering":{"timeoutMs":25}}`
	if status, got := put(right); status != http.StatusOK || got != `"OK"` {
		t.Errorf("got %d %s, want 200", status, got)
	}
	want := runtimeapi.Subscription{Extension: "inside", Types: []string{"platform", "function"}, Port: 4243, Path: "/in", MaxItems: 1000, MaxBytes: 256 << 10, Timeout: 25 * time.Millisecond}
	if len(taken) != 1 || !reflect.DeepEqual(taken[0], want) {
		t.Errorf("got %+v, want %+v", taken, want)
	}
	s.CloseRegistration()
	if status, got := put(right); status != http.StatusForbidden || !strings.Contains(got, "Telemetry.SubscriptionClosed") {
		t.Errorf("after init: got %d %s, want 403", status, got)
	}
}

func TestARoundIsOverWhenEveryExtensionAsksForMore(t *testing.T) {
	s, err := runtimeapi.Listen(runtimeapi.Options{Extensions: []string{"outside"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	outside, idle := register(t, s, "outside", `"INVOKE","SHUTDOWN"`), register(t, s, "inside", "")
	<-s.Registered()
	events := make(chan map[string]any)
	next := func(id string) {
		go func() {
			request, _ := http.NewRequest("GET", "http://"+s.Addr()+"/2020-01-01/extension/event/next", nil)
			request.Header.Set("Lambda-Extension-Identifier", id)
			got, err := http.DefaultClient.Do(request)
			if err != nil {
				return // closed at the end of the test
			}
			defer got.Body.Close()
			var event map[string]any
			if json.NewDecoder(got.Body).Decode(&event) == nil {
				events <- event
			}
		}()
	}
	init := s.CloseRegistration()
	next(outside)
	next(idle)
	<-init.Done
	go func() {
		if answer, err := http.Get("http://" + s.Addr() + "/2018-06-01/runtime/invocation/next"); err == nil {
			answer.Body.Close()
		}
	}()
	<-s.Signals()
	deadline := time.UnixMilli(1700000000000)
	go s.Exchange(runtimeapi.Event{ID: "id", Payload: []byte("{}"), FunctionARN: "arn", TraceID: "Root=1", Deadline: deadline}, time.Minute)
	event := <-events
	tracing, _ := event["tracing"].(map[string]any)
	if event["eventType"] != "INVOKE" || event["requestId"] != "id" || event["invokedFunctionArn"] != "arn" || event["deadlineMs"] != 1.7e12 ||
		tracing["type"] != "X-Amzn-Trace-Id" || tracing["value"] != "Root=1" {
		t.Errorf("got the event %v", event)
	}
	round := s.Round()
	select {
	case <-round.Done:
		t.Error("the round is over, and an extension is at work")
	default:
	}
	next(outside)
	<-round.Done
	if round.At().IsZero() {
		t.Error("got no time at which the round ended")
	}
	s.Shutdown("timeout", deadline)
	if event := <-events; event["eventType"] != "SHUTDOWN" || event["shutdownReason"] != "timeout" || event["deadlineMs"] != 1.7e12 {
		t.Errorf("got the event %v", event)
	}
}
