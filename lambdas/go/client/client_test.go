package client

import (
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

func TestSettings(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	c, err := New(t.Context(), 8*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Options()
	if o.Region != "eu-west-1" || *o.BaseEndpoint != "http://127.0.0.1:8000" || o.Retryer.MaxAttempts() != 3 {
		t.Errorf("got the region %s, endpoint %s and %d attempts, want those of the environment and 3", o.Region, *o.BaseEndpoint, o.Retryer.MaxAttempts())
	}
	inner, ok := o.HTTPClient.(*awshttp.BuildableClient)
	if !ok || inner.GetTimeout() != 8*time.Second || inner.GetDialer().Timeout != 2*time.Second {
		t.Errorf("HTTP client: got %+v, want 8s for an attempt and 2s for a connection", o.HTTPClient)
	}
}

func TestWrongEnvironment(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "many")
	if _, err := New(t.Context(), time.Second); err == nil {
		t.Error("got no error, want one about AWS_MAX_ATTEMPTS")
	}
}
