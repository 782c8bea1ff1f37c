package dynamodb

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A web page reaches neither the database nor a tap: not with a script of another
// origin, not by asking beforehand whether it may, not by a name that it rebinds.
func TestWebPagesAreKeptOut(t *testing.T) {
	db := testDatabase(t)
	reached := 0
	tapped := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached++ }))
	defer tapped.Close()
	port := openTap(t, tapped.URL, TapOptions{})
	for name, url := range map[string]string{"database": db.Endpoint(), "dynalite": start(t, Options{Kind: Dynalite}).Endpoint(), "tap": port.URL()} {
		for _, c := range []struct {
			name, method, host string
			header             [2]string
			want               bool
		}{
			{"a program", "POST", "", [2]string{}, true},
			{"a program that says localhost", "POST", "LOCALHOST.", [2]string{}, true},
			{"an address typed by a person", "POST", "", [2]string{"Sec-Fetch-Site", "none"}, true},
			{"a script of a page", "POST", "", [2]string{"Origin", "https://evil.example"}, false},
			{"a script of a sandboxed page", "POST", "", [2]string{"Origin", "null"}, false},
			{"a preflight", "OPTIONS", "", [2]string{"Origin", "https://evil.example"}, false},
			{"a picture", "GET", "", [2]string{"Sec-Fetch-Site", "cross-site"}, false},
			{"a page of another port", "GET", "", [2]string{"Sec-Fetch-Site", "same-site"}, false},
			{"a rebound name", "POST", "evil.example", [2]string{}, false},
			{"a name like ours", "POST", "localhost.evil.example", [2]string{}, false},
			{"another address", "POST", "192.168.1.7", [2]string{}, false},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				request, err := http.NewRequestWithContext(t.Context(), c.method, url, strings.NewReader(`{}`))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
				request.Header.Set("Content-Type", "application/x-amz-json-1.0")
				request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x")
				request.Header.Set("X-Amz-Date", "20260101T000000Z")
				if c.header[0] != "" {
					request.Header.Set(c.header[0], c.header[1])
				}
				request.Host = c.host
				reached = 0
				answer, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(answer.Body)
				_ = answer.Body.Close() // it was only read
				if err != nil {
					t.Fatal(err)
				}
				status, contentType := 403, "application/problem+json"
				if c.want {
					status, contentType = 200, ""
				}
				if answer.StatusCode != status || contentType != "" && answer.Header.Get("Content-Type") != contentType {
					t.Errorf("got %d %s %s, want %d %s", answer.StatusCode, answer.Header.Get("Content-Type"), body, status, contentType)
				}
				if name == "tap" && (reached == 1) != c.want {
					t.Errorf("got %d requests behind the tap, want it to let through: %t", reached, c.want)
				}
				if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("got leave for the pages of %s, want none", got)
				}
			})
		}
	}
}
