//go:build dynamodb

package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

var testExpires = time.Unix(1795925106, 0)

// newTable makes an empty table in a real DynamoDB implementation, and returns
// its name and the variant's client.
func newStore(table string, client *dynamodb.Client) *store.DynamoDB {
	return store.New(table, func() (*dynamodb.Client, error) { return client, nil })
}

func newTable(t *testing.T, v variant) (string, *dynamodb.Client) {
	t.Helper()
	endpoint := os.Getenv("TEST_DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Fatal("TEST_DYNAMODB_ENDPOINT is not set: start a local DynamoDB (npx dynalite --port 8000) and set it to http://127.0.0.1:8000, or leave the build tag dynamodb out")
	}
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
	table := "go-" + uuid.NewString()
	client, err := v.parts.Client(t.Context(), 8*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            &table,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		BillingMode:          types.BillingModePayPerRequest,
	}); err != nil {
		t.Fatalf("create a table at %s: %v", endpoint, err)
	}
	t.Cleanup(func() {
		// t.Context has ended by now.
		if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table}); err != nil {
			t.Errorf("delete the table: %v", err)
		}
	})
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 100*time.Millisecond
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &table}, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	return table, client
}

func TestDatabaseLifeOfAnItem(t *testing.T) { eachVariant(t, testDatabaseLifeOfAnItem) }

func testDatabaseLifeOfAnItem(t *testing.T, v variant) {
	table, client := newTable(t, v)
	s, ctx := newStore(table, client), t.Context()
	if err := s.Prime(ctx); err != nil {
		t.Errorf("Prime: %v", err)
	}

	stored := testItem
	stored.Description = "" // DynamoDB takes empty strings in all but keys.
	stored.SourceIP = ""
	if err := s.Put(ctx, stored, testExpires); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, testID); err != nil || got != stored {
		t.Errorf("Get: got %+v, %v, want %+v", got, err, stored)
	}

	want := stored
	want.Name, want.Description, want.Price, want.UpdatedAt = "Ünï\n😀", "d", 0.1, "later"
	if got, err := s.Update(ctx, testID, itemFields(want.Name, want.Description, want.Price), "later"); err != nil || got != want {
		t.Errorf("Update: got %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.Get(ctx, testID); err != nil || got != want {
		t.Errorf("Get after Update: got %+v, %v, want %+v", got, err, want)
	}
	raw, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table,
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: testID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	expires, ok := raw.Item["expiresAt"].(*types.AttributeValueMemberN)
	if !ok || expires.Value != "1795925106" {
		t.Errorf("expiresAt after Update: got %#v, want 1795925106 as before", raw.Item["expiresAt"])
	}

	if err := s.Delete(ctx, testID); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if err := s.Delete(ctx, testID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second Delete: got %v, want %v", err, store.ErrNotFound)
	}
	if _, err := s.Get(ctx, testID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get after Delete: got %v, want %v", err, store.ErrNotFound)
	}
	if _, err := s.Update(ctx, testID, itemFields("A", "", 1), "now"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Update after Delete: got %v, want %v", err, store.ErrNotFound)
	}
	if items, next, err := s.List(ctx, 100, ""); err != nil || len(items) != 0 || next != "" {
		t.Errorf("List after all: got %v, %q, %v, want nothing, since Update never creates", items, next, err)
	}
}

func TestDatabaseKeepsPrices(t *testing.T) { eachVariant(t, testDatabaseKeepsPrices) }

func testDatabaseKeepsPrices(t *testing.T, v variant) {
	table, client := newTable(t, v)
	s := newStore(table, client)
	for _, raw := range []string{"0", "-0", "0.01", "0.1", "19.990", "1e2", "999999.99", "1000000"} {
		f, err := v.read(`{"name":"A","price":` + raw + `}`)
		if err != nil {
			t.Fatalf("price %s: got %v, want valid", raw, err)
		}
		stored := testItem
		stored.Price = f.Price
		if err := s.Put(t.Context(), stored, testExpires); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), testID); err != nil || got != stored {
			t.Errorf("price %s: got %+v, %v, want %+v", raw, got, err, stored)
		}
	}
}

// Pages of any size show every item once, through the whole API.
func TestDatabasePages(t *testing.T) { eachVariant(t, testDatabasePages) }

func testDatabasePages(t *testing.T, v variant) {
	table, client := newTable(t, v)
	s := newStore(table, client)
	ids := map[string]int{}
	for range 7 {
		stored := testItem
		stored.ID = uuid.NewString()
		ids[stored.ID] = 1
		if err := s.Put(t.Context(), stored, testExpires); err != nil {
			t.Fatal(err)
		}
	}
	handler, _ := newTestApp(v, s)
	for _, limit := range []string{"1", "2", "3", "6", "7", "100"} {
		seen := map[string]int{}
		query := "limit=" + limit
		for range len(ids) + 1 {
			w := call(handler, "GET /go/items?"+query, "")
			var got item.Page
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
				t.Fatalf("limit %s: got %d %s, %v", limit, w.Code, w.Body, err)
			}
			for _, item := range got.Items {
				seen[item.ID]++
			}
			if got.NextToken == "" {
				break
			}
			query = "limit=" + limit + "&nextToken=" + got.NextToken
		}
		if !maps.Equal(seen, ids) {
			t.Errorf("limit %s: got %v, want each once: %v", limit, seen, slices.Sorted(maps.Keys(ids)))
		}
	}
}

func TestDatabaseThroughTheAPI(t *testing.T) { eachVariant(t, testDatabaseThroughTheAPI) }

func testDatabaseThroughTheAPI(t *testing.T, v variant) {
	table, client := newTable(t, v)
	handler, _ := newTestApp(v, newStore(table, client))
	item := strings.Replace(itemJSON, `"description":"<b>"`, `"description":""`, 1)
	other := strings.NewReplacer(`"Widget"`, `"B"`, `19.99`, `0`).Replace(item)
	for _, step := range []struct {
		target, body string
		status       int
		want         string
	}{
		{"GET /items/" + testID, "", 404, itemProblem},
		{"POST /items", `{"name":"Widget","price":19.990}`, 201, item},
		{"GET /go/items/" + testID, "", 200, item},
		{"GET /items", "", 200, `{"items":[` + item + `]}`},
		{"PUT /items/" + testID, `{"name":"B","description":null,"price":-0}`, 200, other},
		{"DELETE /items/" + testID, "", 204, ""},
		{"DELETE /items/" + testID, "", 404, itemProblem},
		{"PUT /items/" + testID, `{"name":"B","price":1}`, 404, itemProblem},
		{"GET /items", "", 200, `{"items":[]}`},
	} {
		t.Log(step.target)
		checkAnswer(t, call(handler, step.target, step.body), step.status, step.want)
	}
}

func TestDatabaseWithoutTheTable(t *testing.T) { eachVariant(t, testDatabaseWithoutTheTable) }

func testDatabaseWithoutTheTable(t *testing.T, v variant) {
	_, client := newTable(t, v)
	if _, err := newStore("go-missing", client).Get(t.Context(), testID); err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Get: got %v, want an unexpected error", err)
	}
}
