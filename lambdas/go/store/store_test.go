package store

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/client"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	tuned "github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/tuned/client"
)

const (
	testID     = "576e85e6-60a5-45e3-88c6-be8ce5f871fc"
	storedItem = `{"id":{"S":"576e85e6-60a5-45e3-88c6-be8ce5f871fc"},"name":{"S":"Widget"},"description":{"S":"<b>"},"price":{"N":"19.99"},` +
		`"runtime":{"S":"go"},"sourceIp":{"S":"192.0.2.1"},"createdAt":{"S":"2026-11-22T04:05:06.789Z"},"updatedAt":{"S":"2026-11-22T04:05:06.789Z"},"expiresAt":{"N":"1795925106"}}`
	testKey = `{"id":{"S":"576e85e6-60a5-45e3-88c6-be8ce5f871fc"}}`
)

var testItem = item.Item{
	ID: testID, Name: "Widget", Description: "<b>", Price: 19.99, Runtime: "go", SourceIP: "192.0.2.1",
	CreatedAt: "2026-11-22T04:05:06.789Z", UpdatedAt: "2026-11-22T04:05:06.789Z",
}

var testExpires = time.Unix(1795925106, 0)

// newTestStore returns a store that talks to the handler, and does not wait
// between attempts.
func newTestStore(t *testing.T, client newClient, handler http.HandlerFunc, attemptTimeout time.Duration) *DynamoDB {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return storeAt(server.URL, client, attemptTimeout)
}

func storeAt(endpoint string, client newClient, attemptTimeout time.Duration) *DynamoDB {
	return New("items", func() (*dynamodb.Client, error) {
		return client(context.Background(), attemptTimeout, func(o *dynamodb.Options) {
			o.BaseEndpoint = &endpoint
			o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		})
	})
}

type newClient func(context.Context, time.Duration, ...func(*dynamodb.Options)) (*dynamodb.Client, error)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		os.Setenv(name, value)
	}
	os.Exit(m.Run())
}

// eachClient runs a test with the clients of all variants.
func eachClient(t *testing.T, test func(*testing.T, newClient)) {
	t.Run("stock", func(t *testing.T) { test(t, client.New) })
	t.Run("tuned", func(t *testing.T) { test(t, tuned.New) })
}

// calls are all that a store does, with the request that DynamoDB should see.
var calls = []struct {
	operation, request string
	do                 func(*testing.T, *DynamoDB) (any, error)
}{
	{
		"PutItem", `{"TableName":"items","Item":` + storedItem + `}`,
		func(t *testing.T, s *DynamoDB) (any, error) {
			return nil, s.Put(t.Context(), testItem, testExpires)
		},
	},
	{
		"GetItem", `{"TableName":"items","ConsistentRead":true,"Key":` + testKey + `}`,
		func(t *testing.T, s *DynamoDB) (any, error) { return s.Get(t.Context(), testID) },
	},
	{
		"Scan", `{"TableName":"items","Limit":7,"ExclusiveStartKey":` + testKey + `}`,
		func(t *testing.T, s *DynamoDB) (any, error) {
			items, next, err := s.List(t.Context(), 7, testID)
			return []any{items, next}, err
		},
	},
	{
		"UpdateItem", `{"TableName":"items","Key":` + testKey + `,"ReturnValues":"ALL_NEW","ConditionExpression":"attribute_exists(id)",` +
			`"UpdateExpression":"SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt","ExpressionAttributeNames":{"#name":"name"},` +
			`"ExpressionAttributeValues":{":name":{"S":"A"},":description":{"S":""},":price":{"N":"1000000"},":updatedAt":{"S":"now"}}}`,
		func(t *testing.T, s *DynamoDB) (any, error) {
			return s.Update(t.Context(), testID, item.Fields{Name: "A", Price: 1_000_000}, "now")
		},
	},
	{
		"DeleteItem", `{"TableName":"items","ConditionExpression":"attribute_exists(id)","Key":` + testKey + `}`,
		func(t *testing.T, s *DynamoDB) (any, error) { return nil, s.Delete(t.Context(), testID) },
	},
}

func TestStoreRequestsAndAnswers(t *testing.T) { eachClient(t, testStoreRequestsAndAnswers) }

