package contract

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Difference is a request to which runtimes gave answers that differ, although
// each may fit its case.
type Difference struct {
	Case    string
	Request string
	// Answers are the different answers, each with the runtimes that gave it, in
	// the order of the reports.
	Answers []Answer
}

// Answer is one of several.
type Answer struct {
	Runtimes []string
	Text     string
}

// Differences compares the answers of several runtimes to the same cases. What
// must differ (ids, times, tokens, the runtime's own name, what other items the
// table holds) counts as equal; of /health and /metrics only the form counts.
func Differences(reports ...Report) []Difference {
	var found []Difference
	if len(reports) < 2 {
		return nil
	}
	for _, first := range reports[0].Results {
		results := make([]Result, len(reports))
		everywhere := true
		for i, report := range reports {
			at := slices.IndexFunc(report.Results, func(r Result) bool { return r.Case == first.Case })
			if at < 0 || report.Results[at].Status == Skipped {
				everywhere = false
				break
			}
			results[i] = report.Results[at]
		}
		if !everywhere {
			continue
		}
		// Runtimes have more or fewer prefixes, pages and failures: what all of
		// them were asked is compared.
		for i := range first.Exchanges {
			d := Difference{Case: first.Case, Request: describe(first.Exchanges[i].Request)}
			for r, result := range results {
				if i >= len(result.Exchanges) || result.Exchanges[i].Request.Method != first.Exchanges[i].Request.Method {
					break
				}
				d.add(reports[r].Runtime, view{runtime: reports[r].Runtime}.normal(result.Exchanges[i]))
			}
			if len(d.Answers) > 1 {
				found = append(found, d)
			}
		}
	}
	return found
}

func (d *Difference) add(runtime, text string) {
	for i, a := range d.Answers {
		if a.Text == text {
			d.Answers[i].Runtimes = append(a.Runtimes, runtime)
			return
		}
	}
	d.Answers = append(d.Answers, Answer{[]string{runtime}, text})
}

// PrintDifferences writes each request with its different answers.
func PrintDifferences(w io.Writer, differences []Difference) error {
	var out strings.Builder
	for _, d := range differences {
		fmt.Fprintf(&out, "≠ %s: %s\n", d.Case, d.Request)
		for _, a := range d.Answers {
			fmt.Fprintf(&out, "  %s:\n    %s\n", strings.Join(a.Runtimes, ", "), strings.ReplaceAll(a.Text, "\n", "\n    "))
		}
		fmt.Fprintln(&out)
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("print the differences: %w", err)
	}
	return nil
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// view says how much of an answer is fixed, and so may be compared.
type view struct {
	runtime string
	// id names an id. By default all are alike.
	id func(string) string
	// times are fixed; any other is the moment's.
	times []string
	// lists says how much of a list of items is fixed.
	lists listView
}

// listView is how much of a list of items is fixed.
type listView int

const (
	// nothing: others write to the table, too.
	nothing listView = iota
	// length: the table's content is known, its order is not.
	length
	// content: length, and the list is not cut off.
	content
	// everything: the ids in the table are known, and with them their order.
	everything
)

// normal writes an answer without what must differ.
func (v view) normal(e Exchange) string {
	var out strings.Builder
	fmt.Fprintln(&out, e.Response.Status)
	for _, name := range sortedNames(e.Response.Header) {
		text := strings.Join(e.Response.Header.Values(name), " | ")
		switch name {
		case "X-Runtime":
			if text == v.runtime {
				text = "RUNTIME"
			}
		case "X-Cold-Start":
			text = "BOOLEAN"
		case "Location":
			text = v.ids(text)
		}
		fmt.Fprintf(&out, "%s: %s\n", name, text)
	}
	if e.Request.Method == http.MethodHead {
		return out.String() // whether a body is there is the HTTP layer's matter
	}
	body, err := parseJSON(e.Response.Body)
	if err != nil {
		out.WriteString(v.ids(string(e.Response.Body)))
		return out.String()
	}
	diagnostic := strings.HasSuffix(e.Request.Path, "/health") || strings.HasSuffix(e.Request.Path, "/metrics")
	if diagnostic && e.Response.Status == http.StatusOK {
		out.WriteString(form(body).encode())
	} else {
		out.WriteString(v.value(body).encode())
	}
	return out.String()
}

func (v view) ids(s string) string {
	return anyUUID.ReplaceAllStringFunc(s, func(id string) string {
		if v.id == nil {
			return "UUID"
		}
		return v.id(id)
	})
}

func word(s string) value { return value{kind: text, literal: s} }

func (v view) value(of value) value {
	switch of.kind {
	case object:
		var members []member
		for _, m := range of.members {
			switch {
			case m.name == "items" && m.value.kind == list:
				m.value = v.list(m.value)
			case m.name == "nextToken" && v.lists == nothing:
				continue
			case m.name == "nextToken" && v.lists != everything:
				m.value = word("TOKEN")
			case m.name == "runtime" && m.value.literal == v.runtime:
				m.value = word("RUNTIME")
			default:
				m.value = v.value(m.value)
			}
			members = append(members, m)
		}
		return value{kind: object, members: members}
	case list:
		items := make([]value, len(of.items))
		for i := range of.items {
			items[i] = v.value(of.items[i])
		}
		return value{kind: list, items: items}
	case text:
		if timestampPattern.MatchString(of.literal) && !slices.Contains(v.times, of.literal) {
			return word("TIME")
		}
		return word(v.ids(of.literal))
	}
	return of
}

// list is a page of items, as far as it is fixed.
func (v view) list(of value) value {
	switch v.lists {
	case nothing:
		return word("ITEMS")
	case length:
		return word(fmt.Sprintf("%d ITEMS", len(of.items)))
	}
	items := make([]value, len(of.items))
	for i := range of.items {
		items[i] = v.value(of.items[i])
	}
	if v.lists == content {
		slices.SortFunc(items, func(a, b value) int { return strings.Compare(a.encode(), b.encode()) })
	}
	return value{kind: list, items: items}
}

// form is what counts of an answer about the runtime itself.
func form(of value) value {
	switch of.kind {
	case object:
		members := slices.Clone(of.members)
		for i, m := range members {
			if m.name == "routes" {
				members[i].value = word("ROUTES")
			} else {
				members[i].value = form(m.value)
			}
		}
		return value{kind: object, members: members}
	case text:
		return word("TEXT")
	case number:
		return word("NUMBER")
	case boolean:
		return word("BOOLEAN")
	}
	return of
}
