package builtin

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// reservedWords are those that an expression may not use as a name, one a line:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
//
//go:embed reserved.txt
var reservedText string

var reservedWords = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(reservedText) {
		words[word] = true
	}
	return words
}()

var token = regexp.MustCompile(`^(?:[#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>(),+.\-\[\]])`)

// substitutes are what the expressions of one request may refer to.
type substitutes struct {
	names      map[string]string
	values     item
	usedNames  map[string]bool
	usedValues map[string]bool
}

func newSubstitutes(names map[string]string, values item) (*substitutes, error) {
	if _, err := values.check(0); err != nil {
		return nil, err
	}
	return &substitutes{names: names, values: values, usedNames: map[string]bool{}, usedValues: map[string]bool{}}, nil
}

// checkUsed refuses names and values that no expression has used, expressions
// being how many there were.
func (s *substitutes) checkUsed(expressions int) error {
	for _, kind := range []struct {
		name        string
		given, used map[string]bool
	}{
		{"ExpressionAttributeNames", keySet(s.names), s.usedNames},
		{"ExpressionAttributeValues", keySet(s.values), s.usedValues},
	} {
		if len(kind.given) > 0 && expressions == 0 {
			return invalid("%s can only be specified when using expressions", kind.name)
		}
		maps.DeleteFunc(kind.given, func(key string, _ bool) bool { return kind.used[key] })
		if len(kind.given) > 0 {
			return invalid("Value provided in %s unused in expressions: keys: {%s}", kind.name, strings.Join(slices.Sorted(maps.Keys(kind.given)), ", "))
		}
	}
	return nil
}

func keySet[V any](m map[string]V) map[string]bool {
	set := map[string]bool{}
	for key := range m {
		set[key] = true
	}
	return set
}

// parser reads one expression. Its errors are a *failure that is panicked with;
// parse turns it into an error.
type parser struct {
	parameter string // such as ConditionExpression
	rest      string
	next      string // "" at the end
	*substitutes
}

// parse runs a rule over the whole of an expression.
func parse[T any](parameter, expression string, s *substitutes, rule func(*parser) T) (result T, err error) {
	p := &parser{parameter: parameter, rest: expression, substitutes: s}
	defer func() {
		if f, ok := recover().(*failure); ok {
			err = f
		}
	}()
	p.advance()
	if p.next == "" {
		p.fail("The expression can not be empty;")
	}
	result = rule(p)
	if p.next != "" {
		p.unexpected()
	}
	return result, nil
}

func (p *parser) fail(format string, a ...any) {
	panic(invalid("Invalid %s: %s", p.parameter, fmt.Sprintf(format, a...)))
}

func (p *parser) unexpected() {
	if p.next == "" {
		p.fail("Syntax error; token: <EOF>")
	}
	if p.next == "." || p.next == "[" {
		panic(beyond("a path into an attribute in %s", p.parameter))
	}
	p.fail("Syntax error; token: %q", p.next)
}

func (p *parser) advance() {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	p.next = token.FindString(p.rest)
	if p.next == "" && p.rest != "" {
		p.fail("Syntax error; token: %q", p.rest)
	}
	p.rest = p.rest[len(p.next):]
}

// accept takes the next token if it is this one; words in any case.
func (p *parser) accept(want string) bool {
	if !strings.EqualFold(p.next, want) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(want string) {
	if !p.accept(want) {
		p.unexpected()
	}
}

// is tells whether the next token begins as a value's or a name's does.
func (p *parser) is(first byte) bool { return p.next != "" && p.next[0] == first }

// attribute reads the name of an attribute of the top level.
func (p *parser) attribute() string {
	name := p.next
	switch {
	case p.is('#'):
		real, known := p.names[name]
		if !known {
			p.fail("An expression attribute name used in the document path is not defined; attribute name: %s", name)
		}
		p.usedNames[name] = true
		name = real
	case name == "" || !isLetter(name[0]):
		p.unexpected()
	case reservedWords[strings.ToUpper(name)]:
		p.fail("Attribute name is a reserved keyword; reserved keyword: %s", name)
	}
	p.advance()
	return name
}

// attributeAhead is the name of the attribute that is next, "" where none is.
func (p *parser) attributeAhead() string {
	if p.is('#') {
		return p.names[p.next]
	}
	if p.next != "" && isLetter(p.next[0]) {
		return p.next
	}
	return ""
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' }

// value reads the placeholder of a value.
func (p *parser) value() value {
	v, known := p.values[p.next]
	if !known {
		p.fail("An expression attribute value used in expression is not defined; attribute value: %s", p.next)
	}
	p.usedValues[p.next] = true
	p.advance()
	return v
}

// function takes a function's name and its opening bracket, if they are next.
func (p *parser) function() (string, bool) {
	if p.next == "" || !isLetter(p.next[0]) || !strings.HasPrefix(strings.TrimLeft(p.rest, " \t\r\n"), "(") {
		return "", false
	}
	name := p.next
	p.advance()
	p.advance()
	return name, true
}
