package contract

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small is a suite of two cases, and as many more.
func small(t *testing.T, more int) Suite {
	t.Helper()
	cases := `
  - name: twice
    request: {method: POST, path: /items, body: '{"name":"a","name":"x","price":1}'}
    expect: {status: 201, body: {id: "${uuid}", name: x, price: 1}}
`
	for i := range 1 + more {
		cases += fmt.Sprintf(`
  - name: fine-%d
    request: {method: POST, path: /items, json: {name: x, price: 1}}
    expect: {status: 201, body: {id: "${uuid}", name: x, price: 1}}
`, i)
	}
	return suiteOf(t, cases)
}

func declare(t *testing.T, s Suite, content string) ([]Declared, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, DifferencesFile), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return LoadDeclared(dir, s)
}

const refusesTwice = `- case: a/twice
  kind: duplicate-names
  instead: {problem: wrong}
  what: A name that is there twice is refused.
  source: https://example.com/issue
`

// strict refuses duplicate names, which the cases allow.
type strict struct {
	*fake
	words string
}

func (s strict) Do(ctx context.Context, r Request) (Response, error) {
	if bytes.Count(r.Body, []byte(`"name"`)) > 1 {
		answer, err := s.fake.Do(ctx, Request{Method: http.MethodPost, Path: r.Path, Header: r.Header, Body: []byte("{}")})
		if s.words != "" {
			answer.Body = bytes.Replace(answer.Body, []byte("Wrong."), []byte(s.words), 1)
		}
		return answer, err
	}
	return s.fake.Do(ctx, r)
}

func TestDeclaredDifferences(t *testing.T) {
	suite := small(t, 18)
	declared, err := declare(t, suite, refusesTwice)
	if err != nil {
		t.Fatal(err)
	}
	mayConform := false
	status := func(c Client, levels ...Level) (Status, string) {
		t.Helper()
		report, err := Run(t.Context(), suite, c, Options{Runtime: "fake", Levels: levels, Declared: declared, MayConform: mayConform, Prefixes: []string{"/fake"}})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(report.Results, func(r Result) bool { return r.Case == "a/twice" })
		return report.Results[at].Status, report.Results[at].Failure
	}
	if got, why := status(strict{fake: newFake()}, Event); got != DeclaredToDiffer || why != "A name that is there twice is refused." {
		t.Errorf("exactly so: got %s (%s)", got, why)
	}
	if got, why := status(strict{newFake(), "Otherwise."}, Event); got != Failed || !strings.Contains(why, "but not so") || !strings.Contains(why, "as the contract says:") {
		t.Errorf("otherwise: got %s (%s)", got, why)
	}
	if got, why := status(newFake(), Event); got != Failed || !strings.Contains(why, "take it off differences.yaml") {
		t.Errorf("as the contract says: got %s (%s), want it called stale", got, why)
	}
	if got, why := status(newFake(), HTTP); got != Passed {
		t.Errorf("a server without its adapter: got %s (%s), want it passed", got, why)
	}
	mayConform = true
	if got, why := status(newFake(), Event); got != Passed {
		t.Errorf("stock with a trick: got %s (%s), want it passed", got, why)
	}
	if got, why := status(strict{fake: newFake()}, Event); got != DeclaredToDiffer {
		t.Errorf("stock with a trick, exactly so: got %s (%s)", got, why)
	}
}

func TestLoadDeclaredRefuses(t *testing.T) {
	suite := small(t, 18)
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown field": {"kind:", "kinds:", "kinds"},
		"unknown kind":  {"duplicate-names", "duplicates", `kind: got "duplicates", want one of base64, body-syntax`},
		"no source":     {"https://example.com/issue", "a book", "the source as https"},
		"no sentence":   {"A name that is there twice is refused.", `""`, `what ""`},
		"no such case":  {"a/twice", "a/thrice", "there is no such case"},
		"no such words": {"{problem: wrong}", "{problem: bodies}", `no problem "bodies"`},
		"nothing":       {"instead: {problem: wrong}", "step: 1", "got nothing, want what is answered instead"},
		"no such step":  {"instead:", "step: 2\n  instead:", "step: got 2, want one of 1"},
	} {
		if _, err := declare(t, suite, strings.Replace(refusesTwice, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want …%s…", name, err, c.want)
		}
	}
	if _, err := declare(t, small(t, 0), refusesTwice); err == nil || !strings.Contains(err.Error(), "1 of 2 cases are declared to differ, want at most 0") {
		t.Errorf("got %v, want a refusal of so many", err)
	}
	if got, err := LoadDeclared(t.TempDir(), suite); got != nil || err != nil {
		t.Errorf("got %v, %v without a file", got, err)
	}
}

