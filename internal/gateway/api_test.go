package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// lampRequest has something of all that an event can have.
var lampRequest = Request{
	Method: "PUT", RawPath: "/lamps/7", RawQuery: "unit=lumen&unit=watt", Host: "lamps.example.com", Body: []byte(`{"watt":60}`),
	Header: http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"lampctl/2"}, "Cookie": {"session=1; theme=dark"},
		"Accept": {"text/html", "application/json"},
	},
	SourceIP: "203.0.113.9", Resource: "/lamps/{id}", RequestID: "id-3", TraceID: "Root=1-0-0", Time: noon,
}

// The files beside this one are what AWS documents of each event, in values of our
// own: every field, and the type of each.
func TestEventsHaveEveryDocumentedField(t *testing.T) {
	for _, kind := range []Kind{REST, HTTP, URL} {
		t.Run(string(kind), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "shape_"+string(kind)+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var want, got any
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			event, err := API{Kind: kind, Stage: "prod"}.Event(lampRequest)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(event, &got); err != nil {
				t.Fatal(err)
			}
			sameShape(t, "", got, want)
		})
	}
}

// free are the objects whose names are the caller's.
var free = []string{".headers", ".multiValueHeaders", ".queryStringParameters", ".multiValueQueryStringParameters"}

func sameShape(t *testing.T, at string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%T", got), fmt.Sprintf("%T", want); g != w {
		t.Errorf("%s: got a %s (%v), want a %s", at, g, got, w)
		return
	}
	g, ok := got.(map[string]any)
	if !ok || slices.Contains(free, at) {
		return
	}
	w := want.(map[string]any)
	if names, wanted := slices.Sorted(maps.Keys(g)), slices.Sorted(maps.Keys(w)); !slices.Equal(names, wanted) {
		t.Errorf("%s: got the fields %v, want %v", at, names, wanted)
		return
	}
	for name := range w {
		sameShape(t, at+"."+name, g[name], w[name])
	}
}

func TestHTTPAPIEvent(t *testing.T) {
	r := lampRequest
	r.RawPath, r.RawQuery = "/lamps/a%20b", "unit=lumen&unit=watt&name=big%20one"
	event, err := API{Kind: HTTP}.Event(r)
	if err != nil {
		t.Fatal(err)
	}
	var got events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	if got.RawPath != "/lamps/a b" || got.PathParameters["id"] != "a b" || got.RouteKey != "ANY /lamps/{id}" || got.RequestContext.HTTP.Path != "/lamps/a b" {
		t.Errorf("got the path %q, %v by %q, want them decoded", got.RawPath, got.PathParameters, got.RouteKey)
	}
	if got.RawQueryString != r.RawQuery || got.QueryStringParameters["unit"] != "lumen,watt" || got.QueryStringParameters["name"] != "big one" {
		t.Errorf("got the query %q, %v", got.RawQueryString, got.QueryStringParameters)
	}
	if !slices.Equal(got.Cookies, []string{"session=1", "theme=dark"}) || got.Headers["cookie"] != "" {
		t.Errorf("got the cookies %q and headers %v, want them apart", got.Cookies, got.Headers)
	}
	if got.Headers["accept"] != "text/html,application/json" || got.Headers["content-length"] != "11" || got.Headers["host"] != "lamps.example.com" {
		t.Errorf("got the headers %v, want lower-case names and values joined", got.Headers)
	}
	if got.RequestContext.Stage != "$default" || got.RequestContext.TimeEpoch != noon.UnixMilli() || got.Body != `{"watt":60}` || got.IsBase64Encoded {
		t.Errorf("got %+v", got)
	}
	if got := len(event2Of(t, HTTP, Request{Method: "GET", RawPath: "/", Time: noon}).PathParameters); got != 0 {
		t.Errorf("got %d path parameters without a route", got)
	}
}

func TestFunctionURLEvent(t *testing.T) {
	got := event2Of(t, URL, Request{Method: "GET", RawPath: "/lamps/a%20b", Host: "xyz789.lambda-url.us-east-1.on.aws", Time: noon})
	if got.RawPath != "/lamps/a%20b" || got.RouteKey != "$default" || got.RequestContext.AccountID != "anonymous" || got.RequestContext.DomainPrefix != "xyz789" {
		t.Errorf("got %+v, want the path as it came", got)
	}
}

