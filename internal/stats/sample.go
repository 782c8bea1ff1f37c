package stats

import (
	"math"
	"slices"
)

// Bucket is a value and how often it was seen.
type Bucket struct {
	Value float64
	Count int64
}

// Sample is a histogram: buckets in ascending order of value, each count
// positive. It is one environment's share of a cell.
type Sample []Bucket

// N is the number of values.
func (s Sample) N() int64 {
	var n int64
	for _, b := range s {
		n += b.Count
	}
	return n
}

// Quantile is the p-quantile of all values, as the function Quantile would give
// it for the list of them. It is NaN for no values.
func (s Sample) Quantile(p float64) float64 {
	n := s.N()
	if n == 0 {
		return math.NaN()
	}
	h := p * float64(n-1)
	rank := int64(math.Floor(h))
	low, high := s.at(rank), s.at(min(rank+1, n-1))
	return low + (h-float64(rank))*(high-low)
}

// at is the value of that rank, from 0.
func (s Sample) at(rank int64) float64 {
	for _, b := range s {
		if rank < b.Count {
			return b.Value
		}
		rank -= b.Count
	}
	return s[len(s)-1].Value
}

// Of makes a sample of single values.
func Of(values []float64) Sample {
	var s Sample
	for _, v := range sorted(values) {
		if len(s) > 0 && s[len(s)-1].Value == v {
			s[len(s)-1].Count++
		} else {
			s = append(s, Bucket{Value: v, Count: 1})
		}
	}
	return s
}

// Pool puts samples together.
func Pool(samples []Sample) Sample {
	switch len(samples) {
	case 0:
		return nil
	case 1:
		return slices.Clone(samples[0])
	}
	middle := len(samples) / 2
	return merge(Pool(samples[:middle]), Pool(samples[middle:]))
}

func merge(a, b Sample) Sample {
	out := make(Sample, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Value < b[0].Value:
			out, a = append(out, a[0]), a[1:]
		case b[0].Value < a[0].Value:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, Bucket{Value: a[0].Value, Count: a[0].Count + b[0].Count})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Medians are the medians of the samples that have values: one per environment,
// so that they are independent.
func Medians(clusters []Sample) []float64 {
	var medians []float64
	for _, c := range clusters {
		if len(c) > 0 {
			medians = append(medians, c.Quantile(0.5))
		}
	}
	return medians
}

// Center is the median of the clusters' own medians with its order-statistic
// interval: the calls of one environment are not independent, the environments
// are.
func Center(clusters []Sample) Summary { return Median(Medians(clusters)) }
