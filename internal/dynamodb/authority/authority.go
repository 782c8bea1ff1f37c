// Package authority makes a certificate chain of DynamoDB's shape for the tap in
// front of the local database, and the trust stores that a runtime may read it
// from. It is made once, at installation, and lies below the cache. Nothing but
// a function's environment is ever told to trust it.
//
//	a, err := authority.Open(ctx, cacheDir, time.Now())
//	config := &tls.Config{Certificates: []tls.Certificate{a.Chain}}
package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/build/filelock"
)

// The real chain is leaf, "Amazon RSA 2048 M0n", "Amazon Root CA 1", all of them
// RSA with 2,048 bits and SHA-256 (Amazon Trust Services repository,
// https://www.amazontrust.com/repository/). The root travels with the chain there,
// cross-signed by an older one; here it does, too, so that as many bytes are sent.
const bits = 2048

// lifetime of the leaf: Amazon's live for 13 months. One that has less than
// renewBefore left is made anew.
const (
	lifetime    = 395 * 24 * time.Hour
	renewBefore = 24 * time.Hour
)

// Authority is a chain and where its trust stores lie.
type Authority struct {
	// Chain is what the tap shows: leaf, intermediate and root, with the key.
	Chain tls.Certificate
	// Dir holds the stores, and no key.
	Dir string
	// Roots is how many roots of this machine's own stand beside ours in the stores.
	Roots int
}

// Names of the files in Dir.
const (
	rootFile   = "root.pem"   // our root alone
	bundleFile = "bundle.pem" // this machine's roots and ours
	storeFile  = "roots.p12"  // the same for Java
)

// Root is the file with our root alone, Bundle the one with this machine's own
// roots before it, Store the same as PKCS #12 without a password.
func (a *Authority) Root() string   { return filepath.Join(a.Dir, rootFile) }
func (a *Authority) Bundle() string { return filepath.Join(a.Dir, bundleFile) }
func (a *Authority) Store() string  { return filepath.Join(a.Dir, storeFile) }

// systemBundles are where distributions keep their roots, Amazon Linux's place
// first.
var systemBundles = []string{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}

// SystemBundles are the files in which programs of this machine look for its roots.
// A function may find Bundle in their place: some libraries can't be told of another.
func SystemBundles() []string {
	var found []string
	for _, name := range systemBundles {
		if real, err := filepath.EvalSymlinks(name); err == nil && !slices.Contains(found, real) {
			found = append(found, real)
		}
	}
	return found
}

// Open returns the authority below cacheDir, and makes it where there is none, where it
// is about to expire, or where it was made by a clock that was wrong. Two processes may do it at once.
func Open(ctx context.Context, cacheDir string, now time.Time) (*Authority, error) {
	dir, err := filepath.Abs(filepath.Join(cacheDir, "tls"))
	if err != nil {
		return nil, fmt.Errorf("find the folder of certificates: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "trust"), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of certificates: %w", err)
	}
	lock, err := filelock.Acquire(ctx, filepath.Join(dir, "lock"), nil)
	if err != nil {
		return nil, fmt.Errorf("wait for the folder of certificates: %w", err)
	}
	defer lock.Release()
	a := &Authority{Dir: filepath.Join(dir, "trust")}
	file := filepath.Join(dir, "chain.pem")
	a.Chain, err = tls.LoadX509KeyPair(file, file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the database's certificate: %w", err)
	}
	if err != nil || a.Chain.Leaf.NotAfter.Before(now.Add(renewBefore)) || a.Chain.Leaf.NotBefore.After(now) {
		if err := makeChain(file, now); err != nil {
			return nil, err
		}
		if a.Chain, err = tls.LoadX509KeyPair(file, file); err != nil {
			return nil, fmt.Errorf("read the database's certificate: %w", err)
		}
	}
	return a, a.write()
}

// makeChain makes the three certificates of the chain, and keeps the key of the leaf
// alone: nothing else can ever be signed.
func makeChain(file string, now time.Time) error {
	var issuer *x509.Certificate
	var issuerKey crypto.Signer
	var chain []byte
	for i, name := range []string{"Root CA 1", "RSA 2048 M01", "dynamodb.local"} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
		if err != nil {
			return fmt.Errorf("make a serial number: %w", err)
		}
		template := &x509.Certificate{
			SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Multi-Runtime Lambda Benchmark"}, Country: []string{"US"}},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime), SignatureAlgorithm: x509.SHA256WithRSA, BasicConstraintsValid: true,
		}
		if i < 2 {
			template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign|x509.KeyUsageDigitalSignature
		} else {
			template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
			template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		}
		if issuer == nil {
			issuer, issuerKey = template, key
		}
		raw, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
		if err != nil {
			return fmt.Errorf("sign the certificate of %s: %w", name, err)
		}
		chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), chain...)
		if i == 2 {
			der, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				return fmt.Errorf("write a key: %w", err)
			}
			chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
		}
		if issuer, err = x509.ParseCertificate(raw); err != nil {
			return fmt.Errorf("read the certificate of %s: %w", name, err)
		}
		issuerKey = key
	}
	return replace(file, chain, 0o600)
}

// write makes the trust stores: functions read them, and there is no secret in
// them.
func (a *Authority) write() error {
	root, err := x509.ParseCertificate(a.Chain.Certificate[len(a.Chain.Certificate)-1])
	if err != nil {
		return fmt.Errorf("read our root: %w", err)
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	system, roots, err := systemRoots()
	if err != nil {
		return err
	}
	a.Roots = len(roots)
	entries := make([]pkcs12.TrustStoreEntry, 0, len(roots)+1)
	for i, c := range append(roots, root) {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: c, FriendlyName: fmt.Sprintf("%d %s", i, c.Subject.CommonName)})
	}
	store, err := pkcs12.Passwordless.EncodeTrustStoreEntries(entries, "")
	if err != nil {
		return fmt.Errorf("make a trust store for Java: %w", err)
	}
	return errors.Join(
		replace(a.Root(), own, 0o644),
		replace(a.Bundle(), append(append(system, '\n'), own...), 0o644),
		replace(a.Store(), store, 0o644),
	)
}

// systemRoots are this machine's, each once; none where it has no bundle.
func systemRoots() (raw []byte, roots []*x509.Certificate, err error) {
	for _, name := range systemBundles {
		raw, err = os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read this machine's roots: %w", err)
		}
		for rest := raw; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return raw, roots, nil
			}
			// A root that Go can't read is none that it would trust.
			if c, err := x509.ParseCertificate(block.Bytes); err == nil {
				roots = append(roots, c)
			}
		}
	}
	return nil, nil, nil
}

// replace writes a file whole, or leaves it; what is the same is not touched.
func replace(name string, content []byte, mode os.FileMode) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	temporary := name + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
