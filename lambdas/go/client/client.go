// Package client makes the client of DynamoDB.
package client

import (
	"context"
	"net"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

const (
	connectTimeout = 2 * time.Second
	maxAttempts    = 3 // the SDK's own are four with DynamoDB, and three with all else
)

// New returns a client that is configured by the environment. It retries as the
// SDK does by itself, in standard mode. Options are for tests.
func New(ctx context.Context, attemptTimeout time.Duration, options ...func(*dynamodb.Options)) (*dynamodb.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(maxAttempts), config.WithHTTPClient(awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTimeout(attemptTimeout)))
	if err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(cfg, options...), nil
}
