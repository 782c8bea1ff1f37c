package builtin

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Limits of numbers: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxDigits   = 38
	maxExponent = 125  // of the first digit
	minExponent = -130 // of the first digit
)

var decimal = regexp.MustCompile(`^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,6}))?$`)

// checkNumber brings a number into the service's form, which has no exponent and
// no zeros that mean nothing, and returns its size in bytes.
func checkNumber(text *string) (size int, err error) {
	parts := decimal.FindStringSubmatch(*text)
	if parts == nil || parts[2]+parts[3] == "" {
		return 0, invalid("The parameter cannot be converted to a numeric value: %s", *text)
	}
	negative, whole, fraction := parts[1] == "-", parts[2], parts[3]
	exponent := 0
	if parts[4] != "" {
		exponent, _ = strconv.Atoi(parts[4]) // at most six digits
	}
	digits := whole + fraction
	point := len(whole) + exponent // 0.DIGITS × 10^point
	trimmed := strings.TrimLeft(digits, "0")
	point -= len(digits) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	if trimmed == "" {
		*text = "0"
		return 1, nil
	}
	switch {
	case len(trimmed) > maxDigits:
		return 0, invalid("Attempting to store more than 38 significant digits in a Number")
	case point-1 > maxExponent:
		return 0, invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case point-1 < minExponent:
		return 0, invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	*text = plain(negative, trimmed, point)
	return (len(trimmed)+1)/2 + 1, nil
}

// plain writes 0.DIGITS × 10^point without an exponent.
func plain(negative bool, digits string, point int) string {
	text := ""
	switch {
	case point <= 0:
		text = "0." + strings.Repeat("0", -point) + digits
	case point >= len(digits):
		text = digits + strings.Repeat("0", point-len(digits))
	default:
		text = digits[:point] + "." + digits[point:]
	}
	if negative {
		return "-" + text
	}
	return text
}

// rational is a number that has been checked.
func rational(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

// sum adds two numbers exactly, or takes the second from the first. What comes
// out has to be checked: it may have too many digits.
func sum(a, b value, minus bool) value {
	x, y := rational(*a.N), rational(*b.N)
	if minus {
		y.Neg(y)
	}
	text := x.Add(x, y).FloatString(max(decimals(*a.N), decimals(*b.N)))
	return value{N: &text}
}

func decimals(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction)
}
