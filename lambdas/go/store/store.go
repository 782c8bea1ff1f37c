// Package store keeps the API's items in a DynamoDB table, and says which of the
// database's errors mean what. It validates nothing: what a caller may store is
// the API's own affair.
//
//	settings, err := store.ReadSettings(os.Getenv)
//	…
//	item, err := store.New(settings).Get(ctx, id) // errors.Is(err, store.ErrNotFound)
package store

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

// SDKVersion is the version of the AWS SDK.
const SDKVersion = aws.SDKVersion

const (
	maxAttempts    = 3
	connectTimeout = 2 * time.Second
)

var (
	// ErrNotFound says that the table has no such item.
	ErrNotFound = errors.New("item not found")
	// ErrUnavailable says that DynamoDB throttled the call or could not be
	// reached, even after the SDK's own retries.
	ErrUnavailable = errors.New("database unavailable")
)

// DynamoDB keeps items in a DynamoDB table. The client is made on first use,
// once per process.
type DynamoDB struct {
	table  string
	client func() *dynamodb.Client
}

// Settings are the store's environment variables.
type Settings struct {
	Table          string
	Region         string
	Endpoint       string // "" is the service's own endpoint in the region.
	AttemptTimeout time.Duration
	Credentials    aws.Credentials
}

// ReadSettings reads the environment variables that Lambda and the stack set.
func ReadSettings(getenv func(string) string) (Settings, error) {
	timeout := cmp.Or(getenv("DYNAMODB_ATTEMPT_TIMEOUT_MS"), "8000")
	ms, err := strconv.ParseInt(timeout, 10, 32)
	if err != nil || ms < 1 {
		return Settings{}, fmt.Errorf("DYNAMODB_ATTEMPT_TIMEOUT_MS: got %q, want a positive integer", timeout)
	}
	return Settings{
		Table:          cmp.Or(getenv("TABLE_NAME"), "multi-runtime-benchmark-items-dev"),
		Region:         cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION")),
		Endpoint:       cmp.Or(getenv("AWS_ENDPOINT_URL_DYNAMODB"), getenv("AWS_ENDPOINT_URL")),
		AttemptTimeout: time.Duration(ms) * time.Millisecond,
		Credentials: aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
		},
	}, nil
}

// New returns a store without a client yet. The options come last, so that a
// test can shorten the back-off.
//
// The client is configured from what Lambda always sets: environment variables.
// config.LoadDefaultConfig would look into shared files as well and link the
// SSO, STS and instance metadata clients, which no function of ours ever calls.
func New(s Settings, options ...func(*dynamodb.Options)) *DynamoDB {
	return &DynamoDB{
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
func (s Settings) retrieve(context.Context) (aws.Credentials, error) {
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
func (d *DynamoDB) Prime(ctx context.Context) error {
	if _, err := d.Get(ctx, uuid.Nil.String()); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("prime the store: %w", err)
	}
	return nil
}

// Put writes a new item. The id is fresh, so that a retry does no harm.
func (d *DynamoDB) Put(ctx context.Context, item Item, expires time.Time) error {
	_, err := d.client().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &d.table,
		Item:      toAttributes(item, expires),
	})
	return classify("put item", err)
}

// Get reads an item with strong consistency, or returns ErrNotFound.
func (d *DynamoDB) Get(ctx context.Context, id string) (Item, error) {
	out, err := d.client().GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &d.table,
		Key:            key(id),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Item{}, classify("get item", err)
	}
	if len(out.Item) == 0 {
		return Item{}, ErrNotFound
	}
	return fromAttributes(out.Item)
}

// List reads up to limit items after the one with the id after ("" is the
// start), and the id to go on after, which is "" at the end of the table.
func (d *DynamoDB) List(ctx context.Context, limit int, after string) ([]Item, string, error) {
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
// it. It never creates one: without such an item it returns ErrNotFound.
func (d *DynamoDB) Update(ctx context.Context, id string, f Fields, updatedAt string) (Item, error) {
	out, err := d.client().UpdateItem(ctx, &dynamodb.UpdateItemInput{
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
		return Item{}, classify("update item", err)
	}
	return fromAttributes(out.Attributes)
}

// Delete removes an item, or returns ErrNotFound.
func (d *DynamoDB) Delete(ctx context.Context, id string) error {
	_, err := d.client().DeleteItem(ctx, &dynamodb.DeleteItemInput{
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
