package client

import (
	"errors"
	"net/http"
	"testing"
	"testing/iotest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

func TestSettings(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "eu-west-1")
	t.Setenv("AWS_ENDPOINT_URL", "http://all")
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "")
	c, err := New(t.Context(), 8*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Options()
	if o.Region != "eu-west-1" || *o.BaseEndpoint != "http://all" || o.Retryer.MaxAttempts() != 3 {
		t.Errorf("got the region %s, endpoint %s and %d attempts, want eu-west-1, http://all and 3", o.Region, *o.BaseEndpoint, o.Retryer.MaxAttempts())
	}
	if got, err := o.Credentials.Retrieve(t.Context()); err != nil || got.AccessKeyID != "key" || got.SecretAccessKey != "secret" || got.SessionToken != "token" {
		t.Errorf("credentials: got %+v, %v, want those of the environment", got, err)
	}
	inner, ok := o.HTTPClient.(buffered).client.(*awshttp.BuildableClient)
	if !ok || inner.GetTimeout() != 8*time.Second || inner.GetDialer().Timeout != 2*time.Second {
		t.Errorf("HTTP client: got %+v, want 8s for an attempt and 2s for a connection", o.HTTPClient)
	}
}

func TestNoCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if _, err := New(t.Context(), time.Second); err == nil || err.Error() != "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" {
		t.Errorf("got %v, want a hint", err)
	}
}

func TestBufferedReportsABrokenBody(t *testing.T) {
	broken := errors.New("broken")
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1", iotest.ErrReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (buffered{http.DefaultClient}).Do(r); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
