// Package problem has every error document that a caller may see.
package problem

import "net/http"

// Problem is a problem document of RFC 9457. The words are fixed for all runtimes;
// nothing internal ever enters one.
type Problem struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	Errors []FieldError `json:"errors,omitempty"`
}

// FieldError says what a field must be, whichever of its rules was broken.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (p *Problem) Error() string { return p.Detail }

// Every problem of this API but that of fields.
var (
	UnknownPath  = newProblem(http.StatusNotFound, "The requested resource does not exist.")
	NoItem       = newProblem(http.StatusNotFound, "The item does not exist.")
	Method       = newProblem(http.StatusMethodNotAllowed, "The method is not allowed for this resource.")
	MediaType    = newProblem(http.StatusUnsupportedMediaType, "The request body must be application/json without a content encoding.")
	BodyTooLarge = newProblem(http.StatusRequestEntityTooLarge, "The request body must not exceed 65536 bytes.")
	Body         = newProblem(http.StatusBadRequest, "The request body must be a JSON object with no other fields than name, description and price.")
	Limit        = newProblem(http.StatusBadRequest, "The limit must be an integer from 1 to 100.")
	NextToken    = newProblem(http.StatusBadRequest, "The nextToken is not valid.")
	DatabaseDown = newProblem(http.StatusServiceUnavailable, "The database is not available, try again later.")
	Unexpected   = newProblem(http.StatusInternalServerError, "An unexpected error occurred.")
)

func newProblem(status int, detail string) *Problem {
	title := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		title = "Content Too Large" // RFC 9110's name; net/http keeps that of RFC 7231.
	}
	return &Problem{Type: "about:blank", Title: title, Status: status, Detail: detail}
}

// Fields is the problem of fields of an item that are wrong.
func Fields(name, description, price bool) *Problem {
	p := newProblem(http.StatusBadRequest, "One or more fields are invalid.")
	if name {
		p.Errors = append(p.Errors, FieldError{"name", "must be a string of 1 to 100 characters"})
	}
	if description {
		p.Errors = append(p.Errors, FieldError{"description", "must be a string of at most 1000 characters"})
	}
	if price {
		p.Errors = append(p.Errors, FieldError{"price", "must be a number from 0 to 1000000 with at most 2 decimal places"})
	}
	return p
}
