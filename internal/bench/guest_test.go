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
		"two queries":    {"- {name: a, path: /?a=1, query: b=2}", `request 1: query: got "b=2" beside that of the path`},
		"event and path": {"- {name: a, path: /, event: {}}", "request 1: event: got it beside a path"},
		"event's status": {"- {name: a, event: {}, status: 200}", "request 1: status: got it beside an event"},
		"event and file": {"- {name: a, event: {}, file: x.json}", "request 1: file: got it beside event"},
		"no such file":   {"- {name: a, file: x.json}", "request 1: event: file: open x.json"},
		"no JSON":        {"- {name: a, file: guest_test.go}", "request 1: file: got guest_test.go, which is no JSON"},
		"body and file":  {"- {name: a, path: /, body: x, file: x}", "request 1: file: got it beside body"},
		"long path":      {"- {name: a, path: /" + strings.Repeat("x", 10240) + "}", "request 1: path: got 10241 bytes"},
		"long headers":   {"- {name: a, path: /, headers: {a: " + strings.Repeat("x", 10240) + "}}", "request 1: headers: got too many bytes"},
		"odd path":       {`- {name: a, event: {}, expect: {".a[": 1}}`, `request 1: expect: got the path ".a["`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseGuestRequests("requests.yaml", []byte(c.text), config.REST)
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
	got, wanted := client.Request(Call{Operation: "second"})
	want := target.Request{Method: "POST", Path: "/b", Query: "q=1", Body: []byte("{}")}
	if got.Method != want.Method || got.Path != want.Path || got.Query != want.Query || string(got.Body) != "{}" || got.Header.Get("X-Y") != "z" || wanted.status != 200 {
		t.Errorf("got %+v (%d), want %+v with the header (200)", got, wanted.status, want)
	}
}

func TestAQueryInThePathIsOne(t *testing.T) {
	requests, err := parseGuestRequests("requests.yaml", []byte(`- {name: a, path: "/search?q=lamp&n=1"}`), config.REST)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := (guest{requests}).Request(Call{Operation: "a"}); got.Path != "/search" || got.Query != "q=lamp&n=1" {
		t.Errorf("got %q and %q, want them apart", got.Path, got.Query)
	}
}

func TestAGuestGetsEventsAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	large := `{"Records": [{"body": "large"}]}`
	if err := os.WriteFile(filepath.Join(dir, "large.json"), []byte(large), 0o644); err != nil {
		t.Fatal(err)
	}
	text := "- {name: batch, event: {Records: [{messageId: \"1\"}]}, expect: {ok: [1]}}\n- {name: large, file: large.json}\n"
	requests, err := parseGuestRequests(filepath.Join(dir, "requests.yaml"), []byte(text), config.Event)
	if err != nil {
		t.Fatal(err)
	}
	client := guest{requests}
	got, wanted := client.Request(Call{Operation: "batch"})
	if string(got.Event) != `{"Records":[{"messageId":"1"}]}` || got.Path != "" {
		t.Errorf("got %+v, want the event", got)
	}
	for answer, why := range map[string]string{`{"ok":[1],"more":2}`: "", `{"ok":[]}`: "the answer is not as expected: .ok: got [], want [1]"} {
		if got := wanted.wrong(target.Reply{Body: []byte(answer)}); got != why {
			t.Errorf("%s: got %q, want %q", answer, got, why)
		}
	}
	got, wanted = client.Request(Call{Operation: "large"})
	if string(got.Event) != large || wanted.wrong(target.Reply{Body: []byte(`"anything"`)}) != "" {
		t.Errorf("got %s, want the file, and any answer accepted", got.Event)
	}
	if wanted.wrong(target.Reply{Failure: "boom"}) != "boom" {
		t.Error("got a failed function accepted")
	}
	if _, err := parseGuestRequests("requests.yaml", []byte("- {name: a, path: /}"), config.Event); err == nil || !strings.Contains(err.Error(), "want an event, since the integration is event") {
		t.Errorf("got %v, want HTTP refused where none reaches the function", err)
	}
	if got, err := LoadGuestRequests(config.Runtime{Integration: config.Event}, config.Variant{}); err != nil || string(got[0].payload) != "{}" || !got[0].isEvent() {
		t.Errorf("got %+v (%v), want an empty event", got, err)
	}
}

func TestRequestsKeepToTheRoutes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "requests.yaml"), []byte("- {name: a, path: /items/7}\n- {name: b, path: /other}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := config.Runtime{Dir: dir, Integration: config.REST, Routes: []string{"/items/{id}"}}
	_, err := LoadGuestRequests(r, config.Variant{Requests: "requests.yaml"})
	if err == nil || !strings.Contains(err.Error(), `requests.yaml: request 2: path: got "/other", want one that a route`) || fault.Hint(err) != "routes here: /items/{id}" {
		t.Errorf("got %v, hint %q", err, fault.Hint(err))
	}
	r.Routes = append(r.Routes, "/{proxy+}")
	if _, err := LoadGuestRequests(r, config.Variant{Requests: "requests.yaml"}); err != nil {
		t.Error(err)
	}
	if _, err := LoadGuestRequests(r, config.Variant{}); !fault.IsUsage(err) || !strings.Contains(err.Error(), "every route has a parameter") {
		t.Errorf("got %v, want a request file asked for", err)
	}
	r.Routes = append(r.Routes, "/items")
	if got, err := LoadGuestRequests(r, config.Variant{}); err != nil || got[0].Path != "/items" {
		t.Errorf("got %+v (%v), want the route without a parameter", got, err)
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
