package contract

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// compare judges an answer and returns its body for later steps.
func (r *run) compare(m *matcher, request Request, response Response, want Expect) value {
	status, headers, body := r.wanted(want)
	if response.Status != status {
		m.fail("status", "got %d, want %d", response.Status, status)
		// The rest would only say the same again.
		return value{}
	}
	var got value
	switch {
	case request.Method == http.MethodHead:
		// Whether a body is there is the HTTP layer's matter.
	case body == nil:
		if len(response.Body) > 0 {
			m.fail("body", "got %s, want none", shorten(string(response.Body), 200))
		}
	default:
		var err error
		if got, err = parseJSON(response.Body); err != nil {
			m.fail("body", "got %s, want JSON: %v", shorten(string(response.Body), 200), err)
			break
		}
		if canonical := got.encode(); canonical != string(response.Body) && !want.Gateway {
			m.fail("body", "got %s, want it without space and needless escapes: %s", shorten(string(response.Body), 200), shorten(canonical, 200))
		}
		m.match("body", got, *body)
	}
	r.compareHeaders(m, response, headers, want.Gateway)
	return got
}

// wanted spells an expectation out: the forms for items and problems become a
// body and its headers.
func (r *run) wanted(want Expect) (status int, headers map[string]string, body *value) {
	status = want.Status
	headers = map[string]string{}
	if !want.Gateway {
		headers["X-Runtime"] = "${runtime}"
		headers["X-Cold-Start"] = "${boolean}"
		headers["Cache-Control"] = "no-store"
		headers["X-Content-Type-Options"] = "nosniff"
	}
	switch {
	case want.Problem != "":
		p := r.suite.Words.Problems[want.Problem]
		if status == 0 {
			status = p.Status
		}
		b := r.suite.Words.problem(p, want.Errors)
		body = &b
		headers["Content-Type"] = "application/problem+json"
		for name, text := range p.Headers {
			headers[name] = text
		}
	case want.Item != nil:
		b := itemBody(want.Item)
		body = &b
		headers["Content-Type"] = "application/json"
		if status == http.StatusCreated {
			headers["Location"] = "items/${id}"
		}
	case want.Body != nil:
		b, err := fromYAML(want.Body)
		if err != nil { // Load has checked the files; a suite made by hand may be wrong
			b = value{kind: text, literal: "the case's body: " + err.Error()}
		}
		body = &b
		headers["Content-Type"] = "application/json"
	}
	for name, text := range want.Headers {
		headers[name] = text
	}
	return status, headers, body
}

// problem is the document for a problem, with the messages about fields.
func (w Words) problem(p Problem, fields []string) value {
	str := func(s string) value { return value{kind: text, literal: s} }
	v := value{kind: object, members: []member{
		{"type", str("about:blank")},
		{"title", str(p.Title)},
		{"status", value{kind: number, literal: strconv.Itoa(p.Status)}},
		{"detail", str(p.Detail)},
	}}
	if len(fields) == 0 {
		return v
	}
	errors := value{kind: list}
	for _, word := range w.Fields {
		if slices.Contains(fields, word.Field) {
			errors.items = append(errors.items, value{kind: object, members: []member{
				{"field", str(word.Field)}, {"message", str(word.Message)},
			}})
		}
	}
	v.members = append(v.members, member{"errors", errors})
	return v
}

// itemBody completes an item: what a case leaves out is what a new one has.
func itemBody(node any) value {
	given, err := fromYAML(node)
	if err != nil {
		return value{kind: text, literal: "the case's item: " + err.Error()}
	}
	v := value{kind: object}
	for _, m := range [][2]string{
		{"id", "${uuid:id}"}, {"name", ""}, {"description", ""}, {"price", ""}, {"runtime", "${runtime}"},
		{"sourceIp", "${ip}"}, {"createdAt", "${now:createdAt}"}, {"updatedAt", "${createdAt}"},
	} {
		wanted, ok := given.get(m[0])
		if !ok {
			wanted = value{kind: text, literal: m[1]}
		}
		v.members = append(v.members, member{m[0], wanted})
	}
	for _, m := range given.members { // a name that items don't have is a mistake of the case
		if _, ok := v.get(m.name); !ok {
			v.members = append(v.members, m)
		}
	}
	return v
}

