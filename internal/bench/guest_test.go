package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
)

func TestGuestRequestsAreCheckedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no list":        {"{}", "requests.yaml: "},
		"none":           {"[]", "got no request"},
		"unknown field":  {"- {name: a, path: /, verb: GET}", "verb"},
		"no name":        {"- {path: /}", `request 1: name: got ""`},
		"the same twice": {"- {name: a, path: /}\n- {name: a, path: /}", `request 2: name: got "a"`},
		"relative path":  {"- {name: a, path: items}", `request 1: path: got "items"`},
		"odd status":     {"- {name: a, path: /, status: 99}", "request 1: status: got 99"},
		"odd weight":     {"- {name: a, path: /, weight: -1}", "request 1: weight: got -1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseGuestRequests("requests.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want it to hold %q", err, c.want)
			}
			if !fault.IsUsage(err) || fault.Hint(err) == "" {
				t.Errorf("got no usage error with a hint: %v", err)
			}
		})
	}
}

func TestGuestGetsItsOwnRequests(t *testing.T) {
	dir := t.TempDir()
	text := "- {name: first, path: /a, status: 202}\n- {name: second, method: POST, path: /b, query: q=1, headers: {x-y: z}, body: '{}', weight: 3}\n"
	if err := os.WriteFile(filepath.Join(dir, "requests.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	configs := runtimes("mine")
	configs[0].Runtime.Dir = dir
	configs[0].Runtime.Variants = map[string]config.Variant{"api": {Kind: config.Guest, Default: true, Requests: "requests.yaml"}}
	requests, err := LoadGuestRequests(configs[0].Runtime, configs[0].Runtime.Variants["api"])
	if err != nil {
		t.Fatal(err)
	}
	plan := Plan{Configurations: configs, Guests: map[string][]GuestRequest{Key(configs[0]): requests}}
	client := plan.traffic(configs[0], 1)
	calls := client.Calls(8, 1)
	count := map[string]int{}
	for _, call := range calls[1:] {
		count[call.Operation]++
	}
	if calls[0].Operation != "first" || count["first"] != 2 || count["second"] != 6 {
		t.Errorf("got %v behind %s, want 2 and 6 behind first", count, calls[0].Operation)
	}
	got, status := client.Request(Call{Operation: "second"})
	want := target.Request{Method: "POST", Path: "/b", Query: "q=1", Body: []byte("{}")}
	if got.Method != want.Method || got.Path != want.Path || got.Query != want.Query || string(got.Body) != "{}" || got.Header.Get("X-Y") != "z" || status != 200 {
		t.Errorf("got %+v (%d), want %+v with the header (200)", got, status, want)
	}
}

func TestGuestWithoutAFileGetsItsPrefix(t *testing.T) {
	for _, c := range []struct {
		prefixes []string
		want     string
	}{{[]string{"/mine"}, "/mine"}, {nil, "/"}} {
		got, err := LoadGuestRequests(config.Runtime{Prefixes: c.prefixes}, config.Variant{Kind: config.Guest})
		if err != nil || len(got) != 1 || got[0].Path != c.want || got[0].Method != "GET" || got[0].Status != 200 {
			t.Errorf("got %+v (%v), want GET %s", got, err, c.want)
		}
	}
}
