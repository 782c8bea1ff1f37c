package invokeapi

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// AWS's own client decodes the stream, and gets a part when it is sent.
func TestSDKInvokeWithResponseStream(t *testing.T) {
	arrived := make(chan struct{})
	var asked call
	client := sdk(t, invokerFunc(func(_ context.Context, function string, payload []byte, o gateway.InvokeOptions) (gateway.Result, error) {
		asked = call{function: function, payload: string(payload)}
		for _, part := range []string{"one", "two"} {
			o.Stream("text/plain", []byte(part))
			<-arrived // the next part leaves when the client has this one
		}
		return gateway.Result{LogTail: []byte("REPORT")}, nil
	}))
	got, err := client.InvokeWithResponseStream(context.Background(), &lambda.InvokeWithResponseStreamInput{
		FunctionName: aws.String("fn"), Payload: []byte(`{"a":1}`), LogType: types.LogTypeTail,
	})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(got.ResponseStreamContentType) != "application/vnd.amazon.eventstream" || aws.ToString(got.ExecutedVersion) != "$LATEST" || got.StatusCode != 200 {
		t.Errorf("got %d, version %q, type %q", got.StatusCode, aws.ToString(got.ExecutedVersion), aws.ToString(got.ResponseStreamContentType))
	}
	var parts []string
	var end *types.InvokeWithResponseStreamCompleteEvent
	for event := range got.GetStream().Events() {
		switch event := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			parts = append(parts, string(event.Value.Payload))
			arrived <- struct{}{}
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			end = &event.Value
		}
	}
	if err := got.GetStream().Err(); err != nil {
		t.Fatal(err)
	}
	if strings.Join(parts, "|") != "one|two" || asked.function != "fn" || asked.payload != `{"a":1}` {
		t.Errorf("got the parts %q of %+v", parts, asked)
	}
	if end == nil || end.ErrorCode != nil || aws.ToString(end.LogResult) != base64.StdEncoding.EncodeToString([]byte("REPORT")) {
		t.Errorf("got the end %+v", end)
	}
}

func TestSDKStreamThatFails(t *testing.T) {
	for name, begins := range map[string]bool{"before the first part": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			client := sdk(t, invokerFunc(func(_ context.Context, _ string, _ []byte, o gateway.InvokeOptions) (gateway.Result, error) {
				if begins {
					o.Stream("text/plain", []byte("begun"))
				}
				return gateway.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Boom"}`)}, nil
			}))
			got, err := client.InvokeWithResponseStream(context.Background(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("fn")})
			if err != nil {
				t.Fatal(err)
			}
			var end *types.InvokeWithResponseStreamCompleteEvent
			for event := range got.GetStream().Events() {
				if last, ok := event.(*types.InvokeWithResponseStreamResponseEventMemberInvokeComplete); ok {
					end = &last.Value
				}
			}
			if end == nil || aws.ToString(end.ErrorCode) != "Unhandled" || aws.ToString(end.ErrorDetails) != `{"errorType":"Boom"}` || end.LogResult != nil {
				t.Errorf("got the end %+v", end)
			}
		})
	}
	_, err := sdk(t, &recorder{err: gateway.ErrThrottled}).InvokeWithResponseStream(context.Background(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("fn")})
	var throttled *types.TooManyRequestsException
	if !errors.As(err, &throttled) {
		t.Errorf("got %v, want a TooManyRequestsException", err)
	}
}

// A stream can't be an event: nobody would be there to read it.
func TestAStreamIsNoEvent(t *testing.T) {
	h := New(options(&recorder{}))
	defer h.Close()
	for kind, want := range map[string]int{"Event": 400, "DryRun": 204} {
		request := httptest.NewRequest("POST", "/2021-11-15/functions/fn/response-streaming-invocations", strings.NewReader("{}"))
		request.Header.Set("X-Amz-Invocation-Type", kind)
		response := httptest.NewRecorder()
		h.ServeHTTP(response, request)
		if response.Code != want {
			t.Errorf("%s: got %d %s, want %d", kind, response.Code, response.Body, want)
		}
	}
}
