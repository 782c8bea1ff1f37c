//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
)

// key is what callers must send: the stack tells its id, API Gateway its value, as
// `aws apigateway get-api-key --include-value` does.
func (d *deployment) key(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.emulator.endpoint+"/apikeys/"+d.output(t, config.SharedPart, "ApiKeyId")+"?includeValue=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := d.aws.Credentials.Retrieve(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	nothing := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(d.ctx, credentials, request, hex.EncodeToString(nothing[:]), "apigateway", d.aws.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	var key struct{ Value string }
	if err := json.NewDecoder(response.Body).Decode(&key); err != nil || key.Value == "" {
		t.Fatalf("got %s and no key: %v", response.Status, err)
	}
	return key.Value
}

// locked: dev asks for a key as every environment does. GET /health is the API's own.
func (d *deployment) locked(t *testing.T) {
	for path, want := range map[string]int{"/health": http.StatusOK, d.runtimes[0].Prefixes[0] + "/health": http.StatusForbidden, d.runtimes[0].Prefixes[0] + "/items": http.StatusForbidden} {
		request, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.url(t)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != want || (want == http.StatusForbidden && !strings.Contains(string(body), "API key")) {
			t.Errorf("GET %s without a key: got %d %s, want %d", path, response.StatusCode, body, want)
		}
	}
}
