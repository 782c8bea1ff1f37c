package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

// front is what stands before a function: the REST API of all, which asks for a key, or
// an HTTP API of its own, which asks for a signature.
type front struct {
	url, key, accessLogs string
	signed               bool
	requestID            string // the header that tells the API's id of a request
}

// front of a configuration; false where no route leads to it.
func (t *Target) front(c target.Config) (front, bool) {
	e := t.options.Environment
	for _, f := range t.functions {
		if !f.runs(c) {
			continue
		}
		switch f.hosting {
		case "":
			return front{url: e.URL, key: e.Key, accessLogs: e.AccessLogs, requestID: "X-Amzn-Requestid"}, true
		case config.HostingHTTP:
			where := e.Hosted[c.Runtime.Name][f.hosting]
			return front{url: where.URL, accessLogs: where.AccessLogs, signed: true, requestID: "Apigw-Requestid"}, true
		}
	}
	return front{}, false
}

// admit adds to a request what the API asks callers for. A signature is of the body as
// well.
func (f front) admit(ctx context.Context, account *Account, request *http.Request, body []byte) error {
	if f.key != "" {
		request.Header.Set("X-Api-Key", f.key)
	}
	if !f.signed {
		return nil
	}
	credentials, err := account.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("find credentials to sign with: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "execute-api", account.Region, time.Now()); err != nil {
		return fmt.Errorf("sign %s %s: %w", request.Method, request.URL, err)
	}
	return nil
}
