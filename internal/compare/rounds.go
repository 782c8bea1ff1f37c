package compare

import (
	"slices"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Join puts the rounds of one side together, as if one run had measured them.
func Join(rounds []results.Document) (results.Document, error) {
	rounds = inTime(rounds)
	whole := rounds[0]
	for _, round := range rounds[1:] {
		var err error
		if whole, err = results.Merge(whole, round); err != nil {
			return results.Document{}, err
		}
	}
	return whole, nil
}

// Interleaved reports whether two sides were measured in turn: in two rounds or
// more of one size, each over on both sides before the next began on either. What
// drifts between rounds is then the same for both, so that they are compared
// within the blocks of a round.
func Interleaved(before, after []results.Document) bool {
	if len(before) < 2 || len(before) != len(after) {
		return false
	}
	before, after = inTime(before), inTime(after)
	for i := range before {
		old, now := before[i], after[i]
		if old.Plan.Sizes.Environments != before[0].Plan.Sizes.Environments || now.Plan.Sizes.Environments != old.Plan.Sizes.Environments ||
			old.Plan.Order != results.ShuffledBlocks || now.Plan.Order != results.ShuffledBlocks {
			return false
		}
		for _, next := range [][]results.Document{before, after} {
			if i+1 < len(next) && (next[i+1].Started.Before(old.Ended) || next[i+1].Started.Before(now.Ended)) {
				return false
			}
		}
	}
	return true
}

func inTime(rounds []results.Document) []results.Document {
	return slices.SortedStableFunc(slices.Values(rounds), func(a, b results.Document) int { return a.Started.Compare(b.Started) })
}
