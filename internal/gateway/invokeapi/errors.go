package invokeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// apiError is an error as the service words it. SDKs take the type from the header
// x-amzn-ErrorType and the rest from the body, whose member for the message is
// "Message" in some errors and "message" in others.
type apiError struct {
	status  int
	code    string
	message string
	member  string            // "Message" or "message"
	extra   map[string]string // further members of the body
	header  map[string]string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) write(w http.ResponseWriter) {
	body := map[string]string{e.member: e.message}
	for name, value := range e.extra {
		body[name] = value
	}
	for name, value := range e.header {
		w.Header().Set(name, value)
	}
	encoded, err := json.Marshal(body)
	if err != nil { // strings always marshal
		panic("invokeapi: " + err.Error())
	}
	w.Header().Set("X-Amzn-Errortype", e.code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_, _ = w.Write(encoded)
}

var byUser = map[string]string{"Type": "User"}

// fromInvoker words an error that kept the function from running.
func fromInvoker(err error, in invocation) *apiError {
	switch {
	case errors.Is(err, gateway.ErrNotFound):
		return notFound(in.function, in.options.Qualifier)
	case errors.Is(err, gateway.ErrThrottled):
		return throttled("Rate Exceeded.")
	case errors.Is(err, gateway.ErrTooLarge):
		return tooLarge(maxSyncPayload)
	}
	return &apiError{
		status: http.StatusInternalServerError, code: "ServiceException", message: err.Error(),
		member: "Message", extra: map[string]string{"Type": "Service"},
	}
}

func notFound(function, qualifier string) *apiError {
	if qualifier == "" {
		qualifier = latest
	}
	return &apiError{
		status: http.StatusNotFound, code: "ResourceNotFoundException", member: "Message", extra: byUser,
		message: fmt.Sprintf("Function not found: arn:aws:lambda:us-east-1:000000000000:function:%s:%s", function, qualifier),
	}
}

// throttled names the function's own limit as the reason: that is what the local cap
// on environments is.
func throttled(message string) *apiError {
	return &apiError{
		status: http.StatusTooManyRequests, code: "TooManyRequestsException", message: message, member: "message",
		extra:  map[string]string{"Type": "User", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"},
		header: map[string]string{"Retry-After": "1"},
	}
}

// tooLarge has the name that the service sends, which is not the
// RequestTooLargeException of its API reference.
func tooLarge(limit int64) *apiError {
	return &apiError{
		status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException", member: "Message",
		message: fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", limit),
	}
}

func notJSON(err error) *apiError {
	return &apiError{
		status: http.StatusBadRequest, code: "InvalidRequestContentException", member: "message", extra: byUser,
		message: "Could not parse request body into json: Could not parse payload into json: " + err.Error(),
	}
}

func badClientContext() *apiError {
	return &apiError{
		status: http.StatusBadRequest, code: "InvalidRequestContentException", member: "message", extra: byUser,
		message: fmt.Sprintf("Client context must be a valid Base64-encoded JSON object of at most %d bytes.", maxClientContext),
	}
}

func invalidParameter(message string) *apiError {
	return &apiError{
		status: http.StatusBadRequest, code: "InvalidParameterValueException", member: "message", extra: byUser, message: message,
	}
}

func (v violations) fault() *apiError {
	count := "1 validation error detected: "
	if len(v) > 1 {
		count = fmt.Sprintf("%d validation errors detected: ", len(v))
	}
	return &apiError{status: http.StatusBadRequest, code: "ValidationException", member: "message", message: count + strings.Join(v, "; ")}
}

func unknownOperation(request string) *apiError {
	return &apiError{
		status: http.StatusNotFound, code: "UnknownOperationException", member: "Message",
		message: request + " is not served here: this endpoint knows Lambda's Invoke and InvokeWithResponseStream alone",
	}
}
