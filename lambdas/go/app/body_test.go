package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/item"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

// differs has the bodies below at which stock differs, as differences.yaml declares.
var differs = map[string]bool{
	"last duplicate wins": true,
	"null":                true,
	"other case":          true, "folding case": true,
	"depth 33": true, "depth 33 in a duplicate": true, "depth 33 of objects": true,
	"name with a first half": true, "name with a second half": true, "name with halves in wrong order": true,
	"name with two first halves": true, "name with a half before a short escape": true, "name with a half before text": true,
	"name with a half before a backslash": true, "description with a half": true,
}

// judge wants the answer to be right, and another one where stock differs.
func (v variant) judge(t *testing.T, name string, right bool, message string) {
	t.Helper()
	if declared := v.name == stock.name && differs[name]; right == declared {
		t.Errorf("%s (declared to differ: %v)", message, declared)
	}
}

func TestBodyAccepts(t *testing.T) { eachVariant(t, testBodyAccepts) }

func testBodyAccepts(t *testing.T, v variant) {
	tests := []struct {
		name string
		body string
		want item.Fields
	}{
		{"all fields", `{"name":"A","description":"b","price":1}`, itemFields("A", "b", 1)},
		{"no description", `{"name":"A","price":1}`, itemFields("A", "", 1)},
		{"description null", `{"name":"A","description":null,"price":1}`, itemFields("A", "", 1)},
		{"description empty", `{"name":"A","description":"","price":1}`, itemFields("A", "", 1)},
		{"white space around", " \t\r\n{ \"name\" : \"A\" , \"price\" : 1 } \n", itemFields("A", "", 1)},
		{"escaped member name", `{"\u006eame":"A","price":1}`, itemFields("A", "", 1)},
		{"last duplicate wins", `{"name":"\ud800","price":"x","name":"B","price":2}`, itemFields("B", "", 2)},
		{"name trimmed", `{"name":" \t\r\nA B\n\r\t ","price":1}`, itemFields("A B", "", 1)},
		{"description not trimmed", `{"name":"A","description":" \t\r\nb ","price":1}`, itemFields("A", " \t\r\nb ", 1)},
		{"other spaces not trimmed", `{"name":"\u00a0A\u2003","price":1}`, itemFields("\u00a0A\u2003", "", 1)},
		{"delete character", `{"name":"\u007f","price":1}`, itemFields("\u007f", "", 1)},
		{"line breaks inside a name", `{"name":"A\n\r\tB","price":1}`, itemFields("A\n\r\tB", "", 1)},
		{"all short escapes of text", `{"name":"\"\\\/\n\r\t","price":1}`, itemFields(`"\/`, "", 1)},
		{"a backslash before u", `{"name":"\\ud800","price":1}`, itemFields(`\ud800`, "", 1)},
		{"surrogate pairs", `{"name":"\ud83d\uDE00\ud83d\ude00","price":1}`, itemFields("😀😀", "", 1)},
		{"replacement character", `{"name":"\ufffd","description":"�","price":1}`, itemFields("\ufffd", "\ufffd", 1)},
		{"100 characters", `{"name":"` + strings.Repeat("😀", 100) + `","price":1}`, itemFields(strings.Repeat("😀", 100), "", 1)},
		{"100 characters and spaces", `{"name":"` + strings.Repeat(" ", 50) + strings.Repeat("x", 100) + ` ","price":1}`, itemFields(strings.Repeat("x", 100), "", 1)},
		{"1000 characters", `{"name":"A","description":"` + strings.Repeat("ß", 1000) + `","price":1}`, itemFields("A", strings.Repeat("ß", 1000), 1)},
		{"brackets in a string", `{"name":"` + strings.Repeat("[{", 40) + `\"[","price":1}`, itemFields(strings.Repeat("[{", 40)+`"[`, "", 1)},
		{"price 0", `{"name":"A","price":0}`, itemFields("A", "", 0)},
		{"price with a decimal too many that is 0", `{"name":"A","price":19.990}`, itemFields("A", "", 19.99)},
		{"price with an exponent", `{"name":"A","price":1e2}`, itemFields("A", "", 100)},
		{"price with a negative exponent", `{"name":"A","price":1999E-2}`, itemFields("A", "", 19.99)},
		{"price that rounds to 2 decimals", `{"name":"A","price":0.10000000000000000001}`, itemFields("A", "", 0.1)},
		{"price that underflows", `{"name":"A","price":1e-400}`, itemFields("A", "", 0)},
		{"highest price", `{"name":"A","price":1000000.00}`, itemFields("A", "", 1_000_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := v.read(tt.body)
			v.judge(t, tt.name, err == nil && got == tt.want, fmt.Sprintf("%.200s: got %+v, %v, want %+v", tt.body, got, err, tt.want))
		})
	}
}

