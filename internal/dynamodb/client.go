package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// What everyone who speaks to a local database must use, functions included:
// a DynamoDB Local that was started without -sharedDb keeps separate tables
// for each key and region.
const (
	LocalRegion          = "us-east-1"
	LocalAccessKeyID     = "local"
	LocalSecretAccessKey = "local"
)

// pollInterval is how often a database that starts, or a table that is being
// made, is asked again.
const pollInterval = 5 * time.Millisecond

// client is what this package itself asks of a database.
type client struct {
	*dynamodb.Client
	transport *http.Transport
	local     bool
}

func localClient(endpoint string) *client {
	transport := &http.Transport{MaxIdleConnsPerHost: warmers}
	return &client{local: true, transport: transport, Client: dynamodb.New(dynamodb.Options{
		Region:       LocalRegion,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(LocalAccessKeyID, LocalSecretAccessKey, ""),
		HTTPClient:   &http.Client{Transport: transport},
		Retryer:      aws.NopRetryer{},
	})}
}

func remoteClient(ctx context.Context, endpoint string) (*client, error) {
	loaded, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fault.New("check ~/.aws/config and the AWS_* variables", "load the AWS configuration: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &client{transport: transport, Client: dynamodb.NewFromConfig(loaded, func(o *dynamodb.Options) {
		o.BaseEndpoint = aws.String(endpoint)
		o.HTTPClient = &http.Client{Transport: transport}
	})}, nil
}

func (c *client) close() { c.transport.CloseIdleConnections() }

// ping asks for a table by name, whether it is there or not: dynalite's
// ListTables reads every item.
func (c *client) ping(ctx context.Context, table string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table)})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// ensureTable makes the table where it is missing and waits until it is
// ACTIVE. Its time to live is left out: dynalite has no such call, and no run
// lasts for days.
func (c *client) ensureTable(ctx context.Context, name string, table config.Table) error {
	err := c.checkTable(ctx, name, table)
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return err
	}
	input := &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		BillingMode: types.BillingMode(table.BillingMode),
	}
	for _, a := range table.Attributes {
		input.AttributeDefinitions = append(input.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
		})
	}
	for _, k := range table.Keys {
		input.KeySchema = append(input.KeySchema, types.KeySchemaElement{
			AttributeName: aws.String(k.Attribute), KeyType: types.KeyType(k.Type),
		})
	}
	var exists *types.ResourceInUseException // somebody else was faster
	if _, err := c.CreateTable(ctx, input); err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create the table %s: %w", name, err)
	}
	return c.checkTable(ctx, name, table)
}

// checkTable waits until the table is ACTIVE and compares its keys with the
// definition.
func (c *client) checkTable(ctx context.Context, name string, table config.Table) error {
	for {
		output, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
		if err != nil {
			return fault.New("deploy the stack that makes the table, or name one that exists", "look for the table %s: %w", name, err)
		}
		if output.Table.TableStatus == types.TableStatusActive {
			return compareKeys(name, output.Table, table)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the table %s to become ACTIVE, it is %s: %w", name, output.Table.TableStatus, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}

func compareKeys(name string, got *types.TableDescription, want config.Table) error {
	kinds := map[string]string{}
	for _, a := range got.AttributeDefinitions {
		kinds[aws.ToString(a.AttributeName)] = string(a.AttributeType)
	}
	wantKinds := map[string]string{}
	for _, a := range want.Attributes {
		wantKinds[a.Name] = a.Type
	}
	var gotKeys, wantKeys []string
	for _, k := range got.KeySchema {
		gotKeys = append(gotKeys, fmt.Sprintf("%s %s %s", aws.ToString(k.AttributeName), kinds[aws.ToString(k.AttributeName)], k.KeyType))
	}
	for _, k := range want.Keys {
		wantKeys = append(wantKeys, fmt.Sprintf("%s %s %s", k.Attribute, wantKinds[k.Attribute], k.Type))
	}
	if !slices.Equal(gotKeys, wantKeys) {
		return fault.New("name another table, or delete this one", "the table %s has the key %v, want %v", name, gotKeys, wantKeys)
	}
	return nil
}
