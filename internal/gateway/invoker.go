package gateway

import (
	"context"
	"errors"
)

// Invoker runs a function once and waits for it. The error says that the function
// did not run (ErrNotFound, ErrThrottled, ErrTooLarge or anything else); a function
// that ran and failed is a Result with FunctionError.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte, o InvokeOptions) (Result, error)
}

// InvokeOptions is what a caller may say about an invocation.
type InvokeOptions struct {
	RequestID string // of the invocation; the Invoker makes one where it is empty
	TraceID   string // X-Amzn-Trace-Id, for Lambda-Runtime-Trace-Id
	// ClientContext is JSON, already decoded from the header's base64.
	ClientContext string
	// Qualifier is a version or an alias, "" for the unpublished one.
	Qualifier string
	// Stream takes the answer, in place of Result.Payload. It is not called any more
	// when Invoke has come back.
	Stream Sink
	// Answered hears of the result as soon as the function has given it: of Payload,
	// FunctionError, ExecutedVersion and Cold. Invoke comes back with the whole of it when
	// the function asks for more. It is called at most once, from within Invoke, perhaps not
	// at all, and must not block.
	Answered func(Result)
}

// Result is what came back.
type Result struct {
	Payload         []byte // the answer unless a Stream took it, or the error
	FunctionError   string // "", "Unhandled" or "Handled", in Lambda's words
	LogTail         []byte // the end of the invocation's log, of any length
	ExecutedVersion string // "" is $LATEST
	Cold            bool   // this was the environment's first invocation
}

// What an Invoker wraps into its error, so that the answer has the right status.
var (
	ErrNotFound  = errors.New("function not found")
	ErrThrottled = errors.New("concurrency limit reached")
	ErrTooLarge  = errors.New("payload too large")
)

// MaxPayload is Lambda's limit for a synchronous invocation's payload in bytes,
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const MaxPayload = 6 << 20
