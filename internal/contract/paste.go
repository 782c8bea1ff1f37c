package contract

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// paste writes a sequence as a case for a file of api/contract, with the answers
// of the most runtimes. A person decides whether these are right.
func paste(words Words, s Sequence, c compared) string {
	var out strings.Builder
	fmt.Fprintf(&out, "  - name: %s\n", "found-by-the-differential-run")
	fmt.Fprintf(&out, "    about: As %s answers; %s.\n", join(c.answers[0].Runtimes), others(c.answers[1:]))
	fmt.Fprintln(&out, "    steps:")
	if len(s.Rows) > len(s.Requests) { // a row needs a request to stand beside
		s.Requests = slices.Clone(s.Requests)
		for len(s.Rows) > len(s.Requests) {
			s.Requests = slices.Insert(s.Requests, 0, NumberedRequest{0, CaseRequest{Method: http.MethodGet, Path: "/health"}})
			c.exchanges = slices.Insert(slices.Clone(c.exchanges), 0, Exchange{Response: Response{Status: http.StatusOK}})
			c.asked = slices.Insert(slices.Clone(c.asked), 0, nil)
		}
	}
	p := pasting{words: words, used: references(s), names: map[string]string{}}
	for i, numbered := range s.Requests {
		fmt.Fprint(&out, "      - ")
		if i < len(s.Rows) {
			fmt.Fprintf(&out, "put: {%s}\n        ", rowFields(s.Rows[i]))
		}
		fmt.Fprintf(&out, "request: {%s}\n", p.request(numbered.CaseRequest))
		if i >= len(c.exchanges) {
			continue
		}
		fmt.Fprintf(&out, "        expect: {%s}\n", p.expect(numbered.Number, c.exchanges[i]))
		if asked := c.asked[i]; len(asked) > 0 {
			fmt.Fprintf(&out, "        attempts: [%s]\n", strings.Join(asked, ", "))
		}
		wrote := numbered.Method == http.MethodPost || numbered.Method == http.MethodPut
		if id := answeredID(c.exchanges[i]); c.at == len(s.Requests) && wrote && id != "" {
			fmt.Fprintf(&out, "        row: {id: %s, is: answer}\n", quoted(p.name(id)))
		}
	}
	return out.String()
}

// pasting knows the names of a case that is being written.
type pasting struct {
	words Words
	used  map[string]bool   // names that are made and asked for
	names map[string]string // of ids that were made
}

func (p pasting) name(id string) string {
	if name, ok := p.names[id]; ok {
		return name
	}
	return id
}

func answeredID(e Exchange) string {
	body, _ := parseJSON(e.Response.Body)
	id, _ := body.get("id")
	return id.literal
}

func join(runtimes []string) string { return strings.Join(runtimes, ", ") }

func others(answers []Answer) string {
	var parts []string
	for _, a := range answers {
		first, _, _ := strings.Cut(a.Text, "\n")
		parts = append(parts, join(a.Runtimes)+" differ with "+strconv.Quote(shorten(first, 80)))
	}
	return strings.Join(parts, "; ")
}

// references are the names that are made and asked for.
func references(s Sequence) map[string]bool {
	made, used := map[string]bool{}, map[string]bool{}
	for _, r := range s.Requests {
		for _, match := range placeholder.FindAllStringSubmatch(r.Path+"?"+r.Query, -1) {
			used[match[1]] = made[match[1]]
		}
		made[fmt.Sprintf("id%d", r.Number)], made[fmt.Sprintf("token%d", r.Number)] = true, true
	}
	return used
}

// resolve replaces what nothing makes.
func resolve(s string, used map[string]bool) string {
	return placeholder.ReplaceAllStringFunc(s, func(match string) string {
		name := match[2 : len(match)-1]
		switch {
		case used[name] || strings.HasPrefix(name, "repeat:") || name == "prefix":
			return match
		case strings.HasPrefix(name, "token"):
			return noToken
		}
		return noID
	})
}

// quoted is a text in YAML's double quotes.
func quoted(s string) string { return strconv.Quote(s) }

