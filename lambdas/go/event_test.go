package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"pgregory.net/rapid"
)

// seen is what a handler can tell of a request.
type seen struct {
	Method, Path, EscapedPath, RawQuery, Host, SourceIP, Body string
	Header                                                    http.Header
}

// send passes an event through the adapter and returns what arrived behind it.
func send(t *testing.T, event string) seen {
	t.Helper()
	var got seen
	handler := eventHandler{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte("error: " + err.Error())
		}
		got = seen{r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, sourceIP(r), string(body), r.Header}
	})}
	if _, err := handler.Invoke(t.Context(), []byte(event)); err != nil {
		t.Fatalf("Invoke(%s): %v", event, err)
	}
	return got
}

func TestEventToRequest(t *testing.T) {
	tests := []struct {
		name, event string
		want        seen
	}{
		{
			"everything",
			`{"resource":"/go/{proxy+}","path":"/go/items","httpMethod":"POST",
			  "headers":{"content-type":"text/plain"},"multiValueHeaders":{"content-type":["application/json"],"HOST":["api.example"],"X-A":["1","2"]},
			  "queryStringParameters":{"q":"last"},"multiValueQueryStringParameters":{"limit":["5","6"],"n xt":["a&b=c%"]},
			  "requestContext":{"stage":"dev","path":"/dev/go/items","identity":{"sourceIp":"203.0.113.7","userAgent":null}},
			  "body":"{\"name\":\"ä\"}","isBase64Encoded":false}`,
			seen{"POST", "/go/items", "/go/items", "limit=5&limit=6&n+xt=a%26b%3Dc%25", "api.example", "203.0.113.7", `{"name":"ä"}`,
				http.Header{"Content-Type": {"application/json"}, "Host": {"api.example"}, "X-A": {"1", "2"}}},
		},
		{
			"nothing",
			`{"httpMethod":"GET","path":"/items","headers":null,"multiValueHeaders":null,"queryStringParameters":null,"multiValueQueryStringParameters":null,"body":null}`,
			seen{Method: "GET", Path: "/items", EscapedPath: "/items", Header: http.Header{}},
		},
		{
			"single values only",
			`{"httpMethod":"GET","path":"/items","headers":{"x-a":"1"},"queryStringParameters":{"limit":"5"}}`,
			seen{Method: "GET", Path: "/items", EscapedPath: "/items", RawQuery: "limit=5", Header: http.Header{"X-A": {"1"}}},
		},
		{
			"one name in two cases",
			`{"httpMethod":"GET","path":"/items","multiValueHeaders":{"x-a":["1"],"X-A":["1"]}}`,
			seen{Method: "GET", Path: "/items", EscapedPath: "/items", Header: http.Header{"X-A": {"1", "1"}}},
		},
		{
			"base64",
			`{"httpMethod":"PUT","path":"/items","body":"AP8=","isBase64Encoded":true}`,
			seen{Method: "PUT", Path: "/items", EscapedPath: "/items", Body: "\x00\xff", Header: http.Header{}},
		},
		{
			"no base64",
			`{"httpMethod":"PUT","path":"/items","body":"%%%%","isBase64Encoded":true}`,
			seen{Method: "PUT", Path: "/items", EscapedPath: "/items", Body: "error: illegal base64 data at input byte 0", Header: http.Header{}},
		},
		{
			"escapes",
			`{"httpMethod":"GET","path":"/items/%41%2f"}`,
			seen{Method: "GET", Path: "/items/A/", EscapedPath: "/items/%41%2f", Header: http.Header{}},
		},
		{
			"broken escape",
			`{"httpMethod":"GET","path":"/items/%zz"}`,
			seen{Method: "GET", Path: "/items/%zz", EscapedPath: "/items/%25zz", Header: http.Header{}},
		},
		{
			"IPv6",
			`{"httpMethod":"GET","path":"/items","requestContext":{"identity":{"sourceIp":"2001:db8::7"}}}`,
			seen{Method: "GET", Path: "/items", EscapedPath: "/items", SourceIP: "2001:db8::7", Header: http.Header{}},
		},
		{
			"the console's test call",
			`{"httpMethod":"GET","path":"/items","requestContext":{"identity":{"sourceIp":"test-invoke-source-ip"}}}`,
			seen{Method: "GET", Path: "/items", EscapedPath: "/items", SourceIP: "test-invoke-source-ip", Header: http.Header{}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := send(t, tt.event); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\ngot  %+q\nwant %+q", got, tt.want)
			}
		})
	}
}

