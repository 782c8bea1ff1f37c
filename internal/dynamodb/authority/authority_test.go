package authority

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, cache string, at time.Time) *Authority {
	t.Helper()
	a, err := Open(t.Context(), cache, at)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestChainHasTheShapeOfAmazons(t *testing.T) {
	cache := t.TempDir()
	a := open(t, cache, now)
	if len(a.Chain.Certificate) != 3 {
		t.Fatalf("got %d certificates, want leaf, intermediate and root", len(a.Chain.Certificate))
	}
	pools := [3]*x509.CertPool{x509.NewCertPool(), x509.NewCertPool(), x509.NewCertPool()}
	var leaf *x509.Certificate
	for i, raw := range a.Chain.Certificate {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := c.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 2048 || c.SignatureAlgorithm != x509.SHA256WithRSA || c.IsCA != (i > 0) {
			t.Errorf("certificate %d: got %T, %s, CA %t", i, c.PublicKey, c.SignatureAlgorithm, c.IsCA)
		}
		pools[i].AddCert(c)
		if i == 0 {
			leaf = c
		}
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: pools[2], Intermediates: pools[1], DNSName: "127.0.0.1", CurrentTime: now})
	if err != nil || len(chains[0]) != 3 {
		t.Errorf("got %d certificates up to the root (%v), want 3", len(chains), err)
	}
	secret, err := os.ReadFile(filepath.Join(cache, "tls", "chain.pem"))
	if err != nil || bytes.Count(secret, []byte("PRIVATE KEY-----\n")) != 2 { // its begin and its end
		t.Errorf("got another number of keys than that of the leaf alone (%v)", err)
	}
	if info, err := os.Stat(filepath.Join(cache, "tls", "chain.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got the mode %v (%v) of the key's file", info.Mode(), err)
	}
}

func TestChainIsMadeOnceAndAgainBeforeItExpires(t *testing.T) {
	cache := t.TempDir()
	first := open(t, cache, now)
	if again := open(t, cache, now.Add(lifetime-renewBefore-time.Minute)); !bytes.Equal(first.Chain.Certificate[0], again.Chain.Certificate[0]) {
		t.Error("got another chain while the first is good")
	}
	last := open(t, cache, now.Add(lifetime-renewBefore+time.Minute))
	if bytes.Equal(first.Chain.Certificate[0], last.Chain.Certificate[0]) {
		t.Error("got a chain that is about to expire")
	}
	root, err := os.ReadFile(last.Root())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	c, err := x509.ParseCertificate(last.Chain.Certificate[2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now.Add(lifetime)}); err != nil {
		t.Errorf("the stores have the root of the chain before: %v", err)
	}
}

// Each store holds our root, the bundle and Java's store beside as many roots as
// the machine has.
func TestStores(t *testing.T) {
	a := open(t, t.TempDir(), now)
	bundle, err := os.ReadFile(a.Bundle())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(bundle), "BEGIN CERTIFICATE"); got != a.Roots+1 {
		t.Errorf("bundle: got %d roots, want %d and ours", got, a.Roots)
	}
	raw, err := os.ReadFile(a.Store())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := pkcs12.DecodeTrustStore(raw, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(roots) != a.Roots+1 || !bytes.Equal(roots[len(roots)-1].Raw, a.Chain.Certificate[2]) {
		t.Errorf("store: got %d roots, want %d and ours at the end", len(roots), a.Roots)
	}
}

// A clock that was in the future when the chain was made, and has been set right since.
func TestChainFromTheFutureIsMadeAnew(t *testing.T) {
	cache := t.TempDir()
	open(t, cache, now.AddDate(1, 0, 0))
	leaf := open(t, cache, now).Chain.Leaf
	if leaf.NotBefore.After(now) || leaf.NotAfter.Before(now) {
		t.Errorf("got a chain from %s to %s, want one that holds at %s", leaf.NotBefore, leaf.NotAfter, now)
	}
}