// A runtime leaves a sequence where a difference of its own is declared, and a
// difference that is not declared is found all the same.
func TestDifferentialKnowsDeclaredKinds(t *testing.T) {
	twice := `{"name":"a","name":"x","price":1}`
	once := `{"name":"x","price":1}`
	sequence := Sequence{Requests: []NumberedRequest{
		{1, CaseRequest{Method: http.MethodPost, Path: "/items", Body: &twice}},
		{2, CaseRequest{Method: http.MethodPost, Path: "/items", Body: &once}},
	}}
	compare := func(parties ...Party) compared {
		t.Helper()
		c, err := compareParties(t.Context(), parties, sequence)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	declared, err := declare(t, small(t, 18), refusesTwice)
	if err != nil {
		t.Fatal(err)
	}
	party := func(name string, words string, d []Declared) Party {
		s := strict{newFake(), words}
		p := s.fake.party(name)
		p.Client, p.Declared = s, d
		return p
	}
	if c := compare(newFake().party("one"), party("two", "", nil)); c.at != 0 {
		t.Errorf("got a difference at %d, want it at the first request: nothing is declared", c.at)
	}
	c := compare(newFake().party("one"), party("two", "", declared), newFake().party("three"))
	if c.at != -1 || !slices.Equal(c.declared, []string{"two"}) {
		t.Errorf("got a difference at %d and %v out of the run, want none and two", c.at, c.declared)
	}
	odd := newFake()
	odd.spoil = func(r *Response) { r.Header.Set("X-Odd", "1") }
	if c := compare(newFake().party("one"), party("two", "", declared), odd.party("three")); c.at != 0 || len(c.declared) != 1 {
		t.Errorf("got a difference at %d, want that of three at the first request", c.at)
	}
}

func TestTraits(t *testing.T) {
	post := func(body string) Request {
		return Request{Method: http.MethodPost, Path: "/items", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	}
	with := func(change func(*Request)) Request {
		r := post(`{"name":"x","price":1}`)
		change(&r)
		return r
	}
	for want, requests := range map[string][]Request{
		"":                   {post(`{"name":"x","price":1}`), post("{\"name\":\"x\",\n\t\"price\":1}"), post(`{"name":"\ud83d\ude00","price":19.99}`)},
		"escaped-path":       {with(func(r *Request) { r.Path = "/items/%41" })},
		"dot-segments":       {with(func(r *Request) { r.Path = "/items/.." }), with(func(r *Request) { r.Path = "/./items" })},
		"extra-slashes":      {with(func(r *Request) { r.Path = "/items/" }), with(func(r *Request) { r.Path = "//items" })},
		"odd-path":           {with(func(r *Request) { r.Path = "/items/a b" }), with(func(r *Request) { r.Path = "/items/#" }), with(func(r *Request) { r.Path = "/é" })},
		"repeated-header":    {with(func(r *Request) { r.Header["X-A"] = []string{"1", "2"} })},
		"host-header":        {with(func(r *Request) { r.Header.Set("Host", "a:b:c") })},
		"media-type":         {with(func(r *Request) { r.Header.Set("Content-Type", "Application/JSON") }), with(func(r *Request) { r.Header.Del("Content-Type") })},
		"content-encoding":   {with(func(r *Request) { r.Header.Set("Content-Encoding", "") })},
		"query-escapes":      {with(func(r *Request) { r.Query = "limit=%31" })},
		"query-form":         {with(func(r *Request) { r.Query = "limit[]=1" })},
		"repeated-query":     {with(func(r *Request) { r.Query = "limit=1&limit=2" })},
		"query-name-case":    {with(func(r *Request) { r.Query = "Limit=1" })},
		"base64":             {with(func(r *Request) { r.Base64 = true })},
		"method":             {with(func(r *Request) { r.Method = http.MethodOptions; r.Body = nil })},
		"needless-body":      {with(func(r *Request) { r.Method = http.MethodGet })},
		"large-body":         {post(`{"name":"x","price":1}` + strings.Repeat(" ", largestBody))},
		"invalid-utf8":       {post("{\"name\":\"\xff\",\"price\":1}")},
		"control-characters": {post(`{"name":"\u0001","price":1}`), post("{\"name\":\"a\tb\",\"price\":1}")},
		"lone-surrogate":     {post(`{"name":"\ud800","price":1}`), post(`{"name":"\ude00\ud83d","price":1}`)},
		"body-syntax":        {post(`{"name":"x","price":1`), post(`[]`), post(`null`)},
		"duplicate-names":    {post(`{"name":"x","name":"y","price":1}`), post(`{"name":"x","price":{"a":1,"a":2}}`)},
		"name-case":          {post(`{"Name":"x","price":1}`), post(`{"price":1,"ſname":1,"PRICE":2}`)},
		"huge-number":        {post(`{"name":"x","price":1e400}`)},
		"number-form":        {post(`{"name":"x","price":19.990}`), post(`{"name":"x","price":1e2}`), post(`{"price":19.990000000000002}`)},
		"wrong-kinds":        {post(`{"name":1,"price":1}`), post(`{"name":"x","description":[],"price":1}`), post(`{"name":"x","price":null}`)},
		"deep-nesting":       {post(`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`)},
	} {
		for _, r := range requests {
			var got []string
			for _, name := range Traits() {
				if traits[name](r) {
					got = append(got, name)
				}
			}
			switch {
			case want == "" && len(got) > 0:
				t.Errorf("%s: got %v, want none", describe(r), got)
			case want != "" && !slices.Contains(got, want):
				t.Errorf("%s: got %v, want %s", describe(r), got, want)
			case want != "" && len(got) > 1 && want != "huge-number" && want != "dot-segments" && want != "duplicate-names" && want != "control-characters":
				t.Errorf("%s: got %v, want %s alone", describe(r), got, want)
			}
		}
	}
}

func TestQueryNameInOtherCase(t *testing.T) {
	for query, want := range map[string]bool{";LIMIT": true, "x=1;nexttoken=a": true, "limit=1;nextToken=a": false} {
		if got := queryNameInOtherCase(query); got != want {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}
