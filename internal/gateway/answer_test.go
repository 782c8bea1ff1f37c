package gateway

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

func TestFromResponse(t *testing.T) {
	plain := http.Header{"Content-Type": {"application/json"}}
	tests := []struct {
		name, answer string
		status       int
		body         string
		header       http.Header
	}{
		{"all members", `{"statusCode":201,"headers":{"content-type":"text/plain","X-A":"1"},"multiValueHeaders":{"Set-Cookie":["a","b"]},"body":"hi","isBase64Encoded":false}`,
			201, "hi", http.Header{"Content-Type": {"text/plain"}, "X-A": {"1"}, "Set-Cookie": {"a", "b"}}},
		{"nothing but a status", `{"statusCode":204}`, 204, "", plain},
		{"no status", `{"body":"x"}`, 200, "x", plain},
		{"an empty object", `{}`, 200, "", plain},
		{"a status in digits", `{"statusCode":"201"}`, 201, "", plain},
		{"nulls", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, 200, "", plain},
		{"base64 is not decoded", `{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`, 200, "aGk=", plain},
		{"a boolean header", `{"headers":{"X-A":true},"multiValueHeaders":{"X-B":[false]}}`, 200, "",
			http.Header{"Content-Type": {"application/json"}, "X-A": {"true"}, "X-B": {"false"}}},
		{"the same header in both", `{"headers":{"x-a":"solo"},"multiValueHeaders":{"X-A":["m1","m2"]}}`, 200, "",
			http.Header{"Content-Type": {"application/json"}, "X-A": {"m1", "m2", "solo"}}},
		{"the same pair in both", `{"headers":{"Content-Type":"a/b"},"multiValueHeaders":{"content-type":["a/b"]}}`, 200, "",
			http.Header{"Content-Type": {"a/b"}}},
		{"remapped and dropped", `{"headers":{"Connection":"close","content-length":"99","Date":"d","Server":"s","WWW-Authenticate":"w","Transfer-Encoding":"chunked","Via":"v","Host":"h"}}`, 200, "",
			http.Header{
				"Content-Type": {"application/json"}, "X-Amzn-Remapped-Connection": {"close"},
				"X-Amzn-Remapped-Content-Length": {"99"}, "X-Amzn-Remapped-Date": {"d"},
				"X-Amzn-Remapped-Server": {"s"}, "X-Amzn-Remapped-Www-Authenticate": {"w"},
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromResponse([]byte(tt.answer))
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != tt.status || string(got.Body) != tt.body {
				t.Errorf("got %d %q, want %d %q", got.StatusCode, got.Body, tt.status, tt.body)
			}
			if !maps.EqualFunc(got.Header, tt.header, slices.Equal) {
				t.Errorf("got the headers %q, want %q", got.Header, tt.header)
			}
		})
	}
}

func TestFromResponseMalformed(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"nothing", ``, "want a JSON object"},
		{"not JSON", `{"statusCode":200`, "want a JSON object"},
		{"text behind", `{"statusCode":200} x`, "want a JSON object"},
		{"null", `null`, "null"},
		{"a string", `"hi"`, "want a JSON object"},
		{"a list", `[200]`, "want a JSON object"},
		{"an unknown member", `{"statusCode":200,"cookies":[]}`, `"cookies" is not known`},
		{"an unknown member that is null", `{"statusCode":200,"cookies":null}`, `"cookies" is not known`},
		{"another case", `{"StatusCode":200}`, `"StatusCode" is not known`},
		{"a function's error", `{"errorMessage":"boom","errorType":"Error"}`, `"errorMessage" is not known`},
		{"words as a status", `{"statusCode":"test"}`, "statusCode"},
		{"a fraction as a status", `{"statusCode":200.5}`, "statusCode"},
		{"null as a status", `{"statusCode":null}`, "statusCode"},
		{"status 0", `{"statusCode":0}`, "statusCode"},
		{"status 199", `{"statusCode":199}`, "statusCode"},
		{"status 600", `{"statusCode":600}`, "statusCode"},
		{"a body that is an object", `{"statusCode":200,"body":{"a":1}}`, "body"},
		{"a body that is a number", `{"statusCode":200,"body":1}`, "body"},
		{"headers as a list", `{"statusCode":200,"headers":[]}`, "headers"},
		{"a header that is a number", `{"statusCode":200,"headers":{"A":1}}`, `"A"`},
		{"a header that is null", `{"statusCode":200,"headers":{"A":null}}`, `"A"`},
		{"a header that is a list", `{"statusCode":200,"headers":{"A":["1"]}}`, `"A"`},
		{"multi-value headers without a list", `{"statusCode":200,"multiValueHeaders":{"A":"1"}}`, `"A"`},
		{"multi-value headers with null for a list", `{"statusCode":200,"multiValueHeaders":{"A":null}}`, `"A"`},
		{"multi-value headers with a number", `{"statusCode":200,"multiValueHeaders":{"A":[1]}}`, `"A"`},
		{"isBase64Encoded as a string", `{"statusCode":200,"isBase64Encoded":"true"}`, "isBase64Encoded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromResponse([]byte(tt.answer))
			var malformed *MalformedError
			if !errors.As(err, &malformed) {
				t.Fatalf("got %+v and error %v, want a MalformedError", got, err)
			}
			if !strings.Contains(malformed.Reason, tt.want) {
				t.Errorf("got the reason %q, want it to name %q", malformed.Reason, tt.want)
			}
			if fault.Hint(err) == "" {
				t.Error("got no hint")
			}
		})
	}
}

func TestMalformedErrorIsShort(t *testing.T) {
	_, err := FromResponse([]byte(`"` + strings.Repeat("é", 5000) + `"`))
	if got, limit := len(err.Error()), 500; got > limit {
		t.Errorf("got a message of %d bytes, want at most %d", got, limit)
	}
	if got := err.Error(); !strings.HasSuffix(got, "é…") {
		t.Errorf("got %q, want it cut between characters", got)
	}
}

func marshal(t interface{ Fatal(...any) }, v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}
