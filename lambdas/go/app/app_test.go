package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

const (
	testID   = "576e85e6-60a5-45e3-88c6-be8ce5f871fc"
	itemJSON = `{"id":"576e85e6-60a5-45e3-88c6-be8ce5f871fc","name":"Widget","description":"<b>","price":19.99,"runtime":"go","sourceIp":"192.0.2.1","createdAt":"2026-11-22T04:05:06.789Z","updatedAt":"2026-11-22T04:05:06.789Z"}`

	pathProblem   = `{"type":"about:blank","title":"Not Found","status":404,"detail":"The requested resource does not exist."}`
	itemProblem   = `{"type":"about:blank","title":"Not Found","status":404,"detail":"The item does not exist."}`
	methodProblem = `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"The method is not allowed for this resource."}`
	mediaProblem  = `{"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"The request body must be application/json without a content encoding."}`
	sizeProblem   = `{"type":"about:blank","title":"Content Too Large","status":413,"detail":"The request body must not exceed 65536 bytes."}`
	bodyProblem   = `{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request body must be a JSON object with no other fields than name, description and price."}`
	limitProblem  = `{"type":"about:blank","title":"Bad Request","status":400,"detail":"The limit must be an integer from 1 to 100."}`
	tokenProblem  = `{"type":"about:blank","title":"Bad Request","status":400,"detail":"The nextToken is not valid."}`
	downProblem   = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The database is not available, try again later."}`
	otherProblem  = `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"An unexpected error occurred."}`
)

var testItem = item.Item{
	ID: testID, Name: "Widget", Description: "<b>", Price: 19.99, Runtime: "go", SourceIP: "192.0.2.1",
	CreatedAt: "2026-11-22T04:05:06.789Z", UpdatedAt: "2026-11-22T04:05:06.789Z",
}

// call sends a request of the form "POST /items" with a JSON body, if there is one.
func call(handler http.Handler, target, body string, header ...string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(target, " ")
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("answer:\ngot  %d %s\nwant %d %s", w.Code, w.Body, status, body)
	}
	wantType := "application/json"
	if status >= 400 {
		wantType = "application/problem+json"
	}
	if status == http.StatusNoContent {
		wantType = ""
	}
	for name, want := range map[string]string{
		"Content-Type":           wantType,
		"X-Runtime":              "go",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("header %s: got %q, want %q", name, got, want)
		}
	}
	if got, want := w.Header().Get("Allow") != "", status == http.StatusMethodNotAllowed; got != want {
		t.Errorf("header Allow: got present=%v, want %v", got, want)
	}
	if got, want := w.Header().Get("Retry-After"), map[int]string{503: "1"}[status]; got != want {
		t.Errorf("header Retry-After: got %q, want %q", got, want)
	}
}

func TestCreateItem(t *testing.T) { eachVariant(t, testCreateItem) }

func testCreateItem(t *testing.T, v variant) {
	var got item.Item
	var gotExpires time.Time
	handler, _ := newTestApp(v, fakeStore{put: func(i item.Item, expires time.Time) error {
		got, gotExpires = i, expires
		return nil
	}})
	w := call(handler, "POST /go/items", `{"name":" Widget ","description":"<b>","price":19.990}`, "X-Forwarded-For: 203.0.113.9", "X-Real-Ip: 203.0.113.9")
	checkAnswer(t, w, 201, itemJSON)
	if want := "items/" + testID; w.Header().Get("Location") != want {
		t.Errorf("Location: got %q, want %q", w.Header().Get("Location"), want)
	}
	if got != testItem {
		t.Errorf("stored: got %+v, want %+v", got, testItem)
	}
	if want := time.Date(2026, 11, 29, 4, 5, 6, 789e6, time.UTC); !gotExpires.Equal(want) {
		t.Errorf("expires: got %v, want %v", gotExpires, want)
	}
}

func TestGetItem(t *testing.T) { eachVariant(t, testGetItem) }

