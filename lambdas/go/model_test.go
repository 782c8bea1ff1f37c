package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/event"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/store"
)

func TestParseFieldsAccepts(t *testing.T) {
	tests := []struct {
		name string
		body string
		want store.Fields
	}{
		{"all fields", `{"name":"A","description":"b","price":1}`, fields("A", "b", 1)},
		{"no description", `{"name":"A","price":1}`, fields("A", "", 1)},
		{"description null", `{"name":"A","description":null,"price":1}`, fields("A", "", 1)},
		{"description empty", `{"name":"A","description":"","price":1}`, fields("A", "", 1)},
		{"white space around", " \t\r\n{ \"name\" : \"A\" , \"price\" : 1 } \n", fields("A", "", 1)},
		{"escaped member name", `{"\u006eame":"A","price":1}`, fields("A", "", 1)},
		{"last duplicate wins", `{"name":"\ud800","price":"x","name":"B","price":2}`, fields("B", "", 2)},
		{"name trimmed", `{"name":" \t\r\nA B\n\r\t ","price":1}`, fields("A B", "", 1)},
		{"description not trimmed", `{"name":"A","description":" \t\r\nb ","price":1}`, fields("A", " \t\r\nb ", 1)},
		{"other spaces not trimmed", `{"name":"\u00a0A\u2003","price":1}`, fields("\u00a0A\u2003", "", 1)},
		{"delete character", `{"name":"\u007f","price":1}`, fields("\u007f", "", 1)},
		{"line breaks inside a name", `{"name":"A\n\r\tB","price":1}`, fields("A\n\r\tB", "", 1)},
		{"all short escapes of text", `{"name":"\"\\\/\n\r\t","price":1}`, fields(`"\/`, "", 1)},
		{"a backslash before u", `{"name":"\\ud800","price":1}`, fields(`\ud800`, "", 1)},
		{"surrogate pairs", `{"name":"\ud83d\uDE00\ud83d\ude00","price":1}`, fields("😀😀", "", 1)},
		{"replacement character", `{"name":"\ufffd","description":"�","price":1}`, fields("\ufffd", "\ufffd", 1)},
		{"100 characters", `{"name":"` + strings.Repeat("😀", 100) + `","price":1}`, fields(strings.Repeat("😀", 100), "", 1)},
		{"100 characters and spaces", `{"name":"` + strings.Repeat(" ", 50) + strings.Repeat("x", 100) + ` ","price":1}`, fields(strings.Repeat("x", 100), "", 1)},
		{"1000 characters", `{"name":"A","description":"` + strings.Repeat("ß", 1000) + `","price":1}`, fields("A", strings.Repeat("ß", 1000), 1)},
		{"brackets in a string", `{"name":"` + strings.Repeat("[{", 40) + `\"[","price":1}`, fields(strings.Repeat("[{", 40)+`"[`, "", 1)},
		{"price 0", `{"name":"A","price":0}`, fields("A", "", 0)},
		{"price with a decimal too many that is 0", `{"name":"A","price":19.990}`, fields("A", "", 19.99)},
		{"price with an exponent", `{"name":"A","price":1e2}`, fields("A", "", 100)},
		{"price with a negative exponent", `{"name":"A","price":1999E-2}`, fields("A", "", 19.99)},
		{"price that rounds to 2 decimals", `{"name":"A","price":0.10000000000000000001}`, fields("A", "", 0.1)},
		{"price that underflows", `{"name":"A","price":1e-400}`, fields("A", "", 0)},
		{"highest price", `{"name":"A","price":1000000.00}`, fields("A", "", 1_000_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseFields([]byte(tt.body))
			if err != nil {
				t.Fatalf("parseFields(%.200s): %v", tt.body, err)
			}
			if got != tt.want {
				t.Errorf("parseFields(%.200s):\ngot  %+v\nwant %+v", tt.body, got, tt.want)
			}
		})
	}
}

func TestParseFieldsTakesMinusZeroForZero(t *testing.T) {
	for _, price := range []string{"-0", "-0.0", "-0e5", "-1e-400"} {
		got, err := parseFields([]byte(`{"name":"A","price":` + price + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got.Price != 0 || math.Signbit(got.Price) {
			t.Errorf("price %s: got %v, want 0", price, got.Price)
		}
	}
}

func TestParseFieldsRefusesBodies(t *testing.T) {
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
			if got, err := parseFields([]byte(tt.body)); err != errBody {
				t.Errorf("parseFields(%.200q): got %+v, %v, want the error %v", tt.body, got, err, errBody)
			}
		})
	}
}

func TestParseFieldsRefusesFields(t *testing.T) {
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
			f, err := parseFields([]byte(tt.body))
			var p *problem
			if !errors.As(err, &p) {
				t.Fatalf("parseFields(%.200s): got %+v, %v, want a problem", tt.body, f, err)
			}
			var got []string
			for _, e := range p.Errors {
				got = append(got, e.Field)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("parseFields(%.200s): got errors in %v, want in %v", tt.body, got, tt.want)
			}
		})
	}
}

