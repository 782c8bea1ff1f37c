package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/adapter"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

const stored = `{"id":{"S":"x"},"name":{"S":"n"},"description":{"S":"d"},"price":{"N":"1"},"runtime":{"S":"go"},"sourceIp":{"S":""},"createdAt":{"S":""},"updatedAt":{"S":""}}`

// call is a call of the database.
type call struct {
	Operation string
	Input     struct {
		Limit                     int
		Key, Item                 map[string]map[string]string
		ExpressionAttributeValues map[string]map[string]string
	}
}

// database answers every call with the status, and keeps it.
type database struct {
	status int
	calls  []call
}

func (d *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{Operation: strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")}
	if err := json.NewDecoder(r.Body).Decode(&c.Input); err != nil {
		panic(err)
	}
	d.calls = append(d.calls, c)
	w.WriteHeader(d.status)
	io.WriteString(w, `{"Item":`+stored+`,"Items":[`+stored+`],"Attributes":`+stored+`}`)
}

func newLayer(t *testing.T, status int) (lambda.Handler, *database) {
	t.Helper()
	d := &database{status: status}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	return lambda.NewHandler(adapter.Handler(router(store.New("items", newClient)))), d
}

var targets = []struct {
	method, path, operation string
	status                  int
}{
	{"GET", "/items", "Scan", 200},
	{"POST", "/items", "PutItem", 201},
	{"GET", "/items/x", "GetItem", 200},
	{"PUT", "/items/x", "UpdateItem", 200},
	{"DELETE", "/items/x", "DeleteItem", 204},
}

type response struct {
	StatusCode        int
	MultiValueHeaders http.Header
	Body              string
}

func invoke(t *testing.T, handler lambda.Handler, method, path string) response {
	t.Helper()
	payload, err := handler.Invoke(t.Context(), fmt.Appendf(nil, `{"httpMethod":%q,"path":%q,"body":"not looked at"}`, method, path))
	if err != nil {
		t.Fatal(err)
	}
	var got response
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEveryRouteMakesItsCall(t *testing.T) {
	handler, d := newLayer(t, http.StatusOK)
	for _, prefix := range []string{"", "/go"} {
		for _, tt := range targets {
			d.calls = nil
			got := invoke(t, handler, tt.method, prefix+tt.path)
			if len(d.calls) != 1 || d.calls[0].Operation != tt.operation {
				t.Fatalf("%s %s: got the calls %+v, want one of %s", tt.method, prefix+tt.path, d.calls, tt.operation)
			}
			input := d.calls[0].Input
			want := response{tt.status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, `{"status":"ok"}`}
			switch tt.operation {
			case "Scan":
				if input.Limit != 20 {
					t.Errorf("limit: got %d, want 20", input.Limit)
				}
			case "PutItem":
				want.MultiValueHeaders.Set("Location", "items/"+input.Item["id"]["S"])
			case "DeleteItem":
				want = response{StatusCode: tt.status, MultiValueHeaders: http.Header{}}
				fallthrough
			default:
				if id := input.Key["id"]["S"]; id != "x" {
					t.Errorf("%s %s: got the key %s, want x", tt.method, prefix+tt.path, id)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s:\ngot  %+v\nwant %+v", tt.method, prefix+tt.path, got, want)
			}
		}
	}
}

// What is written has the size of what the API is measured with.
func TestWritesItemsOfOneSize(t *testing.T) {
	handler, d := newLayer(t, http.StatusOK)
	invoke(t, handler, "POST", "/items")
	invoke(t, handler, "POST", "/items")
	invoke(t, handler, "PUT", "/items/x")
	item, other, update := d.calls[0].Input.Item, d.calls[1].Input.Item, d.calls[2].Input.ExpressionAttributeValues
	if _, err := uuid.Parse(item["id"]["S"]); err != nil || reflect.DeepEqual(item["id"], other["id"]) {
		t.Errorf("ids: got %v and %v, %v, want two UUIDs", item["id"], other["id"], err)
	}
	created, err := time.Parse("2006-01-02T15:04:05.000Z", item["createdAt"]["S"])
	if err != nil || item["updatedAt"]["S"] != item["createdAt"]["S"] {
		t.Errorf("times: got %v and %v, %v, want one", item["createdAt"], item["updatedAt"], err)
	}
	if got, want := item["expiresAt"]["N"], strconv.FormatInt(created.AddDate(0, 0, 7).Unix(), 10); got != want {
		t.Errorf("expiresAt: got %s, want %s, a week later", got, want)
	}
	for field, want := range map[string]int{"name": 23, "description": 96} {
		if got := item[field]["S"]; len(got) != want || update[":"+field]["S"] != got {
			t.Errorf("%s: got %q and %q, want the same %d characters", field, got, update[":"+field]["S"], want)
		}
	}
	if item["price"]["N"] != "123.45" || update[":price"]["N"] != "123.45" {
		t.Errorf("price: got %v and %v, want 123.45", item["price"], update[":price"])
	}
}

func TestFailedCallsAreGins(t *testing.T) {
	handler, _ := newLayer(t, http.StatusBadRequest)
	for _, tt := range targets {
		got := invoke(t, handler, tt.method, tt.path)
		if got.StatusCode != http.StatusInternalServerError || got.Body != "" {
			t.Errorf("%s %s: got %+v, want 500 without a body", tt.method, tt.path, got)
		}
	}
}
