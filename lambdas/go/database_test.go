//go:build dynamodb

package main

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

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

var testExpires = time.Unix(1795925106, 0)

// newTable makes an empty table in a real DynamoDB implementation, and returns
// the store's settings for it and a client that sees it without the store.
func newTable(t *testing.T) (store.Settings, *dynamodb.Client) {
	t.Helper()
	endpoint := os.Getenv("TEST_DYNAMODB_ENDPOINT")
	if endpoint == "" {
		t.Fatal("TEST_DYNAMODB_ENDPOINT is not set: start a local DynamoDB (npx dynalite --port 8000) and set it to http://127.0.0.1:8000, or leave the build tag dynamodb out")
	}
	s := store.Settings{
		Table:          "go-" + uuid.NewString(),
		Region:         "eu-west-1",
		Endpoint:       endpoint,
		AttemptTimeout: 8 * time.Second,
		Credentials:    aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"},
	}
	client := dynamodb.New(dynamodb.Options{
		Region:       s.Region,
		BaseEndpoint: &s.Endpoint,
		Credentials:  aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return s.Credentials, nil }),
	})
	ctx := t.Context()
	if _, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            &s.Table,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		BillingMode:          types.BillingModePayPerRequest,
	}); err != nil {
		t.Fatalf("create a table at %s: %v", endpoint, err)
	}
	t.Cleanup(func() {
		// t.Context has ended by now.
		if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &s.Table}); err != nil {
			t.Errorf("delete the table: %v", err)
		}
	})
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 100*time.Millisecond
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &s.Table}, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	return s, client
}

func TestDatabaseLifeOfAnItem(t *testing.T) {
	settings, client := newTable(t)
	s, ctx := store.New(settings), t.Context()
	if err := s.Prime(ctx); err != nil {
		t.Errorf("Prime: %v", err)
	}

	item := testItem
	item.Description = "" // DynamoDB takes empty strings in all but keys.
	item.SourceIP = ""
	if err := s.Put(ctx, item, testExpires); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, testID); err != nil || got != item {
		t.Errorf("Get: got %+v, %v, want %+v", got, err, item)
	}

	want := item
	want.Name, want.Description, want.Price, want.UpdatedAt = "Ünï\n😀", "d", 0.1, "later"
	if got, err := s.Update(ctx, testID, fields(want.Name, want.Description, want.Price), "later"); err != nil || got != want {
		t.Errorf("Update: got %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.Get(ctx, testID); err != nil || got != want {
		t.Errorf("Get after Update: got %+v, %v, want %+v", got, err, want)
	}
	raw, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &settings.Table,
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
	if _, err := s.Update(ctx, testID, fields("A", "", 1), "now"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Update after Delete: got %v, want %v", err, store.ErrNotFound)
	}
	if items, next, err := s.List(ctx, 100, ""); err != nil || len(items) != 0 || next != "" {
		t.Errorf("List after all: got %v, %q, %v, want nothing, since Update never creates", items, next, err)
	}
}

func TestDatabaseKeepsPrices(t *testing.T) {
	settings, _ := newTable(t)
	s := store.New(settings)
	for _, raw := range []string{"0", "-0", "0.01", "0.1", "19.990", "1e2", "999999.99", "1000000"} {
		price, ok := parsePrice(json.RawMessage(raw))
		if !ok {
			t.Fatalf("price %s: got invalid, want valid", raw)
		}
		item := testItem
		item.Price = price
		if err := s.Put(t.Context(), item, testExpires); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), testID); err != nil || got != item {
			t.Errorf("price %s: got %+v, %v, want %+v", raw, got, err, item)
		}
	}
}

// Pages of any size show every item once, through the whole API.
func TestDatabasePages(t *testing.T) {
	settings, _ := newTable(t)
	s := store.New(settings)
	ids := map[string]int{}
	for range 7 {
		item := testItem
		item.ID = uuid.NewString()
		ids[item.ID] = 1
		if err := s.Put(t.Context(), item, testExpires); err != nil {
			t.Fatal(err)
		}
	}
	handler, _ := newTestApp(s)
	for _, limit := range []string{"1", "2", "3", "6", "7", "100"} {
		seen := map[string]int{}
		query := "limit=" + limit
		for range len(ids) + 1 {
			w := call(handler, "GET /go/items?"+query, "")
			var got page
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

func TestDatabaseThroughTheAPI(t *testing.T) {
	settings, _ := newTable(t)
	handler, _ := newTestApp(store.New(settings))
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

func TestDatabaseWithoutTheTable(t *testing.T) {
	settings, _ := newTable(t)
	settings.Table = "go-missing"
	if _, err := store.New(settings).Get(t.Context(), testID); err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Get: got %v, want an unexpected error", err)
	}
}
