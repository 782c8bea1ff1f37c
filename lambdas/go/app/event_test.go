package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
)

// eventAnswer is the API's answer to an event.
type eventAnswer struct {
	StatusCode        int
	MultiValueHeaders http.Header
	Body              string
	IsBase64Encoded   bool
}

// An event and the HTTP request that it stands for get the same answer.
func TestEventAndServerAgree(t *testing.T) { eachVariant(t, testEventAndServerAgree) }

func testEventAndServerAgree(t *testing.T, v variant) {
	list := func(limit int, after string) ([]item.Item, string, error) {
		return []item.Item{{Name: fmt.Sprint(limit, after)}}, testID, nil
	}
	for _, tt := range []struct{ target, event string }{
		{"GET /go/items?limit=7&nextToken=V26F5mClReOIxr6M5fhx_A", `{"httpMethod":"GET","path":"/go/items","multiValueQueryStringParameters":{"limit":["7"],"nextToken":["V26F5mClReOIxr6M5fhx_A"]}}`},
		{"GET /items?limit=%25zz", `{"httpMethod":"GET","path":"/items","multiValueQueryStringParameters":{"limit":["%zz"]}}`},
		{"GET /items/%20", `{"httpMethod":"GET","path":"/items/%20"}`},
		{"GET /items/%zz", `{"httpMethod":"GET","path":"/items/%zz"}`},
		{"PATCH /items/%20", `{"httpMethod":"PATCH","path":"/items/%20"}`},
		{"OPTIONS /items", `{"httpMethod":"OPTIONS","path":"/items"}`},
		{"GET /items/", `{"httpMethod":"GET","path":"/items/"}`},
		{"GET //items", `{"httpMethod":"GET","path":"//items"}`},
		{"PUT /items/" + testID, `{"httpMethod":"PUT","path":"/items/` + testID + `"}`},
	} {
		handler, _ := newTestApp(v, fakeStore{list: list})
		method, target, _ := strings.Cut(tt.target, " ")
		// The request line as it is: httptest.NewRequest takes no broken escape.
		r := httptest.NewRequest(method, "/", nil)
		path, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, path, query
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		handler, _ = newTestApp(v, fakeStore{list: list})
		answer, err := v.invoke(t.Context(), handler, tt.event)
		if err != nil {
			t.Fatal(err)
		}
		var got eventAnswer
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		want := eventAnswer{w.Code, w.Header(), w.Body.String(), false}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\nevent  %+v\nserver %+v", tt.target, got, want)
		}
	}
}

// The adapter of stock fails such an invocation, which API Gateway never makes.
func TestBrokenBase64(t *testing.T) {
	handler, _ := newTestApp(tuned, fakeStore{get: func(string) (item.Item, error) { return testItem, nil }})
	for payload, want := range map[string]string{
		`{"httpMethod":"POST","path":"/items","headers":{"content-type":"application/json"},"body":"%","isBase64Encoded":true}`: `{"statusCode":400,`,
		`{"httpMethod":"GET","path":"/items/` + testID + `","body":"%","isBase64Encoded":true}`:                                 `{"statusCode":200,`,
	} {
		got, err := tuned.invoke(t.Context(), handler, payload)
		if err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, %v, want %s…", payload, got, err, want)
		}
	}
}

func TestRequestIDIsLambdas(t *testing.T) { eachVariant(t, testRequestIDIsLambdas) }

func testRequestIDIsLambdas(t *testing.T, v variant) {
	handler, log := newTestApp(v, fakeStore{})
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "lambda-id"})
	if _, err := v.invoke(ctx, handler, `{"httpMethod":"GET","path":"/health"}`); err != nil {
		t.Fatal(err)
	}
	if want := `"requestId":"lambda-id"`; !strings.Contains(log.String(), want) {
		t.Errorf("log: got %s, want %s in it", log, want)
	}
}

// No path gets past the raw path's checks, and none makes the router panic.
func TestAnyPath(t *testing.T) { eachVariant(t, testAnyPath) }

func testAnyPath(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{})
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.SampledFrom([]string{"/", "go", "items", "health", "metrics", "x", "%", "%2", "%2F", "%69", ".", "..", "é", ":id", "*", "\x00", ""})
		path := "/" + strings.Join(rapid.SliceOf(segment).Draw(t, "path"), "")
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}).Draw(t, "method")
		payload, err := json.Marshal(map[string]string{"httpMethod": method, "path": path})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := v.invoke(ctx, handler, string(payload))
		if err != nil {
			t.Fatal(err)
		}
		var got eventAnswer
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(path, 0) { // no event of API Gateway's has one: an answer is enough
			if got.StatusCode >= 500 {
				t.Errorf("%s %q: got %d %s", method, path, got.StatusCode, got.Body)
			}
			return
		}
		bare := strings.TrimPrefix(path, "/go")
		id, isItem := strings.CutPrefix(bare, "/items/")
		known := bare == "/items" || bare == "/health" || bare == "/metrics" ||
			isItem && id != "" && !strings.ContainsAny(id, "/%") && !strings.HasPrefix(path, "/go/go")
		if !known && got.Body != pathProblem {
			t.Errorf("%s %q: got %d %s, want an unknown path", method, path, got.StatusCode, got.Body)
		}
		if known && (got.Body == pathProblem || got.StatusCode == 500 && method != "GET") {
			t.Errorf("%s %q: got %d %s, want a known path", method, path, got.StatusCode, got.Body)
		}
	})
}

func BenchmarkInvoke(b *testing.B) {
	for _, v := range []variant{stock, tuned} {
		handler, _ := newTestApp(v, fakeStore{get: func(string) (item.Item, error) { return testItem, nil }})
		payload := `{"httpMethod":"GET","path":"/go/items/` + testID + `","multiValueHeaders":{"Accept":["*/*"],"Host":["api.example"]},"requestContext":{"identity":{"sourceIp":"203.0.113.7"}},"body":null}`
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.invoke(b.Context(), handler, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
