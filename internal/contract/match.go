package contract

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the implementation's clock may be from ours. It runs on
// the same machine, or on one in AWS.
const tolerance = time.Minute

// matcher compares what was got with what a case wants.
type matcher struct {
	vars    variables
	ip      string // "" where the caller's address is not known
	started time.Time
	ended   time.Time
	faults  []string
}

func (m *matcher) fail(path, format string, args ...any) {
	m.faults = append(m.faults, path+": "+fmt.Sprintf(format, args...))
}

var (
	uuidPattern      = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	timestampPattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	tokenPattern     = regexp.MustCompile(`^[A-Za-z0-9_-]{21}[AQgw]$`)
	integerPattern   = regexp.MustCompile(`^(0|[1-9]\d*)$`)
)

// spoofed is the address that cases put into X-Forwarded-For and its like: no
// answer may ever show it.
const spoofed = "198.51.100.66"

// kinds are the placeholders that stand for a kind of value. Each returns what
// was wanted, or "" if the value will do.
var kinds = map[string]func(m *matcher, got value) string{
	"uuid": func(_ *matcher, got value) string {
		return unless(got.kind == text && uuidPattern.MatchString(got.literal), "a UUID v4 in lower case")
	},
	"timestamp": func(_ *matcher, got value) string {
		_, err := time.Parse(time.RFC3339, got.literal)
		return unless(got.kind == text && timestampPattern.MatchString(got.literal) && err == nil, "RFC 3339 in UTC with milliseconds")
	},
	"now": func(m *matcher, got value) string {
		t, err := time.Parse(time.RFC3339, got.literal)
		ok := err == nil && timestampPattern.MatchString(got.literal) &&
			!t.Before(m.started.Add(-tolerance)) && !t.After(m.ended.Add(tolerance))
		return unless(ok, "RFC 3339 in UTC with milliseconds, about "+m.ended.UTC().Format("2006-01-02T15:04:05.000Z"))
	},
	"ip": func(m *matcher, got value) string {
		if m.ip != "" {
			return unless(got.kind == text && got.literal == m.ip, strconv.Quote(m.ip))
		}
		return unless(got.kind == text && net.ParseIP(got.literal) != nil && got.literal != spoofed, "the caller's IP address")
	},
	"token": func(_ *matcher, got value) string {
		return unless(got.kind == text && tokenPattern.MatchString(got.literal), "a token of 22 base64url characters")
	},
	"string": func(_ *matcher, got value) string {
		return unless(got.kind == text && got.literal != "", "a string that is not empty")
	},
	"text": func(_ *matcher, got value) string { return unless(got.kind == text, "a string") },
	"boolean": func(_ *matcher, got value) string {
		ok := got.kind == boolean || (got.kind == text && (got.literal == "true" || got.literal == "false")) // text: a header
		return unless(ok, "true or false")
	},
	"integer": func(_ *matcher, got value) string {
		return unless(got.kind == number && integerPattern.MatchString(got.literal), "an integer, 0 or more")
	},
	// What the runner may have been told, and then knows as variables.
	"architecture": func(_ *matcher, got value) string {
		return unless(got.kind == text && (got.literal == "x86_64" || got.literal == "arm64"), "x86_64 or arm64")
	},
	"memoryLimitMb": func(_ *matcher, got value) string {
		return unless(got.kind == number && integerPattern.MatchString(got.literal), "an integer, 0 or more")
	},
	"version": func(_ *matcher, got value) string {
		return unless(got.kind == text && got.literal != "", "a string that is not empty")
	},
	"positive": func(_ *matcher, got value) string {
		return unless(got.kind == number && integerPattern.MatchString(got.literal) && got.literal != "0", "an integer above 0")
	},
	"any": func(*matcher, value) string { return "" },
	"number": func(_ *matcher, got value) string {
		n, err := strconv.ParseFloat(got.literal, 64)
		return unless(got.kind == number && err == nil && n >= 0, "a number, 0 or more")
	},
	"expires": func(m *matcher, got value) string {
		days, _ := strconv.Atoi(m.vars["ttlDays"].literal)
		want := m.ended.Add(time.Duration(days) * 24 * time.Hour)
		n, err := strconv.ParseInt(got.literal, 10, 64)
		off := time.Unix(n, 0).Sub(want)
		return unless(err == nil && off.Abs() <= 2*tolerance, fmt.Sprintf("epoch seconds %d days from now, about %d", days, want.Unix()))
	},
}

// anyItem is an item of which nothing is known but its form.
var anyItem = func() value {
	v := value{kind: object}
	for _, m := range [][2]string{
		{"id", "${string}"}, {"name", "${string}"}, {"description", "${text}"}, {"price", "${number}"},
		{"runtime", "${string}"}, {"sourceIp", "${string}"}, {"createdAt", "${timestamp}"}, {"updatedAt", "${timestamp}"},
	} {
		v.members = append(v.members, member{m[0], value{kind: text, literal: m[1]}})
	}
	return v
}()

func unless(ok bool, want string) string {
	if ok {
		return ""
	}
	return want
}

