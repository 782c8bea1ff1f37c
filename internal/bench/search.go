package bench

import "math"

// Search finds the highest rate that holds an objective. From a first guess it
// goes up or down in growing geometric strides until it has one rate that held
// and one that did not, then halves what lies between, on the scale of
// logarithms. It is pure: it is told what came of each rate.
//
//	s := NewSearch(guess, 0.05, 8)
//	for rate, ok := s.Next(); ok; rate, ok = s.Next() {
//		s.Record(rate, try(rate))
//	}
//	highest := s.Held()
type Search struct {
	guess, precision float64
	left             int // rates that may still be tried
	stride           float64
	held, failed     float64 // highest that held below the lowest that failed; 0 is none yet
}

// The first step away from the guess is small, since it is a good one; the next
// are larger, up to a limit. Below one call a second nothing is tried.
const (
	firstStride   = 1.2
	longestStride = 4
	lowestRate    = 1
)

// NewSearch begins at guess, ends when the two rates are within precision
// (0.05: 5 %) of each other, and tries at most so many.
func NewSearch(guess, precision float64, most int) *Search {
	return &Search{guess: guess, precision: precision, left: most, stride: firstStride}
}

// Next is the rate to try, or false when there is nothing more to learn.
func (s *Search) Next() (rate float64, more bool) {
	if s.left <= 0 {
		return 0, false
	}
	switch {
	case s.held == 0 && s.failed == 0:
		return max(significant(s.guess), lowestRate), true
	case s.failed == 0:
		return significant(s.held * s.stride), true
	case s.held == 0:
		rate = max(significant(s.failed/s.stride), lowestRate)
		return rate, rate < s.failed
	case s.failed/s.held <= 1+s.precision:
		return 0, false
	}
	rate = significant(math.Sqrt(s.held * s.failed))
	return rate, rate > s.held && rate < s.failed
}

// Record takes what came of a rate. Rates are recorded in the order tried.
func (s *Search) Record(rate float64, held bool) {
	bracketing := s.held == 0 || s.failed == 0
	another := s.held > 0 || s.failed > 0
	if held && rate > s.held {
		s.held = rate
	}
	if !held && (s.failed == 0 || rate < s.failed) {
		s.failed = rate
	}
	if bracketing && another {
		s.stride = min(s.stride*s.stride, longestStride)
	}
	s.left--
}

// Held is the highest rate that held; 0 where none did.
func (s *Search) Held() float64 { return s.held }

// significant rounds to three digits: a rate is for people to read.
func significant(rate float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(rate))-2)
	if unit < 1 {
		return math.Round(rate/unit) / math.Round(1/unit)
	}
	return math.Round(rate/unit) * unit
}
