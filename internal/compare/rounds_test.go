package compare

import (
	"fmt"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results/resultstest"
)

// rounds are runs of nine environments in turn, each of a quarter of an hour, on a
// machine that is another one in each round; side 1 comes after side 0.
func rounds(t *testing.T, n, side int, times float64) []results.Document {
	t.Helper()
	machine := []float64{1, 1.6, 0.8, 1.3}
	var list []results.Document
	for i := range n {
		doc := resultstest.Document(resultstest.Options{Seed: uint64(10*i + side), Runtimes: []string{"go"}, Variants: []string{"stock"}, Environments: 9})
		doc.Started = doc.Started.Add(time.Duration(2*i+side) * 15 * time.Minute)
		doc.Ended = doc.Started.Add(14 * time.Minute)
		c := &doc.Configurations[0]
		c.Rejected = nil
		for j := range c.Environments {
			e := &c.Environments[j]
			e.ID = fmt.Sprintf("%s-%d-%d", e.ID, i, side)
			e.Init.WallMs *= machine[i] * times
		}
		list = append(list, doc)
	}
	return list
}

func TestRoundsInTurnAreComparedWithinBlocks(t *testing.T) {
	before, after := rounds(t, 4, 0, 1), rounds(t, 4, 1, 1.25)
	// A round that lost its last environments must not move the blocks of the next.
	c := &before[0].Configurations[0]
	c.Environments = c.Environments[:6]
	if !Interleaved(before, after) {
		t.Fatal("rounds in turn are not interleaved")
	}
	verdict := func(interleaved bool) Change {
		old, err := Join(before)
		if err != nil {
			t.Fatal(err)
		}
		now, err := Join(after)
		if err != nil {
			t.Fatal(err)
		}
		result, err := Documents(old, now, Options{Interleaved: interleaved, Metrics: []string{"init"}})
		if err != nil {
			t.Fatal(err)
		}
		return result.Metrics[0].Changes[0]
	}
	within, without := verdict(true), verdict(false)
	if within.Verdict != Worse || within.Ratio.N != 33 || *within.Ratio.Lo > 1.25 || *within.Ratio.Hi < 1.25 {
		t.Errorf("got %s with %+v within blocks, want worse by 1.25 in 33 blocks", within.Verdict, within.Ratio)
	}
	if without.Verdict != Same || *without.Ratio.Hi-*without.Ratio.Lo < 2*(*within.Ratio.Hi-*within.Ratio.Lo) {
		t.Errorf("got %s with %+v of two medians, want an interval that says nothing", without.Verdict, without.Ratio)
	}
}

func TestInterleaved(t *testing.T) {
	sides := func() (before, after []results.Document) { return rounds(t, 3, 0, 1), rounds(t, 3, 1, 1) }
	for name, change := range map[string]func(before, after []results.Document) ([]results.Document, []results.Document){
		"one round each":     func(a, b []results.Document) ([]results.Document, []results.Document) { return a[:1], b[:1] },
		"a round is missing": func(a, b []results.Document) ([]results.Document, []results.Document) { return a, b[:2] },
		"one after the other": func(a, b []results.Document) ([]results.Document, []results.Document) {
			for i := range b {
				b[i].Started, b[i].Ended = b[i].Started.AddDate(0, 0, 1), b[i].Ended.AddDate(0, 0, 1)
			}
			return a, b
		},
		"other sizes": func(a, b []results.Document) ([]results.Document, []results.Document) {
			b[1].Plan.Sizes.Environments = 10
			return a, b
		},
		"no blocks": func(a, b []results.Document) ([]results.Document, []results.Document) {
			a[2].Plan.Order = "as they come"
			return a, b
		},
	} {
		if before, after := change(sides()); Interleaved(before, after) {
			t.Errorf("%s: got interleaved", name)
		}
	}
	before, after := sides()
	before[0], before[2] = before[2], before[0]
	if !Interleaved(before, after) || !Interleaved(after, before) {
		t.Error("got not interleaved: the order of naming, or who began, matters")
	}
}
