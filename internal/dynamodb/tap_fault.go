package dynamodb

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// FaultKind is a way in which a database can go wrong.
type FaultKind string

// The kinds of fault. Those marked "applied" reach the database first, so that
// what was asked has been done although the caller cannot know it.
const (
	// Throttled answers 400 ProvisionedThroughputExceededException.
	Throttled FaultKind = "throttled"
	// Throttling answers 400 ThrottlingException.
	Throttling FaultKind = "throttling"
	// InternalError answers 500 InternalServerError.
	InternalError FaultKind = "internal-error"
	// Refused resets the connection without a byte of an answer.
	Refused FaultKind = "refused"
	// Reset sends half of the answer and then resets the connection (applied).
	Reset FaultKind = "reset"
	// Slow answers rightly, but only after Fault.Hold (applied).
	Slow FaultKind = "slow"
	// HTML answers 200 with a web page, as a proxy on the way might.
	HTML FaultKind = "html"
	// Truncated answers with the first half of the JSON document as if that
	// were all of it (applied).
	Truncated FaultKind = "truncated"
)

// FaultKinds are all of them, in the order of the documentation.
func FaultKinds() []FaultKind {
	return []FaultKind{Throttled, Throttling, InternalError, Refused, Reset, Slow, HTML, Truncated}
}

// Fault is a rule: which attempts of which operation go wrong, and how.
type Fault struct {
	// Operation is the DynamoDB operation, such as PutItem; "" means any.
	Operation string
	// From is the first attempt that goes wrong, counted from 1 since the rule
	// was set. 0 is 1.
	From int
	// Count is how many attempts in a row go wrong. 0: all from then on.
	Count int
	// Kind is how.
	Kind FaultKind
	// Hold is how long a Slow answer is held.
	Hold time.Duration
}

func (f Fault) validate() error {
	switch {
	case !slices.Contains(FaultKinds(), f.Kind):
		return fault.Usage(fmt.Sprintf("known faults: %v", FaultKinds()), "unknown database fault %q", f.Kind)
	case f.From < 0 || f.Count < 0:
		return fault.Usage("attempts are counted from 1, a count of 0 means all", "database fault %s from attempt %d, %d times", f.Kind, f.From, f.Count)
	case f.Kind == Slow && f.Hold <= 0:
		return fault.Usage("say how long the answer is held, such as 2s", "database fault %s without a time", f.Kind)
	case f.Kind != Slow && f.Hold != 0:
		return fault.Usage("leave the time out, or use slow", "database fault %s with a time, %s: nothing would be held for so long", f.Kind, f.Hold)
	case f.Operation != "" && !slices.Contains(operations, f.Operation):
		return fault.Usage(fmt.Sprintf("operations: %v; none is all of them", operations), "database fault %s of %q: DynamoDB has no such operation", f.Kind, f.Operation)
	}
	return nil
}

// operations are those that functions ask of a table's items, and of the table itself.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
var operations = []string{
	"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "DescribeTable", "ExecuteStatement", "ExecuteTransaction",
	"GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem",
}

// rule is a fault with its own count of the attempts it has seen.
type rule struct {
	Fault
	seen int
}

func newRules(faults []Fault) []rule {
	rules := make([]rule, len(faults))
	for i, f := range faults {
		rules[i].Fault = f
	}
	return rules
}

func (r *rule) hits(operation string) bool {
	if r.Operation != "" && r.Operation != operation {
		return false
	}
	r.seen++
	from := max(r.From, 1)
	return r.seen >= from && (r.Count == 0 || r.seen < from+r.Count)
}

// forwards tells whether a call with this fault reaches the database.
func (k FaultKind) forwards() bool {
	return k == "" || k == Reset || k == Slow || k == Truncated
}

// answerFor makes the answer of a fault that does not reach the database. The
// messages are the service's own words.
func answerFor(k FaultKind) answer {
	switch k {
	case Throttled:
		return awsError(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
			"The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.")
	case Throttling:
		return awsError(400, "com.amazon.coral.availability#ThrottlingException",
			"Rate exceeded")
	case InternalError:
		return awsError(500, "com.amazonaws.dynamodb.v20120810#InternalServerError",
			"The request processing has failed because of an unknown error, exception or failure.")
	default: // HTML
		body := []byte("<!doctype html>\n<title>Sign in</title>\n<p>Please sign in to use this network.</p>\n")
		return newAnswer(200, "text/html; charset=utf-8", body, "")
	}
}

func awsError(status int, kind, message string) answer {
	body := []byte(fmt.Sprintf(`{"__type":%q,"message":%q}`, kind, message))
	return newAnswer(status, "application/x-amz-json-1.0", body,
		"X-Amz-Crc32: "+strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)+"\r\nX-Amzn-Requestid: "+faultRequestID+"\r\n")
}

// faultRequestID has the 52 characters of a true one, and shows in a
// function's log where the error came from.
var faultRequestID = strings.Repeat("FAULT", 10) + "00"

// truncate cuts a JSON answer in the middle. Length and checksum are those of
// what is left, so that the caller's JSON parser meets it and not a checksum.
func truncate(a answer) answer {
	body := a.body()[:len(a.body())/2]
	return newAnswer(a.status, "application/x-amz-json-1.0", bytes.Clone(body),
		"X-Amz-Crc32: "+strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)+"\r\n")
}
