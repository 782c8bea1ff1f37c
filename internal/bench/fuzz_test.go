package bench

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// FuzzRequests wants of every text requests that can be sent, or an error with the
// file and a hint.
func FuzzRequests(f *testing.F) {
	f.Add("- {name: hello, path: /hello, weight: 3}\n- {name: bye, path: /bye}\n", config.REST)
	f.Add("- {name: a, method: POST, path: /a, query: q=1, headers: {x-y: z}, body: '{}', status: 202, expect: {.a: 1}}", config.HTTP)
	f.Add("- {name: a, event: {Records: [{a: 1.5}]}, expect: [1, null]}", config.Event)
	f.Fuzz(func(t *testing.T, text, integration string) {
		if strings.Contains(text, "file") { // those of this machine are not for a fuzzer to read
			return
		}
		requests, err := parseGuestRequests("requests.yaml", []byte(text), integration)
		if err != nil {
			if !strings.Contains(err.Error(), "requests.yaml") || !fault.IsUsage(err) || fault.Hint(err) == "" {
				t.Errorf("got %q with the hint %q, want the file and a hint", err, fault.Hint(err))
			}
			return
		}
		if len(requests) == 0 {
			t.Error("got no request and no error")
		}
		for _, r := range requests {
			if r.Weight < 1 || r.Name == "" {
				t.Errorf("got the request %q with the weight %d", r.Name, r.Weight)
			}
			if r.isEvent() && !json.Valid(r.payload) {
				t.Errorf("got the event %q, want JSON", r.payload)
			}
			if !r.isEvent() && !strings.HasPrefix(r.Path, "/") {
				t.Errorf("got the path %q, want one that begins with /", r.Path)
			}
		}
	})
}
