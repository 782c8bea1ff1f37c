package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/config"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/target"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/yamltext"
)

// GuestRequest is one entry of a guest's own request file, a YAML list: an HTTP
// request, which reaches the function as the manifest's integration says, or an
// event that reaches it as it is. The first one is the first call of every
// environment.
//
//   - name: search
//     method: POST
//     path: /search?sort=price
//     headers: {Content-Type: application/json}
//     body: '{"q":"lamp"}'
//     status: 200               # what must come back; default 200
//     weight: 3                 # share among the warm calls; default 1
//   - name: batch
//     event: {Records: [{messageId: "1", body: ok}]}
//     expect: {batchItemFailures: []}
type GuestRequest struct {
	Name    string            `yaml:"name"`
	Method  string            `yaml:"method"`
	Path    string            `yaml:"path"`
	Query   string            `yaml:"query"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Status  int               `yaml:"status"`
	Weight  int               `yaml:"weight"`
	// Event is any value; File, relative to the request file, holds a large one, or
	// the body of an HTTP request.
	Event any    `yaml:"event"`
	File  string `yaml:"file"`
	// Expect is what the answer must hold, of HTTP its body: a part of it, or values
	// at paths such as .Records[0].messageId.
	Expect any `yaml:"expect"`

	payload []byte // the body, or the event as JSON
	expect  *expectation
}

// isEvent tells whether the function gets the payload as it is.
func (r GuestRequest) isEvent() bool { return r.Path == "" }

// LoadGuestRequests reads the request file of a guest variant, or its text. Without one the
// guest gets GET on its first prefix, or on "/"; or an empty event, if HTTP requests
// don't reach it.
func LoadGuestRequests(r config.Runtime, v config.Variant) ([]GuestRequest, error) {
	if v.Requests == "" && v.RequestText == "" {
		if r.Integration == config.Event {
			return []GuestRequest{{Name: "event", Weight: 1, payload: []byte("{}")}}, nil
		}
		path, err := firstPath(r)
		if err != nil {
			return nil, err
		}
		return []GuestRequest{{Name: "get", Method: http.MethodGet, Path: path, Status: http.StatusOK, Weight: 1}}, nil
	}
	file, text := "what "+r.Name+" is called with", []byte(v.RequestText)
	if v.Requests != "" {
		var err error
		file = filepath.Join(r.Dir, v.Requests)
		if text, err = os.ReadFile(file); err != nil {
			return nil, fault.Usage("name an existing file in "+config.ManifestName+": requests", "read the requests of %s: %w", r.Name, err)
		}
	}
	requests, err := parseGuestRequests(file, text, r.Integration)
	if err != nil || len(r.Routes) == 0 {
		return requests, err
	}
	for i, one := range requests {
		if _, ok := gateway.Match(r.Resources(), one.Path); !ok && !one.isEvent() {
			return nil, fault.Usage("routes here: "+strings.Join(r.Resources(), ", "), "%s: request %d: path: got %q, want one that a route of the manifest takes", file, i+1, one.Path)
		}
	}
	return requests, nil
}

// LoadGuests reads the requests of all guests among the configurations, by Key.
func LoadGuests(configurations []target.Config) (map[string][]GuestRequest, error) {
	guests := map[string][]GuestRequest{}
	for _, c := range configurations {
		if kind(c) != config.Guest {
			continue
		}
		requests, err := LoadGuestRequests(c.Runtime, variant(c))
		if err != nil {
			return nil, err
		}
		guests[Key(c)] = requests
	}
	return guests, nil
}

// firstPath is what a guest without requests is asked for.
func firstPath(r config.Runtime) (string, error) {
	if p := prefix(r); p != "" {
		return p, nil
	}
	if len(r.Routes) == 0 {
		return "/", nil
	}
	for _, route := range r.Routes {
		if !strings.Contains(route, "{") {
			return route, nil
		}
	}
	return "", fault.Usage("name a request file in "+config.ManifestName+": requests: requests.yaml", "requests of %s: got none, want some, since every route has a parameter", r.Name)
}

func parseGuestRequests(file string, text []byte, integration string) ([]GuestRequest, error) {
	const hint = "a request file is a list of {name, method, path, query, headers, body, status, weight} or {name, event, weight}; both may have file and expect"
	var requests []GuestRequest
	if err := yamltext.Decode(text, &requests, yaml.Strict()); err != nil {
		return nil, fault.Usage(hint, "%s: %w", file, err)
	}
	if len(requests) == 0 {
		return nil, fault.Usage(hint, "%s: got no request, want at least one", file)
	}
	seen := map[string]bool{}
	for i := range requests {
		one := &requests[i]
		err := one.complete(filepath.Dir(file), integration)
		if err == nil && (one.Name == "" || seen[one.Name]) {
			err = fmt.Errorf("name: got %q, want a name of its own", one.Name)
		}
		if err != nil {
			return nil, fault.Usage(hint, "%s: request %d: %w", file, i+1, err)
		}
		seen[one.Name] = true
	}
	return requests, nil
}

// complete fills in what may be left out and checks the entry.
func (r *GuestRequest) complete(dir, integration string) error {
	if r.Weight == 0 {
		r.Weight = 1
	}
	if r.Weight < 0 {
		return fmt.Errorf("weight: got %d, want a positive number", r.Weight)
	}
	if r.Expect != nil {
		var err error
		if r.expect, err = newExpectation(r.Expect); err != nil {
			return fmt.Errorf("expect: %w", err)
		}
	}
	if r.isEvent() && (r.Event != nil || r.File != "") {
		return r.completeEvent(dir)
	}
	return r.completeHTTP(dir, integration)
}

func (r *GuestRequest) completeEvent(dir string) error {
	for _, field := range []struct {
		name string
		set  bool
	}{{"method", r.Method != ""}, {"query", r.Query != ""}, {"headers", r.Headers != nil}, {"body", r.Body != ""}, {"status", r.Status != 0}} {
		if field.set {
			return fmt.Errorf("%s: got it beside an event, want it beside a path: an event reaches the function as it is", field.name)
		}
	}
	var err error
	switch {
	case r.Event != nil && r.File != "":
		return fmt.Errorf("file: got it beside event, want one of the two")
	case r.File != "":
		r.payload, err = readFile(dir, r.File)
	default:
		r.payload, err = json.Marshal(r.Event)
	}
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	if !json.Valid(r.payload) {
		return fmt.Errorf("file: got %s, which is no JSON, want an event", r.File)
	}
	if len(r.payload) > gateway.MaxPayload {
		return fmt.Errorf("event: got %d bytes, want at most %d, which is Lambda's limit", len(r.payload), gateway.MaxPayload)
	}
	return nil
}

func (r *GuestRequest) completeHTTP(dir, integration string) error {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	switch {
	case r.Event != nil:
		return fmt.Errorf("event: got it beside a path, want one of the two")
	case !strings.HasPrefix(r.Path, "/"):
		return fmt.Errorf("path: got %q, want one that begins with /, or an event", r.Path)
	case integration == config.Event:
		return fmt.Errorf("path: got %q, want an event, since the integration is event", r.Path)
	case r.Status < 100 || r.Status > 599:
		return fmt.Errorf("status: got %d, want 100 to 599", r.Status)
	case r.Body != "" && r.File != "":
		return fmt.Errorf("file: got it beside body, want one of the two")
	}
	if path, query, ok := strings.Cut(r.Path, "?"); ok {
		if r.Query != "" {
			return fmt.Errorf("query: got %q beside that of the path, want one of the two", r.Query)
		}
		r.Path, r.Query = path, query
	}
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	api := gateway.API{Kind: gateway.Kind(integration)}
	switch api.HeadRefused(r.Method, r.Path+"?"+r.Query, header) {
	case http.StatusRequestURITooLong:
		return fmt.Errorf("path: got %d bytes with its query, want at most %d with the method", len(r.Path)+len(r.Query), gateway.MaxHead)
	case http.StatusRequestHeaderFieldsTooLarge:
		return fmt.Errorf("headers: got too many bytes, want at most %d with method and path, as APIs allow", gateway.MaxHead)
	}
	r.payload = []byte(r.Body)
	if r.File != "" {
		var err error
		if r.payload, err = readFile(dir, r.File); err != nil {
			return err
		}
	}
	return nil
}

func readFile(dir, name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, filepath.FromSlash(name))
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return content, nil
}

// guest sends the requests of a request file.
type guest struct{ requests []GuestRequest }

func (g guest) Calls(n int, seed uint64) []Call {
	shares := make([]share, len(g.requests))
	for i, one := range g.requests {
		shares[i] = share{one.Name, one.Weight}
	}
	calls := draw(n, shares, rand.New(rand.NewPCG(seed, 0x6775657374))) // "guest"
	return append([]Call{{Operation: g.requests[0].Name}}, calls...)
}

func (g guest) Request(call Call) (target.Request, want) {
	for _, one := range g.requests {
		if one.Name != call.Operation {
			continue
		}
		if one.isEvent() {
			return target.Request{Event: one.payload}, want{answer: one.expect}
		}
		header := http.Header{}
		for name, value := range one.Headers {
			header.Set(name, value)
		}
		return target.Request{Method: one.Method, Path: one.Path, Query: one.Query, Header: header, Body: one.payload}, want{one.Status, one.expect}
	}
	panic("bench: a call of an operation that was never drawn: " + call.Operation)
}

func (guest) Learn(Call, target.Request, target.Reply) {}
