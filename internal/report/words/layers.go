package words

import (
	"fmt"
	"math"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// layerWords say what is measured as a layer.
var layerWords = map[string]string{
	"floor": "the language’s smallest handler (the floor)", "framework": "the framework’s routes with fixed answers", "SDK": "the SDK’s calls of the database behind such routes",
}

// LayerLead says what the layers are.
func LayerLead(c view.Contest, stacks []view.Stack) string {
	below := c.StackNames(stacks)
	below = below[:len(below)-1]
	var parts []string
	for _, name := range below {
		parts = append(parts, layerWords[name])
	}
	whole := "the whole API with its validation, serialisation and logs"
	if c.Kind == results.KindGuest {
		whole = "the function itself"
	}
	text := "What each part costs, from functions that were measured one by one: " + format.List(append(parts, whole)) + ". Each has all that the one before has; what a layer adds is the median of the differences within the blocks that have both, so that the parts add up to the whole only roughly."
	if c.Class == results.Stock {
		text += " Layers are stock, as the API above them is: the framework, the SDK and their settings are those that a team gets, so that a layer’s share is the library’s own."
	}
	if missing := len(results.Layers()) - len(below); missing > 0 && c.Kind != results.KindGuest {
		text += " Not every layer was measured: what lies between two counts for the upper one (--layers all measures more)."
	}
	return text
}

// LayerSentence says which part of a cold start each layer is. A layer that came
// out below zero counts as nothing.
func LayerSentence(c view.Contest, stacks []view.Stack) string {
	names := c.StackNames(stacks)
	var parts []string
	for _, s := range stacks {
		var costs []float64
		sum := 0.0
		for _, l := range s.Layers {
			cost := math.Max(0, view.OrZero(l.Adds("coldTotal").Center))
			costs, sum = append(costs, cost), sum+cost
		}
		if len(costs) != len(names) || sum == 0 {
			continue
		}
		var shares []string
		for _, cost := range costs {
			shares = append(shares, format.Count(int64(math.Round(100*cost/sum))))
		}
		parts = append(parts, s.API.Name+" "+strings.Join(shares, " / ")+" %")
	}
	if parts == nil {
		return ""
	}
	return "Shares of a cold start, " + strings.Join(names, " / ") + ": " + strings.Join(parts, "; ") + "."
}

// SweepSentences say what memory buys each runtime, from its smallest size with a
// figure to its largest.
func SweepSentences(s view.Sweep) []string {
	var sentences []string
	for _, line := range s.Lines {
		change := func(metric, what, unit string) string {
			var rows []*view.Row
			for _, r := range line.Rows {
				if r.Value(metric).Valid() {
					rows = append(rows, r)
				}
			}
			if len(rows) < 2 {
				return ""
			}
			a, b := rows[0], rows[len(rows)-1]
			factor := stats.Ratio(a.Sample(metric), b.Sample(metric), stats.Level)
			change := format.Number(factor.Center) + "× " + format.Interval(factor)
			if view.OfColdStart(metric) {
				less := stats.Difference(b.Sample(metric), a.Sample(metric), stats.Level)
				change = More(less) + " ms"
			}
			return fmt.Sprintf("%s %s %s at %s MB, %s at %s MB (%s)", what, format.Center(a.Value(metric).Summary), unit, format.Count(a.Memory),
				format.Center(b.Value(metric).Summary), format.Count(b.Memory), change)
		}
		cold, warm := change("coldTotal", "cold start", "ms"), change("warmP50", "warm median", "ms")
		switch {
		case cold != "" && warm != "":
			sentences = append(sentences, line.Name+": "+cold+"; "+warm+".")
		case cold+warm != "":
			sentences = append(sentences, line.Name+": "+cold+warm+".")
		}
	}
	return sentences
}