func testStoreRequestsAndAnswers(t *testing.T, client newClient) {
	answers := map[string]string{
		"PutItem":    `{}`,
		"GetItem":    `{"Item":` + storedItem + `}`,
		"Scan":       `{"Count":2,"Items":[` + storedItem + `,` + storedItem + `],"LastEvaluatedKey":` + testKey + `}`,
		"UpdateItem": `{"Attributes":` + storedItem + `}`,
		"DeleteItem": `{}`,
	}
	want := map[string]any{
		"GetItem":    testItem,
		"Scan":       []any{[]item.Item{testItem, testItem}, testID},
		"UpdateItem": testItem,
	}
	for _, c := range calls {
		t.Run(c.operation, func(t *testing.T) {
			s := newTestStore(t, client, func(w http.ResponseWriter, r *http.Request) {
				if got, want := r.Header.Get("X-Amz-Target"), "DynamoDB_20120810."+c.operation; got != want {
					t.Errorf("operation: got %s, want %s", got, want)
				}
				if got, want := r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/"; !strings.HasPrefix(got, want) || r.Header.Get("X-Amz-Security-Token") != "token" {
					t.Errorf("signature: got %s, want %s…", got, want)
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				checkJSON(t, body, c.request)
				io.WriteString(w, answers[c.operation])
			}, time.Minute)
			got, err := c.do(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want[c.operation]) {
				t.Errorf("result:\ngot  %+v\nwant %+v", got, want[c.operation])
			}
		})
	}
}

func checkJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("JSON:\ngot  %s\nwant %s", got, want)
	}
}

func TestStoreReadsNothing(t *testing.T) { eachClient(t, testStoreReadsNothing) }

func testStoreReadsNothing(t *testing.T, client newClient) {
	s := newTestStore(t, client, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "ExclusiveStartKey") {
			t.Errorf("request: got %s, want no start key", body)
		}
		io.WriteString(w, `{}`)
	}, time.Minute)
	if _, err := s.Get(t.Context(), testID); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get: got %v, want %v", err, ErrNotFound)
	}
	items, next, err := s.List(t.Context(), 20, "")
	if err != nil || items == nil || len(items) != 0 || next != "" {
		t.Errorf("List: got %#v, %q, %v, want an empty list", items, next, err)
	}
	if err := s.Prime(t.Context()); err != nil {
		t.Errorf("Prime: got %v, want nil, since an absent item is warm enough", err)
	}
}

