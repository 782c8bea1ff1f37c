package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// proxyResource ends the path of a resource that takes everything below it.
const proxyResource = "/{proxy+}"

// Request is an HTTP request as the gateway got it, with what the gateway knows
// besides. The zero value of a field that is not marked as needed is fine.
type Request struct {
	Method   string // needed
	RawPath  string // needed; begins with "/", still percent-encoded, without the stage
	RawQuery string // still percent-encoded, without the "?"
	Host     string // "" leaves the Host header out
	Header   http.Header
	Body     []byte

	// Base64 passes the body as base64, as an API does with a content type that is
	// among its binary media types. Ours has none, so the HTTP handler never sets it.
	Base64 bool

	SourceIP string // requestContext.identity.sourceIp, and the end of X-Forwarded-For
	Port     string // X-Forwarded-Port, "" is 443
	Proto    string // X-Forwarded-Proto, "" is https

	Stage     string // "" leaves it out of requestContext.path
	Resource  string // "/go/{proxy+}"; "" is "/{proxy+}", or "/" for that path
	RequestID string
	TraceID   string // X-Amzn-Trace-Id where the caller sent none
	APIID     string // "" is "local"
	AccountID string // "" is 000000000000
	Time      time.Time
}

// event is the proxy event, payload format 1.0, in the order of AWS's own examples.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
type event struct {
	Resource          string              `json:"resource"`
	Path              string              `json:"path"`
	HTTPMethod        string              `json:"httpMethod"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters    map[string]string   `json:"pathParameters"`
	StageVariables    map[string]string   `json:"stageVariables"`
	RequestContext    requestContext      `json:"requestContext"`
	Body              *string             `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	ResourceID        string   `json:"resourceId"`
	ResourcePath      string   `json:"resourcePath"`
	HTTPMethod        string   `json:"httpMethod"`
	ExtendedRequestID string   `json:"extendedRequestId"`
	RequestTime       string   `json:"requestTime"`
	Path              string   `json:"path"`
	AccountID         string   `json:"accountId"`
	Protocol          string   `json:"protocol"`
	Stage             string   `json:"stage"`
	DomainPrefix      string   `json:"domainPrefix"`
	RequestTimeEpoch  int64    `json:"requestTimeEpoch"` // milliseconds
	RequestID         string   `json:"requestId"`
	Identity          identity `json:"identity"`
	DomainName        string   `json:"domainName"`
	DeploymentID      string   `json:"deploymentId"`
	APIID             string   `json:"apiId"`
}

// identity has a member for everything that IAM and Cognito would fill in; our API
// has neither, so those are null as they are in AWS.
type identity struct {
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	AccountID                     *string `json:"accountId"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	Caller                        *string `json:"caller"`
	SourceIP                      string  `json:"sourceIp"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	AccessKey                     *string `json:"accessKey"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	UserARN                       *string `json:"userArn"`
	UserAgent                     *string `json:"userAgent"`
	User                          *string `json:"user"`
}

// ToEvent translates a request into the event that API Gateway would send. It fails
// where the request could not have reached the resource.
func ToEvent(r Request) ([]byte, error) {
	if r.Method == "" {
		return nil, fmt.Errorf("make the event: the request has no method")
	}
	if !strings.HasPrefix(r.RawPath, "/") {
		return nil, fmt.Errorf("make the event: the path is %q, want one that begins with /", r.RawPath)
	}
	path := foldLeadingSlashes(r.RawPath)
	resource := r.Resource
	switch {
	case resource == "" && strings.Trim(path, "/") == "":
		resource = "/"
	case resource == "":
		resource = proxyResource
	}
	parameters, ok := pathParameters(resource, path)
	if !ok {
		return nil, fmt.Errorf("make the event: the path %q does not belong to the resource %q", r.RawPath, resource)
	}

	headers := eventHeaders(r)
	query := parseQuery(r.RawQuery)
	e := event{
		Resource:          resource,
		Path:              path,
		HTTPMethod:        r.Method,
		Headers:           lastValues(headers),
		MultiValueHeaders: headers,
		Query:             lastValues(query),
		MultiValueQuery:   query,
		PathParameters:    parameters,
		RequestContext:    newRequestContext(r, resource),
	}
	if len(r.Body) > 0 {
		body := string(r.Body)
		if r.Base64 {
			body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(r.Body), true
		}
		e.Body = &body
	}

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	// The encoder writes U+FFFD for every byte that is not UTF-8.
	if err := encoder.Encode(e); err != nil {
		return nil, fmt.Errorf("make the event: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func newRequestContext(r Request, resource string) requestContext {
	domain := hostName(r.Host)
	prefix, _, _ := strings.Cut(domain, ".")
	path := r.RawPath
	if r.Stage != "" {
		path = "/" + r.Stage + path
	}
	c := requestContext{
		ResourceID:        shortID(resource),
		ResourcePath:      resource,
		HTTPMethod:        r.Method,
		ExtendedRequestID: extendedID(r.RequestID),
		RequestTime:       r.Time.UTC().Format("02/Jan/2006:15:04:05 -0700"),
		Path:              path,
		AccountID:         or(r.AccountID, "000000000000"),
		Protocol:          "HTTP/1.1",
		Stage:             r.Stage,
		DomainPrefix:      prefix,
		RequestTimeEpoch:  r.Time.UnixMilli(),
		RequestID:         r.RequestID,
		Identity:          identity{SourceIP: r.SourceIP},
		DomainName:        domain,
		DeploymentID:      "local",
		APIID:             or(r.APIID, "local"),
	}
	if agent := r.Header.Values("User-Agent"); len(agent) > 0 {
		c.Identity.UserAgent = &agent[len(agent)-1]
	}
	return c
}

func foldLeadingSlashes(path string) string {
	return "/" + strings.TrimLeft(path, "/")
}

func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// lastValues is nil, null in JSON, where there is nothing.
func lastValues(all map[string][]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	last := make(map[string]string, len(all))
	for name, values := range all {
		last[name] = values[len(values)-1]
	}
	return last
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