func TestInvalidFieldsWords(t *testing.T) {
	_, err := parseFields([]byte(`{"description":1}`))
	got, encodeErr := event.EncodeJSON(problemOf(err))
	if encodeErr != nil {
		t.Fatal(encodeErr)
	}
	want := `{"type":"about:blank","title":"Bad Request","status":400,"detail":"One or more fields are invalid.","errors":[` +
		`{"field":"name","message":"must be a string of 1 to 100 characters"},` +
		`{"field":"description","message":"must be a string of at most 1000 characters"},` +
		`{"field":"price","message":"must be a number from 0 to 1000000 with at most 2 decimal places"}]}`
	if string(got) != want {
		t.Errorf("problem:\ngot  %s\nwant %s", got, want)
	}
}

// Whatever is valid comes back as it was sent, however it was escaped.
func TestParseFieldsKeepsText(t *testing.T) {
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
		got, err := parseFields([]byte(body))
		if err != nil {
			t.Fatalf("parseFields(%s): %v", body, err)
		}
		if want := fields(name, description, float64(cents)/100); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// quoteJSON writes s as a JSON string, either with every UTF-16 unit escaped or
// with as few escapes as encoding/json makes.
func quoteJSON(s string, escapeAll bool) string {
	if !escapeAll {
		quoted, err := event.EncodeJSON(s)
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

// No sequence of escaped UTF-16 units gets past the check for lone surrogates
// that a decoder of UTF-16 would not take.
func TestHasLoneSurrogate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]uint16{0x41, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000})
		units := rapid.SliceOf(unit).Draw(t, "units")
		var raw strings.Builder
		want := false
		for i, u := range units {
			fmt.Fprintf(&raw, `\u%04x`, u)
			high, low := u >= 0xD800 && u < 0xDC00, u >= 0xDC00 && u < 0xE000
			afterHigh := i > 0 && units[i-1] >= 0xD800 && units[i-1] < 0xDC00
			beforeLow := i+1 < len(units) && units[i+1] >= 0xDC00 && units[i+1] < 0xE000
			want = want || high && !beforeLow || low && !afterHigh
		}
		if got := hasLoneSurrogate([]byte(`"` + raw.String() + `"`)); got != want {
			t.Errorf("hasLoneSurrogate(%s): got %v, want %v", raw.String(), got, want)
		}
	})
}

// A price is valid exactly if it is in range and a whole number of cents gives
// the same double.
func TestParsePriceAgreesWithCents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.OneOf(
			rapid.Float64(),
			rapid.Float64Range(-1, maxPrice+1),
			rapid.Map(rapid.IntRange(-1000, 101_000_000), func(cents int) float64 { return float64(cents) / 100 }),
			rapid.Map(rapid.IntRange(0, 1_000_000_000), func(mills int) float64 { return float64(mills) / 1000 }),
		).Draw(t, "price")
		raw, err := json.Marshal(price)
		if err != nil {
			t.Fatal(err)
		}
		want := price >= 0 && price <= maxPrice && math.Round(price*100)/100 == price
		got, ok := parsePrice(raw)
		if ok != want {
			t.Fatalf("parsePrice(%s): got valid=%v, want %v", raw, ok, want)
		}
		if ok && got != price {
			t.Errorf("parsePrice(%s): got %v, want %v", raw, got, price)
		}
	})
}

func TestPricesKeepTheirDecimals(t *testing.T) {
	for raw, want := range map[string]string{
		"19.990": "19.99", "1e2": "100", "-0": "0", "1000000": "1000000", "0.1": "0.1", "1e-2": "0.01", "999999.99": "999999.99",
	} {
		price, ok := parsePrice(json.RawMessage(raw))
		if encoded, err := json.Marshal(price); !ok || err != nil || string(encoded) != want {
			t.Errorf("price %s: got %s, valid=%v, %v, want %s", raw, encoded, ok, err, want)
		}
	}
}

func TestIsID(t *testing.T) {
	tests := map[string]bool{
		"576e85e6-60a5-45e3-88c6-be8ce5f871fc":          true,
		"00000000-0000-0000-0000-000000000000":          true,
		"ffffffff-ffff-ffff-ffff-ffffffffffff":          true,
		"576E85E6-60A5-45E3-88C6-BE8CE5F871FC":          false,
		"576e85e6-60a5-45e3-88c6-be8ce5f871f":           false,
		"576e85e6-60a5-45e3-88c6-be8ce5f871fcc":         false,
		"576e85e660a545e388c6be8ce5f871fc":              false,
		"{576e85e6-60a5-45e3-88c6-be8ce5f871fc}":        false,
		"urn:uuid:576e85e6-60a5-45e3-88c6-be8ce5f871fc": false,
		"576e85e6x60a5-45e3-88c6-be8ce5f871fc":          false,
		"576e85e6-60a5-45e3-88c6-be8ce5f871fg":          false,
		" 576e85e6-60a5-45e3-88c6-be8ce5f871fc":         false,
		"":                                              false,
		"x":                                             false,
	}
	for id, want := range tests {
		if got := isID(id); got != want {
			t.Errorf("isID(%q): got %v, want %v", id, got, want)
		}
	}
}

