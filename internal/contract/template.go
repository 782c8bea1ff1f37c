package contract

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Texts of a case may have placeholders in ${…}. In requests these stand for
// text: a variable, or ${repeat:100:é}. In expectations, a text that is one
// placeholder and nothing else may also name a kind of value, ${uuid}, and keep
// what it met under a name, ${uuid:id}.

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// variables are what a case knows by name: values met before, and what the
// runner was told.
type variables map[string]value

// lookup finds a variable, or a member of one: coffee.id.
func (vars variables) lookup(name string) (value, bool) {
	first, rest, _ := strings.Cut(name, ".")
	v, ok := vars[first]
	for ok && rest != "" {
		first, rest, _ = strings.Cut(rest, ".")
		v, ok = v.get(first)
	}
	return v, ok
}

// expand replaces the placeholders in a text.
func (vars variables) expand(s string) (string, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(s, func(match string) string {
		name := match[2 : len(match)-1]
		if rest, ok := strings.CutPrefix(name, "repeat:"); ok {
			count, what, _ := strings.Cut(rest, ":")
			n, err := strconv.Atoi(count)
			if err != nil || n < 0 {
				failed = fmt.Errorf("%s: %q is no number", match, count)
				return match
			}
			return strings.Repeat(what, n)
		}
		v, ok := vars.lookup(name)
		if !ok {
			failed = fmt.Errorf("%s: not known here, known are %s", match, strings.Join(slices.Sorted(maps.Keys(vars)), ", "))
			return match
		}
		if v.kind == object || v.kind == list {
			return v.encode()
		}
		return v.literal
	})
	return expanded, failed
}

// expandValue replaces the placeholders in all texts of a value. A text that is
// one variable and nothing else becomes that variable's value.
func (vars variables) expandValue(v value) (value, error) {
	var err error
	switch v.kind {
	case text:
		if name, ok := only(v.literal); ok {
			if known, ok := vars.lookup(name); ok {
				return known, nil
			}
		}
		v.literal, err = vars.expand(v.literal)
	case list:
		items := make([]value, len(v.items))
		for i := range v.items {
			if items[i], err = vars.expandValue(v.items[i]); err != nil {
				return value{}, err
			}
		}
		v.items = items
	case object:
		members := make([]member, len(v.members))
		for i, m := range v.members {
			members[i].name = m.name
			if members[i].value, err = vars.expandValue(m.value); err != nil {
				return value{}, err
			}
		}
		v.members = members
	}
	return v, err
}

// only returns the placeholder that is the whole text.
func only(s string) (string, bool) {
	match := placeholder.FindStringSubmatch(s)
	if match == nil || match[0] != s {
		return "", false
	}
	return match[1], true
}
