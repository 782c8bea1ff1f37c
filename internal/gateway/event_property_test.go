package gateway

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var (
	anyMethod = rapid.SampledFrom(slices.Sorted(maps.Keys(anyMethods)))
	// anyPath has neither a slash at its beginning nor an empty segment at its end.
	anyPath = rapid.StringMatching(`/go(/[A-Za-z0-9%._~+-]{1,8}){1,4}`)
	anyName = rapid.StringMatching(`X-[A-Z][a-z]{0,6}`)
	anyText = rapid.StringMatching(`[ -~]{0,12}`)
)

func multiMap(name, value *rapid.Generator[string]) *rapid.Generator[map[string][]string] {
	return rapid.MapOfN(name, rapid.SliceOfN(value, 1, 3), 0, 4)
}

func TestPropertyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		headers := multiMap(anyName, anyText).Draw(t, "headers")
		query := url.Values(multiMap(rapid.String(), rapid.String()).Draw(t, "query"))
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		request := Request{
			Method: anyMethod.Draw(t, "method"), RawPath: anyPath.Draw(t, "path"), RawQuery: query.Encode(),
			Header: headers, Body: body, Base64: rapid.Bool().Draw(t, "base64"),
			Resource: "/go/{proxy+}", Stage: "dev", Time: time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "time")),
		}
		got := decodeEvent(t, toEvent(t, request))

		if got.HTTPMethod != request.Method || got.RequestContext.HTTPMethod != request.Method {
			t.Errorf("method: got %q and %q, want %q", got.HTTPMethod, got.RequestContext.HTTPMethod, request.Method)
		}
		if got.Path != request.RawPath || got.RequestContext.Path != "/dev"+request.RawPath {
			t.Errorf("path: got %q and %q, want %q", got.Path, got.RequestContext.Path, request.RawPath)
		}
		if want := "/go/" + got.PathParameters["proxy"]; want != got.Path {
			t.Errorf("proxy: got %q for the path %q", got.PathParameters["proxy"], got.Path)
		}
		if got.RequestContext.RequestTimeEpoch != request.Time.UnixMilli() {
			t.Errorf("time: got %d, want %d", got.RequestContext.RequestTimeEpoch, request.Time.UnixMilli())
		}
		// Texts survive as far as they are UTF-8; what is not is replaced, in both maps alike.
		checkMaps(t, "query", got.QueryStringParameters, got.MultiValueQueryStringParameters, query)
		if len(query) == 0 && (got.QueryStringParameters != nil || got.MultiValueQueryStringParameters != nil) {
			t.Errorf("an empty query: got %q, want null", got.MultiValueQueryStringParameters)
		}
		for _, added := range []string{"X-Forwarded-Port", "X-Forwarded-Proto"} {
			delete(got.Headers, added)
			delete(got.MultiValueHeaders, added)
		}
		checkMaps(t, "headers", got.Headers, got.MultiValueHeaders, headers)
		checkBody(t, got.Body, got.IsBase64Encoded, request)
	})
}

// checkMaps wants every value in order in multi, and the last one in single.
func checkMaps(t *rapid.T, what string, single map[string]string, multi, want map[string][]string) {
	if !maps.EqualFunc(multi, want, slices.Equal) {
		t.Errorf("%s: got %q, want %q", what, multi, want)
	}
	if len(single) != len(want) {
		t.Errorf("%s: got %d single values, want %d", what, len(single), len(want))
	}
	for name, values := range want {
		if single[name] != values[len(values)-1] {
			t.Errorf("%s: got the single value %q of %q, want the last of %q", what, single[name], name, values)
		}
	}
}

func checkBody(t *rapid.T, got string, encoded bool, request Request) {
	switch {
	case encoded:
		decoded, err := base64.StdEncoding.DecodeString(got)
		if err != nil || !slices.Equal(decoded, request.Body) {
			t.Errorf("body: got %q (%v), want %q in base64", got, err, request.Body)
		}
	case utf8.Valid(request.Body):
		if got != string(request.Body) {
			t.Errorf("body: got %q, want %q", got, request.Body)
		}
	default:
		if want := string([]rune(string(request.Body))); got != want { // rune by rune, U+FFFD for a bad byte
			t.Errorf("body: got %q, want %q", got, want)
		}
	}
	if encoded != (request.Base64 && len(request.Body) > 0) {
		t.Errorf("isBase64Encoded: got %t for %d bytes and Base64 %t", encoded, len(request.Body), request.Base64)
	}
}

// TestPropertyQueryAnyBytes: whatever a client sends, the query is read and no value
// gets longer.
func TestPropertyQueryAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ab%+=&;0-9]{0,20}`)).Draw(t, "raw")
		length := 0
		for name, values := range parseQuery(raw) {
			for _, value := range values {
				length += len(name) + len(value)
			}
		}
		if length > len(raw) {
			t.Errorf("%q: got %d bytes of names and values from %d", raw, length, len(raw))
		}
	})
}

func TestPropertyAnswerRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		single := rapid.MapOfN(anyName, anyText, 0, 4).Draw(t, "single")
		multi := multiMap(anyName, anyText).Draw(t, "multi")
		status := rapid.IntRange(minStatus, maxStatus).Draw(t, "status")
		body := rapid.String().Draw(t, "body")
		got, err := FromResponse(marshal(t, map[string]any{
			"statusCode": status, "headers": single, "multiValueHeaders": multi, "body": body, "isBase64Encoded": false,
		}))
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != status || string(got.Body) != body {
			t.Errorf("got %d %q, want %d %q", got.StatusCode, got.Body, status, body)
		}
		want := http.Header{"Content-Type": {"application/json"}}
		for name, values := range multi {
			want[name] = slices.Clone(values)
		}
		for name, value := range single {
			if !slices.Contains(want[name], value) {
				want[name] = append(want[name], value)
			}
		}
		if !maps.EqualFunc(got.Header, want, slices.Equal) {
			t.Errorf("got the headers %q, want %q", got.Header, want)
		}
	})
}
