package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
)

// These tests hold the contract's own files together: the cases fit their
// schema, and what they expect is what openapi.yaml describes.

func loadAPI(t *testing.T) Suite {
	t.Helper()
	s, err := Load(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain decodes YAML or JSON the way the schema library wants it.
func plain(t *testing.T, name string) any {
	t.Helper()
	content, err := fs.ReadFile(api.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	var node any
	if err := yaml.Unmarshal(content, &node); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return asJSON(t, node)
}

func asJSON(t *testing.T, node any) any {
	t.Helper()
	b, err := json.Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCaseFilesFitTheirSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("contract.schema.json", plain(t, "contract.schema.json")); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("contract.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(api.Files, "contract/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if err := schema.Validate(plain(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		content, err := fs.ReadFile(api.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if want := "# yaml-language-server: $schema=../contract.schema.json\n"; !bytes.HasPrefix(content, []byte(want)) {
			t.Errorf("%s: want %q as its first line, so that editors complete it", name, want)
		}
	}
	for name, wrong := range map[string]string{
		"request without an answer": `{schema: 1, path: a, cases: [{name: a, request: {path: /}}]}`,
		"nothing to do":             `{schema: 1, path: a, cases: [{name: a}]}`,
		"name with capitals":        `{schema: 1, path: a, cases: [{name: A, walk: {limit: 1, finds: []}}]}`,
		"two bodies":                `{schema: 1, path: a, cases: [{name: a, request: {path: /, json: 1, body: x}, expect: {status: 200}}]}`,
		"slow for how long":         `{schema: 1, path: a, cases: [{name: a, faults: [{kind: slow}], request: {path: /}, expect: {status: 200}}]}`,
		"a typing error":            `{schema: 1, path: a, cases: [{name: a, request: {path: /}, expect: {stauts: 200}}]}`,
	} {
		var node any
		if err := yaml.Unmarshal([]byte(wrong), &node); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, node)); err == nil {
			t.Errorf("%s: want a violation of the schema", name)
		}
	}
}

func TestEveryWordIsAskedFor(t *testing.T) {
	s := loadAPI(t)
	if got, want := len(s.Cases), 150; got < want {
		t.Errorf("cases: got %d, want at least %d", got, want)
	}
	used := map[string]bool{}
	for _, c := range s.Cases {
		for _, step := range c.steps() {
			if step.Expect != nil {
				used[step.Expect.Problem] = true
			}
		}
	}
	for _, problem := range sortedNames(s.Words.Problems) {
		if !used[problem] {
			t.Errorf("no case expects the problem %s", problem)
		}
		p := s.Words.Problems[problem]
		title := http.StatusText(p.Status)
		if p.Status == http.StatusRequestEntityTooLarge {
			title = "Content Too Large" // RFC 9110
		}
		if p.Title != title {
			t.Errorf("title of %s: got %q, want %q", problem, p.Title, title)
		}
	}
}

// document is openapi.yaml, with a validator for each place in it.
type document struct {
	root     any
	compiler *jsonschema.Compiler
}

func loadDocument(t *testing.T) *document {
	t.Helper()
	d := &document{root: plain(t, "openapi.yaml"), compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := d.compiler.AddResource("openapi.json", d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

// find follows names from an object, and references on the way.
func (d *document) find(node any, names ...string) (any, bool) {
	for {
		object, ok := node.(map[string]any)
		if !ok {
			return node, len(names) == 0
		}
		if ref, ok := object["$ref"].(string); ok {
			names = append(strings.Split(strings.TrimPrefix(ref, "#/"), "/"), names...)
			node = d.root
			continue
		}
		if len(names) == 0 {
			return node, true
		}
		node, ok = object[names[0]]
		if !ok {
			return nil, false
		}
		names = names[1:]
	}
}

func (d *document) validate(t *testing.T, schema any, v any) error {
	t.Helper()
	ref, ok := schema.(map[string]any)["$ref"].(string)
	if !ok {
		t.Fatalf("the schema %v is not a reference", schema)
	}
	compiled, err := d.compiler.Compile("openapi.json" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(v)
}

// response finds what is described for a request and a status.
func (d *document) response(method, path string, status int) (any, bool) {
	item, ok := d.find(d.root, "paths", path)
	if !ok {
		return d.find(d.root, "x-unknown-paths")
	}
	if _, ok := d.find(item, strings.ToLower(method)); !ok {
		return d.find(item, "x-other-methods")
	}
	return d.find(item, strings.ToLower(method), "responses", strconv.Itoa(status))
}

var known = regexp.MustCompile(`^(?:\$\{prefix\})?(?:/(items|health|metrics)|/items/([^/%]+))$`)

// template gives /items/{id} for the path of a request.
func template(path string) string {
	switch match := known.FindStringSubmatch(path); {
	case match == nil:
		return "unknown"
	case match[2] != "":
		return "/items/{id}"
	default:
		return "/" + match[1]
	}
}

func TestExpectedAnswersAreDescribed(t *testing.T) {
	s, d := loadAPI(t), loadDocument(t)
	r := &run{suite: s, options: Options{Runtime: "go"}}
	asked := map[string]bool{}
	checked := 0
	for _, c := range s.Cases {
		for i, step := range c.steps() {
			if step.Expect == nil || step.Expect.Gateway {
				continue
			}
			where := fmt.Sprintf("%s, step %d", c.Name, i+1)
			method := step.Request.Method
			if method == "" {
				method = http.MethodGet
			}
			path := template(step.Request.Path)
			status, headers, body := r.wanted(*step.Expect)
			described, ok := d.response(method, path, status)
			if !ok {
				t.Errorf("%s: %s %s with status %d is not described", where, method, path, status)
				continue
			}
			asked[fmt.Sprintf("%s %s %d", method, path, status)] = true

			wantHeaders, _ := d.find(described, "headers")
			for _, name := range sortedNames(headers) {
				if _, ok := wantHeaders.(map[string]any)[name]; !ok && name != "Content-Type" {
					t.Errorf("%s: the header %s is not described", where, name)
				}
			}
			for _, name := range sortedNames(wantHeaders.(map[string]any)) {
				if _, ok := headers[name]; !ok {
					t.Errorf("%s: the header %s is described and not expected", where, name)
				}
			}
			content, hasContent := d.find(described, "content")
			if hasContent != (body != nil) {
				t.Errorf("%s: a body is described: %v, and expected: %v", where, hasContent, body != nil)
				continue
			}
			if body == nil {
				continue
			}
			media, ok := content.(map[string]any)[headers["Content-Type"]]
			if !ok {
				t.Errorf("%s: %s is not described", where, headers["Content-Type"])
				continue
			}
			example, ok := sample(*body)
			if !ok {
				continue // it says less than the schema
			}
			if err := d.validate(t, media.(map[string]any)["schema"], asJSON(t, example)); err != nil {
				t.Errorf("%s: %v", where, err)
			}
			checked++
		}
	}
	if checked < 300 {
		t.Errorf("answers checked against a schema: got %d, want most of them", checked)
	}

	// And the other way round: nothing is described that no case asks for.
	paths, _ := d.find(d.root, "paths")
	for path, item := range paths.(map[string]any) {
		for method, operation := range item.(map[string]any) {
			responses, ok := d.find(operation, "responses")
			if !ok {
				continue
			}
			for status := range responses.(map[string]any) {
				name := strings.ToUpper(method) + " " + path + " " + status
				// No fault can be made where no database is asked.
				if !asked[name] && name != "GET /health 500" && name != "GET /metrics 500" {
					t.Errorf("no case expects %s", name)
				}
			}
		}
	}
}

// The same for requests: what succeeds is described as right, and what a field or
// the body is blamed for as wrong. Where the description says less than the
// contract (encodings, sizes, depth, decimal places), only the first holds.
func TestRequestsAreDescribed(t *testing.T) {
	s, d := loadAPI(t), loadDocument(t)
	right, wrong := 0, 0
	for _, c := range s.Cases {
		for i, step := range c.steps() {
			if step.Request == nil || step.Expect == nil || step.Expect.Gateway {
				continue
			}
			where := fmt.Sprintf("%s, step %d", c.Name, i+1)
			r := &run{vars: variables{"prefix": word("/go"), "root": word(""), "origin": word("https://example.com")}}
			for _, name := range []string{"coffee.id", "id", "one", "other"} {
				first, _, _ := strings.Cut(name, ".")
				r.vars[first] = value{kind: object, members: []member{{"id", word(noID)}}}
			}
			request, err := r.request(*step.Request)
			if err != nil {
				continue // it needs what an earlier step made
			}
			path, method := template(step.Request.Path), strings.ToLower(request.Method)
			operation, ok := d.find(d.root, "paths", path, method)
			status, _, _ := (&run{suite: s, options: Options{Runtime: "go"}}).wanted(*step.Expect)
			if !ok {
				if status < 400 {
					t.Errorf("%s: %s %s succeeds and is not described", where, request.Method, path)
				}
				continue
			}
			if schema, ok := d.find(operation, "requestBody", "content", "application/json"); ok {
				fits := d.bodyFits(t, schema.(map[string]any)["schema"], request.Body)
				switch {
				case status < 300:
					if fits != nil {
						t.Errorf("%s: it succeeds, but is not described as right: %v", where, fits)
					}
					right++
				case step.Expect.Problem == "fields" && !saidInWords(request.Body):
					if fits == nil {
						t.Errorf("%s: a field is wrong, but not by the description: %s", where, shorten(string(request.Body), 200))
					}
					wrong++
				}
			}
			if limit, err := url.ParseQuery(request.Query); status == http.StatusOK && path == "/items" && err == nil && limit.Has("limit") {
				parameters, _ := d.find(operation, "parameters")
				schema, err := d.compiler.Compile("openapi.json#/paths/~1items/get/parameters/0/schema")
				if err != nil || len(parameters.([]any)) != 2 {
					t.Fatal(err)
				}
				n, err := strconv.Atoi(limit.Get("limit"))
				if err != nil || schema.Validate(n) != nil {
					t.Errorf("%s: the limit %q succeeds, but is not described as right", where, limit.Get("limit"))
				}
			}
		}
	}
	if right < 90 || wrong < 40 {
		t.Errorf("got %d right and %d wrong bodies, want most of the cases", right, wrong)
	}
}

// saidInWords tells whether a body breaks a rule that no keyword of JSON Schema
// says: surrogates, and the decimal places of a double.
func saidInWords(body []byte) bool {
	var fields struct{ Price json.Number }
	if bytes.Contains(bytes.ToLower(body), []byte(`\ud`)) || json.Unmarshal(body, &fields) != nil {
		return true
	}
	price, err := fields.Price.Float64()
	if err != nil {
		return true
	}
	_, places, _ := strings.Cut(strconv.FormatFloat(price, 'f', -1, 64), ".")
	return len(places) > 2
}

// bodyFits validates a body with its numbers as the doubles that they are.
func (d *document) bodyFits(t *testing.T, schema any, body []byte) error {
	t.Helper()
	var fields any
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	return d.validate(t, schema, asJSON(t, fields))
}

// sample makes a value that fits an expectation; false where it is too vague.
func sample(v value) (any, bool) {
	item := map[string]any{
		"id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "name": "x", "description": "", "price": 1, "runtime": "go",
		"sourceIp": "203.0.113.7", "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z",
	}
	samples := map[string]any{
		"uuid": item["id"], "id": item["id"], "now": item["createdAt"], "timestamp": item["createdAt"], "createdAt": item["createdAt"], "updatedAt": item["createdAt"],
		"ip": "203.0.113.7", "item": item, "second": item, "coffee": item, "tea": item, "token": "b5YZ_4uGQBG0LQDAT8lk_w", "string": "x", "text": "",
		"integer": 0, "positive": 1, "number": 1.5, "boolean": true, "runtime": "go", "version": "dev", "architecture": "arm64", "memoryLimitMb": 128,
		"first": item, "one": item["id"], "other": item["id"],
	}
	switch v.kind {
	case null:
		return nil, true
	case boolean:
		return v.literal == "true", true
	case number:
		return json.Number(v.literal), true
	case text:
		name, ok := only(v.literal)
		if !ok || strings.HasPrefix(name, "repeat:") {
			expanded, err := variables{}.expand(v.literal)
			return expanded, err == nil
		}
		name, _, _ = strings.Cut(name, ":")
		if variable, member, ok := strings.Cut(name, "."); ok {
			known, ok := samples[variable].(map[string]any)
			return known[member], ok
		}
		got, ok := samples[name]
		return got, ok
	case list:
		items := []any{}
		for _, i := range v.items {
			s, ok := sample(i)
			if !ok {
				return nil, false
			}
			items = append(items, s)
		}
		return items, true
	}
	if each, ok := v.get("$each"); ok {
		s, ok := sample(each)
		return []any{s}, ok
	}
	if optional, ok := v.get("$optional"); ok {
		return sample(optional)
	}
	if pattern, ok := v.get("$keys"); ok {
		each, _ := v.get("$values")
		s, ok := sample(each)
		return map[string]any{"GET /items": s}, ok && pattern.literal != ".*"
	}
	object := map[string]any{}
	for _, m := range v.members {
		s, ok := sample(m.value)
		if !ok || m.name == "$contains" {
			return nil, false
		}
		object[m.name] = s
	}
	return object, true
}

func TestExamplesFitTheirSchemas(t *testing.T) {
	d := loadDocument(t)
	checked := 0
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch n := node.(type) {
		case map[string]any:
			examples, hasExamples := n["examples"].(map[string]any)
			schema, hasSchema := n["schema"]
			if hasExamples && hasSchema {
				for name := range examples {
					v, ok := d.find(examples[name], "value")
					if !ok {
						t.Errorf("%s/examples/%s: there is no value", path, name)
						continue
					}
					if err := d.validate(t, schema, v); err != nil {
						t.Errorf("%s/examples/%s: %v", path, name, err)
					}
					checked++
				}
			}
			for name, child := range n {
				walk(path+"/"+name, child)
			}
		case []any:
			for i, child := range n {
				walk(path+"/"+strconv.Itoa(i), child)
			}
		}
	}
	walk("", d.root)
	if checked < 15 {
		t.Errorf("examples checked: got %d, want at least 15", checked)
	}
}

func TestExamplesSayTheFixedWords(t *testing.T) {
	s, d := loadAPI(t), loadDocument(t)
	examples, _ := d.find(d.root, "components", "examples")
	var shown []string
	for name := range examples.(map[string]any) {
		if v, _ := d.find(examples, name, "value", "detail"); v != nil {
			status, _ := d.find(examples, name, "value", "status")
			title, _ := d.find(examples, name, "value", "title")
			shown = append(shown, fmt.Sprintf("%v %v: %v", status, title, v))
		}
	}
	var fixed []string
	for _, p := range s.Words.Problems {
		fixed = append(fixed, fmt.Sprintf("%d %s: %s", p.Status, p.Title, p.Detail))
	}
	slices.Sort(shown)
	slices.Sort(fixed)
	if fixed = slices.Compact(fixed); !slices.Equal(shown, fixed) {
		t.Errorf("problems among the examples:\ngot  %q\nwant %q", shown, fixed)
	}
}
