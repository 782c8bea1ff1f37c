package format

import (
	"math"
	"strconv"
)

// USD prints an amount: $0.352, $4.97.
func USD(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return "$" + Number(v)
}

// Amount prints a line of a bill to a tenth of a cent.
func Amount(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return commas(strconv.FormatFloat(v, 'f', 3, 64))
}

// USDAligned prints an amount to a tenth of a cent, as lines of a bill stand
// below each other.
func USDAligned(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return "$" + commas(strconv.FormatFloat(v, 'f', 3, 64))
}

// Share prints a share of cold starts: 0.1 %.
func Share(v float64) string { return Plain(v*100) + " %" }
