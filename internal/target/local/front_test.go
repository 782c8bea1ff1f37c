package local

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// catcher is an Invoker that keeps the event.
type catcher struct{ event []byte }

func (c *catcher) Invoke(_ context.Context, _ string, payload []byte, _ gateway.InvokeOptions) (gateway.Result, error) {
	c.event = payload
	return gateway.Result{Payload: []byte(`{"statusCode":200}`)}, nil
}

// A function must not be able to tell bench local from bench serve: apart from ids,
// the time and the caller's address, both make the same event of the same request.
func TestServedAndMeasuredEventsAreTheSame(t *testing.T) {
	for _, integration := range []string{config.REST, config.HTTP, config.URL} {
		for _, prefixes := range [][]string{nil, {"/mine"}} {
			r := config.Runtime{
				Name: "mine", Integration: integration, Prefixes: prefixes,
				Variants: map[string]config.Variant{"function": {Kind: config.Guest, Default: true}},
			}
			header := http.Header{"Content-Type": {"application/json"}, "Cookie": {"a=1; b=2"}, "User-Agent": {"test"}}
			path := strings.Join(append(prefixes, "/lamps/a%20b"), "")

			f := frontOf(r)
			measured, err := f.event(target.Request{Method: "POST", Path: path, Query: "q=a+b&q=c", Header: header, Body: []byte("{}")}, "id", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			caught := &catcher{}
			server := gateway.New(gateway.Options{Invoker: caught, Routes: Routes(r, "f")})
			request := httptest.NewRequest("POST", "http://"+serverHost+path+"?q=a+b&q=c", strings.NewReader("{}"))
			request.Header = header
			request = request.WithContext(context.WithValue(request.Context(), http.LocalAddrContextKey, address{}))
			request.RemoteAddr = SourceIP + ":1"
			server.ServeHTTP(httptest.NewRecorder(), request)

			got, want := withoutIDs(t, measured), withoutIDs(t, caught.event)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s %v: measured with\n%v\nserved with\n%v", integration, prefixes, got, want)
			}
		}
	}
}

// address is that of bench serve.
type address struct{}

func (address) Network() string { return "tcp" }
func (address) String() string  { return serverHost }

func withoutIDs(t *testing.T, event []byte) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(event, &all); err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	changing := func(name string, _ any) bool {
		switch name {
		case "requestId", "extendedRequestId", "requestTime", "requestTimeEpoch", "time", "timeEpoch", "X-Amzn-Trace-Id", "x-amzn-trace-id":
			return true
		}
		return false
	}
	for _, part := range []string{"requestContext", "headers", "multiValueHeaders"} {
		if members, ok := all[part].(map[string]any); ok {
			maps.DeleteFunc(members, changing)
		}
	}
	return all
}
