package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123_000_000, time.FixedZone("CET", 3600))

// goldenRequests are named after their files in testdata.
var goldenRequests = map[string]Request{
	"post": {
		Method: "POST", RawPath: "/go/items", Host: "api.example.com:8080", Body: []byte(`{"name":"<é>"}`),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Content-Length": {"14"}, "Connection": {"close"},
			"User-Agent": {"test/1"}, "X-Forwarded-For": {"203.0.113.7", "203.0.113.8"},
			"X-Forwarded-Proto": {"gopher"}, "Accept": {"text/html", "application/json"},
		},
		SourceIP: "127.0.0.1", Port: "8080", Proto: "http", Stage: "dev", Resource: "/go/{proxy+}",
		RequestID: "id-1", TraceID: "Root=1-0-0", Time: noon,
	},
	"get": {
		Method: "GET", RawPath: "//go/items/a%2Fb//c/", RawQuery: "limit=1&limit=2&x=a+b%2Bc;y&z=%zz",
		Host: "127.0.0.1", Header: http.Header{"Authorization": {"Bearer t"}},
		SourceIP: "::1", Stage: "dev", Resource: "/go/{proxy+}", RequestID: "id-2", Time: noon,
	},
	"base64": {
		Method: "PUT", RawPath: "/items", Body: []byte{0xff, 0x00, 'a'}, Base64: true, Time: noon,
	},
	"bare": {Method: "DELETE", RawPath: "/items/1", Time: noon},
}

func TestToEventGolden(t *testing.T) {
	for name, request := range goldenRequests {
		t.Run(name, func(t *testing.T) {
			got := indent(t, toEvent(t, request))
			file := filepath.Join("testdata", "event_"+name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant (%s)\n%s", got, file, want)
			}
		})
	}
}

// TestToEventMembers checks the event's shape against one that was recorded from the
// real service, so that a golden file can't be wrong in it.
func TestToEventMembers(t *testing.T) {
	want := map[string][]string{
		"": {
			"body", "headers", "httpMethod", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters",
			"path", "pathParameters", "queryStringParameters", "requestContext", "resource", "stageVariables",
		},
		"requestContext": {
			"accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
			"identity", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId",
			"resourcePath", "stage",
		},
		"identity": {
			"accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
			"cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn",
		},
	}
	var event map[string]any
	if err := json.Unmarshal(toEvent(t, goldenRequests["bare"]), &event); err != nil {
		t.Fatal(err)
	}
	context := event["requestContext"].(map[string]any)
	for name, object := range map[string]map[string]any{
		"": event, "requestContext": context, "identity": context["identity"].(map[string]any),
	} {
		if got := sortedKeys(object); !slices.Equal(got, want[name]) {
			t.Errorf("members of %q: got %q, want %q", name, got, want[name])
		}
	}
	for _, name := range []string{"body", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables"} {
		if got := event[name]; got != nil {
			t.Errorf("%s: got %v, want null", name, got)
		}
	}
}

func TestToEventBody(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		base64 bool
		want   string
	}{
		{name: "text", body: "häß", want: "häß"},
		{name: "markup is not escaped away", body: "<&>", want: "<&>"},
		{name: "bytes that are not UTF-8 are lost", body: "a\xff\xfeb", want: "a\uFFFD\uFFFDb"},
		{name: "base64", body: "a\xff", base64: true, want: base64.StdEncoding.EncodeToString([]byte("a\xff"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := decodeEvent(t, toEvent(t, Request{Method: "POST", RawPath: "/x", Body: []byte(tt.body), Base64: tt.base64}))
			if got.Body != tt.want || got.IsBase64Encoded != tt.base64 {
				t.Errorf("got %q, base64 %t; want %q, base64 %t", got.Body, got.IsBase64Encoded, tt.want, tt.base64)
			}
		})
	}
}

