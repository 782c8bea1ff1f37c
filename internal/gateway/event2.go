package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// event2 is the event of payload format 2.0, which HTTP APIs and function URLs have
// in common, in the order of AWS's own examples. What there is nothing of is left out.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
type event2 struct {
	Version         string            `json:"version"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQuery        string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"`
	Query           map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext  requestContext2   `json:"requestContext"`
	Body            *string           `json:"body,omitempty"`
	PathParameters  map[string]string `json:"pathParameters,omitempty"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type requestContext2 struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpRequest `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"` // milliseconds
}

type httpRequest struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// defaultRoute is the key of the route that takes what no other does, and the name
// of the stage that stands in no path.
const defaultRoute = "$default"

// toEvent2 makes the event of a request at an HTTP API or a function URL. An HTTP API
// decodes the path, a function URL passes it on as it came.
func toEvent2(kind Kind, r Request) ([]byte, error) {
	if r.Method == "" || !strings.HasPrefix(r.RawPath, "/") {
		return nil, fmt.Errorf("make the event: got %q %q, want a method and a path that begins with /", r.Method, r.RawPath)
	}
	path, route := r.RawPath, defaultRoute
	var parameters map[string]string
	if kind == HTTP {
		path = unescapePath(path)
		if r.Resource != "" {
			found, ok := pathParameters(r.Resource, foldLeadingSlashes(r.RawPath))
			if !ok {
				return nil, fmt.Errorf("make the event: the path %q does not belong to the route %q", r.RawPath, r.Resource)
			}
			route = "ANY " + r.Resource
			for name, value := range found {
				if parameters == nil {
					parameters = map[string]string{}
				}
				parameters[name] = unescapePath(value)
			}
		}
	}
	headers := eventHeaders(r)
	if n := len(r.Body); n > 0 { // here, unlike at a REST API, it reaches the function
		headers["Content-Length"] = []string{fmt.Sprint(n)}
	}
	cookies := cookiesOf(headers["Cookie"])
	delete(headers, "Cookie")
	domain := hostName(r.Host)
	prefix, _, _ := strings.Cut(domain, ".")
	account := or(r.AccountID, "000000000000")
	if kind == URL && r.AccountID == "" {
		account = "anonymous" // as where nobody has to sign
	}
	e := event2{
		Version: "2.0", RouteKey: route, RawPath: path, RawQuery: r.RawQuery, Cookies: cookies,
		Headers: joined(headers, strings.ToLower), Query: joined(parseQuery(r.RawQuery), nil), PathParameters: parameters,
		RequestContext: requestContext2{
			AccountID: account, APIID: or(r.APIID, "local"), DomainName: domain, DomainPrefix: prefix,
			HTTP:      httpRequest{Method: r.Method, Path: path, Protocol: "HTTP/1.1", SourceIP: r.SourceIP, UserAgent: r.Header.Get("User-Agent")},
			RequestID: r.RequestID, RouteKey: route, Stage: defaultRoute,
			Time: r.Time.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: r.Time.UnixMilli(),
		},
	}
	if len(r.Body) > 0 {
		body := string(r.Body)
		if !isText(r.Header.Get("Content-Type")) {
			body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(r.Body), true
		}
		e.Body = &body
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return nil, fmt.Errorf("make the event: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// isText tells whether a body of this type is passed as it is. AWS says that binary
// ones are base64 and not which those are; these are what others have recorded. A form
// is not among them, nor is a body without a type.
func isText(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/xml" || media == "application/javascript"
}

// cookiesOf splits the Cookie headers into name=value pairs.
func cookiesOf(headers []string) []string {
	var cookies []string
	for _, header := range headers {
		for pair := range strings.SplitSeq(header, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				cookies = append(cookies, pair)
			}
		}
	}
	return cookies
}

// joined puts the values of a name together with commas, nil where there are none.
func joined(all map[string][]string, rename func(string) string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	one := make(map[string]string, len(all))
	for name, values := range all {
		if rename != nil {
			name = rename(name)
		}
		one[name] = strings.Join(values, ",")
	}
	return one
}

// unescapePath decodes what is percent-encoded; "+" is no space in a path.
func unescapePath(path string) string {
	return unescape(strings.ReplaceAll(path, "+", "%2B"))
}

// fromResponse2 translates an answer of payload format 2.0. An object without a
// statusCode, and anything else that is JSON, is the body of a 200.
func fromResponse2(kind Kind, payload []byte) (Response, error) {
	fail := func(format string, args ...any) (Response, error) {
		return Response{}, &MalformedError{Reason: fmt.Sprintf(format, args...), Answer: excerpt(payload)}
	}
	if !json.Valid(payload) {
		return fail("want JSON")
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(payload, &members) // no object has no members
	status, given := members["statusCode"]
	if !given {
		body := payload
		var text string
		if json.Unmarshal(payload, &text) == nil && !isNull(payload) {
			body = []byte(text)
		}
		return Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
	}
	response := Response{Header: http.Header{}}
	var err error
	if response.StatusCode, err = parseStatus(status); err != nil {
		return fail("statusCode: %v", err)
	}
	if value, ok := members["headers"]; ok && !isNull(value) {
		headers, err := parseHeaders2(value)
		if err != nil {
			return fail("headers: %v", err)
		}
		for _, name := range sortedKeys(headers) {
			if !droppedFromAnswer2[http.CanonicalHeaderKey(name)] {
				response.Header.Set(name, headers[name])
			}
		}
	}
	var cookies []string
	if value, ok := members["cookies"]; ok && json.Unmarshal(value, &cookies) != nil {
		return fail("cookies: want a list of strings")
	}
	for _, cookie := range cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	var body string
	if value, ok := members["body"]; ok && json.Unmarshal(value, &body) != nil {
		return fail("body: want a string or null")
	}
	var encoded bool
	if value, ok := members["isBase64Encoded"]; ok && json.Unmarshal(value, &encoded) != nil {
		return fail("isBase64Encoded: want a boolean")
	}
	response.Body = []byte(body)
	if encoded {
		if response.Body, err = base64.StdEncoding.DecodeString(body); err != nil {
			return fail("body: want base64, since isBase64Encoded says so (%v)", err)
		}
	}
	if response.Header.Get("Content-Type") == "" {
		response.Header.Set("Content-Type", defaultType[kind])
	}
	return response, nil
}

// defaultType is the content type of an answer with a status and no type.
var defaultType = map[Kind]string{HTTP: "text/plain;charset=UTF-8", URL: "application/json"}

// droppedFromAnswer2 are those that belong to the connection.
var droppedFromAnswer2 = set("Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade")

// parseHeaders2 takes numbers as well.
func parseHeaders2(value json.RawMessage) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return nil, fmt.Errorf("want an object")
	}
	headers := make(map[string]string, len(raw))
	for name, v := range raw {
		var number json.Number
		if json.Unmarshal(v, &number) == nil && !isNull(v) && v[0] != '"' {
			headers[name] = number.String()
			continue
		}
		text, err := headerText(v)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		headers[name] = text
	}
	return headers, nil
}
