package stats

import "math"

// Apart is the difference of two independent estimates, a's less b's, with an
// interval from the estimates' own: the method of variance estimates recovery of
// Zou and Donner, Construction of confidence limits about effect measures: a
// general approach (2008). It is for what Difference is not: tails, and means. Intervals that are
// not symmetric stay so.
func Apart(a, b Summary) Summary {
	if refused, ok := refusal(a, b); ok {
		return refused
	}
	center := a.Center - b.Center
	return Summary{
		Center: center, N: min(a.N, b.N),
		Lo: center - math.Hypot(a.Center-a.Lo, b.Hi-b.Center),
		Hi: center + math.Hypot(a.Hi-a.Center, b.Center-b.Lo),
	}
}

// Quotient is the ratio of two independent estimates, a's over b's, with an
// interval by the method of Apart on the scale of logarithms. The intervals of
// both must lie above zero.
func Quotient(a, b Summary) Summary {
	if refused, ok := refusal(a, b); ok {
		return refused
	}
	if a.Lo <= 0 || b.Lo <= 0 {
		return Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), N: min(a.N, b.N),
			Warnings: []string{"a ratio needs intervals above zero"}}
	}
	logs := Apart(a.scaled(math.Log), b.scaled(math.Log))
	return logs.scaled(math.Exp)
}

// refusal is the estimate that has no number; false where both have one.
func refusal(a, b Summary) (Summary, bool) {
	for _, s := range []Summary{a, b} {
		if !s.Valid() {
			return s, true
		}
	}
	return Summary{}, false
}

// scaled is the summary on a scale that rises with the values.
func (s Summary) scaled(scale func(float64) float64) Summary {
	return Summary{Center: scale(s.Center), Lo: scale(s.Lo), Hi: scale(s.Hi), N: s.N}
}