func rowFields(row Row) string {
	var fields []string
	for _, name := range sortedNames(row) {
		fields = append(fields, fmt.Sprintf("%s: {%s: %s}", name, row[name].Type, quoted(row[name].Value)))
	}
	return strings.Join(fields, ", ")
}

func (p pasting) request(r CaseRequest) string {
	fields := []string{}
	if r.Method != http.MethodGet {
		fields = append(fields, "method: "+r.Method)
	}
	fields = append(fields, "path: "+quoted(resolve(r.Path, p.used)))
	if r.Query != "" {
		fields = append(fields, "query: "+quoted(resolve(r.Query, p.used)))
	}
	if len(r.Headers) > 0 {
		var headers []string
		for _, name := range sortedNames(r.Headers) {
			text := "null"
			switch v := r.Headers[name].(type) {
			case string:
				text = quoted(v)
			case []any:
				var list []string
				for _, one := range v {
					list = append(list, quoted(fmt.Sprint(one)))
				}
				text = "[" + strings.Join(list, ", ") + "]"
			}
			headers = append(headers, name+": "+text)
		}
		fields = append(fields, "headers: {"+strings.Join(headers, ", ")+"}")
	}
	if r.Hex != "" {
		fields = append(fields, "hex: "+quoted(r.Hex))
	} else if r.Body != nil && utf8.ValidString(*r.Body) {
		fields = append(fields, "body: "+quoted(*r.Body))
	}
	if r.Encoding != "" {
		fields = append(fields, "encoding: "+r.Encoding)
	}
	if r.Size > 0 {
		fields = append(fields, fmt.Sprintf("size: %d", r.Size))
	}
	if r.Base64 {
		fields = append(fields, "base64: true")
	}
	return strings.Join(fields, ", ")
}

// expect says an answer in the words of the case files.
func (p pasting) expect(number int, e Exchange) string {
	body, err := parseJSON(e.Response.Body)
	if e.Response.Status == 0 {
		return "status: 500" // there was no answer
	}
	status := fmt.Sprintf("status: %d", e.Response.Status)
	if err != nil {
		return status
	}
	if detail, ok := body.get("detail"); ok {
		for _, name := range sortedNames(p.words.Problems) {
			problem := p.words.Problems[name]
			if problem.Status != e.Response.Status || problem.Detail != detail.literal || problem.Headers["Allow"] != e.Response.Header.Get("Allow") {
				continue
			}
			text := "problem: " + name
			if errors, ok := body.get("errors"); ok {
				var fields []string
				for _, one := range errors.items {
					field, _ := one.get("field")
					fields = append(fields, field.literal)
				}
				text += ", errors: [" + strings.Join(fields, ", ") + "]"
			}
			return text
		}
		return status
	}
	if _, ok := body.get("items"); ok {
		token := "${token}"
		if name := fmt.Sprintf("token%d", number); p.used[name] {
			token = "${token:" + name + "}"
		}
		if _, more := body.get("nextToken"); more {
			return status + `, body: {items: {$each: "${item}"}, nextToken: "` + token + `"}`
		}
		return status + `, body: {items: {$each: "${item}"}}`
	}
	if id, ok := body.get("id"); ok {
		title, _ := body.get("name")
		description, _ := body.get("description")
		price, _ := body.get("price")
		fields := fmt.Sprintf("name: %s, description: %s, price: %s", quoted(title.literal), quoted(description.literal), price.literal)
		name := fmt.Sprintf("id%d", number)
		switch {
		case e.Response.Status != http.StatusCreated:
			return status + fmt.Sprintf(`, item: {id: %s, %s, runtime: "${string}", sourceIp: "${string}", createdAt: "${timestamp}", updatedAt: "${timestamp}"}`, quoted(p.name(id.literal)), fields)
		case p.used[name]:
			p.names[id.literal] = "${" + name + "}"
			return status + fmt.Sprintf(`, item: {id: "${uuid:%[1]s}", %[2]s}, headers: {Location: "items/${%[1]s}"}`, name, fields)
		}
		p.names[id.literal] = "${id}"
		return status + ", item: {" + fields + "}"
	}
	return status
}