func event2Of(t *testing.T, kind Kind, r Request) event2 {
	t.Helper()
	event, err := API{Kind: kind}.Event(r)
	if err != nil {
		t.Fatal(err)
	}
	var got event2
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestBodiesOfPayload2(t *testing.T) {
	for contentType, want := range map[string]bool{
		"text/plain; charset=utf-8": false, "application/json": false, "application/xml": false, "application/javascript": false,
		"application/x-www-form-urlencoded": true, "image/png": true, "": true,
	} {
		got := event2Of(t, HTTP, Request{Method: "POST", RawPath: "/", Header: http.Header{"Content-Type": {contentType}}, Body: []byte("a=1"), Time: noon})
		body := "a=1"
		if want {
			body = "YT0x"
		}
		if got.IsBase64Encoded != want || *got.Body != body {
			t.Errorf("%q: got %q (base64 %t), want %q", contentType, *got.Body, got.IsBase64Encoded, body)
		}
	}
}

func TestAnswersOfPayload2(t *testing.T) {
	for payload, want := range map[string]Response{
		`{"method":"GET"}`: {StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"method":"GET"}`)},
		`"hello"`:          {StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("hello")},
		`[1,2]`:            {StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("[1,2]")},
		`null`:             {StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("null")},
		`{"statusCode":404,"body":"no","headers":{"content-type":"text/html","x-n":7},"cookies":["a=1","b=2"],"more":1}`: {StatusCode: 404,
			Header: http.Header{"Content-Type": {"text/html"}, "X-N": {"7"}, "Set-Cookie": {"a=1", "b=2"}}, Body: []byte("no")},
		`{"statusCode":"201","body":"YQ==","isBase64Encoded":true}`: {StatusCode: 201, Header: http.Header{"Content-Type": {"text/plain;charset=UTF-8"}}, Body: []byte("a")},
		`{"statusCode":204,"body":null,"headers":null}`:             {StatusCode: 204, Header: http.Header{"Content-Type": {"text/plain;charset=UTF-8"}}, Body: []byte{}},
	} {
		got, err := API{Kind: HTTP}.Response([]byte(payload), "")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v (%v), want %+v", payload, got, err, want)
		}
	}
	for _, payload := range []string{
		"", "hello", `{"statusCode":99}`, `{"statusCode":200,"body":{}}`, `{"statusCode":200,"headers":[]}`,
		`{"statusCode":200,"cookies":"a=1"}`, `{"statusCode":200,"body":"%","isBase64Encoded":true}`,
	} {
		var malformed *MalformedError
		if got, err := (API{Kind: URL}).Response([]byte(payload), ""); !errors.As(err, &malformed) {
			t.Errorf("%s: got %+v (%v), want it malformed", payload, got, err)
		}
	}
	if got, err := (API{Kind: URL}).Response([]byte(`{"statusCode":200}`), ""); err != nil || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("a function URL: got %+v (%v)", got, err)
	}
}

func TestRefusalsByKind(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		answer Invoker
		status int
		body   string
	}{
		{HTTP, answering("no JSON"), 500, `{"message":"Internal Server Error"}`},
		{HTTP, failing(ErrThrottled), 500, `{"message":"Internal Server Error"}`},
		{URL, answering("no JSON"), 502, `{"message":"Internal Server Error"}`},
		{URL, failing(ErrTooLarge), 413, `{"message":"Request Entity Too Large"}`},
	} {
		o := options(c.answer)
		o.Routes = []Route{{Function: "f", API: API{Kind: c.kind}}}
		response := call(o, "GET", "/any/path", "")
		if got := text(t, response); response.StatusCode != c.status || got != c.body {
			t.Errorf("%s: got %d %s, want %d %s", c.kind, response.StatusCode, got, c.status, c.body)
		}
	}
	o := options(answering(`{}`))
	o.Routes = []Route{{Resource: "/lamps/{id}", Function: "f", API: API{Kind: HTTP}}}
	if response := call(o, "GET", "/shades", ""); response.StatusCode != 404 || text(t, response) != `{"message":"Not Found"}` {
		t.Errorf("an unknown path: got %d", response.StatusCode)
	}
	o = options(answering(`{"method":"GET"}`))
	o.Routes = append(o.Routes, Route{Function: "f", API: API{Kind: HTTP}})
	if got := text(t, call(o, "GET", "/", "")); got != `{"method":"GET"}` {
		t.Errorf("got %s, want the object as the body", got)
	}
}

func TestMatch(t *testing.T) {
	resources := []string{"/{proxy+}", "/products", "/products/{id}", "/products/{id}/{rest+}", "/products/new", "/{shop}/products", "/"}
	for path, want := range map[string]string{
		"/": "/", "//": "/", "/products": "/products", "/products/": "/products", "/products/7": "/products/{id}", "/products/new": "/products/new",
		"/products/new/x": "/products/{id}/{rest+}", "/products/7/a/b": "/products/{id}/{rest+}", "/berlin/products": "/{shop}/products",
		"/products/products": "/products/{id}", "/else": "/{proxy+}", "/else/where": "/{proxy+}",
	} {
		if got, ok := Match(resources, path); !ok || got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if got, ok := Match([]string{"/products/{id}"}, "/products"); ok {
		t.Errorf("got %q, want none", got)
	}
}

func TestPathParameters(t *testing.T) {
	got, ok := pathParameters("/shops/{shop}/items/{rest+}", "/shops/a%20b/items/c/d/")
	if want := map[string]string{"shop": "a%20b", "rest": "c/d"}; !ok || !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, path := range []string{"/shops//items/c", "/shops/x/items", "/shops/x/items/"} {
		if got, ok := pathParameters("/shops/{shop}/items/{rest+}", path); ok {
			t.Errorf("%s: got %v, want none", path, got)
		}
	}
}

func TestBinaryMediaTypes(t *testing.T) {
	png := []byte{0x89, 'P', 'N', 'G', 0}
	for _, c := range []struct {
		binary      []string
		contentType string
		want        bool
	}{
		{nil, "image/png", false},
		{[]string{"image/png"}, "image/png", true},
		{[]string{"image/png"}, "Image/PNG; q=1", true},
		{[]string{"image/png"}, "application/json", false},
		{[]string{"image/*"}, "image/png", true},
		{[]string{"*/*"}, "application/json", true},
		{[]string{"*/*"}, "", true},
		{[]string{"image/png"}, "", false},
	} {
		event, err := API{Kind: REST, Binary: c.binary}.Event(Request{Method: "POST", RawPath: "/", Header: http.Header{"Content-Type": {c.contentType}}, Body: png, Time: noon})
		if err != nil {
			t.Fatal(err)
		}
		var got events.APIGatewayProxyRequest
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatal(err)
		}
		if want := "iVBORwA="; got.IsBase64Encoded != c.want || (got.Body == want) != c.want {
			t.Errorf("%v, %q: got %q (base64 %t), want base64 %t", c.binary, c.contentType, got.Body, got.IsBase64Encoded, c.want)
		}
	}
}

func TestBinaryAnswersOfARESTAPI(t *testing.T) {
	const answer = `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"iVBORwA=","isBase64Encoded":true}`
	for _, c := range []struct {
		binary []string
		accept string
		want   string
	}{
		{nil, "image/png", "iVBORwA="},
		{[]string{"image/png"}, "image/png", "\x89PNG\x00"},
		{[]string{"image/png"}, "image/png;q=0.9, text/html", "\x89PNG\x00"},
		{[]string{"image/png"}, "text/html, image/png", "iVBORwA="}, // only the first counts
		{[]string{"image/png"}, "", "iVBORwA="},
		{[]string{"*/*"}, "", "\x89PNG\x00"},
		{[]string{"*/*"}, "text/html", "\x89PNG\x00"},
	} {
		o := options(answering(answer))
		o.Routes = []Route{{Resource: "/picture", Function: "f", API: API{Kind: REST, Binary: c.binary}}}
		request := httptest.NewRequest("GET", "/picture", nil)
		if c.accept != "" {
			request.Header.Set("Accept", c.accept)
		}
		recorder := httptest.NewRecorder()
		New(o).ServeHTTP(recorder, request)
		if got := recorder.Body.String(); got != c.want || recorder.Header().Get("Content-Type") != "image/png" {
			t.Errorf("%v, accepting %q: got %q, want %q", c.binary, c.accept, got, c.want)
		}
	}
	a := API{Kind: REST, Binary: []string{"*/*"}}
	if got, err := a.Response([]byte(`{"statusCode":200,"body":"text"}`), ""); err != nil || string(got.Body) != "text" {
		t.Errorf("text: got %q (%v), want it as it is", got.Body, err)
	}
	var malformed *MalformedError
	if got, err := a.Response([]byte(`{"statusCode":200,"body":"%","isBase64Encoded":true}`), ""); !errors.As(err, &malformed) {
		t.Errorf("no base64: got %q (%v), want it malformed", got.Body, err)
	}
}

func TestLargeHeadsAreRefused(t *testing.T) {
	o := options(answering(`{"statusCode":200}`))
	o.Routes = []Route{
		{Resource: "/rest", Function: "f", API: API{Kind: REST}}, {Resource: "/http", Function: "f", API: API{Kind: HTTP}},
		{Function: "f", API: API{Kind: URL}},
	}
	line := len("GET /rest?" + " HTTP/1.1\r\n")
	for _, c := range []struct {
		path        string
		query, more int // bytes
		status      int
		body        string
	}{
		{"/rest", MaxHead - line, 0, 200, ""},
		{"/rest", MaxHead - line + 1, 0, 414, `{"type":"about:blank","title":"URI Too Long","status":414,"detail":"The request was refused."}`},
		{"/rest", MaxHead - line - 10, 10, 200, ""},
		{"/rest", MaxHead - line - 10, 11, 431, `{"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"The request was refused."}`},
		{"/http", MaxHead, 0, 414, `{"message":"Request URI Too Long"}`},
		{"/http", 0, MaxHead, 431, `{"message":"Request Header Fields Too Large"}`},
		{"/url", MaxHead, 0, 200, ""},
	} {
		request := httptest.NewRequest("GET", c.path+"?"+strings.Repeat("q", c.query), nil)
		if c.more > 0 {
			request.Header.Set("X-More", strings.Repeat("x", c.more))
		}
		recorder := httptest.NewRecorder()
		New(o).ServeHTTP(recorder, request)
		if got := recorder.Body.String(); recorder.Code != c.status || got != c.body {
			t.Errorf("%s with %d and %d bytes: got %d %s, want %d %s", c.path, c.query, c.more, recorder.Code, got, c.status, c.body)
		}
	}
}