func testGetItem(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{get: func(id string) (item.Item, error) {
		if id != testID {
			return item.Item{}, store.ErrNotFound
		}
		return testItem, nil
	}})
	checkAnswer(t, call(handler, "GET /items/"+testID, ""), 200, itemJSON)
	checkAnswer(t, call(handler, "GET /go/items/"+testID+"?x=%zz", "ignored", "Content-Encoding: gzip"), 200, itemJSON)
	checkAnswer(t, call(handler, "GET /go/items/00000000-0000-0000-0000-000000000000", ""), 404, itemProblem)
}

func TestReplaceItem(t *testing.T) { eachVariant(t, testReplaceItem) }

func testReplaceItem(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{update: func(id string, f item.Fields, updatedAt string) (item.Item, error) {
		if want := itemFields("Widget", "", 0); id != testID || f != want || updatedAt != testItem.UpdatedAt {
			t.Errorf("update: got %s, %+v, %s", id, f, updatedAt)
		}
		return testItem, nil
	}})
	checkAnswer(t, call(handler, "PUT /items/"+testID, `{"name":"Widget","price":-0}`), 200, itemJSON)
}

func TestDeleteItem(t *testing.T) { eachVariant(t, testDeleteItem) }

func testDeleteItem(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{delete: func(id string) error {
		if id != testID {
			return store.ErrNotFound
		}
		return nil
	}})
	checkAnswer(t, call(handler, "DELETE /go/items/"+testID, "ignored"), 204, "")
	checkAnswer(t, call(handler, "DELETE /items/00000000-0000-0000-0000-000000000000", ""), 404, itemProblem)
}

func TestListItems(t *testing.T) { eachVariant(t, testListItems) }

func testListItems(t *testing.T, v variant) {
	type query struct {
		limit int
		after string
	}
	tests := []struct {
		target string
		items  []item.Item
		next   string
		asked  query
		want   string
	}{
		{"GET /items", nil, "", query{20, ""}, `{"items":[]}`},
		{"GET /go/items?limit=100", []item.Item{testItem}, "", query{100, ""}, `{"items":[` + itemJSON + `]}`},
		{"GET /items?nextToken=V26F5mClReOIxr6M5fhx_A&limit=1&x=1&x=2", []item.Item{testItem, testItem}, testID, query{1, testID},
			`{"items":[` + itemJSON + `,` + itemJSON + `],"nextToken":"V26F5mClReOIxr6M5fhx_A"}`},
		{"GET /items?l%69mit=%35&&=", []item.Item{}, "", query{5, ""}, `{"items":[]}`},
		{"GET /items?Limit=x&%zz=%zz", []item.Item{}, "", query{20, ""}, `{"items":[]}`},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			handler, _ := newTestApp(v, fakeStore{list: func(limit int, after string) ([]item.Item, string, error) {
				if got := (query{limit, after}); got != tt.asked {
					t.Errorf("asked the store for %+v, want %+v", got, tt.asked)
				}
				if tt.items == nil {
					return []item.Item{}, tt.next, nil
				}
				return tt.items, tt.next, nil
			}})
			checkAnswer(t, call(handler, tt.target, ""), 200, tt.want)
		})
	}
}

// Each request has several faults: the first one in the order of checks counts.
// None of them may touch the store, which would panic.
func TestOrderOfChecks(t *testing.T) { eachVariant(t, testOrderOfChecks) }

