package words

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// AWSTitle names the table: cold total, 1,769 MB, x86_64 (in AWS arm64).
func AWSTitle(t view.AWSTable) string {
	name := format.Capital(t.Metric.Name)
	if len(t.Lines) > 0 && t.Lines[0].Row.Kind.Layer() {
		name += " of the " + view.LayerNames[t.Lines[0].Row.Kind]
	}
	text := name + ", " + format.Count(t.Memory) + " MB, " + t.Arch
	if t.Elsewhere != "" {
		text += " (in AWS " + t.Elsewhere + ")"
	}
	return text
}

// Orders says how far the two orders agree.
func Orders(t view.AWSTable) string {
	names := func(lines []view.AWSLine) []string {
		var list []string
		for _, line := range lines {
			list = append(list, line.Row.Name)
		}
		return list
	}
	here := slices.SortedStableFunc(slices.Values(t.Lines), func(a, b view.AWSLine) int { return cmp.Compare(a.Here.Center, b.Here.Center) })
	a, b := names(here), names(t.Lines)
	text := "The same order, " + strings.Join(a, ", ")
	if !slices.Equal(a, b) {
		text = "Here " + strings.Join(a, ", ") + "; in AWS " + strings.Join(b, ", ")
	}
	return text + ". Kendall’s " + Agreement(t.Agreement) + "."
}

// MoreThere prints the difference in AWS; where nothing is known of its doubt, with
// no more digits than the figure itself.
func MoreThere(l view.AWSLine) (text, bounds string) {
	if l.MoreThere.Valid() && l.MoreThere.Lo == l.MoreThere.Hi {
		return format.Signed(format.Like(l.MoreThere.Center, l.There.Center)), ""
	}
	return MoreParts(l.MoreThere)
}

// Agreement prints Kendall's τ with its interval.
func Agreement(s stats.Summary) string {
	if !s.Valid() {
		return fmt.Sprintf("τ: n too small (%d of %d)", s.N, stats.MinRanked)
	}
	return fmt.Sprintf("τ %.2f [%.2f, %.2f]", s.Center, s.Lo, s.Hi)
}

// More prints a difference with its interval: +212 [205, 220].
func More(s stats.Summary) string {
	text, bounds := MoreParts(s)
	return strings.TrimSpace(text + " " + bounds)
}

// MoreParts are the two parts of it.
func MoreParts(s stats.Summary) (text, bounds string) {
	if !s.Valid() {
		return format.Center(s), ""
	}
	if s.Lo != s.Hi {
		bounds = format.Interval(s)
	}
	return format.Signed(format.Number(s.Center)), bounds
}

// AWSLead says how to read the comparison.
const AWSLead = "Cold starts are compared by differences in milliseconds, never by ratios: AWS adds to each of them a common part that no other machine has, so that distances travel and ratios do not. The functions differ, too: believe orders and sizes of differences, not single values."

// AWSNone says that there is nothing to compare with.
const AWSNone = "Nothing that was published has two of these runtimes at one of these memory sizes."

// Together has a sentence on each figure that was compared at several memory sizes.
func Together(m *view.Model, r *view.Reference) []string {
	var sentences []string
	for _, t := range m.AWS {
		if together, several := m.Together(t); several && t.Reference == r && t.Leads() {
			sentences = append(sentences, format.Capital(t.Metric.Name)+", all memory sizes together: Kendall’s "+Agreement(together)+".")
		}
	}
	return format.Unique(sentences)
}

// ReferenceFacts say what the reference is, and where it can be looked up.
func ReferenceFacts(r *view.Reference) string {
	parts := []string{"Measured " + r.Measured, r.Statistic}
	if r.URL != "" {
		parts = append(parts, r.URL)
	}
	return strings.Join(parts, "; ") + "."
}
