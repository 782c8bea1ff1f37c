package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzEvent wants an event of every request that a kind of API takes: JSON, with the
// method and the path that were asked for.
func FuzzEvent(f *testing.F) {
	f.Add("rest", "GET", "/go/items", "limit=10&x", "127.0.0.1:3000", "Accept", "a\r\nb", []byte("{}"), "/go/{proxy+}")
	f.Add("http", "POST", "//a%2fb/%zz", "a;b=%+", "[::1]", "cookie", "a=1; b", []byte("\xff\x00"), "")
	f.Add("url", "DELETE", "/", "%", "", "Content-Type", "image/png", []byte(nil), "/{id}")
	f.Fuzz(func(t *testing.T, kind, method, path, query, host, name, value string, body []byte, resource string) {
		api := API{Kind: Kind(kind), Stage: "dev", Binary: []string{"image/*"}}
		event, err := api.Event(Request{
			Method: method, RawPath: path, RawQuery: query, Host: host, Header: http.Header{http.CanonicalHeaderKey(name): {value}},
			Body: body, Resource: resource, RequestID: "id", Time: time.UnixMilli(0), SourceIP: value,
		})
		if err != nil {
			return
		}
		var got struct {
			HTTPMethod, Path, RawPath, Body string
			IsBase64Encoded                 bool
			RequestContext                  struct{ HTTP struct{ Method string } }
		}
		if !utf8.Valid(event) || json.Unmarshal(event, &got) != nil {
			t.Fatalf("got no JSON: %q", event)
		}
		if said := got.HTTPMethod + got.RequestContext.HTTP.Method; utf8.ValidString(method) && said != method {
			t.Errorf("got the method %q, want %q", said, method)
		}
		if said := got.Path + got.RawPath; kind != string(HTTP) && utf8.ValidString(path) && strings.TrimLeft(said, "/") != strings.TrimLeft(path, "/") {
			t.Errorf("got the path %q, want %q", said, path)
		}
		if !got.IsBase64Encoded && utf8.Valid(body) && got.Body != string(body) {
			t.Errorf("got the body %q, want %q", got.Body, body)
		}
	})
}

// FuzzAnswer wants a response that HTTP can carry, or a refusal with a reason.
func FuzzAnswer(f *testing.F) {
	f.Add("rest", []byte(`{"statusCode":200,"headers":{"A":"b"},"multiValueHeaders":{"C":["d",true]},"body":"x","isBase64Encoded":false}`), "image/png")
	f.Add("http", []byte(`{"statusCode":"201","cookies":["a=1"],"body":"AA==","isBase64Encoded":true}`), "")
	f.Add("url", []byte(`"text"`), "*/*")
	f.Fuzz(func(t *testing.T, kind string, payload []byte, accept string) {
		response, err := API{Kind: Kind(kind), Binary: []string{"image/*"}}.Response(payload, accept)
		if err != nil {
			if err.Error() == "" {
				t.Error("got an error without a reason")
			}
			return
		}
		if response.StatusCode < 100 || response.StatusCode > 999 {
			t.Errorf("got the status %d of %q", response.StatusCode, payload)
		}
		if err := response.Header.Write(discard{}); err != nil {
			t.Errorf("the headers of %q can't be written: %v", payload, err)
		}
	})
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