func testOrderOfChecks(t *testing.T, v variant) {
	large := strings.Repeat(" ", maxBodyBytes) + "x"
	tests := []struct {
		target, body string
		header       []string
		status       int
		want         string
	}{
		{"GET /", "", nil, 404, pathProblem},
		{"GET /go", "", nil, 404, pathProblem},
		{"GET /go/", "", nil, 404, pathProblem},
		{"GET /goitems", "", nil, 404, pathProblem},
		{"GET /gohealth", "", nil, 404, pathProblem},
		{"GET /go/go/items", "", nil, 404, pathProblem},
		{"GET /Items", "", nil, 404, pathProblem},
		{"GET /GO/items", "", nil, 404, pathProblem},
		{"GET /node/items", "", nil, 404, pathProblem},
		{"GET /items/", "", nil, 404, pathProblem},
		{"POST /items/", large, nil, 404, pathProblem},
		{"GET //items", "", nil, 404, pathProblem},
		{"GET /items//", "", nil, 404, pathProblem},
		{"GET /items//x", "", nil, 404, pathProblem},
		{"GET /items/x/", "", nil, 404, pathProblem},
		{"GET /items/x/y", "", nil, 404, pathProblem},
		{"GET /go/health/", "", nil, 404, pathProblem},
		{"GET /./items", "", nil, 404, pathProblem},
		{"GET /x/../items", "", nil, 404, pathProblem},
		{"GET /ite%6Ds", "", nil, 404, pathProblem},
		{"PATCH /ite%6ds", "", nil, 404, pathProblem},
		{"PATCH /items/%20", "", nil, 404, pathProblem},
		{"GET /items/%2F", "", nil, 404, pathProblem},
		{"GET /items%2f" + testID, "", nil, 404, pathProblem},
		{"GET /go%2fitems", "", nil, 404, pathProblem},
		{"GET /items/%35" + testID[1:], "", nil, 404, pathProblem},
		{"GET /items/%C3%A4", "", nil, 404, pathProblem},
		{"PATCH /nothing", large, nil, 404, pathProblem},

		{"PATCH /items/x", large, nil, 405, methodProblem},
		{"HEAD /health", "", nil, 405, methodProblem},
		{"OPTIONS /items", "", nil, 405, methodProblem},
		{"FOO /items", "", nil, 405, methodProblem},
		{"DELETE /items", "", nil, 405, methodProblem},
		{"POST /go/items/" + testID, `{}`, nil, 405, methodProblem},
		{"POST /go/metrics", `{}`, nil, 405, methodProblem},

		{"GET /items/x", "", nil, 404, itemProblem},
		{"GET /items/" + strings.ToUpper(testID), "", nil, 404, itemProblem},
		{"PUT /items/x", large, []string{"Content-Type: text/plain"}, 404, itemProblem},
		{"DELETE /items/:id", "", nil, 404, itemProblem},
		{"GET /items/{id}", "", nil, 404, itemProblem},
		{"GET /items/ä", "", nil, 404, itemProblem},

		{"POST /items", "", nil, 415, mediaProblem},
		{"POST /items", large, []string{"Content-Type: text/plain"}, 415, mediaProblem},
		{"POST /items", "{}", []string{"Content-Type: application/json, text/plain"}, 415, mediaProblem},
		{"POST /items", "{}", []string{"Content-Type: application/jsonx"}, 415, mediaProblem},
		{"POST /items", "{}", []string{"Content-Type: application/problem+json"}, 415, mediaProblem},
		{"POST /items", "{}", []string{"Content-Type: ; application/json"}, 415, mediaProblem},
		{"POST /items", "{}", []string{"Content-Encoding: identity"}, 415, mediaProblem},
		{"PUT /items/" + testID, large, []string{"Content-Encoding: gzip"}, 415, mediaProblem},

		{"POST /items", large, nil, 413, sizeProblem},
		{"PUT /items/" + testID, large, nil, 413, sizeProblem},

		{"POST /items", large[:maxBodyBytes], nil, 400, bodyProblem},
		{"POST /items", "", []string{"Content-Type: application/json"}, 400, bodyProblem},
		{"POST /items", `{"id":1}`, []string{"Content-Type: Application/JSON ; charset=latin1; x"}, 400, bodyProblem},
		{"PUT /items/" + testID, `[]`, nil, 400, bodyProblem},

		{"GET /items?limit=0&nextToken=x", "", nil, 400, limitProblem},
		{"GET /items?limit", "", nil, 400, limitProblem},
		{"GET /items?limit=", "", nil, 400, limitProblem},
		{"GET /items?limit=1&limit=1", "", nil, 400, limitProblem},
		{"GET /items?limit=+1", "", nil, 400, limitProblem},
		{"GET /items?limit=1&nextToken=x", "", nil, 400, tokenProblem},
		{"GET /items?nextToken=", "", nil, 400, tokenProblem},
		{"GET /items?nextToken=V26F5mClReOIxr6M5fhx_A&nextToken=V26F5mClReOIxr6M5fhx_A", "", nil, 400, tokenProblem},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			handler, log := newTestApp(v, fakeStore{})
			checkAnswer(t, call(handler, tt.target, tt.body, tt.header...), tt.status, tt.want)
			if got := strings.Count(log.String(), "\n"); got != 1 {
				t.Errorf("log: got %d lines, want the request's only:\n%s", got, log)
			}
		})
	}
}

