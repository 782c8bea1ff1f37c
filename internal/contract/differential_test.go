package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/api"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// All makes a fake's table one that it alone writes to.
func (f *fake) All(context.Context) ([]Row, error) {
	var rows []Row
	for _, id := range sortedNames(f.rows) {
		rows = append(rows, f.rows[id])
	}
	return rows, nil
}

func (f *fake) party(name string) Party {
	return Party{Runtime: name, Client: f, Table: f, Asked: f.Attempts, Prefixes: []string{"/fake"}}
}

func TestSequencesAreFixedBySeedAndNumber(t *testing.T) {
	if a, b := Draw(7, 3), Draw(7, 3); !reflect.DeepEqual(a, b) {
		t.Errorf("got %v and %v from one seed", a, b)
	}
	if reflect.DeepEqual(Draw(7, 3), Draw(7, 4)) || reflect.DeepEqual(Draw(7, 3), Draw(8, 3)) {
		t.Error("got the same sequence from another number, or seed")
	}
}

// What is drawn has to be worth sending: of each operation enough, of it enough
// that is right, and some of every kind of wrong.
func TestSequencesAreSpreadOverTheContract(t *testing.T) {
	const sequences = 3000
	suite, err := Load(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	requests := 0
	for n := range uint64(sequences) {
		s := Draw(1, n)
		count["with rows"] += min(1, len(s.Rows))
		for _, numbered := range s.Requests {
			r := &run{suite: suite, vars: variables{"prefix": word("/fake")}}
			r.defaults(numbered.CaseRequest)
			request, err := r.request(numbered.CaseRequest)
			if err != nil {
				t.Fatalf("sequence %d, request %d: %v", n, numbered.Number, err)
			}
			requests++
			path := template(strings.TrimPrefix(request.Path, "/fake"))
			count[request.Method+" "+path]++
			if strings.Contains(numbered.Path+numbered.Query, "${id") || strings.Contains(numbered.Query, "${token") {
				count["about an earlier answer"]++
			}
			if (request.Method == http.MethodPost && path == "/items") || (request.Method == http.MethodPut && path == "/items/{id}") {
				count["bodies"]++
				var fields struct{ Name, Price any }
				if json.Unmarshal(request.Body, &fields) == nil && fields.Name != nil && fields.Price != nil && len(numbered.Headers) == 0 {
					count["plain bodies"]++
				}
				if len(request.Body) > 65536 {
					count["too large"]++
				}
				if numbered.Hex != "" {
					count["not UTF-8"]++
				}
			}
			if request.Base64 {
				count["base64"]++
			}
		}
	}
	for name, least := range map[string]int{
		"with rows": 40 * sequences / 100, "about an earlier answer": requests / 6,
		"bodies": requests / 3, "plain bodies": count["bodies"] / 2, "too large": 20, "not UTF-8": 50, "base64": 200,
		"POST /items": requests / 5, "GET /items": requests / 12, "GET /items/{id}": requests / 12, "PUT /items/{id}": requests / 12,
		"DELETE /items/{id}": requests / 25, "GET /health": requests / 100, "GET /metrics": requests / 100, "GET unknown": requests / 400,
		"HEAD /items": 10, "OPTIONS /items": 10, "PATCH /items/{id}": 10,
	} {
		if count[name] < least {
			t.Errorf("%s: got %d of %d requests, want at least %d", name, count[name], requests, least)
		}
	}
}

func TestNoDifferenceBetweenAlike(t *testing.T) {
	a, b := newFake(), newFake()
	b.made = 500 // its ids are others
	var heard []int
	report, err := Differential(t.Context(), Words{}, []Party{a.party("a"), b.party("b")}, DifferentialOptions{
		Requests: 500, Seed: 1, Progress: func(n int) { heard = append(heard, n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Found != nil {
		t.Errorf("got a difference between two that are alike:\n%s\n%v", report.Found.Case, report.Found.Answers)
	}
	if report.Requests != 500 || len(heard) != report.Sequences || heard[len(heard)-1] != 500 || report.Rows == 0 {
		t.Errorf("got %+v, heard %v, want 500 requests and progress after each sequence", report, heard)
	}
	if len(a.rows)+len(b.rows) != 0 {
		t.Errorf("got %d and %d rows left, want none", len(a.rows), len(b.rows))
	}
}

// planted runs a differential in which b does wrong what spoil makes of it.
func planted(t *testing.T, spoil func(b *fake)) *Found {
	t.Helper()
	suite := suiteOf(t, `
  - name: unused
    request: {path: /}
    expect: {problem: missing}
`)
	run := func() *Found {
		a, b, c := newFake(), newFake(), newFake()
		spoil(b)
		report, err := Differential(t.Context(), suite.Words, []Party{a.party("a"), b.party("b"), c.party("c")}, DifferentialOptions{Requests: 2000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if report.Found == nil {
			t.Fatal("got no difference, want the planted one")
		}
		return report.Found
	}
	first, second := run(), run()
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two runs: got\n%v\nand\n%v", first, second)
	}
	if got := fmt.Sprint(first.Answers[0].Runtimes, first.Answers[1].Runtimes); got != "[a c] [b]" {
		t.Errorf("got the answers of %s, want those of the most first", got)
	}
	// What is pasted is a case, and holds for those that are right.
	pasted, err := Load(fstest.MapFS{
		"words.yaml":      {Data: []byte(fakeWords)},
		"contract/a.yaml": {Data: []byte("schema: 1\npath: a\ncases:\n" + first.Case)},
	})
	if err != nil {
		t.Fatalf("the case cannot be read: %v\n%s", err, first.Case)
	}
	if len(pasted.Cases) != 1 {
		t.Errorf("got %d cases, want one", len(pasted.Cases))
	}
	return first
}

func TestADifferentAnswerIsShrunk(t *testing.T) {
	found := planted(t, func(b *fake) {
		b.spoil = func(r *Response) {
			if last := b.seen[len(b.seen)-1]; r.Status == http.StatusNoContent && last.Method == http.MethodDelete {
				r.Status = http.StatusOK
			}
		}
	})
	if strings.Count(found.Case, "request:") != 2 && !strings.Contains(found.Case, "put:") {
		t.Errorf("got\n%s\nwant a delete of something that is there, and no more", found.Case)
	}
	if strings.Contains(found.Case, "headers:") || strings.Contains(found.Case, "prefix") {
		t.Errorf("got\n%s\nwant no header and no prefix: the difference is not in these", found.Case)
	}
}

// What does not come again is counted, and the run goes on.
func TestADifferenceThatDoesNotComeAgain(t *testing.T) {
	a, b := newFake(), newFake()
	once := false
	b.spoil = func(r *Response) {
		if !once && r.Status == http.StatusCreated {
			once = true
			r.Header.Set("X-Odd", "1")
		}
	}
	report, err := Differential(t.Context(), Words{}, []Party{a.party("a"), b.party("b")}, DifferentialOptions{Requests: 200, Seed: 1})
	if err != nil || report.Found != nil || report.Unrepeated != 1 || report.Requests != 200 {
		t.Errorf("got %+v (%v), want one difference counted and all requests sent", report, err)
	}
}

func TestADifferentRowIsFound(t *testing.T) {
	found := planted(t, func(b *fake) {
		b.spoil = func(r *Response) {
			for _, row := range b.rows {
				row["name"] = Attribute{"S", strings.ReplaceAll(row["name"].Value, "Coffee", "Tea")}
			}
		}
	})
	if found.Request != "the rows of the table" && !strings.HasPrefix(found.Request, "GET") {
		t.Errorf("got a difference in %s, want it in the table", found.Request)
	}
}

func TestADifferentCallIsFound(t *testing.T) {
	found := planted(t, func(b *fake) {
		b.spoil = func(r *Response) {
			if r.Status == http.StatusCreated {
				b.calls = append(b.calls, "GetItem")
			}
		}
	})
	if got := found.Answers[1].Text; !strings.Contains(got, "PutItem, GetItem") {
		t.Errorf("got %s, want the calls to the database", got)
	}
	if n := strings.Count(found.Case, "request:"); n != 1 {
		t.Errorf("got %d requests, want the one:\n%s", n, found.Case)
	}
}

func TestNoAnswerIsFoundEvenIfAllGiveNone(t *testing.T) {
	silent := func() *fake {
		f := newFake()
		f.rows = map[string]Row{}
		return f
	}
	a, b := silent(), silent()
	dead := Party{Runtime: "a", Client: refuses{}, Table: a}
	also := Party{Runtime: "b", Client: refuses{}, Table: b}
	report, err := Differential(t.Context(), Words{}, []Party{dead, also}, DifferentialOptions{Requests: 10, Seed: 1})
	if err != nil || report.Found == nil || !strings.Contains(report.Found.Answers[0].Text, "connection refused") {
		t.Errorf("got %+v %v, want what went wrong", report.Found, err)
	}
}

type refuses struct{}

func (refuses) Do(context.Context, Request) (Response, error) {
	return Response{}, errors.New("connection refused")
}

func TestDifferentialNeedsTwo(t *testing.T) {
	_, err := Differential(t.Context(), Words{}, []Party{newFake().party("a")}, DifferentialOptions{Requests: 1})
	if !fault.IsUsage(err) {
		t.Errorf("got %v, want a mistake of the caller", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Differential(ctx, Words{}, []Party{newFake().party("a"), newFake().party("b")}, DifferentialOptions{Requests: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