// Query values and bodies arrive as they are in the event, whatever they contain.
func TestEventKeepsValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name, value := rapid.String().Draw(rt, "name"), rapid.String().Draw(rt, "value")
		body := rapid.SliceOf(rapid.Byte()).Draw(rt, "body")
		event, err := json.Marshal(map[string]any{
			"httpMethod":                      "POST",
			"path":                            "/items",
			"multiValueQueryStringParameters": map[string][]string{name: {value, value}},
			"body":                            base64.StdEncoding.EncodeToString(body),
			"isBase64Encoded":                 true,
		})
		if err != nil {
			rt.Fatal(err)
		}
		got := send(t, string(event))
		if values := queryValues(got.RawQuery, name); !reflect.DeepEqual(values, []string{value, value}) {
			rt.Errorf("query %q: got %q, want %q twice", name, values, value)
		}
		if got.Body != string(body) {
			rt.Errorf("body: got %q, want %q", got.Body, body)
		}
	})
}

func TestOtherEventsAreRefused(t *testing.T) {
	for _, event := range []string{
		`{"version":"2.0","rawPath":"/items","requestContext":{"http":{"method":"GET"}}}`,
		`{"Records":[]}`,
		`[]`,
		`not JSON`,
		`{"httpMethod":"GET","path":"/","headers":[]}`,
		`{"httpMethod":"GET","path":"/","queryStringParameters":1}`,
	} {
		answer, err := eventHandler{http.NotFoundHandler()}.Invoke(t.Context(), []byte(event))
		if err == nil || !strings.HasPrefix(err.Error(), "read the API Gateway event: ") {
			t.Errorf("Invoke(%s): got %s, %v, want an error", event, answer, err)
		}
	}
}

func TestResponseToAnswer(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {},
			`{"statusCode":200,"multiValueHeaders":{},"body":"","isBase64Encoded":false}`},
		{"everything", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "10")
			w.Header().Add("X-A", "1")
			w.Header().Add("X-A", "2")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"a":`)
			fmt.Fprint(w, `"<é>"}`)
		}, `{"statusCode":201,"multiValueHeaders":{"Content-Type":["application/json"],"X-A":["1","2"]},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := eventHandler{tt.handler}.Invoke(t.Context(), []byte(`{"httpMethod":"GET","path":"/"}`))
			if err != nil || string(got) != tt.want {
				t.Errorf("answer:\ngot  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

// The handler gives up before Lambda kills the environment.
func TestDeadlineLeavesTimeToAnswer(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	handler := eventHandler{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, ok := r.Context().Deadline()
		if want := deadline.Add(-answerMargin); !ok || !got.Equal(want) {
			t.Errorf("deadline: got %v, want %v", got, want)
		}
	})}
	if _, err := handler.Invoke(ctx, []byte(`{"httpMethod":"GET","path":"/"}`)); err != nil {
		t.Fatal(err)
	}
}

// An event and the HTTP request that it stands for get the same answer.
func TestEventAndServerAgree(t *testing.T) {
	list := func(limit int, after string) ([]Item, string, error) {
		return []Item{{Name: fmt.Sprint(limit, after)}}, testID, nil
	}
	for _, tt := range []struct{ target, event string }{
		{"GET /go/items?limit=7&nextToken=V26F5mClReOIxr6M5fhx_A", `{"httpMethod":"GET","path":"/go/items","multiValueQueryStringParameters":{"limit":["7"],"nextToken":["V26F5mClReOIxr6M5fhx_A"]}}`},
		{"GET /items?limit=%zz", `{"httpMethod":"GET","path":"/items","multiValueQueryStringParameters":{"limit":["%zz"]}}`},
		{"GET /items/%20", `{"httpMethod":"GET","path":"/items/%20"}`},
		{"GET /items/%zz", `{"httpMethod":"GET","path":"/items/%zz"}`},
		{"PATCH /items/%20", `{"httpMethod":"PATCH","path":"/items/%20"}`},
		{"OPTIONS /items", `{"httpMethod":"OPTIONS","path":"/items"}`},
		{"GET /items/", `{"httpMethod":"GET","path":"/items/"}`},
		{"GET //items", `{"httpMethod":"GET","path":"//items"}`},
		{"PUT /items/" + testID, `{"httpMethod":"PUT","path":"/items/` + testID + `"}`},
	} {
		handler, _ := newTestApp(fakeStore{list: list})
		method, target, _ := strings.Cut(tt.target, " ")
		// The request line as it is: httptest.NewRequest takes no broken escape.
		r := httptest.NewRequest(method, "/", nil)
		path, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, path, query
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		w.Header().Del("Content-Length")

		handler, _ = newTestApp(fakeStore{list: list})
		payload, err := eventHandler{handler}.Invoke(t.Context(), []byte(tt.event))
		if err != nil {
			t.Fatal(err)
		}
		var got proxyResponse
		if err := json.Unmarshal(payload, &got); err != nil {
			t.Fatal(err)
		}
		want := proxyResponse{w.Code, w.Header(), w.Body.String(), false}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\nevent  %+v\nserver %+v", tt.target, got, want)
		}
	}
}

