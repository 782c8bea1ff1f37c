package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// What API Gateway does with headers of a Lambda proxy integration. The table:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
// Names are in net/http's canonical form.

// droppedFromRequest never reaches the function. Content-Length is documented as
// passed, but recorded events of REST APIs do not have it.
var droppedFromRequest = set(
	"Connection", "Content-Length", "Content-Md5", "Expect", "Max-Forwards",
	"Proxy-Authenticate", "Server", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Www-Authenticate",
)

// droppedFromAnswer never reaches the client.
var droppedFromAnswer = set(
	"Expect", "Host", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Via",
)

// remappedInAnswer reaches the client as X-Amzn-Remapped-{name}. Content-Length is
// documented as passed, but clients see it remapped; the server counts for itself.
var remappedInAnswer = set(
	"Authorization", "Connection", "Content-Length", "Content-Md5", "Date",
	"Max-Forwards", "Server", "User-Agent", "Www-Authenticate",
)

const remappedPrefix = "X-Amzn-Remapped-"

// sigV4 begins an Authorization header that is meant for API Gateway itself, which
// therefore keeps it.
const sigV4 = "AWS4-HMAC-SHA256"

// eventHeaders are the caller's headers without what is dropped, with what the
// gateway adds.
func eventHeaders(r Request) map[string][]string {
	headers := make(http.Header, len(r.Header)+5)
	for name, values := range r.Header {
		name = http.CanonicalHeaderKey(name)
		if droppedFromRequest[name] || len(values) == 0 {
			continue
		}
		if name == "Authorization" && strings.HasPrefix(values[0], sigV4) {
			continue
		}
		headers[name] = append(headers[name], values...)
	}
	if r.Host != "" {
		headers.Set("Host", r.Host)
	}
	if headers.Get("X-Amzn-Trace-Id") == "" && r.TraceID != "" {
		headers.Set("X-Amzn-Trace-Id", r.TraceID)
	}
	if r.SourceIP != "" {
		hops := append(headers["X-Forwarded-For"], r.SourceIP)
		headers.Set("X-Forwarded-For", strings.Join(hops, ", "))
	}
	headers.Set("X-Forwarded-Port", or(r.Port, "443"))
	headers.Set("X-Forwarded-Proto", or(r.Proto, "https"))
	return headers
}

// answerHeaders are what the client sees of the function's headers. The values of
// multi come first; a value that is in both appears once, as AWS documents. Names
// that differ in case are one header.
func answerHeaders(single map[string]string, multi map[string][]string) http.Header {
	headers := make(http.Header, len(single)+len(multi)+1)
	for _, name := range sortedKeys(multi) {
		for _, value := range multi[name] {
			headers.Add(name, value)
		}
	}
	for _, name := range sortedKeys(single) {
		if !slices.Contains(headers.Values(name), single[name]) {
			headers.Add(name, single[name])
		}
	}
	for name, values := range headers {
		switch {
		case droppedFromAnswer[name]:
			delete(headers, name)
		case remappedInAnswer[name]:
			delete(headers, name)
			headers[remappedPrefix+name] = values
		}
	}
	if headers.Get("Content-Type") == "" {
		headers.Set("Content-Type", "application/json")
	}
	return headers
}
