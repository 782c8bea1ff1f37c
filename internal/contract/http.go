package contract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// HTTPClient speaks with an HTTP server.
type HTTPClient struct {
	base *url.URL
	// Transport is http.Transport's own by default.
	Transport http.RoundTripper
	// Header goes with every request, such as an API key.
	Header http.Header
}

// NewHTTPClient makes a client for a base URL: http://127.0.0.1:8080, or one
// with the stage of a REST API in its path.
func NewHTTPClient(base string) (*HTTPClient, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.Usage("give a URL such as http://127.0.0.1:8080", "the base URL %q is not one", base)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return &HTTPClient{base: u, Transport: &http.Transport{DisableCompression: true}}, nil
}

// Do sends the request as it is: no redirects, no compression, no path or query
// put right.
func (c *HTTPClient) Do(ctx context.Context, r Request) (Response, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, c.base.String(), bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, fmt.Errorf("make the request: %w", err)
	}
	request.URL = c.url(r)
	for _, header := range []http.Header{c.Header, r.Header} {
		for name, values := range header {
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	response, err := c.Transport.RoundTrip(request)
	if err != nil {
		return Response{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Response{}, fmt.Errorf("read the answer: %w", err)
	}
	return Response{Status: response.StatusCode, Header: ownHeaders(response.Header), Body: body}, nil
}

// url keeps the raw path: in Opaque nothing is escaped anew. Only a path with
// two slashes in front would be taken for a host there.
func (c *HTTPClient) url(r Request) *url.URL {
	u := &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, RawQuery: r.Query}
	path := c.base.Path + r.Path
	if strings.HasPrefix(path, "//") {
		u.Path = path
	} else {
		u.Opaque = path
	}
	return u
}

// transportHeaders belong to the server or to what lies on the way.
var transportHeaders = map[string]bool{
	"Date": true, "Content-Length": true, "Connection": true, "Keep-Alive": true, "Transfer-Encoding": true, "Server": true,
	"Via": true, "X-Cache": true,
}

// ownHeaders leaves out what a function did not send.
func ownHeaders(header http.Header) http.Header {
	own := http.Header{}
	for name, values := range header {
		if transportHeaders[name] || strings.HasPrefix(name, "X-Amz-") || (strings.HasPrefix(name, "X-Amzn-") && !strings.HasPrefix(name, "X-Amzn-Remapped-")) {
			continue
		}
		own[name] = values
	}
	return own
}
