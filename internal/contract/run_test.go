package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

var fakeNow = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

// fake is a small implementation, with a table and a database of its own, that
// can be made to err.
type fake struct {
	rows   map[string]Row
	made   int
	calls  []string
	faults []Fault
	fresh  int
	seen   []Request
	// spoil changes an answer before it is given.
	spoil func(*Response)
}

func newFake() *fake { return &fake{rows: map[string]Row{}} }

func (f *fake) Do(_ context.Context, r Request) (Response, error) {
	f.seen = append(f.seen, r)
	path := strings.TrimPrefix(strings.TrimPrefix(r.Path, "/fake"), "/alias")
	id := strings.TrimPrefix(path, "/items/")
	answer := Response{Header: http.Header{
		"X-Runtime": {"fake"}, "X-Cold-Start": {"false"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
		"Content-Type": {"application/json"},
	}}
	switch {
	case r.Header.Get("X-Silent") != "":
		return Response{}, errors.New("connection refused")
	case f.spoiled():
		f.problem(&answer, 503, "Service Unavailable", "Later.")
		answer.Header.Set("Retry-After", "1")
	case path == "/items" && r.Method == "POST":
		f.calls = append(f.calls, "PutItem")
		var fields struct {
			Name  string
			Price json.Number
		}
		if json.Unmarshal(r.Body, &fields) != nil || fields.Price == "" {
			f.problem(&answer, 400, "Bad Request", "Wrong.")
			break
		}
		f.made++
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", f.made)
		f.rows[id] = Row{"id": {"S", id}, "name": {"S", fields.Name}, "price": {"N", fields.Price.String()}, "expiresAt": {"N", fmt.Sprint(fakeNow.Add(7 * 24 * time.Hour).Unix())}}
		answer.Status, answer.Body = 201, f.item(id)
	case path == "/items":
		answer.Status, answer.Body = 200, f.page(r.Query)
	case f.rows[id] == nil:
		f.problem(&answer, 404, "Not Found", "Nothing.")
	case r.Method == "DELETE":
		delete(f.rows, id)
		answer.Status = 204
		answer.Header.Del("Content-Type")
	default:
		answer.Status, answer.Body = 200, f.item(id)
	}
	if f.spoil != nil {
		f.spoil(&answer)
	}
	return answer, nil
}

func (f *fake) item(id string) []byte {
	name, _ := json.Marshal(f.rows[id]["name"].Value)
	return []byte(fmt.Sprintf(`{"id":"%s","name":%s,"price":%s}`, id, name, f.rows[id]["price"].Value))
}

// page gives one item a page; the token is the id.
func (f *fake) page(query string) []byte {
	_, after, _ := strings.Cut(query, "nextToken=")
	for _, id := range sortedNames(f.rows) {
		if id > after {
			return []byte(fmt.Sprintf(`{"items":[%s],"nextToken":"%s"}`, f.item(id), id))
		}
	}
	return []byte(`{"items":[]}`)
}

func (f *fake) problem(a *Response, status int, title, detail string) {
	a.Status = status
	a.Body = []byte(fmt.Sprintf(`{"type":"about:blank","title":"%s","status":%d,"detail":"%s"}`, title, status, detail))
	a.Header.Set("Content-Type", "application/problem+json")
}

func (f *fake) spoiled() bool { return len(f.faults) > 0 }

func (f *fake) Set(faults []Fault) error {
	f.faults, f.calls = faults, nil
	return nil
}

func (f *fake) Attempts() []string {
	calls := append([]string{}, f.calls...)
	f.calls = nil
	return calls
}

func (f *fake) Get(_ context.Context, id string) (Row, error) { return f.rows[id], nil }

func (f *fake) Put(_ context.Context, row Row) error {
	f.rows[row["id"].Value] = row
	return nil
}

func (f *fake) Delete(_ context.Context, id string) error {
	delete(f.rows, id)
	return nil
}

func (f *fake) options() Options {
	return Options{
		Runtime: "fake", Levels: []Level{Event}, Prefixes: []string{"/fake", "/alias"}, Rows: f, Faults: f,
		Fresh: func(context.Context) error { f.fresh++; return nil },
		Now:   func() time.Time { return fakeNow },
	}
}

const fakeWords = `
problems:
  missing: {status: 404, title: Not Found, detail: Nothing.}
  wrong: {status: 400, title: Bad Request, detail: Wrong.}
  database: {status: 503, title: Service Unavailable, detail: Later., headers: {Retry-After: "1"}}
fields: [{field: name, message: must be good}]
`

func suiteOf(t *testing.T, cases string) Suite {
	t.Helper()
	s, err := Load(fstest.MapFS{
		"words.yaml":      {Data: []byte(fakeWords)},
		"contract/a.yaml": {Data: []byte("schema: 1\npath: a\ncases:\n" + cases)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goodCases all hold for the fake.
const goodCases = `
  - name: create
    request: {method: POST, path: /items, json: {name: x, price: 1.5}}
    expect: {status: 201, body: {id: "${uuid:id}", name: x, price: 1.5}}
    row: {id: "${id}", is: answer}
    attempts: [PutItem]
  - name: read
    given: {coffee: {name: Coffee, price: 1}, tea: {name: "${coffee.name} or tea", price: 2}}
    request: {path: "/items/${tea.id}"}
    expect: {status: 200, body: "${tea}"}
    attempts: []
  - name: prefixes
    request: {path: "${prefix}/items/x"}
    expect: {problem: missing}
  - name: head
    request: {method: HEAD, path: /items/x}
    expect: {problem: missing}
  - name: two-steps
    given: {coffee: {name: Coffee, price: 1}}
    steps:
      - request: {method: DELETE, path: "/items/${coffee.id}"}
        expect: {status: 204}
        row: {id: "${coffee.id}", is: absent}
      - {request: {path: "/items/${coffee.id}"}, expect: {problem: missing}}
  - name: written-past-the-api
    steps:
      - put: {id: {S: 00000000-0000-4000-8000-00000000000a}, name: {S: y}, price: {N: "2"}}
        request: {path: /items/00000000-0000-4000-8000-00000000000a}
        expect: {status: 200, body: {id: "${uuid}", name: y, price: 2}}
        row: {id: 00000000-0000-4000-8000-00000000000a, attributes: {price: {N: "2"}}}
  - name: faults
    fresh: true
    faults: [{kind: refused}]
    request: {path: /items/x}
    expect: {problem: database}
  - name: walk
    given: {a: {name: a, price: 1}, b: {name: b, price: 1}}
    walk: {limit: 1, finds: ["${a.id}", "${b.id}"]}
`

func TestRunAllIsWell(t *testing.T) {
	f := newFake()
	report, err := Run(t.Context(), suiteOf(t, goodCases), f, f.options())
	if err != nil {
		t.Fatal(err)
	}
	if report.Failed() {
		var out bytes.Buffer
		report.Print(&out)
		t.Error(out.String())
	}
	if got, want := report.Summary(), "fake: 8 passed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(f.rows) != 0 {
		t.Errorf("left in the table: %v", f.rows)
	}
	if f.fresh != 1 {
		t.Errorf("new environments: got %d, want 1", f.fresh)
	}
	var paths []string
	for _, r := range f.seen {
		if strings.HasSuffix(r.Path, "/x") && r.Method == http.MethodGet {
			paths = append(paths, r.Path)
		}
	}
	if want := []string{"/fake/items/x", "/alias/items/x", "/items/x"}; !slices.Equal(paths, want) {
		t.Errorf("paths: got %v, want %v", paths, want)
	}
}

func TestRunWithoutHelp(t *testing.T) {
	f := newFake()
	o := f.options()
	o.Rows, o.Faults, o.Fresh, o.Prefixes, o.Mount = nil, nil, nil, nil, "/fake"
	report, err := Run(t.Context(), suiteOf(t, goodCases), f, o)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := report.Summary(), "fake: 5 passed, 3 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, result := range report.Results {
		want := map[string]string{
			"a/prefixes":             "needs a runtime with a prefix",
			"a/written-past-the-api": "needs a look into the table",
			"a/faults":               "needs a new execution environment",
		}[result.Case]
		if result.Failure != want {
			t.Errorf("%s: got %q, want %q", result.Case, result.Failure, want)
		}
	}
	if len(f.rows) != 0 {
		t.Errorf("left in the table: %v", f.rows)
	}
	for _, r := range f.seen {
		if !strings.HasPrefix(r.Path, "/fake/items") {
			t.Errorf("a path that is not under the mount: %s", r.Path)
		}
	}
}

func TestRunTellsWhatIsWrong(t *testing.T) {
	const create = `
  - name: it
    about: What it is for.
    request: {method: POST, path: /items, json: {name: x, price: 1}}
    expect: {status: 201, body: {id: "${uuid:id}", name: x, price: 1}}
`
	for name, c := range map[string]struct {
		cases string
		spoil func(*Response)
		want  string // a part of the failure
	}{
		"status":         {create, func(r *Response) { r.Status = 200 }, "status: got 200, want 201"},
		"header missing": {create, func(r *Response) { r.Header.Del("Cache-Control") }, "header Cache-Control: is missing, want no-store"},
		"header wrong":   {create, func(r *Response) { r.Header.Set("X-Runtime", "other") }, `header X-Runtime: got "other", want "fake"`},
		"header twice":   {create, func(r *Response) { r.Header.Add("X-Runtime", "fake") }, `header X-Runtime: got it 2 times`},
		"header extra":   {create, func(r *Response) { r.Header.Set("Etag", "x") }, `header Etag: got ["x"], want no such header`},
		"charset":        {create, func(r *Response) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, `header Content-Type: got "application/json; charset=utf-8", want "application/json"`},
		"no JSON":        {create, func(r *Response) { r.Body = []byte("<html>") }, "body: got <html>, want JSON"},
		"space":          {create, func(r *Response) { r.Body = bytes.Replace(r.Body, []byte(","), []byte(", "), 1) }, "want it without space and needless escapes"},
		"escape":         {create, func(r *Response) { r.Body = bytes.Replace(r.Body, []byte(`"x"`), []byte(`"\u0078"`), 1) }, "want it without space and needless escapes"},
		"member":         {create, func(r *Response) { r.Body = bytes.Replace(r.Body, []byte(":1}"), []byte(":1.0}"), 1) }, "body.price: got 1.0, want 1"},
		"body of 204": {`
  - name: it
    given: {a: {name: a, price: 1}}
    request: {method: DELETE, path: "/items/${a.id}"}
    expect: {status: 204}
`, func(r *Response) {
			if r.Status == 204 {
				r.Body = []byte("{}")
			}
		}, "body: got {}, want none"},
		"problem": {`
  - name: it
    request: {path: /items/x}
    expect: {problem: missing, errors: [name]}
`, nil, `body.errors: is missing`},
		"row": {create + `    row: {id: "${id}", attributes: {price: {N: "2"}, name: {N: x}, runtime: {S: x}}}
`, nil, `row.name: got the type S, want N`},
		"row attribute": {create + `    row: {id: "${id}", attributes: {runtime: {S: x}}}
`, nil, `row.runtime: is missing`},
		"row extra": {create + `    row: {id: "${id}", is: answer}
`, func(r *Response) { r.Body = bytes.Replace(r.Body, []byte(`,"price":1`), nil, 1) }, "body.price: is missing"},
		"row absent": {create + `    row: {id: "${id}", is: absent}
`, nil, "want none"},
		"row there": {create + `    row: {id: 00000000-0000-4000-8000-00000000000b, is: answer}
`, nil, "row 00000000-0000-4000-8000-00000000000b: there is none"},
		"attempts": {create + "    attempts: [PutItem, PutItem]\n", nil, "calls to the database: got [PutItem], want [PutItem PutItem]"},
		"given": {`
  - name: it
    given: {a: {name: 1}}
    request: {path: /items}
    expect: {status: 200}
`, nil, "given a: POST /items answered 400"},
		"no answer": {`
  - name: it
    request: {path: /items, headers: {X-Silent: "yes"}}
    expect: {status: 200}
`, nil, "no answer: connection refused"},
		"second step": {`
  - name: it
    steps:
      - {request: {path: /items/x}, expect: {problem: missing}}
      - {request: {path: /items/x}, expect: {status: 200}}
`, nil, "step 2 of 2: GET /items/x\n  status: got 404, want 200"},
		"walk that misses": {`
  - name: it
    walk: {limit: 1, finds: [nobody]}
`, nil, "the item nobody (nobody) was met 0 times"},
		"walk with too many": {`
  - name: it
    walk: {limit: 1, finds: []}
`, func(r *Response) { r.Body = []byte(`{"items":[{"id":"1"},{"id":"2"}]}`) }, "page 1 has 2 items, want at most 1"},
		"walk in a circle": {`
  - name: it
    walk: {limit: 1, finds: []}
`, func(r *Response) { r.Body = []byte(`{"items":[{"id":"1"}],"nextToken":"1"}`) }, "page 2: the item 1 has been met before"},
		"walk without end": {`
  - name: it
    walk: {limit: 1, finds: []}
`, func(r *Response) { r.Body = []byte(`{"items":[],"nextToken":"1"}`) }, "there is a nextToken after 5000 pages still"},
	} {
		f := newFake()
		f.spoil = c.spoil
		report, err := Run(t.Context(), suiteOf(t, c.cases), f, f.options())
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Results[0]; got.Status != Failed || !strings.Contains(got.Failure, c.want) {
			t.Errorf("%s: got %s %q, want a failure with %q", name, got.Status, got.Failure, c.want)
		}
		if !report.Failed() {
			t.Errorf("%s: the report did not fail", name)
		}
	}
}

func TestPrint(t *testing.T) {
	f := newFake()
	f.spoil = func(r *Response) { r.Header.Set("Etag", "x") }
	report, err := Run(t.Context(), suiteOf(t, `
  - name: it
    about: What it is for.
    request: {path: /items/x}
    expect: {problem: missing}
`), f, f.options())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `✗ fake: a/it
  (What it is for.)
  GET /items/x
    header Etag: got ["x"], want no such header
    the answer was 404 {"type":"about:blank","title":"Not Found","status":404,"detail":"Nothing."}

fake: 0 passed, 1 failed
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestKnownFailing(t *testing.T) {
	cases := suiteOf(t, `
  - name: right
    request: {path: /items/x}
    expect: {problem: missing}
  - name: wrong
    request: {path: /items/x}
    expect: {status: 200}
`)
	for name, c := range map[string]struct {
		known   []KnownFailure
		summary string
		failure string
	}{
		"named":      {[]KnownFailure{{Case: "a/wrong", Reason: "A reason."}}, "fake: 1 passed, 1 known to fail", ""},
		"it passes":  {[]KnownFailure{{Case: "a/wrong", Reason: "A reason."}, {Case: "a/right", Reason: "Another."}}, "fake: 0 passed, 1 failed, 1 known to fail", "passes, although it is known to fail: Another."},
		"sometimes":  {[]KnownFailure{{Case: "a/wrong", Reason: "A reason."}, {Case: "a/right", Reason: "Another.", Sometimes: true}}, "fake: 1 passed, 1 known to fail", ""},
		"whole file": {[]KnownFailure{{Case: "a", Reason: "A reason."}}, "fake: 0 passed, 1 failed, 1 known to fail", "passes, although"},
		"no such":    {[]KnownFailure{{Case: "a/wrong", Reason: "A reason."}, {Case: "a/gone", Reason: "Old."}}, "fake: 1 passed, 1 failed, 1 known to fail", "there is no such case"},
	} {
		f := newFake()
		o := f.options()
		o.KnownFailing = c.known
		report, err := Run(t.Context(), cases, f, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Summary(); got != c.summary {
			t.Errorf("%s: got %q, want %q", name, got, c.summary)
		}
		at := slices.IndexFunc(report.Results, func(r Result) bool { return r.Status == Failed })
		if c.failure != "" && (at < 0 || !strings.Contains(report.Results[at].Failure, c.failure)) {
			t.Errorf("%s: got %+v, want the failure %q", name, report.Results, c.failure)
		}
	}
}

func TestLoadKnownFailing(t *testing.T) {
	dir := t.TempDir()
	if known, err := LoadKnownFailing(dir); known != nil || err != nil {
		t.Errorf("no file: got %v %v", known, err)
	}
	for content, want := range map[string]string{
		"- {case: a, reason: b}": "",
		"- {case: a}":            `entry 1 has the case "a" and the reason ""`,
		"- {kase: a, reason: b}": "kase",
		"a: b":                   "read ",
	} {
		if err := os.WriteFile(filepath.Join(dir, KnownFailingFile), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		known, err := LoadKnownFailing(dir)
		switch {
		case want == "" && (err != nil || !slices.Equal(known, []KnownFailure{{Case: "a", Reason: "b"}})):
			t.Errorf("%s: got %v %v", content, known, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || fault.Hint(err) == ""):
			t.Errorf("%s: got %v, want %q and a hint", content, err, want)
		}
	}
}

func TestChoosing(t *testing.T) {
	s := suiteOf(t, `
  - {name: one, levels: [event], request: {path: /items/x}, expect: {problem: missing}}
  - {name: two, levels: [http], request: {path: /items/x}, expect: {problem: missing}}
  - {name: three, levels: [aws], request: {path: /items/x}, expect: {problem: missing}}
  - {name: four, request: {path: /items/x}, expect: {problem: missing}}
`)
	for name, c := range map[string]struct {
		levels     []Level
		glob, skip []string
		want       string
	}{
		"event":   {[]Level{Event}, nil, nil, "a/one a/four"},
		"http":    {[]Level{HTTP}, nil, nil, "a/two a/four"},
		"gateway": {[]Level{HTTP, AWS}, nil, nil, "a/two a/three a/four"},
		"glob":    {[]Level{HTTP, AWS}, []string{"*/t*"}, nil, "a/two a/three"},
		"skip":    {[]Level{HTTP, AWS}, nil, []string{"a/two"}, "a/three a/four"},
	} {
		f := newFake()
		o := f.options()
		o.Levels, o.Glob, o.Skip = c.levels, c.glob, c.skip
		report, err := Run(t.Context(), s, f, o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range report.Results {
			got = append(got, r.Case)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
	f := newFake()
	o := f.options()
	o.Glob = []string{"b/..."}
	if _, err := Run(t.Context(), s, f, o); !fault.IsUsage(err) || fault.Hint(err) == "" {
		t.Errorf("no such case: got %v, want a usage error with a hint", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, s, f, f.options()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestLoadFindsMistakes(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"unknown field":   {"schema: 1\npath: a\ncases: [{name: x, requests: 1}]", "requests"},
		"unknown problem": {"schema: 1\npath: a\ncases: [{name: x, request: {path: /}, expect: {problem: nobody}}]", `there is no problem "nobody"`},
		"unknown error":   {"schema: 1\npath: a\ncases: [{name: x, request: {path: /}, expect: {problem: wrong, errors: [size]}}]", `there is no field "size"`},
		"twice":           {"schema: 1\npath: a\ncases: [{name: x, walk: {limit: 1}}, {name: x, walk: {limit: 1}}]", "the case a/x is there twice"},
		"no cases":        {"schema: 1\npath: a\ncases: []", "there are no cases"},
	} {
		_, err := Load(fstest.MapFS{"words.yaml": {Data: []byte(fakeWords)}, "contract/a.yaml": {Data: []byte(c.file)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestDifferences(t *testing.T) {
	reportOf := func(runtime string, spoil func(*Response)) Report {
		f := newFake()
		f.spoil = func(r *Response) {
			r.Header.Set("X-Runtime", runtime)
			if spoil != nil {
				spoil(r)
			}
		}
		f.made = len(runtime) // other ids
		o := f.options()
		o.Runtime = runtime
		report, err := Run(t.Context(), suiteOf(t, goodCases), f, o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	a, b := reportOf("a", nil), reportOf("bb", nil)
	if got := Differences(a, b); len(got) != 0 {
		t.Errorf("alike: got %+v", got)
	}
	if got := Differences(a); got != nil {
		t.Errorf("one alone: got %+v", got)
	}
	c := reportOf("ccc", func(r *Response) {
		if r.Status == 503 {
			r.Header.Set("Retry-After", "2")
		}
	})
	differences := Differences(a, c, b)
	if len(differences) != 1 {
		t.Fatalf("got %d differences, want 1: %+v", len(differences), differences)
	}
	var out strings.Builder
	if err := PrintDifferences(&out, differences); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"≠ a/faults: GET /items/x\n  a, bb:\n    503\n", "Retry-After: 1\n", "\n  ccc:\n    503\n", "Retry-After: 2\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", out.String(), want)
		}
	}
}

func TestHTTPClientSendsWhatIsWritten(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		body.ReadFrom(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s %q %q", r.Method, r.RequestURI, body, r.Header["Content-Type"], r.Header["Accept-Encoding"]))
		w.Header().Set("X-Amzn-Requestid", "1")
		w.Header().Set("X-Amzn-Remapped-Date", "1")
		w.Header().Set("X-Own", "1")
		if strings.HasSuffix(r.URL.Path, "redirect") {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
		}
	}))
	defer server.Close()
	for base, prefix := range map[string]string{server.URL: "", server.URL + "/dev/": "/dev"} {
		client, err := NewHTTPClient(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			r    Request
			want string
		}{
			{Request{Method: "GET", Path: "/items"}, "GET " + prefix + `/items  [] []`},
			{Request{Method: "GET", Path: "/it%65ms/%2F/%ff", Query: "a=%zz&b"}, "GET " + prefix + `/it%65ms/%2F/%ff?a=%zz&b  [] []`},
			{Request{Method: "GET", Path: "//items//x/"}, "GET " + prefix + `//items//x/  [] []`},
			{Request{Method: "DELETE", Path: "/items/..", Body: []byte("x")}, "DELETE " + prefix + `/items/.. x [] []`},
			{Request{Method: "PUT", Path: "/x", Header: http.Header{"Content-Type": {"a", "b"}}}, "PUT " + prefix + `/x  ["a" "b"] []`},
		} {
			got = nil
			if _, err := client.Do(t.Context(), c.r); err != nil {
				t.Fatalf("%s: %v", c.want, err)
			}
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		}
		response, err := client.Do(t.Context(), Request{Method: "GET", Path: "/redirect"})
		if err != nil {
			t.Fatal(err)
		}
		if response.Status != http.StatusFound {
			t.Errorf("a redirect was followed: got %d", response.Status)
		}
		if names, want := sortedNames(response.Header), []string{"Location", "X-Amzn-Remapped-Date", "X-Own"}; !slices.Equal(names, want) {
			t.Errorf("own headers: got %v, want %v", names, want)
		}
	}
	for _, base := range []string{"127.0.0.1:80", "ftp://x", "http://x?y", ""} {
		if _, err := NewHTTPClient(base); !fault.IsUsage(err) {
			t.Errorf("%q: got %v, want a usage error", base, err)
		}
	}
}

func TestEventClient(t *testing.T) {
	var event struct {
		Path, HTTPMethod, Body string
		IsBase64Encoded        bool
		RequestContext         struct{ Identity struct{ SourceIP string } }
		MultiValueHeaders      map[string][]string
		Query                  map[string][]string `json:"multiValueQueryStringParameters"`
	}
	answer, failure := `{"statusCode":201,"headers":{"X-A":"1"},"body":"{}"}`, error(nil)
	client := &EventClient{Invoke: func(_ context.Context, e []byte) ([]byte, error) {
		if err := json.Unmarshal(e, &event); err != nil {
			t.Error(err)
		}
		return []byte(answer), failure
	}}
	response, err := client.Do(t.Context(), Request{
		Method: "POST", Path: "/go/it%65ms/", Query: "a=1&a=2", Header: http.Header{"X-B": {"1", "2"}}, Body: []byte("\xff"), Base64: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != 201 || response.Header.Get("X-A") != "1" || string(response.Body) != "{}" {
		t.Errorf("got %+v", response)
	}
	if event.Path != "/go/it%65ms/" || event.HTTPMethod != "POST" || event.Body != "/w==" || !event.IsBase64Encoded {
		t.Errorf("got %+v", event)
	}
	if got := event.RequestContext.Identity.SourceIP; got != EventSourceIP {
		t.Errorf("address: got %s, want %s", got, EventSourceIP)
	}
	if got, want := event.Query["a"], []string{"1", "2"}; !slices.Equal(got, want) {
		t.Errorf("query: got %v, want %v", got, want)
	}
	if got, want := event.MultiValueHeaders["X-B"], []string{"1", "2"}; !slices.Equal(got, want) {
		t.Errorf("headers: got %v, want %v", got, want)
	}
	if _, err := client.Do(t.Context(), Request{Method: "GET", Path: "/go/items", SourceIP: "::1"}); err != nil || event.RequestContext.Identity.SourceIP != "::1" {
		t.Errorf("another address: got %+v %v", event, err)
	}

	failure = errors.New("killed")
	if _, err := client.Do(t.Context(), Request{Method: "GET", Path: "/x"}); !errors.Is(err, failure) {
		t.Errorf("a function error: got %v", err)
	}
	answer, failure = "[]", nil
	if _, err := client.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err == nil {
		t.Error("an answer that is none: want an error")
	}
}

func TestPrintCounts(t *testing.T) {
	var out strings.Builder
	err := PrintCounts(&out,
		Report{Runtime: "fake", Results: []Result{{Status: Passed}, {Status: Passed}, {Status: Skipped}}},
		Report{Runtime: "other", Results: []Result{{Status: Failed}, {Status: KnownToFail}, {Status: DeclaredToDiffer}}})
	want := `  runtime  passed  failed  differ as declared  known to fail  skipped
     fake       2       0                   0              0        1
    other       0       1                   1              1        0
`
	if err != nil || out.String() != want {
		t.Errorf("got\n%s%v\nwant\n%s", out.String(), err, want)
	}
}
