package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/report"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/runtimeapi"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// Limits of a synchronous invocation, in bytes.
const (
	MaxRequestBytes  = 6 * 1024 * 1024 // 6,291,456
	MaxResponseBytes = runtimeapi.MaxResponse
)

// refusal is an error whose text is Lambda's, spelling and all.
type refusal string

func (r refusal) Error() string { return string(r) }

// What Invoke refuses without asking the function. The first two have Lambda's
// words; their exceptions are TooManyRequestsException (429) and
// RequestEntityTooLargeException (413).
var (
	ErrThrottled       error = refusal("Rate Exceeded.")
	ErrRequestTooLarge error = refusal(fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", MaxRequestBytes))
	ErrClosed                = errors.New("the environment has been closed")
	ErrBusy                  = errors.New("the environment has a request already: Lambda gives an environment one at a time")
)

// Unhandled is the FunctionError of everything that goes wrong inside.
const Unhandled = "Unhandled"

// Error types that Lambda itself gives; runtimes post others.
const (
	typeTimeout    = "Sandbox.Timedout"
	typeExit       = "Runtime.ExitError"
	typeMemory     = "Runtime.OutOfMemory"
	typeEntrypoint = "Runtime.InvalidEntrypoint"
	typeTooLarge   = "Function.ResponseSizeTooLarge"
)

// cause is why an init or an invocation failed.
type cause struct {
	kind    string // error type
	message string // without "RequestId: … Error: "
	status  string // in a report: timeout or error
	posted  []byte // what the runtime itself said; nil: nothing
	// extension is the external one that it was, "" if none: Lambda's words do not name it.
	extension string
}

func timeoutCause(limit time.Duration) *cause {
	return &cause{kind: typeTimeout, status: "timeout",
		message: fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())}
}

// exitCause says how the runtime's process ended. A SIGKILL of the kernel for
// want of memory differs from any other in its type only.
func exitCause(exit sandbox.Exit) *cause {
	c := &cause{kind: typeExit, status: "error"}
	switch {
	case exit.Signal != 0:
		c.message = "Runtime exited with error: signal: " + exit.Signal.String()
		if exit.OOM && exit.Signal == syscall.SIGKILL {
			c.kind = typeMemory
		}
	case exit.Code == 0:
		c.message = "Runtime exited without providing a reason"
	default:
		c.message = fmt.Sprintf("Runtime exited with error: exit status %d", exit.Code)
	}
	return c
}

// entrypointCause is a command that cannot be executed.
func entrypointCause() *cause {
	return &cause{kind: typeEntrypoint, status: "error",
		message: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}
}

// reason is what extensions are told of it.
func (c *cause) reason() string {
	if c.status == "timeout" {
		return afterLimit
	}
	return afterError
}

func postedCause(kind string, body []byte) *cause {
	return &cause{kind: kind, status: "error", posted: body, message: postedMessage(body)}
}

// postedMessage is the errorMessage of a posted body, or the body.
func postedMessage(body []byte) string {
	var posted struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(body, &posted) == nil && posted.Message != "" {
		return posted.Message
	}
	return string(body)
}

// payload is what a caller is answered.
func (c *cause) payload(requestID string) []byte {
	if c.posted != nil {
		return c.posted
	}
	return errorBody(c.kind, "RequestId: "+requestID+" Error: "+c.message)
}

// initError is the cause as a caller of Start gets it: there is no request yet.
func (c *cause) initError() *InitError {
	if c == nil {
		return nil
	}
	payload := c.posted
	if payload == nil {
		payload = errorBody(c.kind, c.message)
	}
	return &InitError{Type: c.kind, Message: c.message, Payload: payload, Status: c.status, Extension: c.extension}
}

// logLine is what the log says of it in text format, in the style that Lambda
// had until 2024; "" where a runtime has posted its own words. The report line
// has the status in either style.
func (c *cause) logLine(requestID string, at time.Time) string {
	switch {
	case c.posted != nil:
		return ""
	case c.kind == typeTimeout:
		return at.UTC().Format(report.TimeFormat) + " " + requestID + " " + c.message + "\n\n"
	default:
		return "RequestId: " + requestID + " Error: " + c.message + "\n" + c.kind + "\n"
	}
}

func errorBody(kind, message string) []byte {
	body, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, message})
	if err != nil {
		panic(err) // Strings always marshal.
	}
	return body
}

// tooLargeBody is for a response over Lambda's limit of those in one piece, or of
// streams.
func tooLargeBody(streamed bool) []byte {
	limit := MaxResponseBytes
	if streamed {
		limit = runtimeapi.MaxStream
	}
	return errorBody(typeTooLarge, fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", limit))
}
