package bench

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSearchFindsTheHighestRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.Float64Range(2, 20000).Draw(t, "highest")
		guess := highest * rapid.Float64Range(0.02, 50).Draw(t, "guess")
		s := NewSearch(guess, 0.05, 40)
		tried := 0
		for rate, ok := s.Next(); ok; rate, ok = s.Next() {
			s.Record(rate, rate <= highest)
			if tried++; tried > 16 {
				t.Fatalf("got no end after %d rates", tried)
			}
		}
		if got := s.Held(); got > highest || got < highest/1.06 {
			t.Fatalf("got %v, want %v or at most 5 %% less", got, highest)
		}
	})
}

func TestSearchNeedsFewStepsNearAGoodGuess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.Float64Range(20, 2000).Draw(t, "highest")
		s := NewSearch(highest*rapid.Float64Range(0.85, 1.15).Draw(t, "guess"), 0.05, 40)
		tried := 0
		for rate, ok := s.Next(); ok; rate, ok = s.Next() {
			s.Record(rate, rate <= highest)
			tried++
		}
		if tried > 5 {
			t.Fatalf("got %d steps, want 5 at most", tried)
		}
	})
}

func TestSearchNeverTriesARateTwiceNorOutsideOfWhatItKnows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSearch(rapid.Float64Range(0.5, 5000).Draw(t, "guess"), 0.05, 12)
		held, failed, steps := 0.0, 0.0, 0
		for rate, ok := s.Next(); ok; rate, ok = s.Next() {
			if rate <= held || (failed > 0 && rate >= failed) {
				t.Fatalf("got %v, known: %v held, %v failed", rate, held, failed)
			}
			holds := rapid.Bool().Draw(t, "holds") // a noisy machine
			if holds {
				held = rate
			} else {
				failed = rate
			}
			s.Record(rate, holds)
			if steps++; steps > 12 {
				t.Fatal("got more rates than were allowed")
			}
		}
		if s.Held() != held {
			t.Fatalf("got %v, want %v", s.Held(), held)
		}
	})
}

func TestRatesAreForPeople(t *testing.T) {
	for in, want := range map[float64]float64{243.678: 244, 1234.5: 1230, 3.14159: 3.14, 0.98765: 0.988, 99.96: 100} {
		if got := significant(in); got != want {
			t.Errorf("%v: got %v, want %v", in, got, want)
		}
	}
}
