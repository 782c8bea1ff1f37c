// Package gatewayresponse is the one table of what the gateway itself answers when no
// function does: the local gateway writes these documents, and the CDK app sets them
// as the API's gateway responses.
//
//	for _, r := range gatewayresponse.Table() {
//		template, ok := r.Template() // not every response can be set in AWS
//		…
//	}
//
// It refuses to know HTTP handlers or the CDK: it is data and its two renderings.
package gatewayresponse

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// ContentType of every document here, save that of RequestTooLarge.
const ContentType = "application/problem+json"

// Response is one of API Gateway's response types.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
type Response struct {
	Type string // API Gateway's name
	// Status is what it is answered with; 0 for the two families, which keep the
	// status of the case.
	Status    int
	ErrorType string // the header x-amzn-ErrorType; "" where it is not known
	Detail    string
	// Fixed is the body in AWS's own words where AWS lets nobody change it.
	Fixed string
}

// The responses that the local gateway gives.
var (
	// MissingAuthenticationToken is what API Gateway says of a path or method that it
	// does not know. To a caller of ours that is a 404.
	MissingAuthenticationToken = Response{
		Type: "MISSING_AUTHENTICATION_TOKEN", Status: http.StatusNotFound,
		ErrorType: "MissingAuthenticationTokenException",
		Detail:    "The requested resource does not exist.",
	}
	// RequestTooLarge cannot be customised: see "important notes" for REST APIs,
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
	RequestTooLarge = Response{
		Type: "REQUEST_TOO_LARGE", Status: http.StatusRequestEntityTooLarge,
		Fixed: `{"message":"Request Too Long"}`,
	}
	IntegrationTimeout = Response{
		Type: "INTEGRATION_TIMEOUT", Status: http.StatusGatewayTimeout,
		ErrorType: "InternalServerErrorException",
		Detail:    "The function did not answer in time.",
	}
	// Default4XX covers a request that no parser can read (400).
	Default4XX = Response{Type: "DEFAULT_4XX", Detail: "The request was refused."}
	// Default5XX covers malformed answers and function errors (502) and throttled
	// functions (500).
	Default5XX = Response{
		Type:      "DEFAULT_5XX",
		ErrorType: "InternalServerErrorException",
		Detail:    "The request could not be processed.",
	}
)

// Table lists every response, also those that only a deployed API gives.
func Table() []Response {
	return []Response{
		Default4XX,
		Default5XX,
		MissingAuthenticationToken,
		RequestTooLarge,
		IntegrationTimeout,
		{
			Type: "INVALID_API_KEY", Status: http.StatusForbidden,
			ErrorType: "ForbiddenException", Detail: "A valid API key is required.",
		},
		{
			Type: "QUOTA_EXCEEDED", Status: http.StatusTooManyRequests,
			ErrorType: "LimitExceededException", Detail: "The quota is used up, try again later.",
		},
		{
			Type: "THROTTLED", Status: http.StatusTooManyRequests,
			ErrorType: "TooManyRequestsException", Detail: "There are too many requests, try again later.",
		},
	}
}

// problem is RFC 9457's document, its members in the order of the API contract.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title,omitempty"`
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail"`
}

// Body is the document as the local gateway writes it, and its content type. The
// status counts only for the families.
func (r Response) Body(status int) (contentType string, body []byte) {
	if r.Fixed != "" {
		return "application/json", []byte(r.Fixed)
	}
	if r.Status != 0 {
		status = r.Status
	}
	return ContentType, r.document(status)
}

// Template is the document as a gateway response's template. In the families title
// and status are left out: such a template is text with simple variables, and there is
// none that tells the status. The second value is false where AWS allows no template.
func (r Response) Template() (string, bool) {
	if r.Fixed != "" {
		return "", false
	}
	return string(r.document(r.Status)), true
}

// StatusCode is Status as CloudFormation wants it, "" for the families.
func (r Response) StatusCode() string {
	if r.Status == 0 {
		return ""
	}
	return strconv.Itoa(r.Status)
}

func (r Response) document(status int) []byte {
	p := problem{Type: "about:blank", Title: title(status), Status: status, Detail: r.Detail}
	body, err := json.Marshal(p)
	if err != nil { // strings and a number always marshal
		panic("gatewayresponse: " + err.Error())
	}
	return body
}

// title is the status's reason phrase in the words of RFC 9110, as in the contract.
func title(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "Content Too Large"
	case http.StatusRequestURITooLong:
		return "URI Too Long"
	}
	return http.StatusText(status)
}
