package invokeapi

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// Which versions exist is asked for every type alike, before anything runs.
func TestEveryTypeWithEveryQualifier(t *testing.T) {
	const conflict, validation, missing = "InvalidParameterValueException", "ValidationException", "ResourceNotFoundException"
	qualifiers := []struct{ name, code string }{
		{"fn", ""},
		{"fn:$LATEST", ""},
		{"fn?Qualifier=", ""},
		{"fn?Qualifier=$LATEST", ""},
		{"fn?Qualifier=%24LATEST", ""},
		{"fn:$LATEST?Qualifier=$LATEST", ""},
		{"arn:aws:lambda:eu-west-1:123456789012:function:fn:$LATEST", ""},
		{"123456789012:function:fn:$LATEST", ""},
		{"fn:7", missing},
		{"fn:live", missing},
		{"fn:$LATEST.PUBLISHED", missing},
		{"fn?Qualifier=7", missing},
		{"fn?Qualifier=live", missing},
		{"fn?Qualifier=$LATEST.PUBLISHED", missing},
		{"fn?Qualifier=latest", missing},
		{"fn?Qualifier=$live", missing},
		{"fn:live?Qualifier=live", missing},
		{"arn:aws:lambda:eu-west-1:123456789012:function:fn:7", missing},
		{"123456789012:function:fn:live", missing},
		{"unknown", missing},
		{"unknown?Qualifier=$LATEST", missing},
		{"fn?Qualifier=" + strings.Repeat("q", 128), missing},
		{"fn:7?Qualifier=8", conflict},
		{"fn:$LATEST?Qualifier=7", conflict},
		{"fn:live?Qualifier=$LATEST", conflict},
		{"fn?Qualifier=" + strings.Repeat("q", 129), validation},
		{"fn?Qualifier=a.b", validation},
		{"fn?Qualifier=a%20b", validation},
		{"fn?Qualifier=%C3%A4", validation},
		{"fn?Qualifier=$LATEST.OTHER", validation},
		{"fn:$NEWEST", validation},
		{"fn:", validation},
		{"fn:a.b", validation},
	}
	statuses := map[string]int{"": 200, "RequestResponse": 200, "Event": 202, "DryRun": 204}
	for kind, status := range statuses {
		for _, q := range qualifiers {
			for _, log := range []string{"", "None", "Tail"} {
				t.Run(fmt.Sprintf("%s %.60s %s", kind, q.name, log), func(t *testing.T) {
					fake := &recorder{}
					o := options(fake)
					o.Exists = func(function, qualifier string) bool {
						return function == "fn" && (qualifier == "" || qualifier == "$LATEST")
					}
					h := New(o)
					response := post(h, q.name, `{}`, "X-Amz-Invocation-Type", kind, "X-Amz-Log-Type", log)
					h.Close() // waits for the event
					want := status
					switch q.code {
					case missing:
						want = 404
					case conflict, validation:
						want = 400
					}
					if got := response.Header.Get("X-Amzn-Errortype"); response.StatusCode != want || got != q.code {
						t.Errorf("got %d %q, want %d %q", response.StatusCode, got, want, q.code)
					}
					calls := 0
					if q.code == "" && kind != "DryRun" {
						calls = 1
					}
					if len(fake.calls) != calls {
						t.Errorf("got %d calls, want %d", len(fake.calls), calls)
					}
				})
			}
		}
	}
}

