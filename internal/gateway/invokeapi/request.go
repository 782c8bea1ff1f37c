package invokeapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
)

// Limits of the service in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxSyncPayload   = gateway.MaxPayload
	maxEventPayload  = 1 << 20
	maxClientContext = 3583
)

// The two enumerations of the operation, in the words of the service.
const (
	requestResponse = "RequestResponse"
	event           = "Event"
	dryRun          = "DryRun"
	tail            = "Tail"
	none            = "None"
)

// invocation is a request that has the form of one.
type invocation struct {
	function string
	kind     string
	streams  bool
	tail     bool
	payload  []byte
	options  gateway.InvokeOptions // without the request id
}

// The operations, by what their paths begin and end with.
var operations = []struct {
	prefix, suffix string
	streams        bool
}{
	{"/2015-03-31/functions/", "/invocations", false},
	{"/2021-11-15/functions/", "/response-streaming-invocations", true},
}

// functionName is the path's part of an Invoke or an InvokeWithResponseStream, decoded;
// false for any other operation.
func functionName(r *http.Request) (name string, streams, ok bool) {
	for _, o := range operations {
		escaped, begins := strings.CutPrefix(r.URL.EscapedPath(), o.prefix)
		escaped, ends := strings.CutSuffix(escaped, o.suffix)
		if !begins || !ends || r.Method != http.MethodPost || escaped == "" || strings.Contains(escaped, "/") {
			continue
		}
		name, err := url.PathUnescape(escaped)
		return name, o.streams, err == nil
	}
	return "", false, false
}

// parse holds the request to the service's model first, and tells everything that is
// against it at once, as the service does.
func parse(w http.ResponseWriter, r *http.Request, name string, streams bool) (invocation, *apiError) {
	query := r.URL.Query().Get("Qualifier")
	tenant, durable := r.Header.Get("X-Amz-Tenant-Id"), r.Header.Get("X-Amz-Durable-Execution-Name")
	in := invocation{
		kind:    r.Header.Get("X-Amz-Invocation-Type"),
		streams: streams,
		options: gateway.InvokeOptions{TraceID: r.Header.Get("X-Amzn-Trace-Id")},
	}
	logType := r.Header.Get("X-Amz-Log-Type")
	var found violations
	function, qualifier := found.name(name)
	found.text("qualifier", query, qualifierForm)
	if streams {
		found.oneOf("invocationType", &in.kind, requestResponse, dryRun)
	} else {
		found.oneOf("invocationType", &in.kind, requestResponse, event, dryRun)
	}
	found.oneOf("logType", &logType, none, tail)
	found.text("tenantId", tenant, tenantForm)
	found.text("durableExecutionName", durable, durableForm)
	in.function, in.options.Qualifier = function, qualifier
	switch {
	case len(found) > 0:
		return in, found.fault()
	case qualifier != "" && query != "" && qualifier != query:
		return in, invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
	case tenant != "":
		return in, invalidParameter("The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.")
	case durable != "":
		return in, invalidParameter("A durable execution has been named, and the invoked function is not a durable function.")
	case qualifier == "":
		in.options.Qualifier = query
	}
	in.tail = logType == tail && in.kind == requestResponse
	var fault *apiError
	if in.kind == requestResponse { // the only kind that passes a client context on
		if in.options.ClientContext, fault = clientContext(r.Header.Get("X-Amz-Client-Context")); fault != nil {
			return in, fault
		}
	}
	in.payload, fault = readPayload(w, r, in.kind)
	return in, fault
}

func readPayload(w http.ResponseWriter, r *http.Request, kind string) ([]byte, *apiError) {
	limit := int64(maxSyncPayload)
	if kind == event {
		limit = maxEventPayload
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(limit)
	case err != nil:
		return nil, notJSON(fmt.Errorf("read the payload: %w", err))
	case len(bytes.TrimSpace(payload)) == 0:
		return []byte("{}"), nil // a call without a payload
	}
	if err := checkJSON(payload); err != nil {
		return nil, notJSON(err)
	}
	return payload, nil
}

func checkJSON(payload []byte) error {
	if !utf8.Valid(payload) {
		return errors.New("invalid UTF-8")
	}
	var value json.RawMessage
	return json.Unmarshal(payload, &value)
}

func clientContext(header string) (string, *apiError) {
	if header == "" {
		return "", nil
	}
	decoded, err := base64.StdEncoding.DecodeString(header)
	if len(header) > maxClientContext || err != nil || checkJSON(decoded) != nil || !bytes.HasPrefix(bytes.TrimSpace(decoded), []byte("{")) {
		return "", badClientContext()
	}
	return string(decoded), nil
}

// violations are what a request has that the model of the operation forbids, in the
// service's words.
type violations []string

func (v *violations) add(member, value, constraint string) {
	*v = append(*v, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

func (v *violations) tooLong(member, value string, limit int) {
	v.add(member, value, fmt.Sprintf("Member must have length less than or equal to %d", limit))
}

// text holds an optional member to its form.
func (v *violations) text(member, value string, f form) {
	if len(value) > f.max {
		v.tooLong(member, value, f.max)
	}
	if value != "" && !f.matches(value) {
		v.add(member, value, "Member must satisfy regular expression pattern: "+f.pattern)
	}
}

// oneOf holds a member to an enumeration, whose first value is the default.
func (v *violations) oneOf(member string, value *string, values ...string) {
	if *value == "" {
		*value = values[0]
	}
	if !slices.Contains(values, *value) {
		v.add(member, *value, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
	}
}
