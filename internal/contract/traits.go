package contract

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// largestBody is the largest that the API takes, in bytes.
const largestBody = 65536

// traits are what can be odd about a request. A declared difference names the
// one at which it shows, so that a run of generated requests knows it again.
var traits = map[string]func(Request) bool{
	"escaped-path": func(r Request) bool { return strings.Contains(r.Path, "%") },
	"dot-segments": func(r Request) bool { return dotSegment.MatchString(r.Path) },
	"extra-slashes": func(r Request) bool {
		return strings.Contains(r.Path, "//") || len(r.Path) > 1 && strings.HasSuffix(r.Path, "/")
	},
	"odd-path":        func(r Request) bool { return oddPath.MatchString(r.Path) },
	"repeated-header": func(r Request) bool { return repeated(r.Header) },
	"host-header":     func(r Request) bool { return r.Header.Get("Host") != "" },
	"media-type": func(r Request) bool {
		return !slices.Equal(r.Header.Values("Content-Type"), []string{"application/json"})
	},
	"content-encoding": func(r Request) bool { return len(r.Header.Values("Content-Encoding")) > 0 },
	"query-escapes":    func(r Request) bool { return strings.ContainsAny(r.Query, "%+;") },
	"query-form":       func(r Request) bool { return strings.ContainsAny(r.Query, "[].") },
	"query-name-case":  func(r Request) bool { return queryNameInOtherCase(r.Query) },
	"repeated-query":   func(r Request) bool { return repeatedQuery(r.Query) },
	"base64":           func(r Request) bool { return r.Base64 },
	"method": func(r Request) bool {
		return !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}, r.Method)
	},
	"needless-body": func(r Request) bool {
		return len(r.Body) > 0 && r.Method != http.MethodPost && r.Method != http.MethodPut
	},
	"large-body":         func(r Request) bool { return len(r.Body) > largestBody },
	"byte-order-mark":    func(r Request) bool { return bytes.HasPrefix(r.Body, []byte("\uFEFF")) },
	"invalid-utf8":       func(r Request) bool { return !utf8.Valid(r.Body) },
	"control-characters": func(r Request) bool { return controlCharacter.Match(r.Body) || spaceInText(r.Body) },
	"lone-surrogate":     func(r Request) bool { return loneSurrogate(r.Body) },
	"body-syntax":        func(r Request) bool { return len(r.Body) > 0 && !isObject(r.Body) },
	"duplicate-names":    func(r Request) bool { return look(r.Body).duplicate },
	"name-case":          func(r Request) bool { return look(r.Body).otherCase },
	"huge-number":        func(r Request) bool { return look(r.Body).huge },
	"number-form":        func(r Request) bool { return look(r.Body).longForm },
	"deep-nesting":       func(r Request) bool { return look(r.Body).depth > 32 },
	"wrong-kinds":        func(r Request) bool { return wrongKinds(r.Body) },
	// No request is odd where the database is.
	"database-fault": func(Request) bool { return false },
}

// Traits lists all traits by name.
func Traits() []string { return slices.Sorted(maps.Keys(traits)) }

var (
	dotSegment       = regexp.MustCompile(`(?i)(^|/)(\.|%2e){1,2}(/|$)`)
	oddPath          = regexp.MustCompile(`[^A-Za-z0-9._~/%-]`)
	controlCharacter = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f]|(?i:\\u00[01][0-9a-f])|\\[bf]`)
	surrogateEscape  = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u(d[89a-f][0-9a-f]{2})`)
)

// wrongKinds reports whether a field's value is of a kind of JSON that it cannot have.
func wrongKinds(body []byte) bool {
	var members map[string]any
	_ = json.Unmarshal(body, &members) // What it understands is enough.
	for name, value := range members {
		_, text := value.(string)
		_, number := value.(float64)
		switch strings.ToLower(name) {
		case "name":
			if !text {
				return true
			}
		case "description":
			if !text && value != nil {
				return true
			}
		case "price":
			if !number {
				return true
			}
		}
	}
	return false
}

func repeated(h http.Header) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(h)), func(values []string) bool { return len(values) > 1 })
}

// queryNameInOtherCase tells that a name is one that the API knows but for its case.
func queryNameInOtherCase(query string) bool {
	for part := range queryParts(query) {
		name, _, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if name != "limit" && name != "nextToken" && (strings.EqualFold(name, "limit") || strings.EqualFold(name, "nextToken")) {
			return true
		}
	}
	return false
}

// queryParts cuts at semicolons too, as a gateway does.
func queryParts(query string) iter.Seq[string] {
	return strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' })
}

func repeatedQuery(query string) bool {
	seen := map[string]bool{}
	for part := range queryParts(query) {
		name, _, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// loneSurrogate looks for half of a pair, escaped or as bytes.
func loneSurrogate(body []byte) bool {
	for _, match := range surrogateEscape.FindAllSubmatch(body, -1) {
		if len(match[3]) > 0 {
			return true
		}
	}
	return bytes.Contains(body, []byte("\xed\xa0")) || bytes.Contains(body, []byte("\xed\xa1")) || bytes.Contains(body, []byte("\xed\xb0"))
}

// spaceInText looks for tabs and line ends within quotes.
func spaceInText(body []byte) bool {
	quoted := false
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++
		case '\t', '\n', '\r':
			if quoted {
				return true
			}
		}
	}
	return false
}

func isObject(body []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(body, &members) == nil && members != nil
}

// seen is what a look into a body finds, as far as the body is JSON.
type seen struct {
	duplicate, otherCase, huge, longForm bool
	depth                                int
}

// exactDigits is how many decimal digits every double keeps (DBL_DIG of C): of
// longer numbers, two may be the same double, or be read as the next one.
const exactDigits = 15

// digits counts those of a number from its first that is not zero, without its
// exponent.
func digits(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	return len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(mantissa), "0"))
}

// fields are those of a request's body.
var fields = []string{"name", "description", "price"}

func look(body []byte) (s seen) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	s.value(d, 1)
	return s
}

// value reads one value and reports whether there is more to read.
func (s *seen) value(d *json.Decoder, depth int) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	switch t := token.(type) {
	case json.Number:
		n, err := strconv.ParseFloat(t.String(), 64)
		s.huge = s.huge || err != nil
		s.longForm = s.longForm || strconv.FormatFloat(n, 'f', -1, 64) != t.String() || digits(t.String()) > exactDigits
	case json.Delim:
		s.depth = max(s.depth, depth)
		names := map[string]bool{}
		for d.More() {
			if t == '{' && !s.name(d, names, depth) {
				return false
			}
			if !s.value(d, depth+1) {
				return false
			}
		}
		_, err := d.Token()
		return err == nil
	}
	return true
}

func (s *seen) name(d *json.Decoder, names map[string]bool, depth int) bool {
	token, err := d.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return false
	}
	s.duplicate = s.duplicate || names[name]
	names[name] = true
	same := func(field string) bool { return field != name && strings.EqualFold(field, name) }
	s.otherCase = s.otherCase || depth == 1 && slices.ContainsFunc(fields, same)
	return true
}
