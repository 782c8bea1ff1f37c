package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// number prints a value with three significant digits, and thousands with
// commas: 0.52, 1.93, 12.4, 148, 1,250. Digits before the point are never cut.
func number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if v == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	// 9.996 rounds up into one more digit before the point.
	if rounded := math.Abs(round(v, digits)); rounded >= math.Pow10(3-digits) {
		digits--
	}
	return commas(strconv.FormatFloat(round(v, digits), 'f', min(max(digits, 0), 6), 64))
}

// round to that many digits behind the point, never before it.
func round(v float64, digits int) float64 {
	scale := math.Pow10(max(digits, 0))
	if r := math.Round(v*scale) / scale; !math.IsInf(r, 0) {
		return r
	}
	return v
}

// like prints v with as many digits behind the point as number gives to centre,
// so that an interval lines up with what it is around.
func like(v, centre float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	_, fraction, _ := strings.Cut(number(centre), ".")
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

// count prints a whole number: 1,440.
func count[T int | int64](n T) string { return commas(strconv.FormatInt(int64(n), 10)) }

// interval prints the bounds, [12.1, 12.8], or "".
func interval(s stats.Summary) string {
	if !s.Valid() {
		return ""
	}
	return "[" + like(s.Lo, s.Center) + ", " + like(s.Hi, s.Center) + "]"
}

// center prints the estimate, or that there is none.
func center(s stats.Summary) string {
	if s.Valid() {
		return number(s.Center)
	}
	if s.N == 0 {
		return "–"
	}
	return "n too small"
}

// percent prints a share with two significant digits: 4.8 %.
func percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	if p := share * 100; p < 9.95 {
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
	return commas(strconv.FormatFloat(share*100, 'f', 0, 64)) + " %"
}

// bytes prints a size in the unit that fits; 1 MB is 2^20 bytes, as Lambda
// counts.
func bytes(n int64) string {
	switch {
	case n <= 0:
		return "–"
	case n < 1<<10:
		return count(n) + " B"
	case n < 1<<20:
		return number(float64(n)/(1<<10)) + " KB"
	default:
		return number(float64(n)/(1<<20)) + " MB"
	}
}

// list joins names as a sentence does: a, b and c.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// plural prints a count with its noun: 1 call, 2 calls.
func plural[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}