func TestLargestBody(t *testing.T) { eachVariant(t, testLargestBody) }

func testLargestBody(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{put: func(item.Item, time.Time) error { return nil }})
	body := `{"name":"Widget","description":"<b>","price":19.99}`
	body += strings.Repeat(" ", maxBodyBytes-len(body))
	checkAnswer(t, call(handler, "POST /items", body), 201, itemJSON)
}

func TestAllow(t *testing.T) { eachVariant(t, testAllow) }

func testAllow(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{})
	for path, want := range map[string]string{
		"/items": "GET, POST", "/go/items": "GET, POST",
		"/items/x": "GET, PUT, DELETE", "/go/items/" + testID: "GET, PUT, DELETE",
		"/health": "GET", "/go/health": "GET", "/metrics": "GET", "/go/metrics": "GET",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "FOO"} {
			if slices.Contains(strings.Split(want, ", "), method) {
				continue
			}
			w := call(handler, method+" "+path, "")
			if got := w.Header().Get("Allow"); w.Code != 405 || got != want {
				t.Errorf("%s %s: got %d with Allow %q, want 405 with %q", method, path, w.Code, got, want)
			}
		}
	}
}

func TestStoreFailures(t *testing.T) { eachVariant(t, testStoreFailures) }

func testStoreFailures(t *testing.T, v variant) {
	tests := []struct {
		name      string
		err       error
		status    int
		want      string
		wantInLog bool
	}{
		{"not found", fmt.Errorf("update: %w", store.ErrNotFound), 404, itemProblem, false},
		{"unavailable", fmt.Errorf("put: %w: %w", store.ErrUnavailable, errors.New("secret")), 503, downProblem, true},
		{"unexpected", errors.New("secret"), 500, otherProblem, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handler, log := newTestApp(v, fakeStore{
				get:    func(string) (item.Item, error) { return item.Item{}, tt.err },
				list:   func(int, string) ([]item.Item, string, error) { return nil, "", tt.err },
				put:    func(item.Item, time.Time) error { return tt.err },
				update: func(string, item.Fields, string) (item.Item, error) { return item.Item{}, tt.err },
				delete: func(string) error { return tt.err },
			})
			for _, target := range []string{"GET /items", "POST /items", "GET /items/" + testID, "PUT /items/" + testID, "DELETE /items/" + testID} {
				log.Reset()
				checkAnswer(t, call(handler, target, `{"name":"A","price":1}`), tt.status, tt.want)
				if got := strings.Contains(log.String(), "secret"); got != tt.wantInLog {
					t.Errorf("%s: error in the log: got %v, want %v:\n%s", target, got, tt.wantInLog, log)
				}
				if tt.wantInLog && !strings.Contains(log.String(), `"level":"ERROR"`) {
					t.Errorf("%s: want an ERROR line, got %s", target, log)
				}
			}
		})
	}
}

func TestUnexpectedFaults(t *testing.T) { eachVariant(t, testUnexpectedFaults) }

func testUnexpectedFaults(t *testing.T, v variant) {
	tests := map[string]fakeStore{
		"panic":          {list: func(int, string) ([]item.Item, string, error) { panic("secret") }},
		"forged key":     {list: func(int, string) ([]item.Item, string, error) { return nil, "secret", nil }},
		"unencodable":    {list: func(int, string) ([]item.Item, string, error) { return []item.Item{{Price: math.Inf(1)}}, "", nil }},
		"nil store call": {},
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			handler, log := newTestApp(v, s)
			checkAnswer(t, call(handler, "GET /items", ""), 500, otherProblem)
			if lines := strings.Count(log.String(), "\n"); lines != 2 || !strings.Contains(log.String(), testID) {
				t.Errorf("log: want the error with the request id and the request's line, got\n%s", log)
			}
		})
	}
}

func TestHealth(t *testing.T) { eachVariant(t, testHealth) }

