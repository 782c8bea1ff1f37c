package words

import (
	"fmt"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// GainsLead says what is compared with what, and how.
const GainsLead = "Every other section is about stock functions. A tuned one is what a specialist makes of it: the same API, held to the same contract. Each cell has stock → tuned, then what tuning adds (below zero is a gain) and what part of the stock figure is left, with the interval of this one step at 95 %; both are medians within the blocks of the schedule that have both functions, and need not be exactly those of the two medians. A row with a name behind “tuned:” is stock with that one setting."

// StepDoubt says why the step must not be built on; "" where it may.
func StepDoubt(s view.Step) string {
	switch {
	case !s.Difference.Valid() || s.Told():
		return ""
	case s.Exact():
		return "the same"
	default:
		return "can’t be told from none"
	}
}

// StepValues are both sides: 463 → 212.
func StepValues(s view.Step) string { return format.Center(s.Stock) + " → " + format.Center(s.Tuned) }

// StepDifference is what tuning adds, with its interval: -251 [-262, -240].
func StepDifference(s view.Step) string {
	if !s.Difference.Valid() {
		return ""
	}
	fine := s.Stock.Center / 10 // a digit more than the figure itself
	text := format.Signed(format.Like(s.Difference.Center, fine))
	if !s.Exact() {
		text += " [" + format.Like(s.Difference.Lo, fine) + ", " + format.Like(s.Difference.Hi, fine) + "]"
	}
	return text
}

// StepRatio is what part of the stock figure is left, with its interval: ×0.46 [0.45, 0.47].
func StepRatio(s view.Step) string {
	if !s.Ratio.Valid() {
		return ""
	}
	text := "×" + format.Number(s.Ratio.Center)
	if !s.Exact() {
		text += " " + format.Interval(s.Ratio)
	}
	return text
}

// GainLines is how many more lines of its own the tuned function has, for a table: +660.
func GainLines(g view.Gain) string {
	lines, known := g.Lines()
	if !known {
		return "–"
	}
	return format.Signed(format.Count(lines))
}

// GainSummary says in a sentence what the step took.
func GainSummary(g view.Gain) string {
	parts := []string{format.Plural(len(g.Settings()), "setting")}
	switch lines, known := g.Lines(); {
	case !known:
	case lines >= 0:
		parts = append(parts, fmt.Sprintf("%s of our own code (%s instead of %s)", format.Plural(lines, "more line"), format.Count(g.Tuned.Lines), format.Count(g.Stock.Lines)))
	default:
		parts = append(parts, fmt.Sprintf("%s of our own code (%s instead of %s)", format.Plural(-lines, "fewer line"), format.Count(g.Tuned.Lines), format.Count(g.Stock.Lines)))
	}
	return g.Tuned.Name + ": " + strings.Join(parts, ", ")
}

// SettingReason is why a setting is there, and who says so.
func SettingReason(s results.Setting) string {
	if s.Source == "" {
		return s.Why
	}
	return s.Why + " (" + s.Source + ")"
}
