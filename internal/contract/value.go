package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// kind of a value.
type kind int

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// value is a JSON value that keeps what encoding/json forgets: the order of
// members and the digits of numbers.
type value struct {
	kind    kind
	literal string // number and boolean: as written; text: the decoded string
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

// parseJSON reads one JSON document.
func parseJSON(b []byte) (value, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return value{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return value{}, errors.New("there is more behind the document")
	}
	return v, nil
}

func parseValue(d *json.Decoder) (value, error) {
	token, err := d.Token()
	if err != nil {
		return value{}, err
	}
	switch t := token.(type) {
	case nil:
		return value{kind: null}, nil
	case bool:
		return value{kind: boolean, literal: strconv.FormatBool(t)}, nil
	case json.Number:
		return value{kind: number, literal: t.String()}, nil
	case string:
		return value{kind: text, literal: t}, nil
	case json.Delim:
		v := value{kind: list}
		if t == '{' {
			v.kind = object
		}
		for d.More() {
			var m member
			if v.kind == object {
				name, err := d.Token()
				if err != nil {
					return value{}, err
				}
				m.name = name.(string)
			}
			if m.value, err = parseValue(d); err != nil {
				return value{}, err
			}
			if v.kind == object {
				v.members = append(v.members, m)
			} else {
				v.items = append(v.items, m.value)
			}
		}
		_, err := d.Token() // the closing delimiter
		return v, err
	}
	return value{}, fmt.Errorf("unexpected token %v", token)
}

// fromYAML makes a value of what the YAML decoder returns with ordered maps.
func fromYAML(node any) (value, error) {
	switch n := node.(type) {
	case nil:
		return value{kind: null}, nil
	case bool:
		return value{kind: boolean, literal: strconv.FormatBool(n)}, nil
	case string:
		return value{kind: text, literal: n}, nil
	case int:
		return value{kind: number, literal: strconv.Itoa(n)}, nil
	case int64:
		return value{kind: number, literal: strconv.FormatInt(n, 10)}, nil
	case uint64:
		return value{kind: number, literal: strconv.FormatUint(n, 10)}, nil
	case float64:
		return value{kind: number, literal: strconv.FormatFloat(n, 'f', -1, 64)}, nil
	case []any:
		v := value{kind: list}
		for _, item := range n {
			i, err := fromYAML(item)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, i)
		}
		return v, nil
	case yaml.MapSlice:
		v := value{kind: object}
		for _, item := range n {
			name, ok := item.Key.(string)
			if !ok {
				return value{}, fmt.Errorf("the member name %v is no string: quote it", item.Key)
			}
			m, err := fromYAML(item.Value)
			if err != nil {
				return value{}, err
			}
			v.members = append(v.members, member{name, m})
		}
		return v, nil
	}
	return value{}, fmt.Errorf("cannot use %T in a body", node)
}

// get returns a member by name.
func (v value) get(name string) (value, bool) {
	for _, m := range v.members {
		if m.name == name {
			return m.value, true
		}
	}
	return value{}, false
}

// encode writes the value the one way that the contract allows: without space,
// and with the fewest escapes.
func (v value) encode() string {
	var out strings.Builder
	v.write(&out)
	return out.String()
}

func (v value) write(out *strings.Builder) {
	switch v.kind {
	case null:
		out.WriteString("null")
	case boolean, number:
		out.WriteString(v.literal)
	case text:
		writeText(out, v.literal)
	case list:
		out.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				out.WriteByte(',')
			}
			item.write(out)
		}
		out.WriteByte(']')
	case object:
		out.WriteByte('{')
		for i, m := range v.members {
			if i > 0 {
				out.WriteByte(',')
			}
			writeText(out, m.name)
			out.WriteByte(':')
			m.value.write(out)
		}
		out.WriteByte('}')
	}
}

func writeText(out *strings.Builder, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
