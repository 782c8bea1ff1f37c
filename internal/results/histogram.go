package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Histograms cover one microsecond to a thousand seconds (a Lambda call ends
// after 900) with three significant digits: a value is off by 0.05 % at most.
const (
	histogramLowestUs  = 1
	histogramHighestUs = 1_000_000_000
	histogramDigits    = 3
)

// Histogram counts durations in microseconds. In the document it is the
// compressed base64 form (V2) of HdrHistogram, which every implementation of it
// reads. It is sparse, so that thousands of them fit into memory. Reading it is
// safe for concurrent use, adding is not. Make it with NewHistogram.
type Histogram struct {
	packed *hdr.PackedHistogram
	// text is the encoded form until a value is added: compressing is slow, and a
	// run is saved many times.
	text atomic.Pointer[string]
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	return &Histogram{packed: hdr.NewPacked(histogramLowestUs, histogramHighestUs, histogramDigits)}
}

// Record counts d, rounded to the microsecond. Negative values and those beyond
// a thousand seconds are errors: they can't be durations of a call.
func (h *Histogram) Record(d time.Duration) error {
	h.text.Store(nil)
	if err := h.packed.RecordValue(int64(d.Round(time.Microsecond) / time.Microsecond)); err != nil {
		return fmt.Errorf("record %v in a histogram: %w", d, err)
	}
	return nil
}

// N is the number of values counted. A nil histogram has none.
func (h *Histogram) N() int64 {
	if h == nil {
		return 0
	}
	return h.packed.TotalCount()
}

// Add counts all values of other, too.
func (h *Histogram) Add(other *Histogram) error {
	if other == nil {
		return nil
	}
	h.text.Store(nil)
	if dropped := h.packed.Merge(other.packed); dropped > 0 {
		return fmt.Errorf("add histograms: %d values are beyond the highest, %d µs", dropped, int64(histogramHighestUs))
	}
	return nil
}

// Buckets calls yield with each value in milliseconds that was counted, in
// ascending order, and how often. A value is the middle of its bucket.
func (h *Histogram) Buckets(yield func(ms float64, n int64) bool) {
	if h == nil {
		return
	}
	for low, n := range h.packed.ForEachBucket {
		// The library gives a bucket's lowest value; its width is the lowest power
		// of two that keeps three digits (2,048 sub-buckets).
		width := int64(1)
		for low/width >= 2048 {
			width *= 2
		}
		if !yield((float64(low)+float64(width-1)/2)/1000, n) {
			return
		}
	}
}

// MarshalJSON writes the compressed base64 form.
func (h *Histogram) MarshalJSON() ([]byte, error) {
	if h.packed == nil {
		return nil, errors.New("encode a histogram: got one that NewHistogram did not make")
	}
	if text := h.text.Load(); text != nil {
		return json.Marshal(*text)
	}
	encoded, err := h.packed.Encode()
	if err != nil {
		return nil, fmt.Errorf("encode a histogram: %w", err)
	}
	text := string(encoded)
	h.text.Store(&text)
	return json.Marshal(text)
}

// UnmarshalJSON reads the compressed base64 form.
func (h *Histogram) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("decode a histogram: %w", err)
	}
	packed, err := hdr.DecodePacked([]byte(text))
	if err != nil {
		return fmt.Errorf("decode a histogram: %w", err)
	}
	if packed.SignificantFigures() != histogramDigits || packed.LowestTrackableValue() != histogramLowestUs {
		return fmt.Errorf("decode a histogram: got %d digits from %d µs on, wanted %d from %d µs",
			packed.SignificantFigures(), packed.LowestTrackableValue(), histogramDigits, histogramLowestUs)
	}
	h.packed = packed
	h.text.Store(&text)
	return nil
}
