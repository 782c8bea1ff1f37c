package format

import (
	"math"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.5: "0.500", 0.51049: "0.510", 1.934: "1.93", 9.996: "10.0", 12.44: "12.4", 99.96: "100", 148.4: "148", 1250.4: "1,250",
		9.5e8: "950,000,000", 0.00012345: "0.000123", 1e-9: "0.000000", -3.14159: "-3.14",
	} {
		if got := Number(v); got != want {
			t.Errorf("number(%v): got %s, want %s", v, got, want)
		}
	}
	if got := Number(math.NaN()); got != "–" {
		t.Errorf("got %s for no number, want –", got)
	}
}

func TestInterval(t *testing.T) {
	for _, test := range []struct {
		s    stats.Summary
		want string
	}{
		{stats.Summary{Center: 9.8, Lo: 9.5, Hi: 10.2}, "[9.50, 10.20]"},
		{stats.Summary{Center: 1234, Lo: 1200.4, Hi: 1300}, "[1,200, 1,300]"},
		{stats.Summary{Center: 139, Lo: -0.4, Hi: 279}, "[0, 279]"},
		{stats.Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}, ""},
	} {
		if got := Interval(test.s); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "–", 900: "900 B", 4096: "4.00 KB", 9200000: "8.77 MB", 250 << 20: "250 MB", 16300000000: "15,545 MB"} {
		if got := Bytes(n); got != want {
			t.Errorf("bytes(%d): got %s, want %s", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0.0 %", 0.042: "4.2 %", 0.0999: "10 %", 0.38: "38 %", 12.5: "1,250 %"} {
		if got := Percent(share); got != want {
			t.Errorf("percent(%v): got %s, want %s", share, got, want)
		}
	}
}

func TestListAndPlural(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := List(names); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Plural(1, "call"); got != "1 call" {
		t.Errorf("got %q", got)
	}
	if got := Plural(1440, "call"); got != "1,440 calls" {
		t.Errorf("got %q", got)
	}
}
