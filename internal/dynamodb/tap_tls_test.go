package dynamodb

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/dynamodb/authority"
)

// overTLS is a port that speaks TLS, and a client that trusts it.
func overTLS(t *testing.T) (*Port, *http.Client) {
	t.Helper()
	own, err := authority.Open(t.Context(), t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	}))
	t.Cleanup(upstream.Close)
	port := openTap(t, upstream.URL, TapOptions{Certificate: &own.Chain, Record: true})
	root, err := os.ReadFile(own.Root())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ClientSessionCache: tls.NewLRUClientSessionCache(1)}}}
	t.Cleanup(client.CloseIdleConnections)
	return port, client
}

func echo(client *http.Client, url string) (string, *tls.ConnectionState, error) {
	response, err := client.Post(url, "application/x-amz-json-1.0", strings.NewReader("hello"))
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), response.TLS, err
}

func TestTapOverTLS(t *testing.T) {
	port, client := overTLS(t)
	if !strings.HasPrefix(port.URL(), "https://127.0.0.1:") {
		t.Errorf("got the URL %s, want https", port.URL())
	}
	for call := range 2 {
		body, state, err := echo(client, port.URL())
		if err != nil || body != "hello" || state.Version != tls.VersionTLS13 {
			t.Fatalf("call %d: got %q, %+v (%v), want the echo by TLS 1.3", call, body, state, err)
		}
	}
	used := port.Take()
	if used.Calls != 2 || used.Handshakes != 1 || used.Handshake <= 0 || used.Busy <= 0 {
		t.Errorf("got %+v, want two calls behind one handshake", used)
	}
	client.CloseIdleConnections()
	if _, state, err := echo(client, port.URL()); err != nil || !state.DidResume {
		t.Errorf("got no resumed session (%v)", err)
	}
}

func TestFaultsOverTLS(t *testing.T) {
	for kind, want := range map[FaultKind]string{Refused: "", Reset: "", Throttled: "ProvisionedThroughputExceeded", HTML: "<!doctype html>"} {
		port, client := overTLS(t)
		if err := port.SetFaults(Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		body, _, err := echo(client, port.URL())
		if want == "" && err == nil || want != "" && !strings.Contains(body, want) {
			t.Errorf("%s: got %q (%v)", kind, body, err)
		}
		if attempts := port.TakeAttempts(); len(attempts) == 0 || attempts[0].Fault != kind {
			t.Errorf("%s: got the attempts %+v", kind, attempts)
		}
	}
}

// A function that does not trust the tap makes no call, and one that speaks plain
// HTTP neither.
func TestTapWithoutTrust(t *testing.T) {
	port, _ := overTLS(t)
	if _, _, err := echo(http.DefaultClient, port.URL()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a refusal of the certificate", err)
	}
	if body, _, err := echo(http.DefaultClient, strings.Replace(port.URL(), "https", "http", 1)); err == nil && body == "hello" {
		t.Error("got an answer in plain HTTP")
	}
	if used := port.Take(); used.Calls != 0 || used.Handshakes != 0 {
		t.Errorf("got %+v, want nothing", used)
	}
}