func TestToEventHeaders(t *testing.T) {
	header := http.Header{
		"authorization":   {"AWS4-HMAC-SHA256 Credential=…"},
		"x-amzn-trace-id": {"Root=1-1-1"},
		"X-Empty":         {},
	}
	for name := range droppedFromRequest {
		header[name] = []string{"x"}
	}
	got := decodeEvent(t, toEvent(t, Request{
		Method: "GET", RawPath: "/x", Host: "h", Header: header, SourceIP: "192.0.2.1", TraceID: "Root=1-2-2",
	}))
	want := map[string]string{
		"Host": "h", "X-Amzn-Trace-Id": "Root=1-1-1", "X-Forwarded-For": "192.0.2.1",
		"X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
	}
	if names := sortedKeys(got.Headers); !slices.Equal(names, sortedKeys(want)) {
		t.Errorf("got the headers %q, want %q", names, sortedKeys(want))
	}
	for name, value := range want {
		if got.Headers[name] != value {
			t.Errorf("%s: got %q, want %q", name, got.Headers[name], value)
		}
	}
}

func TestToEventPathParameters(t *testing.T) {
	tests := []struct{ resource, path, wantPath, wantProxy string }{
		{"/go/{proxy+}", "/go/items", "/go/items", "items"},
		{"/go/{proxy+}", "/go/items/", "/go/items/", "items"},
		{"/go/{proxy+}", "/go//items", "/go//items", "/items"},
		{"/go/{proxy+}", "//go/items//1", "/go/items//1", "items//1"},
		{"/go/{proxy+}", "/go/a%2fb+c", "/go/a%2fb+c", "a%2fb+c"},
		{"", "/items", "/items", "items"},
	}
	for _, tt := range tests {
		got := decodeEvent(t, toEvent(t, Request{Method: "GET", RawPath: tt.path, Resource: tt.resource, Stage: "dev"}))
		if got.Path != tt.wantPath || got.PathParameters["proxy"] != tt.wantProxy {
			t.Errorf("%s %s: got path %q and proxy %q, want %q and %q",
				tt.resource, tt.path, got.Path, got.PathParameters["proxy"], tt.wantPath, tt.wantProxy)
		}
		if want := "/dev" + tt.path; got.RequestContext.Path != want {
			t.Errorf("%s: got requestContext.path %q, want %q", tt.path, got.RequestContext.Path, want)
		}
	}
	if got := decodeEvent(t, toEvent(t, Request{Method: "GET", RawPath: "/fixed/", Resource: "/fixed"})); got.PathParameters != nil {
		t.Errorf("a fixed resource: got the path parameters %q, want none", got.PathParameters)
	}
}

func TestToEventRefuses(t *testing.T) {
	tests := []struct {
		request Request
		want    string
	}{
		{Request{RawPath: "/x"}, "no method"},
		{Request{Method: "GET"}, "begins with /"},
		{Request{Method: "GET", RawPath: "x"}, "begins with /"},
		{Request{Method: "GET", RawPath: "/go", Resource: "/go/{proxy+}"}, "does not belong"},
		{Request{Method: "GET", RawPath: "/go/", Resource: "/go/{proxy+}"}, "does not belong"},
		{Request{Method: "GET", RawPath: "/goitems", Resource: "/go/{proxy+}"}, "does not belong"},
		{Request{Method: "GET", RawPath: "/", Resource: "/{proxy+}"}, "does not belong"},
		{Request{Method: "GET", RawPath: "/other", Resource: "/fixed"}, "does not belong"},
	}
	for _, tt := range tests {
		got, err := ToEvent(tt.request)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %s and error %v, want an error with %q", tt.request, got, err, tt.want)
		}
	}
}

func toEvent(t interface {
	Helper()
	Fatal(...any)
}, r Request,
) []byte {
	t.Helper()
	event, err := ToEvent(r)
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// decodeEvent reads the event with AWS's own type.
func decodeEvent(t interface {
	Helper()
	Fatal(...any)
}, event []byte,
) events.APIGatewayProxyRequest {
	t.Helper()
	var got events.APIGatewayProxyRequest
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func indent(t *testing.T, document []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
