package invokeapi

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// sdk is AWS's own client against the handler.
func sdk(t *testing.T, invoker gateway.Invoker) *lambda.Client {
	t.Helper()
	h := New(options(invoker))
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		h.Close()
	})
	return lambda.New(lambda.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(server.URL),
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		RetryMaxAttempts: 1,
	})
}

func TestSDKInvoke(t *testing.T) {
	fake := &recorder{result: gateway.Result{
		Payload: []byte(`{"ok":true}`), FunctionError: "Handled", LogTail: []byte("REPORT"), ExecutedVersion: "3",
	}}
	got, err := sdk(t, fake).Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName:  aws.String("arn:aws:lambda:us-east-1:123456789012:function:fn"),
		Qualifier:     aws.String("$LATEST"),
		LogType:       types.LogTypeTail,
		ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"custom":{}}`))),
		Payload:       []byte(`{"a":1}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Payload) != `{"ok":true}` || got.StatusCode != 200 {
		t.Errorf("got %d %s, want 200 {\"ok\":true}", got.StatusCode, got.Payload)
	}
	log, err := base64.StdEncoding.DecodeString(aws.ToString(got.LogResult))
	if err != nil || string(log) != "REPORT" {
		t.Errorf("got the log %q (%v), want REPORT", log, err)
	}
	if aws.ToString(got.FunctionError) != "Handled" || aws.ToString(got.ExecutedVersion) != "3" {
		t.Errorf("got error %q and version %q, want Handled and 3", aws.ToString(got.FunctionError), aws.ToString(got.ExecutedVersion))
	}
	if got := fake.calls[0]; got.function != "fn" || got.payload != `{"a":1}` || got.options.Qualifier != "$LATEST" || got.options.ClientContext != `{"custom":{}}` {
		t.Errorf("got the call %+v", got)
	}
}

func TestSDKTypes(t *testing.T) {
	for kind, want := range map[types.InvocationType]int32{types.InvocationTypeEvent: 202, types.InvocationTypeDryRun: 204} {
		got, err := sdk(t, &recorder{}).Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("fn"), InvocationType: kind})
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != want {
			t.Errorf("%s: got %d, want %d", kind, got.StatusCode, want)
		}
	}
}

func TestSDKErrors(t *testing.T) {
	invoke := func(t *testing.T, err error, payload string) error {
		t.Helper()
		_, got := sdk(t, &recorder{err: err}).Invoke(context.Background(), &lambda.InvokeInput{
			FunctionName: aws.String("fn"), Payload: []byte(payload),
		})
		return got
	}

	var throttled *types.TooManyRequestsException
	if err := invoke(t, gateway.ErrThrottled, `{}`); !errors.As(err, &throttled) {
		t.Errorf("got %v, want a TooManyRequestsException", err)
	} else if throttled.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded ||
		aws.ToString(throttled.RetryAfterSeconds) != "1" || aws.ToString(throttled.Message) != "Rate Exceeded." {
		t.Errorf("got %+v", throttled)
	}
	var missing *types.ResourceNotFoundException
	if err := invoke(t, gateway.ErrNotFound, `{}`); !errors.As(err, &missing) || missing.ErrorMessage() == "" {
		t.Errorf("got %v, want a ResourceNotFoundException with a message", err)
	}
	var content *types.InvalidRequestContentException
	if err := invoke(t, nil, `nope`); !errors.As(err, &content) || content.ErrorMessage() == "" {
		t.Errorf("got %v, want an InvalidRequestContentException with a message", err)
	}
	var service *types.ServiceException
	if err := invoke(t, fmt.Errorf("disk full"), `{}`); !errors.As(err, &service) || service.ErrorMessage() != "disk full" {
		t.Errorf("got %v, want a ServiceException: disk full", err)
	}
	// The real service's name for this is in no SDK's model, so it is generic here too.
	var generic smithy.APIError
	if err := invoke(t, gateway.ErrTooLarge, `{}`); !errors.As(err, &generic) || generic.ErrorCode() != "RequestEntityTooLargeException" {
		t.Errorf("got %v, want a RequestEntityTooLargeException", err)
	}
}