// The members of the operation, in and out of what the service's model allows.
func TestFields(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	context := func(n int) string { // a client context of n bytes of base64
		text := fmt.Sprintf(`{"a":"%s"}`, long(n/4*3-8))
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	if got := len(context(3580)); got != 3580 {
		t.Fatalf("got a context of %d bytes", got)
	}
	const name64 = "at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"
	for _, c := range []struct {
		name, function string
		headers        []string
		status         int
		want           string // in the message
	}{
		{"a long name", long(64), nil, 200, ""},
		{"a name that is too long", long(65), nil, 400, name64},
		{"one of an ARN", "arn:aws:lambda:eu-west-1:123456789012:function:" + long(65), nil, 400, name64},
		{"one of a partial ARN", "123456789012:function:" + long(65) + ":live", nil, 400, name64},
		{"far too long", long(257), nil, 400, "at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"a character of no name", "f%20n", nil, 400, "at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:"},
		{"a slash within", "f%2Fn", nil, 400, "at 'functionName' failed to satisfy constraint"},
		{"a region, no account", "eu-west-1:function:fn", nil, 200, ""},
		{"another service", "arn:aws:s3:eu-west-1:123456789012:function:fn", nil, 400, "at 'functionName'"},
		{"a short account", "12345:function:fn", nil, 400, "at 'functionName'"},
		{"two wrong", "f%20n?Qualifier=a.b", []string{"X-Amz-Invocation-Type", "event"}, 400, "3 validation errors detected: Value 'f n' at 'functionName'"},
		{"type", "fn", []string{"X-Amz-Invocation-Type", "REQUESTRESPONSE"}, 400, "Member must satisfy enum value set: [RequestResponse, Event, DryRun]"},
		{"log type", "fn", []string{"X-Amz-Log-Type", "tail"}, 400, "Member must satisfy enum value set: [None, Tail]"},
		{"a client context", "fn", []string{"X-Amz-Client-Context", context(3580)}, 200, ""},
		{"one that is too long", "fn", []string{"X-Amz-Client-Context", context(3584)}, 400, "Client context must be a valid Base64-encoded JSON object"},
		{"one that is a list", "fn", []string{"X-Amz-Client-Context", "W10="}, 400, "Client context must be a valid Base64-encoded JSON object"},
		{"one that is null", "fn", []string{"X-Amz-Client-Context", "bnVsbA=="}, 400, "Client context must be a valid Base64-encoded JSON object"},
		{"one of an event is not looked at", "fn", []string{"X-Amz-Client-Context", "W10=", "X-Amz-Invocation-Type", "Event"}, 202, ""},
		{"a tenant", "fn", []string{"X-Amz-Tenant-Id", "blue"}, 400, "not enabled with tenancy configuration"},
		{"a tenant of no form", "fn", []string{"X-Amz-Tenant-Id", "blue!"}, 400, "at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern"},
		{"a tenant that is too long", "fn", []string{"X-Amz-Tenant-Id", long(257)}, 400, "at 'tenantId' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"a durable name", "fn", []string{"X-Amz-Durable-Execution-Name", "a-1"}, 400, "not a durable function"},
		{"a durable name of no form", "fn", []string{"X-Amz-Durable-Execution-Name", "a b"}, 400, "at 'durableExecutionName' failed to satisfy constraint: Member must satisfy regular expression pattern"},
		{"a durable name that is too long", "fn", []string{"X-Amz-Durable-Execution-Name", long(65)}, 400, "at 'durableExecutionName' failed to satisfy constraint: Member must have length less than or equal to 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := &recorder{}
			h := New(options(fake))
			response := post(h, c.function, `{}`, c.headers...)
			h.Close()
			got := text(t, response)
			if response.StatusCode != c.status || !strings.Contains(got, c.want) {
				t.Errorf("got %d %s, want %d with %s", response.StatusCode, got, c.status, c.want)
			}
			if ran := len(fake.calls) == 1; ran != (c.status < 400) {
				t.Errorf("got %d calls for status %d", len(fake.calls), c.status)
			}
		})
	}
}

// No path is cleaned, and none leads elsewhere.
func TestPathsAreTakenAsTheyAre(t *testing.T) {
	for _, path := range []string{
		"../fn", "fn/../fn", "./fn", "/fn", "fn/", "", "..%2Ffn/x", "fn/invocations/../../fn",
	} {
		fake := &recorder{}
		h := New(options(fake))
		response := post(h, path, `{}`)
		h.Close()
		if got := response.Header.Get("X-Amzn-Errortype"); response.StatusCode != 404 || got != "UnknownOperationException" || len(fake.calls) != 0 {
			t.Errorf("%q: got %d %s to %q and %d calls, want 404 UnknownOperationException", path, response.StatusCode, got, response.Header.Get("Location"), len(fake.calls))
		}
	}
}