func TestBrokenBase64(t *testing.T) {
	handler, _ := newTestApp(fakeStore{get: func(string) (Item, error) { return testItem, nil }})
	for event, want := range map[string]string{
		`{"httpMethod":"POST","path":"/items","headers":{"content-type":"application/json"},"body":"%","isBase64Encoded":true}`: `{"statusCode":400,`,
		`{"httpMethod":"GET","path":"/items/` + testID + `","body":"%","isBase64Encoded":true}`:                                 `{"statusCode":200,`,
	} {
		got, err := eventHandler{handler}.Invoke(t.Context(), []byte(event))
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s: got %s, %v, want %s…", event, got, err, want)
		}
	}
}

func TestRequestIDIsLambdas(t *testing.T) {
	handler, log := newTestApp(fakeStore{})
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "lambda-id"})
	if _, err := (eventHandler{handler}).Invoke(ctx, []byte(`{"httpMethod":"GET","path":"/health"}`)); err != nil {
		t.Fatal(err)
	}
	if want := `"requestId":"lambda-id"`; !strings.Contains(log.String(), want) {
		t.Errorf("log: got %s, want %s in it", log, want)
	}
}

// No path gets past the raw path's checks, and none makes the router panic.
func TestAnyPath(t *testing.T) {
	handler, _ := newTestApp(fakeStore{})
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.SampledFrom([]string{"/", "go", "items", "health", "metrics", "x", "%", "%2", "%2F", "%69", ".", "..", "é", ":id", "*", "\x00", ""})
		path := strings.Join(rapid.SliceOf(segment).Draw(t, "path"), "")
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}).Draw(t, "method")
		event, err := json.Marshal(map[string]string{"httpMethod": method, "path": path})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := eventHandler{handler}.Invoke(context.Background(), event)
		if err != nil {
			t.Fatal(err)
		}
		var got proxyResponse
		if err := json.Unmarshal(payload, &got); err != nil {
			t.Fatal(err)
		}
		bare := strings.TrimPrefix(path, "/go")
		id, isItem := strings.CutPrefix(bare, "/items/")
		known := bare == "/items" || bare == "/health" || bare == "/metrics" ||
			isItem && id != "" && !strings.ContainsAny(id, "/%\x00é") && !strings.HasPrefix(path, "/go/go")
		if !known && got.Body != pathProblem {
			t.Errorf("%s %q: got %d %s, want an unknown path", method, path, got.StatusCode, got.Body)
		}
		if known && (got.Body == pathProblem || got.StatusCode == 500 && method != "GET") {
			t.Errorf("%s %q: got %d %s, want a known path", method, path, got.StatusCode, got.Body)
		}
	})
}

func BenchmarkInvoke(b *testing.B) {
	handler, _ := newTestApp(fakeStore{get: func(string) (Item, error) { return testItem, nil }})
	event := []byte(`{"httpMethod":"GET","path":"/go/items/` + testID + `","multiValueHeaders":{"Accept":["*/*"],"Host":["api.example"]},"requestContext":{"identity":{"sourceIp":"203.0.113.7"}},"body":null}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (eventHandler{handler}).Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
