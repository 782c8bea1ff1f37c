package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func fromText(t *testing.T, source string) value {
	t.Helper()
	var node any
	if err := yaml.UnmarshalWithOptions([]byte(source), &node, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	v, err := fromYAML(node)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMatch(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	const item = `{"id":"6f9619ff-8b86-4011-b42d-00c04fc964ff","name":"x","description":"","price":1,"runtime":"a","sourceIp":"::1","createdAt":"2026-01-02T03:04:05.678Z","updatedAt":"2026-01-02T03:04:05.678Z"}`
	for name, c := range map[string]struct {
		got, want string
		fault     string // "" means that it matches
	}{
		"equal":                     {`{"a":1,"b":[true,null,"x"]}`, `{a: 1, b: [true, null, x]}`, ""},
		"another order":             {`{"b":1,"a":1}`, `{a: 1, b: 1}`, `body: got "b", want the member "a" here: the order differs`},
		"missing":                   {`{"a":1}`, `{a: 1, b: 1}`, "body.b: is missing"},
		"extra":                     {`{"a":1,"b":2}`, `{a: 1}`, "body.b: got 2, want no such member"},
		"duplicate":                 {`{"a":1,"a":2}`, `{a: 1}`, "body.a: got 2, want no such member"},
		"deeper":                    {`{"a":{"b":[1,2]}}`, `{a: {b: [1, 3]}}`, "body.a.b[1]: got 2, want 3"},
		"length":                    {`[1]`, `[1, 2]`, "body: got 1 values, want 2"},
		"kind":                      {`"1"`, `1`, `body: got "1", want 1`},
		"digits of an integer":      {`1.0`, `1`, "body: got 1.0, want 1"},
		"digits of an exponent":     {`1e2`, `100`, "body: got 1e2, want 100"},
		"negative zero":             {`-0`, `0`, "body: got -0, want 0"},
		"fraction":                  {`19.99`, `19.99`, ""},
		"million":                   {`1000000`, `1000000`, ""},
		"text":                      {`"a"`, `b`, `body: got "a", want "b"`},
		"uuid":                      {`"6f9619ff-8b86-4011-b42d-00c04fc964ff"`, `${uuid}`, ""},
		"uuid in upper case":        {`"6F9619FF-8B86-4011-B42D-00C04FC964FF"`, `${uuid}`, `body: got "6F9619FF-8B86-4011-B42D-00C04FC964FF", want a UUID v4 in lower case`},
		"uuid of another version":   {`"6f9619ff-8b86-1011-b42d-00c04fc964ff"`, `${uuid}`, "want a UUID v4"},
		"uuid of another variant":   {`"6f9619ff-8b86-4011-c42d-00c04fc964ff"`, `${uuid}`, "want a UUID v4"},
		"now":                       {`"2026-01-02T03:04:05.999Z"`, `${now}`, ""},
		"now with an offset":        {`"2026-01-02T03:04:05.999+00:00"`, `${now}`, "want RFC 3339"},
		"now in microseconds":       {`"2026-01-02T03:04:05.999000Z"`, `${now}`, "want RFC 3339"},
		"long ago":                  {`"2025-01-02T03:04:05.999Z"`, `${now}`, "about 2026-01-02T03:04:05.678Z"},
		"timestamp":                 {`"1999-01-02T03:04:05.999Z"`, `${timestamp}`, ""},
		"timestamp of no day":       {`"1999-02-30T03:04:05.999Z"`, `${timestamp}`, "want RFC 3339"},
		"ip":                        {`"203.0.113.7"`, `${ip}`, ""},
		"spoofed ip":                {`"198.51.100.66"`, `${ip}`, `want "203.0.113.7"`},
		"token":                     {`"b5YZ_4uGQBG0LQDAT8lk_w"`, `${token}`, ""},
		"token that isn't one":      {`"b5YZ_4uGQBG0LQDAT8lk_x"`, `${token}`, "want a token"},
		"string":                    {`""`, `${string}`, "want a string that is not empty"},
		"text kind":                 {`""`, `${text}`, ""},
		"integer":                   {`0`, `${integer}`, ""},
		"integer as fraction":       {`1.5`, `${integer}`, "want an integer"},
		"positive":                  {`0`, `${positive}`, "want an integer above 0"},
		"number":                    {`1.5`, `${number}`, ""},
		"negative number":           {`-1.5`, `${number}`, "want a number, 0 or more"},
		"boolean":                   {`true`, `${boolean}`, ""},
		"boolean of a header":       {`"false"`, `${boolean}`, ""},
		"no boolean":                {`"no"`, `${boolean}`, "want true or false"},
		"any":                       {`[null]`, `${any}`, ""},
		"variable":                  {`"go"`, `${runtime}`, ""},
		"another variable":          {`"node"`, `${runtime}`, `got "node", want "go"`},
		"variable that is a number": {`"1769"`, `${memory}`, `got "1769", want 1769`},
		"member of a variable":      {`"Coffee"`, `${coffee.name}`, ""},
		"whole variable":            {`{"name":"Coffee"}`, `${coffee}`, ""},
		"variable with a $":         {`"${uuid}"`, `${dollar}`, ""},
		"unknown variable":          {`"x"`, `${nobody}`, "${nobody}: not known here"},
		"text around":               {`"items/go/x"`, `items/${runtime}/x`, ""},
		"repeat":                    {`"ééé"`, `${repeat:3:é}`, ""},
		"bound and met":             {`["a","a"]`, `["${string:s}", "${s}"]`, ""},
		"bound and not met":         {`["a","b"]`, `["${string:s}", "${s}"]`, `body[1]: got "b", want "a"`},
		"each":                      {`[1,2]`, `{$each: "${number}", $max: 2}`, ""},
		"each is wrong":             {`[1,"2"]`, `{$each: "${number}"}`, "body[1]: got"},
		"each of too many":          {`[1,2,3]`, `{$each: "${number}", $max: 2}`, "got 3 values, want at most 2"},
		"each of no list":           {`{}`, `{$each: "${number}"}`, "want a list"},
		"keys":                      {`{"ab":1}`, `{$keys: "[a-z]+", $values: "${number}"}`, ""},
		"keys is wrong":             {`{"ab1":1}`, `{$keys: "[a-z]+", $values: "${number}"}`, `got the name "ab1"`},
		"values is wrong":           {`{"ab":true}`, `{$keys: "[a-z]+", $values: "${number}"}`, "body.ab: got true"},
		"keys of no object":         {`[]`, `{$keys: "[a-z]+", $values: 1}`, "want an object"},
		"contains":                  {`{"a":1,"b":2,"c":3}`, `{$contains: {c: 3, a: 1}}`, ""},
		"contains not":              {`{"a":1}`, `{$contains: {b: 1}}`, "body.b: is missing"},
		"optional is there":         {`{"a":1,"b":2}`, `{a: 1, b: {$optional: 2}}`, ""},
		"optional is absent":        {`{"a":1}`, `{a: 1, b: {$optional: 2}}`, ""},
		"optional is wrong":         {`{"a":1,"b":3}`, `{a: 1, b: {$optional: 2}}`, "body.b: got 3"},
		"item":                      {item, `${item}`, ""},
		"item in another order":     {strings.Replace(item, `"name":"x",`, "", 1), `${item}`, "body.name: is missing"},
		"item bound":                {"[" + item + `,"x"]`, `["${item:i}", "${i.name}"]`, ""},
	} {
		got, err := parseJSON([]byte(c.got))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m := &matcher{ip: "203.0.113.7", started: now, ended: now, vars: variables{
			"runtime": {kind: text, literal: "go"},
			"dollar":  {kind: text, literal: "${uuid}"},
			"memory":  {kind: number, literal: "1769"},
			"coffee":  {kind: object, members: []member{{"name", value{kind: text, literal: "Coffee"}}}},
		}}
		m.match("body", got, fromText(t, c.want))
		switch faults := strings.Join(m.faults, "\n"); {
		case c.fault == "" && faults != "":
			t.Errorf("%s: got %q, want a match", name, faults)
		case c.fault != "" && !strings.Contains(faults, c.fault):
			t.Errorf("%s: got %q, want %q", name, faults, c.fault)
		}
	}
}

func TestParseJSON(t *testing.T) {
	for _, text := range []string{`{"b":1.50,"a":[],"c":{}}`, `"\n\t\"\\ü😀\u0001"`, "null", `[1,-0,1e400]`} {
		v, err := parseJSON([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := v.encode(); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	for _, text := range []string{"", "{", `{"a":1}x`, `{"a":1}{}`, "{a:1}"} {
		if v, err := parseJSON([]byte(text)); err == nil {
			t.Errorf("%s: got %s, want an error", text, v.encode())
		}
	}
}

func TestMatchNames(t *testing.T) {
	const name = "items/create/minimal"
	for pattern, want := range map[string]bool{
		"items/create/minimal": true, "items/create": true, "items": true, "items/...": true, "items/create/...": true,
		"items/*/minimal": true, "*/create": true, "items/create/min*": true, "*": true,
		"items/creat": false, "create": false, "items/create/minimal/x": false, "items/*/x": false, "": false,
	} {
		if got := Match(pattern, name); got != want {
			t.Errorf("%q: got %v, want %v", pattern, got, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	for encoding, want := range map[string]string{
		"": "é{", "utf-8": "é{", "utf-8-bom": "\xef\xbb\xbfé{", "latin-1": "\xe9{",
		"utf-16le": "\xe9\x00{\x00", "utf-16be": "\x00\xe9\x00{", "utf-16": "\xfe\xff\x00\xe9\x00{",
	} {
		got, err := encodeText("é{", encoding)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q %v, want %q", encoding, got, err, want)
		}
	}
	if _, err := encodeText("☕", "latin-1"); err == nil {
		t.Error("a character that Latin-1 has not: want an error")
	}
	if _, err := encodeText("x", "utf-7"); err == nil {
		t.Error("an unknown encoding: want an error")
	}
}
