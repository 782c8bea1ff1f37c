package contract

import (
	"fmt"
	"io"
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
				d.add(reports[r].Runtime, normal(result.Exchanges[i], reports[r].Runtime))
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

// normal writes an answer without what must differ.
func normal(e Exchange, runtime string) string {
	var out strings.Builder
	fmt.Fprintln(&out, e.Response.Status)
	for _, name := range sortedNames(e.Response.Header) {
		text := strings.Join(e.Response.Header.Values(name), " | ")
		switch name {
		case "X-Runtime":
			text = strings.ReplaceAll(text, runtime, "RUNTIME")
		case "X-Cold-Start":
			text = "BOOLEAN"
		case "Location":
			text = anyUUID.ReplaceAllString(text, "UUID")
		}
		fmt.Fprintf(&out, "%s: %s\n", name, text)
	}
	body, err := parseJSON(e.Response.Body)
	if err != nil {
		out.Write(e.Response.Body)
		return out.String()
	}
	diagnostic := strings.HasSuffix(e.Request.Path, "/health") || strings.HasSuffix(e.Request.Path, "/metrics")
	out.WriteString(normalValue(body, runtime, diagnostic && e.Response.Status == 200).encode())
	return out.String()
}

func normalValue(v value, runtime string, formOnly bool) value {
	word := func(s string) value { return value{kind: text, literal: s} }
	switch v.kind {
	case object:
		members := slices.Clone(v.members)
		for i, m := range members {
			switch {
			case m.name == "routes" && formOnly:
				members[i].value = word("ROUTES")
			case m.name == "items" && m.value.kind == list:
				members[i].value = word("ITEMS")
			case m.name == "nextToken":
				members = slices.Delete(members, i, i+1) // the last one of an answer
				return value{kind: object, members: members}
			case m.name == "runtime" && m.value.literal == runtime:
				members[i].value = word("RUNTIME")
			default:
				members[i].value = normalValue(m.value, runtime, formOnly)
			}
		}
		return value{kind: object, members: members}
	case list:
		items := make([]value, len(v.items))
		for i := range v.items {
			items[i] = normalValue(v.items[i], runtime, formOnly)
		}
		return value{kind: list, items: items}
	case text:
		switch {
		case formOnly:
			return word("TEXT")
		case timestampPattern.MatchString(v.literal):
			return word("TIME")
		}
		return word(anyUUID.ReplaceAllString(v.literal, "UUID"))
	case number:
		if formOnly {
			return word("NUMBER")
		}
	case boolean:
		if formOnly {
			return word("BOOLEAN")
		}
	}
	return v
}
