package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// expectation is what a JSON answer must hold: a value that is part of it, or values
// at paths such as .Records[0].messageId. A nil one takes any answer.
type expectation struct {
	part  any
	paths []valueAt // in place of part
}

type valueAt struct {
	text  string
	steps []any // names and indices
	value any
}

// newExpectation reads what a request file says under expect. A map whose names all
// begin with "." is one of paths.
func newExpectation(said any) (*expectation, error) {
	value, err := plain(said)
	if err != nil {
		return nil, err
	}
	named, ok := value.(map[string]any)
	isPath := func(name string) bool { return strings.HasPrefix(name, ".") }
	if !ok || !slices.ContainsFunc(slices.Collect(maps.Keys(named)), isPath) {
		return &expectation{part: value}, nil
	}
	e := &expectation{}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		steps, err := parsePath(name)
		if err != nil {
			return nil, err
		}
		e.paths = append(e.paths, valueAt{name, steps, named[name]})
	}
	return e, nil
}

// plain is a value as encoding/json reads it, with numbers as they are written.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

func decode(text []byte) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return value, nil
}

// parsePath reads .name, ."any name", ["any name"] and [0], in any number; "." is
// the whole.
func parsePath(text string) ([]any, error) {
	wrong := func() error {
		return fmt.Errorf("got the path %q, want one such as .Records[0].messageId or .headers[\"x-id\"]", text)
	}
	if text == "." {
		return nil, nil
	}
	var steps []any
	for rest := text; rest != ""; {
		bracket := rest[0] == '['
		if !bracket && rest[0] != '.' || len(rest) == 1 {
			return nil, wrong()
		}
		rest = rest[1:]
		switch {
		case rest[0] == '[' && !bracket: // .[0], as jq has it too
			continue
		case rest[0] == '"':
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, wrong()
			}
			name, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, wrong()
			}
			steps, rest = append(steps, name), rest[len(quoted):]
		case bracket:
			digits, _, _ := strings.Cut(rest, "]")
			index, err := strconv.Atoi(digits)
			if err != nil || index < 0 {
				return nil, wrong()
			}
			steps, rest = append(steps, index), rest[len(digits):]
		default:
			end := strings.IndexAny(rest, `.["]`)
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, wrong()
			}
			steps, rest = append(steps, rest[:end]), rest[end:]
		}
		if bracket {
			var closed bool
			if rest, closed = strings.CutPrefix(rest, "]"); !closed {
				return nil, wrong()
			}
		}
	}
	return steps, nil
}

// wrong says what is not as expected, "" where all is.
func (e *expectation) wrong(answer []byte) string {
	if e == nil {
		return ""
	}
	got, err := decode(answer)
	if err != nil {
		return "got no JSON, want " + show(e.part)
	}
	if e.paths == nil {
		return differs("", got, e.part, true)
	}
	for _, p := range e.paths {
		at, ok := got, true
		for _, step := range p.steps {
			switch step := step.(type) {
			case string:
				members, _ := at.(map[string]any)
				at, ok = members[step]
			case int:
				list, _ := at.([]any)
				if ok = step < len(list); ok {
					at = list[step]
				}
			}
			if !ok {
				return fmt.Sprintf("%s: got nothing, want %s", p.text, show(p.value))
			}
		}
		if why := differs(strings.TrimSuffix(p.text, "."), at, p.value, false); why != "" {
			return why
		}
	}
	return ""
}

// differs compares JSON values; in a part, objects may have more members.
func differs(at string, got, want any, part bool) string {
	why := fmt.Sprintf("%s: got %s, want %s", or(at, "."), show(got), show(want))
	switch want := want.(type) {
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || !part && len(members) != len(want) {
			return why
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, ok := members[name]
			if !ok {
				return fmt.Sprintf("%s.%s: got nothing, want %s", at, name, show(want[name]))
			}
			if why := differs(at+"."+name, value, want[name], part); why != "" {
				return why
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return why
		}
		for i := range want {
			if why := differs(fmt.Sprintf("%s[%d]", at, i), list[i], want[i], part); why != "" {
				return why
			}
		}
		return ""
	case json.Number:
		number, ok := got.(json.Number)
		if !ok {
			return why
		}
		x, _ := want.Float64()
		y, err := number.Float64()
		whole := !strings.ContainsAny(string(number+want), ".eE") // beyond 2^53 a float64 tells too little
		if number != want && (whole || err != nil || x != y) {
			return why
		}
		return ""
	}
	if got != want {
		return why
	}
	return ""
}

// show is a value as JSON, short.
func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(text) > 120 {
		return strings.ToValidUTF8(string(text[:117]), "") + "…"
	}
	return string(text)
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
