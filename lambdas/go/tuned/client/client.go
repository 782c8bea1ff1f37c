// Package client makes the client of DynamoDB from what Lambda always sets:
// environment variables. The SDK's own loader looks into files as well, and links
// the clients of SSO, STS and instance metadata.
package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

const (
	maxAttempts    = 3
	connectTimeout = 2 * time.Second
)

// New returns a client. Options are for tests.
func New(_ context.Context, attemptTimeout time.Duration, options ...func(*dynamodb.Options)) (*dynamodb.Client, error) {
	// They stay the same for the whole life of a Lambda environment, so nothing has to refresh them.
	credentials := aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	if !credentials.HasKeys() {
		return nil, errors.New("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	var endpoint *string // nil is the service's own endpoint in the region.
	if url := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), os.Getenv("AWS_ENDPOINT_URL")); url != "" {
		endpoint = &url
	}
	return dynamodb.New(dynamodb.Options{
		Region:           cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		BaseEndpoint:     endpoint,
		Credentials:      aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
		RetryMode:        aws.RetryModeStandard,
		RetryMaxAttempts: maxAttempts,
		// Connections are kept alive by default. The timeout is that of one HTTP
		// exchange, so each attempt has its own.
		HTTPClient: buffered{awshttp.NewBuildableClient().
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
			WithTimeout(attemptTimeout)},
	}, options...), nil
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
