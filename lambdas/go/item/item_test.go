package item

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

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
		if got := IsID(id); got != want {
			t.Errorf("IsID(%q): got %v, want %v", id, got, want)
		}
	}
}

func TestParseLimit(t *testing.T) {
	for _, value := range []string{"1", "9", "10", "99", "100"} {
		got, err := ParseLimit([]string{value})
		if want := value; err != nil || fmt.Sprint(got) != want {
			t.Errorf("ParseLimit(%q): got %v, %v, want %s", value, got, err, want)
		}
	}
	if got, err := ParseLimit(nil); err != nil || got != 20 {
		t.Errorf("ParseLimit of none: got %v, %v, want 20", got, err)
	}
	for _, values := range [][]string{{""}, {"0"}, {"101"}, {"-1"}, {"+1"}, {"01"}, {" 1"}, {"1 "}, {"1.0"}, {"1e1"}, {"1_0"}, {"٣"}, {"x"}, {"99999999999999999999"}, {"1", "1"}} {
		if got, err := ParseLimit(values); err != problem.Limit {
			t.Errorf("ParseLimit(%q): got %v, %v, want the error %v", values, got, err, problem.Limit)
		}
	}
}

func TestNextTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).Draw(t, "id")
		token, err := NextToken(id)
		if err != nil {
			t.Fatal(err)
		}
		if len(token) != 22 || strings.ContainsAny(token, "+/=") {
			t.Errorf("NextToken(%s): got %s, want 22 characters of base64url", id, token)
		}
		if got, err := ParseNextToken([]string{token}); err != nil || got != id {
			t.Errorf("ParseNextToken(%s): got %s, %v, want %s", token, got, err, id)
		}
	})
}

func TestParseNextToken(t *testing.T) {
	if got, err := ParseNextToken(nil); err != nil || got != "" {
		t.Errorf("parseNextToken of none: got %q, %v, want none", got, err)
	}
	good := "V26F5mClReOIxr6M5fhx_A"
	if got, err := ParseNextToken([]string{good}); err != nil || got != "576e85e6-60a5-45e3-88c6-be8ce5f871fc" {
		t.Fatalf("ParseNextToken(%s): got %s, %v", good, got, err)
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
		if got, err := ParseNextToken(values); err != problem.NextToken {
			t.Errorf("ParseNextToken(%.60q): got %q, %v, want the error %v", values, got, err, problem.NextToken)
		}
	}
	if got, err := NextToken("no id"); err == nil {
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
		if got := Timestamp(in); got != want {
			t.Errorf("timestamp(%v): got %s, want %s", in, got, want)
		}
	}
}

// A price is valid exactly if it is in range and a whole number of cents gives
// the same double.
func TestValidPriceAgreesWithCents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.OneOf(
			rapid.Float64(),
			rapid.Float64Range(-1, maxPrice+1),
			rapid.Map(rapid.IntRange(-1000, 101_000_000), func(cents int) float64 { return float64(cents) / 100 }),
			rapid.Map(rapid.IntRange(0, 1_000_000_000), func(mills int) float64 { return float64(mills) / 1000 }),
		).Draw(t, "price")
		want := price >= 0 && price <= maxPrice && math.Round(price*100)/100 == price
		if got := ValidPrice(price); got != want {
			t.Errorf("ValidPrice(%v): got %v, want %v", price, got, want)
		}
	})
}