// compareHeaders wants exactly these headers of a function, and at least these
// of a gateway.
func (r *run) compareHeaders(m *matcher, response Response, want map[string]string, gateway bool) {
	for _, name := range sortedNames(want) {
		got := response.Header.Values(name)
		switch len(got) {
		case 0:
			m.fail("header "+name, "is missing, want %s", want[name])
		case 1:
			m.match("header "+name, value{kind: text, literal: got[0]}, value{kind: text, literal: want[name]})
		default:
			m.fail("header "+name, "got it %d times: %q", len(got), got)
		}
	}
	if gateway {
		return
	}
	wanted := func(name string) bool {
		for w := range want {
			if strings.EqualFold(w, name) {
				return true
			}
		}
		return false
	}
	for _, name := range sortedNames(response.Header) {
		// API Gateway adds a content type to a proxy answer that has none.
		added := response.Status == http.StatusNoContent && name == "Content-Type" && !slices.Equal(r.options.Levels, []Level{HTTP})
		if !wanted(name) && !added {
			m.fail("header "+name, "got %q, want no such header", response.Header.Values(name))
		}
	}
}

// put writes a row past the API.
func (r *run) put(ctx context.Context, attributes map[string]map[string]string) string {
	row := Row{}
	for name, typed := range attributes {
		for kind, v := range typed {
			expanded, err := r.vars.expand(v)
			if err != nil {
				return "the case's row: " + err.Error()
			}
			row[name] = Attribute{kind, expanded}
		}
	}
	if err := r.options.Rows.Put(ctx, row); err != nil {
		return "write the row: " + err.Error()
	}
	r.made = append(r.made, row["id"].Value)
	return ""
}

// row looks at a row of the table.
func (r *run) row(ctx context.Context, check RowCheck, answer value) string {
	id, err := r.vars.expand(check.ID)
	if err != nil {
		return "the case's row: " + err.Error()
	}
	got, err := r.options.Rows.Get(ctx, id)
	if err != nil {
		return "read the row: " + err.Error()
	}
	if check.Is == "absent" {
		if got != nil {
			return fmt.Sprintf("row %s: got %v, want none", id, got)
		}
		return ""
	}
	if got == nil {
		return fmt.Sprintf("row %s: there is none", id)
	}
	m := &matcher{vars: r.vars, ended: r.options.Now()}
	want := map[string]map[string]string{}
	if check.Is == "answer" {
		for _, member := range answer.members {
			kind := "S"
			if member.value.kind == number {
				kind = "N"
			}
			want[member.name] = map[string]string{kind: member.value.literal}
		}
		want["expiresAt"] = map[string]string{"N": "${expires}"}
		for _, name := range sortedNames(got) {
			if want[name] == nil {
				m.fail("row."+name, "got %v, want no such attribute", got[name])
			}
		}
	}
	for name, typed := range check.Attributes {
		want[name] = typed
	}
	for _, name := range sortedNames(want) {
		attribute, ok := got[name]
		if !ok {
			m.fail("row."+name, "is missing")
			continue
		}
		for kind, v := range want[name] {
			if attribute.Type != kind {
				m.fail("row."+name, "got the type %s, want %s", attribute.Type, kind)
			}
			m.match("row."+name, value{kind: text, literal: attribute.Value}, value{kind: text, literal: v})
		}
	}
	return strings.Join(m.faults, "\n  ")
}

// maxPages bounds a walk; a page that points to itself would be walked for ever.
const maxPages = 5000

// walk reads page after page.
func (r *run) walk(ctx context.Context, w Walk) string {
	seen := map[string]int{}
	query := "limit=" + strconv.Itoa(w.Limit)
	for page := 1; ; page++ {
		response, err := r.do(ctx, Request{Method: http.MethodGet, Path: r.options.Mount + "/items", Query: query, Header: http.Header{}})
		if err != nil {
			return fmt.Sprintf("page %d: %v", page, err)
		}
		body, err := parseJSON(response.Body)
		if response.Status != http.StatusOK || err != nil {
			return fmt.Sprintf("page %d: GET /items?%s answered %d %s", page, query, response.Status, shorten(string(response.Body), 200))
		}
		items, _ := body.get("items")
		if len(items.items) > w.Limit {
			return fmt.Sprintf("page %d has %d items, want at most %d", page, len(items.items), w.Limit)
		}
		for _, item := range items.items {
			id, _ := item.get("id")
			if seen[id.literal]++; seen[id.literal] > 1 {
				return fmt.Sprintf("page %d: the item %s has been met before", page, id.literal)
			}
		}
		token, more := body.get("nextToken")
		if !more {
			break
		}
		if page == maxPages {
			return fmt.Sprintf("there is a nextToken after %d pages still", page)
		}
		query = "limit=" + strconv.Itoa(w.Limit) + "&nextToken=" + token.literal
	}
	for _, name := range w.Finds {
		id, err := r.vars.expand(name)
		if err != nil {
			return "the case's walk: " + err.Error()
		}
		if seen[id] != 1 {
			return fmt.Sprintf("the item %s (%s) was met %d times on %d pages' items, want once", name, id, seen[id], len(seen))
		}
	}
	return ""
}