func TestParseLimit(t *testing.T) {
	for _, value := range []string{"1", "9", "10", "99", "100"} {
		got, err := parseLimit([]string{value})
		if want := value; err != nil || fmt.Sprint(got) != want {
			t.Errorf("parseLimit(%q): got %v, %v, want %s", value, got, err, want)
		}
	}
	if got, err := parseLimit(nil); err != nil || got != 20 {
		t.Errorf("parseLimit of none: got %v, %v, want 20", got, err)
	}
	for _, values := range [][]string{{""}, {"0"}, {"101"}, {"-1"}, {"+1"}, {"01"}, {" 1"}, {"1 "}, {"1.0"}, {"1e1"}, {"1_0"}, {"٣"}, {"x"}, {"99999999999999999999"}, {"1", "1"}} {
		if got, err := parseLimit(values); err != errLimit {
			t.Errorf("parseLimit(%q): got %v, %v, want the error %v", values, got, err, errLimit)
		}
	}
}

func TestNextTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).Draw(t, "id")
		token, err := nextToken(id)
		if err != nil {
			t.Fatal(err)
		}
		if len(token) != 22 || strings.ContainsAny(token, "+/=") {
			t.Errorf("nextToken(%s): got %s, want 22 characters of base64url", id, token)
		}
		if got, err := parseNextToken([]string{token}); err != nil || got != id {
			t.Errorf("parseNextToken(%s): got %s, %v, want %s", token, got, err, id)
		}
	})
}

func TestParseNextToken(t *testing.T) {
	if got, err := parseNextToken(nil); err != nil || got != "" {
		t.Errorf("parseNextToken of none: got %q, %v, want none", got, err)
	}
	good := "V26F5mClReOIxr6M5fhx_A"
	if got, err := parseNextToken([]string{good}); err != nil || got != "576e85e6-60a5-45e3-88c6-be8ce5f871fc" {
		t.Fatalf("parseNextToken(%s): got %s, %v", good, got, err)
	}
	for _, values := range [][]string{
		{""}, {"x"}, {good[:21]}, {good + "A"}, {good + "=="}, {good, good},
		{"V26F5mClReOIxr6M5fhx_B"},        // bits that are left over
		{"V26F5mClReOIxr6M5fhx/A"},        // the other alphabet
		{"V26F5mClReOIxr6M5fhx\n_A"},      // base64 decoders skip line breaks
		{"V26F5mClReOIxr6M5fhx_A\r\n"},    //
		{"V26F5mClReOIxr6M5fhx_AAAA"},     // more than 16 bytes
		{"V26F5mClReOIxr6M5fh"},           // fewer
		{strings.Repeat("V26F5mCl", 1e3)}, //
		{"V26F5mClReOIxr6M5f x_A"},        //
		{"V26F5mClReOIxr6M5fhx_é"},        //
	} {
		if got, err := parseNextToken(values); err != errNextToken {
			t.Errorf("parseNextToken(%.60q): got %q, %v, want the error %v", values, got, err, errNextToken)
		}
	}
	if got, err := nextToken("no id"); err == nil {
		t.Errorf("nextToken of no id: got %q, want an error", got)
	}
}

func TestTimestamp(t *testing.T) {
	zone := time.FixedZone("", 3600)
	tests := map[string]time.Time{
		"2026-11-22T04:05:06.789Z": time.Date(2026, 11, 22, 5, 5, 6, 789_999_999, zone),
		"2026-11-22T04:05:06.000Z": time.Date(2026, 11, 22, 4, 5, 6, 0, time.UTC),
	}
	for want, in := range tests {
		if got := store.Timestamp(in); got != want {
			t.Errorf("timestamp(%v): got %s, want %s", in, got, want)
		}
	}
}

// No body, however broken, does anything but parse or give a problem.
func FuzzParseFields(f *testing.F) {
	f.Add([]byte(`{"name":"A","description":"\ud83d\ude00","price":1.5e1}`))
	f.Add([]byte(`{"name":"\ud800`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseFields(body)
		var p *problem
		switch {
		case err != nil && !errors.As(err, &p):
			t.Errorf("got the error %v, want a problem", err)
		case err == nil && (!utf8.ValidString(got.Name+got.Description) || bytes.ContainsRune([]byte(got.Name), 0)):
			t.Errorf("got the fields %+v", got)
		}
	})
}
