// Package store keeps the API's items in a DynamoDB table, and says which of the
// database's errors mean what. It validates nothing: what a caller may store is
// the API's own affair.
//
//	item, err := store.New(table, client).Get(ctx, id) // errors.Is(err, store.ErrNotFound)
package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/uuid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
)

var (
	// ErrNotFound says that the table has no such item.
	ErrNotFound = errors.New("item not found")
	// ErrUnavailable says that DynamoDB throttled the call or could not be
	// reached, even after the SDK's own retries.
	ErrUnavailable = errors.New("database unavailable")
)

// DynamoDB keeps items in a DynamoDB table.
type DynamoDB struct {
	table  string
	client func() (*dynamodb.Client, error)
}

// New returns a store whose client is made by the first call that needs it, once.
func New(table string, client func() (*dynamodb.Client, error)) *DynamoDB {
	return &DynamoDB{table: table, client: sync.OnceValues(client)}
}

// Prime makes the client and warms it: TLS, connection, one read.
func (d *DynamoDB) Prime(ctx context.Context) error {
	if _, err := d.Get(ctx, uuid.Nil.String()); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("prime the store: %w", err)
	}
	return nil
}

// Put writes a new item. The id is fresh, so that a retry does no harm.
func (d *DynamoDB) Put(ctx context.Context, item item.Item, expires time.Time) error {
	client, err := d.client()
	if err != nil {
		return err
	}
	_, err = client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table,
		Item:      toAttributes(item, expires),
	})
	return classify("put item", err)
}

// Get reads an item with strong consistency, or returns ErrNotFound.
func (d *DynamoDB) Get(ctx context.Context, id string) (item.Item, error) {
	client, err := d.client()
	if err != nil {
		return item.Item{}, err
	}
	out, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &d.table,
		Key:            key(id),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return item.Item{}, classify("get item", err)
	}
	if len(out.Item) == 0 {
		return item.Item{}, ErrNotFound
	}
	return fromAttributes(out.Item)
}

// List reads up to limit items after the one with the id after ("" is the
// start), and the id to go on after, which is "" at the end of the table.
func (d *DynamoDB) List(ctx context.Context, limit int, after string) ([]item.Item, string, error) {
	client, err := d.client()
	if err != nil {
		return nil, "", err
	}
	input := &dynamodb.ScanInput{TableName: &d.table, Limit: aws.Int32(int32(limit))}
	if after != "" {
		input.ExclusiveStartKey = key(after)
	}
	out, err := client.Scan(ctx, input)
	if err != nil {
		return nil, "", classify("scan items", err)
	}
	items := make([]item.Item, len(out.Items))
	for i, attributes := range out.Items {
		if items[i], err = fromAttributes(attributes); err != nil {
			return nil, "", err
		}
	}
	if out.LastEvaluatedKey == nil {
		return items, "", nil
	}
	r := attributeReader{attributes: out.LastEvaluatedKey}
	return items, r.text("id"), r.err
}

// Update replaces what a caller decides about an item, and returns the whole of
// it. It never creates one: without such an item it returns ErrNotFound.
func (d *DynamoDB) Update(ctx context.Context, id string, f item.Fields, updatedAt string) (item.Item, error) {
	client, err := d.client()
	if err != nil {
		return item.Item{}, err
	}
	out, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                &d.table,
		Key:                      key(id),
		ConditionExpression:      aws.String("attribute_exists(id)"),
		UpdateExpression:         aws.String("SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt"),
		ExpressionAttributeNames: map[string]string{"#name": "name"}, // A reserved word.
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":name":        text(f.Name),
			":description": text(f.Description),
			":price":       price(f.Price),
			":updatedAt":   text(updatedAt),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return item.Item{}, classify("update item", err)
	}
	return fromAttributes(out.Attributes)
}

// Delete removes an item, or returns ErrNotFound.
func (d *DynamoDB) Delete(ctx context.Context, id string) error {
	client, err := d.client()
	if err != nil {
		return err
	}
	_, err = client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:           &d.table,
		Key:                 key(id),
		ConditionExpression: aws.String("attribute_exists(id)"),
	})
	return classify("delete item", err)
}

// classify wraps an error of the SDK with what was done, and with ErrNotFound
// or ErrUnavailable where it is one of these. It returns nil for nil.
func classify(doing string, err error) error {
	var missing *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return ErrNotFound
	case isThrottled(err) || isUnreached(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

func isThrottled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}

// isUnreached reports whether no answer of DynamoDB arrived in time, be it for
// the network, for a proxy on the way, or for the end of the caller's patience.
func isUnreached(err error) bool {
	if (retry.RetryableConnectionError{}).IsErrorRetryable(err) == aws.TrueTernary ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok {
		return false
	}
	switch response.HTTPStatusCode() {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