// failures are answers of DynamoDB that are none, how often the store should
// ask before it gives up, and what it should say.
var failures = []struct {
	name     string
	handler  http.HandlerFunc
	attempts int64
	want     error // nil: an unexpected error
}{
	{"throttled table", fault(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"), 3, ErrUnavailable},
	{"throttled account", fault(400, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"), 3, ErrUnavailable},
	{"throttled caller", fault(400, "com.amazon.coral.availability#ThrottlingException"), 3, ErrUnavailable},
	{"out of service", fault(503, "com.amazonaws.dynamodb.v20120810#ServiceUnavailable"), 3, ErrUnavailable},
	{"bad gateway", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, 3, ErrUnavailable},
	{"reset", hangUp(""), 3, ErrUnavailable},
	{"break within the answer", hangUp("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"It"), 3, ErrUnavailable},
	{"JSON cut short", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"Item":{"id":{"S":"`) }, 1, nil},
	{"slow", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // Else the server does not see that the client is gone.
		<-r.Context().Done()
	}, 3, ErrUnavailable},
	{"slow within the answer", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, 3, ErrUnavailable},
	{"internal error", fault(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"), 3, nil},
	{"no such table", fault(400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"), 1, nil},
	{"denied", fault(400, "com.amazon.coral.service#AccessDeniedException"), 1, nil},
	{"no JSON", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }, 1, nil},
	{"condition", fault(400, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"), 1, ErrNotFound},
}

func fault(status int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		io.WriteString(w, `{"__type":"`+kind+`","message":"words of DynamoDB"}`)
	}
}

// hangUp sends some bytes and closes the connection, or resets it when there
// are none. The request is read first: the kernel resets a connection that is
// closed with unread bytes, and a client may meet the reset before the answer.
func hangUp(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		if answer == "" {
			conn.(*net.TCPConn).SetLinger(0)
		}
		io.WriteString(conn, answer)
		conn.Close()
	}
}

func TestStoreFaults(t *testing.T) { eachClient(t, testStoreFaults) }

func testStoreFaults(t *testing.T, client newClient) {
	stock := strings.HasSuffix(t.Name(), "/stock")
	for _, f := range failures {
		// The SDK takes a break for JSON that is cut short, and asks once:
		// https://github.com/aws/aws-sdk-go-v2/issues/1717. Rarely (9 of 4,500) net/http
		// closes the connection under the reader first, which the SDK asks again after.
		either := stock && f.name == "break within the answer"
		for _, c := range calls {
			t.Run(f.name+"/"+c.operation, func(t *testing.T) {
				t.Parallel()
				var attempts atomic.Int64
				timeout := time.Minute
				if strings.HasPrefix(f.name, "slow") {
					timeout = 300 * time.Millisecond // enough to reach the server on a busy machine
				}
				s := newTestStore(t, client, func(w http.ResponseWriter, r *http.Request) {
					attempts.Add(1)
					f.handler(w, r)
				}, timeout)
				got, err := c.do(t, s)
				if err == nil {
					t.Fatalf("got %+v, want an error", got)
				}
				if either {
					if n := attempts.Load(); n < 1 || n > f.attempts {
						t.Errorf("attempts: got %d, want 1 to %d", n, f.attempts)
					}
					return
				}
				if f.want != nil && !errors.Is(err, f.want) {
					t.Errorf("error: got %v, want %v", err, f.want)
				}
				if f.want == nil && (errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotFound)) {
					t.Errorf("error: got %v, want another one", err)
				}
				if attempts.Load() != f.attempts {
					t.Errorf("attempts: got %d, want %d", attempts.Load(), f.attempts)
				}
			})
		}
	}
}

func TestStoreUnreachable(t *testing.T) { eachClient(t, testStoreUnreachable) }

func testStoreUnreachable(t *testing.T, client newClient) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	s := storeAt(server.URL, client, time.Minute)
	if _, err := s.Get(t.Context(), testID); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Get: got %v, want %v", err, ErrUnavailable)
	}
	if err := s.Prime(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.HasPrefix(err.Error(), "prime the store: ") {
		t.Errorf("Prime: got %v, want %v", err, ErrUnavailable)
	}
}

func TestStoreSurvivesOneFault(t *testing.T) { eachClient(t, testStoreSurvivesOneFault) }

func testStoreSurvivesOneFault(t *testing.T, client newClient) {
	var attempts atomic.Int64
	s := newTestStore(t, client, func(w http.ResponseWriter, r *http.Request) {
		if attempts.Add(1) < 3 {
			hangUp("")(w, r)
			return
		}
		io.WriteString(w, `{"Item":`+storedItem+`}`)
	}, time.Minute)
	if got, err := s.Get(t.Context(), testID); err != nil || got != testItem {
		t.Errorf("Get: got %+v, %v, want the item", got, err)
	}
}

// The client of stock closes a connection whose answer was quicker than net/http
// knew that the request is written.
func TestTunedKeepsConnections(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"Item":`+storedItem+`}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	s := storeAt(server.URL, tuned.New, time.Minute)
	const calls = 300 // Few answers come before net/http knows that the request is written.
	for range calls {
		if _, err := s.Get(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("connections of %d calls: got %d, want 1", calls, got)
	}
}

func TestFromAttributesRefusesForeignItems(t *testing.T) {
	eachClient(t, testFromAttributesRefusesForeignItems)
}

func testFromAttributesRefusesForeignItems(t *testing.T, client newClient) {
	tests := map[string]string{
		"no attribute":   strings.Replace(storedItem, `"name"`, `"nom"`, 1),
		"another type":   strings.Replace(storedItem, `{"S":"Widget"}`, `{"N":"1"}`, 1),
		"price a string": strings.Replace(storedItem, `{"N":"19.99"}`, `{"S":"19.99"}`, 1),
		"no number":      strings.Replace(storedItem, `{"N":"19.99"}`, `{"N":"x"}`, 1),
	}
	for name, stored := range tests {
		t.Run(name, func(t *testing.T) {
			for operation, answer := range map[string]string{
				"Get":  `{"Item":` + stored + `}`,
				"List": `{"Items":[` + stored + `]}`,
			} {
				s := newTestStore(t, client, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) }, time.Minute)
				_, err := s.Get(t.Context(), testID)
				if operation == "List" {
					_, _, err = s.List(t.Context(), 1, "")
				}
				if err == nil || !strings.HasPrefix(err.Error(), "attribute ") {
					t.Errorf("%s: got %v, want an error about an attribute", operation, err)
				}
			}
		})
	}
}

func TestPricesKeepTheirDecimals(t *testing.T) {
	for want, p := range map[string]float64{"19.99": 19.99, "100": 1e2, "0": 0, "1000000": 1e6, "0.1": 0.1, "0.01": 1e-2, "999999.99": 999999.99} {
		item := testItem
		item.Price = p
		attributes := toAttributes(item, testExpires)
		if got := attributes["price"].(*types.AttributeValueMemberN).Value; got != want {
			t.Errorf("price %v: stored as %s, want %s", p, got, want)
		}
		if back, err := fromAttributes(attributes); err != nil || back != item {
			t.Errorf("price %v: got %+v back, %v, want %+v", p, back, err, item)
		}
	}
}
