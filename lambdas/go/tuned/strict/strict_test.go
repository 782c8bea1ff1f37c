package strict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/lambdas/go/problem"
)

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

// No body, however broken, does anything but parse or give a problem.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"name":"A","description":"\ud83d\ude00","price":1.5e1}`))
	f.Add([]byte(`{"name":"\ud800`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parse(body)
		var p *problem.Problem
		switch {
		case err != nil && !errors.As(err, &p):
			t.Errorf("got the error %v, want a problem", err)
		case err == nil && (!utf8.ValidString(got.Name+got.Description) || bytes.ContainsRune([]byte(got.Name), 0)):
			t.Errorf("got the fields %+v", got)
		}
	})
}
