// Package format prints numbers, amounts and names as all reports print them, so that
// no two of them write one figure in two ways.
package format

import (
	"math"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Number prints a value with three significant digits, and thousands with
// commas: 0.52, 1.93, 12.4, 148, 1,250. Digits before the point are never cut.
func Number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if v == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	// 9.996 rounds up into one more digit before the point.
	if rounded := math.Abs(Round(v, digits)); rounded >= math.Pow10(3-digits) {
		digits--
	}
	return commas(strconv.FormatFloat(Round(v, digits), 'f', min(max(digits, 0), 6), 64))
}

// Round to that many digits behind the point, never before it.
func Round(v float64, digits int) float64 {
	scale := math.Pow10(max(digits, 0))
	if r := math.Round(v*scale) / scale; !math.IsInf(r, 0) {
		return r
	}
	return v
}

// Like prints v with as many digits behind the point as Number gives to centre,
// so that an interval lines up with what it is around.
func Like(v, centre float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	_, fraction, _ := strings.Cut(Number(centre), ".")
	text := strconv.FormatFloat(v, 'f', len(fraction), 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // what rounds to nothing has no sign
	}
	return commas(text)
}

func commas(text string) string {
	whole, fraction, point := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

// Count prints a whole number: 1,440.
func Count[T int | int64](n T) string { return commas(strconv.FormatInt(int64(n), 10)) }

// Interval prints the bounds, [12.1, 12.8], or "".
func Interval(s stats.Summary) string {
	if !s.Valid() {
		return ""
	}
	return "[" + Like(s.Lo, s.Center) + ", " + Like(s.Hi, s.Center) + "]"
}

// Center prints the estimate, or that there is none.
func Center(s stats.Summary) string {
	if s.Valid() {
		return Number(s.Center)
	}
	if s.N == 0 {
		return "–"
	}
	return "n too small"
}

// Percent prints a share with two significant digits: 4.8 %.
func Percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	if p := share * 100; p < 9.95 {
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
	return commas(strconv.FormatFloat(share*100, 'f', 0, 64)) + " %"
}

// Bytes prints a size in the unit that fits; 1 MB is 2^20 bytes, as Lambda
// counts.
func Bytes(n int64) string {
	switch {
	case n <= 0:
		return "–"
	case n < 1<<10:
		return Count(n) + " B"
	case n < 1<<20:
		return Number(float64(n)/(1<<10)) + " KB"
	default:
		return Number(float64(n)/(1<<20)) + " MB"
	}
}

// Plain prints a number as a program reads it, to a millionth; "" for none.
func Plain(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(Round(v, 6), 'f', -1, 64)
}

// Placed prints a rank as a program reads it; "" for none.
func Placed(rank int) string {
	if rank == 0 {
		return ""
	}
	return strconv.Itoa(rank)
}

// Signed puts a sign before a number that has none.
func Signed(number string) string {
	if strings.HasPrefix(number, "-") {
		return number
	}
	return "+" + number
}

// NoiseMark is "!" behind an interval that is too wide to build on.
func NoiseMark(s stats.Summary) string {
	if s.Noisy() {
		return "!"
	}
	return ""
}
