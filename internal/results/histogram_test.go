package results

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

func TestHistogramKeepsThreeDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(0, histogramHighestUs).Draw(t, "us")
		h := NewHistogram()
		if err := h.Record(time.Duration(us) * time.Microsecond); err != nil {
			t.Fatal(err)
		}
		for got, n := range h.Buckets {
			want := float64(us) / 1000
			if n != 1 || math.Abs(got-want) > want*0.0005 {
				t.Fatalf("got %v ms %d times, want %v once, within 0.05 %%", got, n, want)
			}
		}
	})
}

func TestHistogramRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 10_000_000), 0, 50).Draw(t, "us")
		h := NewHistogram()
		for _, us := range values {
			if err := h.Record(time.Duration(us) * time.Microsecond); err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Histogram
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		type bucket struct {
			ms float64
			n  int64
		}
		if again, err := json.Marshal(&back); err != nil || string(again) != string(text) {
			t.Fatalf("got %s, %v after reading it back; want %s", again, err, text)
		}
		list := func(h *Histogram) (all []bucket) {
			for ms, n := range h.Buckets {
				all = append(all, bucket{ms, n})
			}
			return all
		}
		got, want := list(&back), list(h)
		if len(got) != len(want) || back.N() != int64(len(values)) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

// The text is what the library's ordinary histogram reads, so that other tools
// can.
func TestHistogramIsReadByTheLibrary(t *testing.T) {
	h := NewHistogram()
	for _, d := range []time.Duration{time.Millisecond, 2 * time.Second, 2 * time.Second} {
		if err := h.Record(d); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		t.Fatal(err)
	}
	dense, err := hdr.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := dense.ValueAtQuantile(99); dense.TotalCount() != 3 || math.Abs(float64(got)-2e6) > 1e3 {
		t.Errorf("got %d values up to %d µs, want 3 up to 2 s", dense.TotalCount(), got)
	}
}

func TestHistogramRefuses(t *testing.T) {
	h := NewHistogram()
	for _, d := range []time.Duration{-time.Millisecond, 2000 * time.Second} {
		if err := h.Record(d); err == nil {
			t.Errorf("Record(%v): got no error", d)
		}
	}
	coarse, err := hdr.NewPacked(1, 1000000, 2).Encode()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(string(coarse))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`""`, `3`, `"HISTFAAA"`, string(data)} {
		if err := json.Unmarshal([]byte(text), new(Histogram)); err == nil {
			t.Errorf("%s: got no error", text)
		}
	}
	if _, err := json.Marshal(&Histogram{}); err == nil {
		t.Error("got no error for a histogram that NewHistogram did not make")
	}
}

func TestHistogramIsWrittenAnewAfterARecord(t *testing.T) {
	h := NewHistogram()
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back Histogram
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if err := back.Record(time.Second); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(&back); err != nil || string(again) == string(text) {
		t.Errorf("got %s, %v; want the new value in the text", again, err)
	}
}

func TestHistogramAdd(t *testing.T) {
	a, b := NewHistogram(), NewHistogram()
	for range 3 {
		if err := a.Record(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if err := b.Record(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Add(b); err != nil {
		t.Fatal(err)
	}
	if err := a.Add(nil); err != nil {
		t.Fatal(err)
	}
	if got := a.N(); got != 6 {
		t.Errorf("got %d values, want 6", got)
	}
	if got := b.N(); got != 3 {
		t.Errorf("got %d values in the added one, want 3 still", got)
	}
	var none *Histogram
	if got := none.N(); got != 0 {
		t.Errorf("got %d values in a nil histogram, want 0", got)
	}
}

// TestHistogramIsOfOneSizeWhateverItCounts: a value whose bucket is there
// already takes no memory, so that a histogram is as large as the latencies are
// wide, not as the calls are many.
func TestHistogramIsOfOneSizeWhateverItCounts(t *testing.T) {
	h := NewHistogram()
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() time.Duration {
		return time.Duration(2000+random.IntN(3000)) * time.Microsecond
	}
	for range 100_000 {
		if err := h.Record(draw()); err != nil {
			t.Fatal(err)
		}
	}
	before, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(100_000, func() {
		if err := h.Record(draw()); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("got %v allocations for a value, want none", got)
	}
	after, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if len(after) > len(before)*3/2 {
		t.Errorf("got %d bytes of text after twice as many values, %d before", len(after), len(before))
	}
}
