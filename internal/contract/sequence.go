package contract

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// Sequence is what a differential run sends to every runtime: rows that lie in
// the table before, and requests. A request may name what an earlier one made:
// ${id3} is the id of the item that request 3 made, ${token3} the nextToken that
// it gave. Where there is none, each stands for one that fits nothing.
type Sequence struct {
	Rows     []Row
	Requests []NumberedRequest
}

// NumberedRequest is a request that others may refer to.
type NumberedRequest struct {
	Number int
	CaseRequest
}

// What ${id3} and ${token3} stand for where request 3 gave none.
const (
	noID    = "0f8fad5b-d9cb-469f-a165-70867728950e"
	noToken = "D4-tW9nLRp-hZXCGdyiVDg"
)

// Draw makes the sequence of a number. It is pure: a seed and a number always
// give the same one.
func Draw(seed, number uint64) Sequence {
	g := &drawing{Rand: rand.New(rand.NewPCG(seed, number))}
	var s Sequence
	if g.chance(60) {
		for i := range 1 + g.IntN(3) {
			s.Rows = append(s.Rows, g.row(i))
		}
	}
	g.rows = s.Rows
	for n := range 1 + g.IntN(12) {
		s.Requests = append(s.Requests, NumberedRequest{n + 1, g.request(n + 1)})
	}
	return s
}

// drawing is one sequence under way.
type drawing struct {
	*rand.Rand
	rows          []Row
	makes, tokens []int // requests that may have made an item, or given a token
}

// mood is how a request is meant.
type mood int

const (
	valid  mood = iota
	nearly      // one thing is odd, and may be wrong
	hostile
)

func (g *drawing) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *drawing, from []T) T { return from[g.IntN(len(from))] }

