package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

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
	handler := Handler{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte("error: " + err.Error())
		}
		sourceIP, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			t.Error(err)
		}
		got = seen{r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, sourceIP, string(body), r.Header}
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
		query, err := url.ParseQuery(got.RawQuery)
		if want := (url.Values{name: {value, value}}); err != nil || !reflect.DeepEqual(query, want) {
			rt.Errorf("query: got %q, %v, want %q", query, err, want)
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
		answer, err := Handler{http.NotFoundHandler()}.Invoke(t.Context(), []byte(event))
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
			got, err := Handler{tt.handler}.Invoke(t.Context(), []byte(`{"httpMethod":"GET","path":"/"}`))
			if err != nil || string(got) != tt.want+"\n" {
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
	handler := Handler{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, ok := r.Context().Deadline()
		if want := deadline.Add(-answerMargin); !ok || !got.Equal(want) {
			t.Errorf("deadline: got %v, want %v", got, want)
		}
	})}
	if _, err := handler.Invoke(ctx, []byte(`{"httpMethod":"GET","path":"/"}`)); err != nil {
		t.Fatal(err)
	}
}
