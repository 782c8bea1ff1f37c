// Package invoke calls a function by Lambda's own API, once, with the end of its log. What
// came of it can be handed over as JSON: whoever sends a call need not be who judges it.
//
//	answer, err := invoke.Once(ctx, invoke.Client(settings), invoke.Call{Function: name, Event: event})
package invoke

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Client never tries again by itself: a call that was sent twice is no sample.
func Client(settings aws.Config) *lambda.Client {
	return lambda.NewFromConfig(settings, func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
}

// Call is what is asked for.
type Call struct {
	Function string
	Version  string // "" is the unpublished one
	Event    []byte // JSON
}

// Answer is what came back.
type Answer struct {
	RequestID string `json:"requestId,omitempty"`
	Payload   []byte `json:"payload,omitempty"`
	// Failed tells that the payload is the function's failure, in Lambda's words.
	Failed bool   `json:"failed,omitempty"`
	Log    []byte `json:"log,omitempty"` // the end of the call's log, 4 KB at most
	// Took is until the answer was there, as the caller saw it.
	Took time.Duration `json:"tookNs"`
	// Unrun says why it is not known that Lambda ran the call, and how; "" where it is.
	Unrun string `json:"unrun,omitempty"`
	// Throttled tells that it was throttled.
	Throttled bool `json:"throttled,omitempty"`
}

// Once sends a call. A throttle and a fault of the service are answers; an error is what
// can't get better by itself, such as credentials that have expired, or that ctx has ended.
func Once(ctx context.Context, client *lambda.Client, c Call) (Answer, error) {
	in := &lambda.InvokeInput{FunctionName: &c.Function, Payload: c.Event, LogType: types.LogTypeTail}
	if c.Version != "" {
		in.Qualifier = &c.Version
	}
	began := time.Now()
	out, err := client.Invoke(ctx, in)
	a := Answer{Took: time.Since(began)}
	if err != nil {
		return unrun(a, err)
	}
	if a.Log, err = base64.StdEncoding.DecodeString(aws.ToString(out.LogResult)); err != nil {
		a.Unrun = fmt.Sprintf("its log's tail can't be read: %v", err)
	}
	a.RequestID, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	a.Payload, a.Failed = out.Payload, out.FunctionError != nil
	return a, nil
}

// unrun sorts what brought no answer.
func unrun(a Answer, err error) (Answer, error) {
	var refused *types.TooManyRequestsException
	var answered *awshttp.ResponseError
	switch {
	case errors.As(err, &refused):
		a.Throttled, a.Unrun = true, "throttled: "+string(refused.Reason)
	case errors.As(err, &answered) && answered.HTTPStatusCode() >= http.StatusInternalServerError:
		a.Unrun = fmt.Sprintf("Lambda answered %d", answered.HTTPStatusCode())
	default:
		return a, err
	}
	return a, nil
}