func (g *drawing) request(number int) CaseRequest {
	m := valid
	switch p := g.IntN(100); {
	case p >= 85:
		m = hostile
	case p >= 50:
		m = nearly
	}
	r := CaseRequest{Method: http.MethodGet}
	p := g.IntN(100)
	if len(g.rows)+len(g.makes) == 0 && g.chance(60) {
		p = 0 // there is little to ask for yet
	}
	switch {
	case p < 34:
		r.Method, r.Path = http.MethodPost, "/items"
		g.body(&r, m)
		g.makes = append(g.makes, number)
	case p < 48:
		r.Path, r.Query = "/items", g.query(m)
		g.tokens = append(g.tokens, number)
	case p < 62:
		r.Path = "/items/" + g.id(m)
	case p < 80:
		r.Method, r.Path = http.MethodPut, "/items/"+g.id(m)
		g.body(&r, m)
	case p < 88:
		r.Method, r.Path = http.MethodDelete, "/items/"+g.id(m)
	case p < 90:
		r.Path = "/health"
	case p < 92:
		r.Path = "/metrics"
	case p < 96:
		r.Method, r.Path = pick(g, methods), pick(g, []string{"/items", "/items/" + g.id(m), "/items/" + g.strangeID(), "/health", "/metrics", "/nothing"})
	default:
		r.Method, r.Path = pick(g, methods), g.path()
	}
	if r.Method == http.MethodPost && r.Body == nil && r.Hex == "" && r.Path == "/items" {
		g.body(&r, nearly)
	}
	if g.chance(15) {
		r.Path = "${prefix}" + r.Path
	}
	if m != valid || g.chance(10) {
		g.headers(&r)
	}
	if r.Query == "" && g.chance(10) {
		r.Query = g.query(hostile) // to be ignored by all but the list
	}
	if r.Body == nil && r.Hex == "" && g.chance(5) {
		body := pick(g, []string{`{"name":"x","price":1}`, "{not json", "x"}) // to be ignored
		r.Body = &body
	}
	return r
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// fixedTimes are those of the rows that a sequence begins with.
var fixedTimes = []string{"2026-01-02T03:04:05.678Z", "2026-02-03T04:05:06.000Z"}

// row is one that no runtime of ours wrote.
func (g *drawing) row(i int) Row {
	id := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", g.Uint32(), g.Uint32()>>16, g.Uint32()>>20, g.Uint32()>>20, g.Uint64()>>16)
	return Row{
		"id":          {"S", id},
		"name":        {"S", pick(g, []string{"Coffee", "é", "a\"b\\c/d", "日本語 ", "👍🏽", "\u2028\u2029", "<script>&amp;"})},
		"description": {"S", pick(g, []string{"", "Black and strong", "line\nline\ttab", "\u007f\u0080"})},
		"price":       {"N", pick(g, []string{"0", "19.99", "0.01", "1000000", "999999.99", "100", "0.1", "5.5"})},
		"runtime":     {"S", "another"},
		"sourceIp":    {"S", pick(g, []string{"192.0.2.1", "2001:db8::1"})},
		"createdAt":   {"S", fixedTimes[0]},
		"updatedAt":   {"S", pick(g, fixedTimes)},
		"expiresAt":   {"N", pick(g, []string{"4102444800", "1767323045"})}, // to come, and over
	}
}

func (g *drawing) id(m mood) string {
	var known []string
	for _, row := range g.rows {
		known = append(known, row["id"].Value)
	}
	for _, n := range g.makes {
		known = append(known, fmt.Sprintf("${id%d}", n))
	}
	if m == hostile || len(known) == 0 {
		if g.chance(50) {
			return g.strangeID()
		}
		return pick(g, oddIDs)
	}
	return pick(g, known)
}

func (g *drawing) token() string {
	known := []string{noToken}
	for _, n := range g.tokens {
		known = append(known, fmt.Sprintf("${token%d}", n))
	}
	return pick(g, known)
}

func (g *drawing) query(m mood) string {
	limit := fmt.Sprint(1 + g.IntN(100))
	if g.chance(50) {
		limit = fmt.Sprint(1 + g.IntN(3))
	}
	switch m {
	case valid:
		return pick(g, []string{"", "limit=" + limit, "nextToken=" + g.token(), "limit=" + limit + "&nextToken=" + g.token()})
	case nearly:
		return pick(g, []string{
			"limit=" + pick(g, oddLimits), "nextToken=" + pick(g, oddTokens), "limit=" + limit + "&limit=" + limit,
			"nextToken=" + g.token() + "&nextToken=" + g.token(), "nextToken=" + g.token() + "&limit=" + pick(g, oddLimits),
			pick(g, oddNames) + "=" + limit, "limit=" + limit + "&" + pick(g, oddNames) + "=x",
		})
	}
	query := ""
	for range 1 + g.IntN(4) {
		name := pick(g, append(oddNames, "limit", "nextToken"))
		value := pick(g, append(append(oddLimits, oddTokens...), limit))
		if g.chance(20) {
			name = pick(g, []string{name, name + g.strange(1), g.strange(3)})
			value = pick(g, []string{value, value + g.strange(1), g.strange(3)})
		}
		query += pick(g, []string{"&", ";", "&&", ""}) + name + pick(g, []string{"=", "=", "=", "", "=="}) + value
	}
	return query
}

// path is one that means nothing, or nearly.
func (g *drawing) path() string {
	if g.chance(40) {
		return g.strangePath()
	}
	path := pick(g, oddPaths)
	if g.chance(30) {
		id := g.id(nearly)
		path = pick(g, []string{
			"/items/" + id + "/", "/items//" + id, "//items/" + id, "/items/" + id + "/x", "/items/%20" + id, "/items/" + id + "%00",
			"/items/" + id + "%0A", "/items/" + id + ";a=b", "/Items/" + id, "/items/./" + id, "/items/x/../" + id, "/items/" + id + ".", "/items/" + id + "%2F",
		})
	}
	return path
}

func (g *drawing) headers(r *CaseRequest) {
	if r.Headers == nil {
		r.Headers = map[string]any{}
	}
	for range g.IntN(3) {
		h := pick(g, oddHeaders)
		r.Headers[h[0]] = h[1]
	}
	if g.chance(5) {
		r.Headers["X-Forwarded-For"] = []any{"198.51.100.66", "198.51.100.67"}
	}
	if r.Body == nil && r.Hex == "" {
		return
	}
	switch p := g.IntN(100); {
	case p < 10:
		r.Headers["Content-Type"] = nil
	case p < 15:
		r.Headers["Content-Type"] = []any{pick(g, mediaTypes), pick(g, mediaTypes)}
	case p < 35:
		r.Headers["Content-Type"] = pick(g, mediaTypes)
	case p < 40:
		r.Headers["Content-Encoding"] = pick(g, []string{"gzip", "identity", "", "deflate", "br", "utf-8", " "})
	}
}