func testHealth(t *testing.T, v variant) {
	handler, _ := newTestApp(v, nil) // A call of the store would panic.
	var got map[string]any
	for _, cold := range []bool{true, false} {
		w := call(handler, "GET /go/health", "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{
			"status": "ok", "runtime": "go", "framework": "Gin 1.12.0", "memoryLimitMb": 1769.0, "coldStart": cold, "version": "1.2.3",
		} {
			if got[name] != want {
				t.Errorf("%s: got %v, want %v", name, got[name], want)
			}
		}
		if want := fmt.Sprint(cold); w.Header().Get("X-Cold-Start") != want {
			t.Errorf("X-Cold-Start: got %s, want %s", w.Header().Get("X-Cold-Start"), want)
		}
	}
	want := []string{"architecture", "coldStart", "framework", "memoryLimitMb", "runtime", "runtimeVersion", "status", "version"}
	if members := slices.Sorted(maps.Keys(got)); !slices.Equal(members, want) {
		t.Errorf("members: got %v, want %v", members, want)
	}
}

func TestArchitecture(t *testing.T) {
	for goarch, want := range map[string]string{"amd64": "x86_64", "arm64": "arm64"} {
		if got := architecture(goarch); got != want {
			t.Errorf("architecture(%s): got %s, want %s", goarch, got, want)
		}
	}
}

func TestMetricsOfRequests(t *testing.T) { eachVariant(t, testMetricsOfRequests) }

func testMetricsOfRequests(t *testing.T, v variant) {
	handler, _ := newTestApp(v, fakeStore{get: func(string) (item.Item, error) { return testItem, nil }})
	call(handler, "GET /items/"+testID, "")
	call(handler, "GET /go/items/"+testID, "")
	call(handler, "MADEUP /nothing", "")
	w := call(handler, "GET /metrics", "")
	var got metricsAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("answer: got %d %s, %v", w.Code, w.Body, err)
	}
	if got.Invocations != 4 || got.ColdStart || got.SDKVersion != aws.SDKVersion {
		t.Errorf("metrics: got %+v, want 4 invocations, the last of them warm", got)
	}
	if got.UptimeMs < 1000 || got.InitDurationMs < 1000 || got.InitDurationMs > got.UptimeMs {
		t.Errorf("times: got up for %v ms, init of %v ms, want a second of init", got.UptimeMs, got.InitDurationMs)
	}
	m := got.Memory
	if m.LimitBytes != 1769<<20 || m.RSSBytes < 1<<20 || m.RSSAfterInitBytes < 1<<20 || m.PeakRSSBytes < m.RSSAfterInitBytes || got.CPU.UserMs+got.CPU.SystemMs <= 0 {
		t.Errorf("use: got %+v and %+v, want what a test takes", m, got.CPU)
	}
	want := map[string]routeAnswer{"GET /items/{id}": {Count: 2}, "unmatched": {Count: 1}}
	if !maps.Equal(got.Routes, want) {
		t.Errorf("routes: got %+v, want %+v", got.Routes, want)
	}
}

// Alarms read the request's line, so it is there at every log level, and it
// carries nothing of the item or the caller.
func TestRequestLine(t *testing.T) { eachVariant(t, testRequestLine) }

func testRequestLine(t *testing.T, v variant) {
	handler, log := newTestApp(v, fakeStore{put: func(item.Item, time.Time) error { return nil }})
	call(handler, "POST /go/items?q=secret", `{"name":"secret","price":1}`)
	want := `"level":"INFO","message":"request","requestId":"` + testID +
		`","method":"POST","route":"/items","status":201,"durationMs":0,"coldStart":true}` + "\n"
	timestamp, rest, _ := strings.Cut(strings.TrimPrefix(log.String(), `{"timestamp":"`), `",`)
	if _, err := time.Parse(time.RFC3339, timestamp); err != nil || rest != want {
		t.Errorf("line:\ngot  %swant %s after the time", log, want)
	}
	log.Reset()
	call(handler, "GET /items/secret", "")
	if got := log.String(); !strings.Contains(got, `"route":"/items/{id}","status":404,`) || strings.Contains(got, "secret") {
		t.Errorf("line of an item: got %s", got)
	}
}
