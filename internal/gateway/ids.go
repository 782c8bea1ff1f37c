package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

// NewID is a random UUID, version 4: the form of AWS's request ids.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// The other ids follow from the request's, so that one injected id fixes them all.

// extendedID has the form of x-amz-apigw-id: 15 characters and "=".
func extendedID(requestID string) string {
	return base64.URLEncoding.EncodeToString(hash("extended " + requestID)[:11])
}

// NewTraceID has the form of X-Ray's header, not sampled.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func NewTraceID(requestID string, now time.Time) string {
	sum := hex.EncodeToString(hash("trace " + requestID))
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", uint32(now.Unix()), sum[:24], sum[24:40])
}

// shortID has the form of API Gateway's resource ids: 6 lower-case characters.
func shortID(name string) string {
	return hex.EncodeToString(hash("resource " + name))[:6]
}

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
