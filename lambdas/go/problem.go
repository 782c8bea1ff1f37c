package main

import (
	"errors"
	"net/http"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

// problem is an error that a caller may see: a problem document of RFC 9457.
// The words are fixed for all runtimes; nothing internal ever enters one.
type problem struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	Errors []fieldError `json:"errors,omitempty"`
}

// fieldError says what a field must be, whichever of its rules was broken.
type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (p *problem) Error() string { return p.Detail }

// Every problem of this API.
var (
	errUnknownPath  = newProblem(http.StatusNotFound, "The requested resource does not exist.")
	errNoItem       = newProblem(http.StatusNotFound, "The item does not exist.")
	errMethod       = newProblem(http.StatusMethodNotAllowed, "The method is not allowed for this resource.")
	errMediaType    = newProblem(http.StatusUnsupportedMediaType, "The request body must be application/json without a content encoding.")
	errBodyTooLarge = newProblem(http.StatusRequestEntityTooLarge, "The request body must not exceed 65536 bytes.")
	errBody         = newProblem(http.StatusBadRequest, "The request body must be a JSON object with no other fields than name, description and price.")
	errLimit        = newProblem(http.StatusBadRequest, "The limit must be an integer from 1 to 100.")
	errNextToken    = newProblem(http.StatusBadRequest, "The nextToken is not valid.")
	errDatabaseDown = newProblem(http.StatusServiceUnavailable, "The database is not available, try again later.")
	errUnexpected   = newProblem(http.StatusInternalServerError, "An unexpected error occurred.")
)

func newProblem(status int, detail string) *problem {
	title := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		title = "Content Too Large" // RFC 9110's name; net/http keeps that of RFC 7231.
	}
	return &problem{Type: "about:blank", Title: title, Status: status, Detail: detail}
}

func invalidFields(errs []fieldError) *problem {
	p := newProblem(http.StatusBadRequest, "One or more fields are invalid.")
	p.Errors = errs
	return p
}

// problemOf translates any error into the problem that the caller sees.
func problemOf(err error) *problem {
	var p *problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, store.ErrNotFound):
		return errNoItem
	case errors.Is(err, store.ErrUnavailable):
		return errDatabaseDown
	default:
		return errUnexpected
	}
}