func TestBodyTakesMinusZeroForZero(t *testing.T) { eachVariant(t, testBodyTakesMinusZeroForZero) }

func testBodyTakesMinusZeroForZero(t *testing.T, v variant) {
	for _, price := range []string{"-0", "-0.0", "-0e5", "-1e-400"} {
		got, err := v.read(`{"name":"A","price":` + price + `}`)
		if err != nil {
			t.Fatal(err)
		}
		if got.Price != 0 || math.Signbit(got.Price) {
			t.Errorf("price %s: got %v, want 0", price, got.Price)
		}
	}
}

func TestBodyRefusesBodies(t *testing.T) { eachVariant(t, testBodyRefusesBodies) }

func testBodyRefusesBodies(t *testing.T, v variant) {
	nested := func(depth int) string { // The object itself is depth 1.
		return `{"name":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `,"price":1}`
	}
	tests := []struct{ name, body string }{
		{"empty", ""},
		{"white space", " \n"},
		{"null", "null"},
		{"true", "true"},
		{"array", "[]"},
		{"string", `"name"`},
		{"number", "1"},
		{"truncated", `{"name":"A"`},
		{"trailing comma", `{"name":"A","price":1,}`},
		{"trailing text", `{"name":"A","price":1}x`},
		{"two objects", `{"name":"A","price":1}{}`},
		{"unquoted name", `{name:"A","price":1}`},
		{"unquoted value", `{"name":A,"price":1}`},
		{"single quotes", `{'name':'A','price':1}`},
		{"comment", `{"name":"A",/**/"price":1}`},
		{"byte-order mark", "\ufeff" + `{"name":"A","price":1}`},
		{"UTF-16", "{\x00}\x00"},
		{"invalid UTF-8", "{\"name\":\"\xff\",\"price\":1}"},
		{"encoded surrogate", "{\"name\":\"\xed\xa0\x80\",\"price\":1}"},
		{"other white space", "\u00a0" + `{"name":"A","price":1}`},
		{"form feed", "\f" + `{"name":"A","price":1}`},
		{"NaN", `{"name":"A","price":NaN}`},
		{"Infinity", `{"name":"A","price":Infinity}`},
		{"hexadecimal", `{"name":"A","price":0x1}`},
		{"leading zero", `{"name":"A","price":01}`},
		{"leading plus", `{"name":"A","price":+1}`},
		{"no integer part", `{"name":"A","price":.5}`},
		{"no fraction", `{"name":"A","price":1.}`},
		{"suffix d", `{"name":"A","price":1d}`},
		{"raw control character", "{\"name\":\"A\n\",\"price\":1}"},
		{"unknown escape", `{"name":"\x41","price":1}`},
		{"short escape", `{"name":"\u41","price":1}`},
		{"unknown field", `{"name":"A","price":1,"id":"x"}`},
		{"unknown field with null", `{"name":"A","price":1,"color":null}`},
		{"unknown field and wrong fields", `{"color":1}`},
		{"other case", `{"Name":"A","price":1}`},
		{"folding case", `{"name":"A","de\u017fcription":"b","price":1}`},
		{"lone surrogate in a name", `{"name":"A","price":1,"\ud800":1}`},
		{"lone surrogate in a known name", `{"name\udc00":"A","price":1}`},
		{"depth 33", nested(33)},
		{"depth 33 in a duplicate", `{"name":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `,"name":"A","price":1}`},
		{"depth 33 of objects", `{"name":` + strings.Repeat(`{"a":`, 32) + `1` + strings.Repeat("}", 32) + `,"price":1}`},
		{"depth 20000", nested(20_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := v.read(tt.body)
			v.judge(t, tt.name, err == problem.Body, fmt.Sprintf("%.200q: got %+v, %v, want the error %v", tt.body, got, err, problem.Body))
		})
	}
}

func TestBodyRefusesFields(t *testing.T) { eachVariant(t, testBodyRefusesFields) }

