package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/uuid"
)

const (
	sdkVersion     = aws.SDKVersion
	maxAttempts    = 3
	connectTimeout = 2 * time.Second
)

var (
	// errNotFound says that the table has no such item.
	errNotFound = errors.New("item not found")
	// errUnavailable says that DynamoDB throttled the call or could not be
	// reached, even after the SDK's own retries.
	errUnavailable = errors.New("database unavailable")
)

// dynamoStore keeps items in a DynamoDB table. The client is made on first use,
// once per process.
type dynamoStore struct {
	table  string
	client func() *dynamodb.Client
}

// storeSettings are the store's environment variables.
type storeSettings struct {
	Table          string
	Region         string
	Endpoint       string // "" is the service's own endpoint in the region.
	AttemptTimeout time.Duration
	Credentials    aws.Credentials
}

// newStore returns a store without a client yet. The options come last, so that
// a test can shorten the back-off.
//
// The client is configured from what Lambda always sets: environment variables.
// config.LoadDefaultConfig would look into shared files as well and link the
// SSO, STS and instance metadata clients, which no function of ours ever calls.
func newStore(s storeSettings, options ...func(*dynamodb.Options)) *dynamoStore {
	return &dynamoStore{
		table: s.Table,
		client: sync.OnceValue(func() *dynamodb.Client {
			return dynamodb.New(dynamodb.Options{
				Region:           s.Region,
				BaseEndpoint:     nonEmpty(s.Endpoint),
				Credentials:      aws.CredentialsProviderFunc(s.retrieve),
				RetryMode:        aws.RetryModeStandard,
				RetryMaxAttempts: maxAttempts,
				// Connections are kept alive by default. The timeout is that of
				// one HTTP exchange, so each attempt has its own.
				HTTPClient: buffered{awshttp.NewBuildableClient().
					WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
					WithTimeout(s.AttemptTimeout)},
			}, options...)
		}),
	}
}

// retrieve gives the SDK the credentials. They stay the same for the whole life
// of a Lambda environment, so nothing has to refresh them.
func (s storeSettings) retrieve(context.Context) (aws.Credentials, error) {
	if !s.Credentials.HasKeys() {
		return aws.Credentials{}, errors.New("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return s.Credentials, nil
}

// buffered is an HTTP client whose requests and answers are whole or not at all.
//
// net/http sends headers and body in one write, and does not take a quick answer
// for an interrupted write, only of bodies that it knows to be in memory, which
// the SDK's wrapper hides. And an answer that breaks off is an attempt that the
// SDK makes again only if it is the HTTP client that says so.
type buffered struct{ client aws.HTTPClient }

func (b buffered) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// Prime makes the client and warms it: TLS, connection, one read.
func (d *dynamoStore) Prime(ctx context.Context) error {
	if _, err := d.Get(ctx, uuid.Nil.String()); err != nil && !errors.Is(err, errNotFound) {
		return fmt.Errorf("prime the store: %w", err)
	}
	return nil
}

// Put writes a new item. The id is fresh, so that a retry does no harm.
func (d *dynamoStore) Put(ctx context.Context, item Item, expires time.Time) error {
	_, err := d.client().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table,
		Item:      toAttributes(item, expires),
	})
	return classify("put item", err)
}

// Get reads an item with strong consistency, or returns errNotFound.
func (d *dynamoStore) Get(ctx context.Context, id string) (Item, error) {
	out, err := d.client().GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &d.table,
		Key:            key(id),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Item{}, classify("get item", err)
	}
	if len(out.Item) == 0 {
		return Item{}, errNotFound
	}
	return fromAttributes(out.Item)
}

// List reads up to limit items after the one with the id after ("" is the
// start), and the id to go on after, which is "" at the end of the table.
func (d *dynamoStore) List(ctx context.Context, limit int, after string) ([]Item, string, error) {
	input := &dynamodb.ScanInput{TableName: &d.table, Limit: aws.Int32(int32(limit))}
	if after != "" {
		input.ExclusiveStartKey = key(after)
	}
	out, err := d.client().Scan(ctx, input)
	if err != nil {
		return nil, "", classify("scan items", err)
	}
	items := make([]Item, len(out.Items))
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
// it. It never creates one: without such an item it returns errNotFound.
func (d *dynamoStore) Update(ctx context.Context, id string, f fields, updatedAt string) (Item, error) {
	out, err := d.client().UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                &d.table,
		Key:                      key(id),
		ConditionExpression:      aws.String("attribute_exists(id)"),
		UpdateExpression:         aws.String("SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt"),
		ExpressionAttributeNames: map[string]string{"#name": "name"}, // A reserved word.
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":name":        text(f.Name),
			":description": text(f.Description),
			":price":       number(formatPrice(f.Price)),
			":updatedAt":   text(updatedAt),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return Item{}, classify("update item", err)
	}
	return fromAttributes(out.Attributes)
}

// Delete removes an item, or returns errNotFound.
func (d *dynamoStore) Delete(ctx context.Context, id string) error {
	_, err := d.client().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:           &d.table,
		Key:                 key(id),
		ConditionExpression: aws.String("attribute_exists(id)"),
	})
	return classify("delete item", err)
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

func toAttributes(item Item, expires time.Time) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":          text(item.ID),
		"name":        text(item.Name),
		"description": text(item.Description),
		"price":       number(formatPrice(item.Price)),
		"runtime":     text(item.Runtime),
		"sourceIp":    text(item.SourceIP),
		"createdAt":   text(item.CreatedAt),
		"updatedAt":   text(item.UpdatedAt),
		"expiresAt":   number(strconv.FormatInt(expires.Unix(), 10)),
	}
}

func fromAttributes(attributes map[string]types.AttributeValue) (Item, error) {
	r := attributeReader{attributes: attributes}
	item := Item{
		ID:          r.text("id"),
		Name:        r.text("name"),
		Description: r.text("description"),
		Price:       r.number("price"),
		Runtime:     r.text("runtime"),
		SourceIP:    r.text("sourceIp"),
		CreatedAt:   r.text("createdAt"),
		UpdatedAt:   r.text("updatedAt"),
	}
	return item, r.err
}

// attributeReader reads attributes and keeps the first error.
type attributeReader struct {
	attributes map[string]types.AttributeValue
	err        error
}

func (r *attributeReader) text(name string) string {
	if value, ok := r.attributes[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: got %T, want a string", name, r.attributes[name]))
	return ""
}

func (r *attributeReader) number(name string) float64 {
	value, ok := r.attributes[name].(*types.AttributeValueMemberN)
	if !ok {
		r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: got %T, want a number", name, r.attributes[name]))
		return 0
	}
	f, err := strconv.ParseFloat(value.Value, 64)
	if err != nil {
		r.err = cmp.Or(r.err, fmt.Errorf("attribute %s: %w", name, err))
	}
	return f
}

// classify wraps an error of the SDK with what was done, and with errNotFound
// or errUnavailable where it is one of these. It returns nil for nil.
func classify(doing string, err error) error {
	var missing *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return errNotFound
	case isThrottled(err) || isUnreached(err):
		return fmt.Errorf("%s: %w: %w", doing, errUnavailable, err)
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
	var unsent *smithyhttp.RequestSendError
	if errors.As(err, &unsent) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) {
		return false
	}
	switch response.HTTPStatusCode() {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
