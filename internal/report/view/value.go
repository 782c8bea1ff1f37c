package view

import (
	"fmt"
	"math"
	"strconv"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/format"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/stats"
)

// Value is a figure with its place in its families.
type Value struct {
	stats.Summary
	Rank        int  // among the runtimes, in its league; 0: not ranked
	Tied        bool // another one has the same rank
	VariantRank int  // among the runtime's own variants; 0: not ranked
	VariantTied bool // another variant has the same rank
	Modes       bool // several modes
	Severe      int  // outliers beyond three interquartile ranges
}

// RankText prints a rank: 1, =1 for a shared one, – for none.
func (v Value) RankText() string {
	switch {
	case v.Rank == 0:
		return "–"
	case v.Tied:
		return fmt.Sprintf("=%d", v.Rank)
	default:
		return strconv.Itoa(v.Rank)
	}
}

// Itself is the value with its place among the runtimes.
func (v Value) Itself() Value { return v }

// AmongVariants is the value with its place among the runtime's own variants.
func (v Value) AmongVariants() Value {
	v.Rank, v.Tied = v.VariantRank, v.VariantTied
	return v
}

func valueOf(values map[string]Value, metric string) Value {
	if v, ok := values[metric]; ok {
		return v
	}
	return Value{Summary: none()}
}

// Full prints a figure with its interval and its mark.
func Full(v Value) string {
	text := format.Center(v.Summary)
	if v.Valid() && v.Lo != v.Hi {
		text += " " + format.Interval(v.Summary) + format.NoiseMark(v.Summary)
	}
	return text
}

// OrZero is the value, or zero for NaN.
func OrZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// none is the summary of no values at all.
func none() stats.Summary {
	return stats.Summary{Center: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
}

// Exactly is the summary of what is known without doubt.
func Exactly(v float64) stats.Summary { return stats.Summary{Center: v, Lo: v, Hi: v, N: 1} }

func valued(values []float64) Value {
	return Value{Summary: stats.Median(values), Modes: stats.Multimodal(values), Severe: len(stats.FindOutliers(values).Severe)}
}