// match compares a value. Special forms of an object describe what can't be
// listed:
//
//	{$each: X, $max: N}              a list of at most N values like X
//	{$keys: PATTERN, $values: X}     an object whose names match, with values like X
//	{$contains: OBJECT}              an object with at least these members, in any order
//	{$optional: X}                   a member that may be absent
func (m *matcher) match(path string, got, want value) {
	if want.kind == text {
		if name, ok := only(want.literal); ok {
			m.matchPlaceholder(path, got, want, name)
			return
		}
	}
	if each, ok := want.get("$each"); ok {
		m.matchEach(path, got, want, each)
		return
	}
	if pattern, ok := want.get("$keys"); ok {
		m.matchKeys(path, got, want, pattern.literal)
		return
	}
	if some, ok := want.get("$contains"); ok {
		for _, w := range some.members {
			g, ok := got.get(w.name)
			if !ok {
				m.fail(path+"."+w.name, "is missing")
				continue
			}
			m.match(path+"."+w.name, g, w.value)
		}
		return
	}
	if want.kind != got.kind {
		m.fail(path, "got %s, want %s", short(got), short(want))
		return
	}
	switch want.kind {
	case object:
		m.matchMembers(path, got, want)
	case list:
		if len(got.items) != len(want.items) {
			m.fail(path, "got %d values, want %d", len(got.items), len(want.items))
			return
		}
		for i := range want.items {
			m.match(fmt.Sprintf("%s[%d]", path, i), got.items[i], want.items[i])
		}
	case text:
		expanded, err := m.vars.expand(want.literal)
		if err != nil {
			m.fail(path, "%v", err)
			return
		}
		if got.literal != expanded {
			m.fail(path, "got %s, want %s", short(got), short(value{kind: text, literal: expanded}))
		}
	default:
		if got.literal != want.literal {
			m.fail(path, "got %s, want %s", short(got), short(want))
		}
	}
}

func (m *matcher) matchPlaceholder(path string, got, want value, name string) {
	if known, ok := m.vars.lookup(name); ok {
		m.matchLiteral(path, got, known)
		return
	}
	name, bind, _ := strings.Cut(name, ":")
	if check, ok := kinds[name]; ok || name == "item" {
		before := len(m.faults)
		if name == "item" {
			m.match(path, got, anyItem)
		} else if wanted := check(m, got); wanted != "" {
			m.fail(path, "got %s, want %s", short(got), wanted)
		}
		if bind != "" && len(m.faults) == before {
			m.vars[bind] = got
		}
		return
	}
	expanded, err := m.vars.expand(want.literal)
	if err != nil {
		m.fail(path, "%v", err)
		return
	}
	m.matchLiteral(path, got, value{kind: text, literal: expanded})
}

// matchLiteral compares with a value that has no placeholders, whatever its
// texts look like.
func (m *matcher) matchLiteral(path string, got, want value) {
	if g, w := got.encode(), want.encode(); g != w {
		m.fail(path, "got %s, want %s", short(got), short(want))
	}
}

func (m *matcher) matchEach(path string, got, want, each value) {
	if got.kind != list {
		m.fail(path, "got %s, want a list", short(got))
		return
	}
	if limit, ok := want.get("$max"); ok {
		expanded, err := m.vars.expandValue(limit)
		if err != nil {
			m.fail(path, "%v", err)
			return
		}
		if n, err := strconv.Atoi(expanded.literal); err != nil || len(got.items) > n {
			m.fail(path, "got %d values, want at most %s", len(got.items), expanded.literal)
		}
	}
	for i, item := range got.items {
		m.match(fmt.Sprintf("%s[%d]", path, i), item, each)
	}
}

func (m *matcher) matchKeys(path string, got, want value, pattern string) {
	if got.kind != object {
		m.fail(path, "got %s, want an object", short(got))
		return
	}
	names, err := regexp.Compile("^(" + pattern + ")$")
	if err != nil {
		m.fail(path, "%v", err)
		return
	}
	each, _ := want.get("$values")
	for _, member := range got.members {
		if !names.MatchString(member.name) {
			m.fail(path, "got the name %q, want one like %s", member.name, pattern)
		}
		m.match(path+"."+member.name, member.value, each)
	}
}

// matchMembers compares members in order.
func (m *matcher) matchMembers(path string, got, want value) {
	rest := got.members
	for _, w := range want.members {
		optional, isOptional := w.value.get("$optional")
		if isOptional {
			w.value = optional
		}
		switch {
		case len(rest) > 0 && rest[0].name == w.name:
			m.match(path+"."+w.name, rest[0].value, w.value)
			rest = rest[1:]
		case isOptional:
		default:
			next := "the end"
			if len(rest) > 0 {
				next = strconv.Quote(rest[0].name)
			}
			if _, ok := got.get(w.name); ok {
				m.fail(path, "got %s, want the member %q here: the order differs", next, w.name)
			} else {
				m.fail(path+"."+w.name, "is missing")
			}
			return
		}
	}
	for _, extra := range rest {
		m.fail(path+"."+extra.name, "got %s, want no such member", short(extra.value))
	}
}

// short shows a value in a line.
func short(v value) string {
	s := v.encode()
	if runes := []rune(s); len(runes) > 120 {
		return fmt.Sprintf("%s… (%d characters)", string(runes[:100]), len(runes))
	}
	return s
}