func testBodyRefusesFields(t *testing.T, v variant) {
	nested := `{"name":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `,"price":1}`
	tests := []struct {
		name, body string
		want       []string
	}{
		{"nothing", `{}`, []string{"name", "price"}},
		{"all wrong", `{"price":-1,"description":1,"name":""}`, []string{"name", "description", "price"}},
		{"name null", `{"name":null,"price":1}`, []string{"name"}},
		{"name a number", `{"name":1,"price":1}`, []string{"name"}},
		{"name an object with a lone surrogate", `{"name":{"a":"\ud800"},"price":1}`, []string{"name"}},
		{"name at depth 32", nested, []string{"name"}},
		{"name of white space", `{"name":" \t\r\n","price":1}`, []string{"name"}},
		{"name of 101 characters", `{"name":"` + strings.Repeat("x", 101) + `","price":1}`, []string{"name"}},
		{"name with NUL", `{"name":"A\u0000","price":1}`, []string{"name"}},
		{"name with a control character at its end", `{"name":"A\u000b","price":1}`, []string{"name"}},
		{"name with an escaped backspace", `{"name":"\bA","price":1}`, []string{"name"}},
		{"name with a form feed", `{"name":"A\f","price":1}`, []string{"name"}},
		{"name with a first half", `{"name":"\ud800","price":1}`, []string{"name"}},
		{"name with a second half", `{"name":"\udfff","price":1}`, []string{"name"}},
		{"name with halves in wrong order", `{"name":"\ude00\ud83d","price":1}`, []string{"name"}},
		{"name with two first halves", `{"name":"\ud83d\ud83d\ude00","price":1}`, []string{"name"}},
		{"name with a half before a short escape", `{"name":"\ud83d\n\ude00","price":1}`, []string{"name"}},
		{"name with a half before text", `{"name":"\ud83dx\ude00","price":1}`, []string{"name"}},
		{"name with a half before a backslash", `{"name":"\ud83d\\ude00","price":1}`, []string{"name"}},
		{"last duplicate wrong", `{"name":"A","name":1,"price":1}`, []string{"name"}},
		{"description a boolean", `{"name":"A","description":false,"price":1}`, []string{"description"}},
		{"description of 1001 characters", `{"name":"A","description":"` + strings.Repeat("x", 1001) + `","price":1}`, []string{"description"}},
		{"description not trimmed", `{"name":"A","description":"` + strings.Repeat(" ", 1001) + `","price":1}`, []string{"description"}},
		{"description with a control character", `{"name":"A","description":"\u001f","price":1}`, []string{"description"}},
		{"description with a half", `{"name":"A","description":"\udc00","price":1}`, []string{"description"}},
		{"price missing", `{"name":"A"}`, []string{"price"}},
		{"price null", `{"name":"A","price":null}`, []string{"price"}},
		{"price a string", `{"name":"A","price":"1"}`, []string{"price"}},
		{"price a boolean", `{"name":"A","price":true}`, []string{"price"}},
		{"price an array", `{"name":"A","price":[1]}`, []string{"price"}},
		{"price negative", `{"name":"A","price":-0.01}`, []string{"price"}},
		{"price too high", `{"name":"A","price":1000000.01}`, []string{"price"}},
		{"price with 3 decimals", `{"name":"A","price":19.999}`, []string{"price"}},
		{"price far too small", `{"name":"A","price":5e-324}`, []string{"price"}},
		{"price of no double", `{"name":"A","price":1e400}`, []string{"price"}},
		{"price of no negative double", `{"name":"A","price":-1e400}`, []string{"price"}},
		{"price next to 0.1", `{"name":"A","price":0.10000000000000002}`, []string{"price"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := v.read(tt.body)
			var p *problem.Problem
			var got []string
			if errors.As(err, &p) {
				for _, e := range p.Errors {
					got = append(got, e.Field)
				}
			}
			v.judge(t, tt.name, slices.Equal(got, tt.want), fmt.Sprintf("%.200s: got %+v, %v with errors in %v, want in %v", tt.body, f, err, got, tt.want))
		})
	}
}

// Whatever is valid comes back as it was sent, however it was escaped.
func TestBodyKeepsText(t *testing.T) { eachVariant(t, testBodyKeepsText) }

func testBodyKeepsText(t *testing.T, v variant) {
	rapid.Check(t, func(t *rapid.T) {
		valid := rapid.Rune().Filter(func(r rune) bool {
			return r >= ' ' || r == '\t' || r == '\n' || r == '\r'
		})
		name := rapid.StringOfN(valid, 1, 100, -1).Filter(func(s string) bool {
			return s == strings.Trim(s, "\t\n\r ")
		}).Draw(t, "name")
		description := rapid.StringOfN(valid, 0, 1000, -1).Draw(t, "description")
		cents := rapid.IntRange(0, 100_000_000).Draw(t, "cents")
		price := fmt.Sprintf("%d.%02d", cents/100, cents%100)
		escapeAll := rapid.Bool().Draw(t, "escapeAll")

		body := fmt.Sprintf(`{"name":%s,"description":%s,"price":%s}`, quoteJSON(name, escapeAll), quoteJSON(description, escapeAll), price)
		got, err := v.read(body)
		if err != nil {
			t.Fatalf("read(%s): %v", body, err)
		}
		if want := itemFields(name, description, float64(cents)/100); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// quoteJSON writes s as a JSON string, either with every UTF-16 unit escaped or
// with as few escapes as encoding/json makes.
func quoteJSON(s string, escapeAll bool) string {
	if !escapeAll {
		quoted, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(quoted)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r > 0xFFFF {
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04X`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
