package loadtest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Seen is one call as a load generator saw it.
type Seen struct {
	Time      time.Time // of its end, or as near to it as is known
	Runtime   string
	Operation string
	Took      time.Duration
	// Wrong says what was wrong with the answer, "" where it was as promised.
	Wrong string
	// Cold: the answer said that it was the first of its environment.
	Cold bool
}

// maxWindows bounds what a run of any length takes of memory.
const maxWindows = 240

// maxOperations bounds how many operations a runtime can have, which foreign scripts
// may name as they like.
const maxOperations = 100

// Recorder counts calls by window of time, runtime and operation. What it holds does
// not grow with the number of calls: when there are too many windows, each becomes one
// with its neighbour. It is not safe for concurrent use.
type Recorder struct {
	width    time.Duration
	origin   time.Time
	runtimes map[string]*recorded
	low      int // window numbers in use
	high     int
	first    time.Time
	last     time.Time
	calls    int64
}

type recorded struct {
	windows     map[int]*results.Window
	operations  map[string]bool
	connections results.Connections
}

// NewRecorder counts in windows of a width, which grows where the run is long.
func NewRecorder(width time.Duration) *Recorder {
	return &Recorder{width: width, runtimes: map[string]*recorded{}}
}

// From makes t's window the first one to count from, so that the windows of several
// recorders with one width are the same. It has to come before the first call.
func (r *Recorder) From(t time.Time) { r.origin = t.Truncate(r.width) }

// Calls is how many were counted.
func (r *Recorder) Calls() int64 { return r.calls }

// Add counts a call.
func (r *Recorder) Add(s Seen) error {
	at := r.runtime(s.Runtime)
	if !at.operations[s.Operation] {
		if len(at.operations) >= maxOperations {
			s.Operation = "others"
		}
		at.operations[s.Operation] = true
	}
	window, err := r.window(at, s.Time)
	if err != nil {
		return err
	}
	r.calls++
	if s.Cold {
		if window.Cold == nil {
			window.Cold = &results.Operation{HDR: results.HDR{ClientMs: results.NewHistogram()}}
		}
		return count(window.Cold, s)
	}
	operation, ok := window.Operations[s.Operation]
	if !ok {
		operation = results.Operation{HDR: results.HDR{ClientMs: results.NewHistogram()}}
	}
	err = count(&operation, s)
	window.Operations[s.Operation] = operation
	return err
}

func count(o *results.Operation, s Seen) error {
	if s.Wrong != "" {
		o.Errors++
		o.Wrong = cmp.Or(o.Wrong, s.Wrong)
		return nil
	}
	o.N++
	return o.HDR.ClientMs.Record(s.Took)
}

// Phase is a part of making a connection.
type Phase int

// The phases: waiting for a free connection, the TCP handshake, the TLS handshake.
const (
	Blocked Phase = iota
	Connecting
	Handshake
)

// AddPhase counts what a phase took of a call. Zero is no handshake at all.
func (r *Recorder) AddPhase(runtime string, phase Phase, took time.Duration) error {
	c := &r.runtime(runtime).connections
	into := map[Phase]**results.Histogram{Blocked: &c.BlockedMs, Connecting: &c.ConnectingMs, Handshake: &c.TLSMs}[phase]
	if took <= 0 && phase != Blocked {
		return nil
	}
	if *into == nil {
		*into = results.NewHistogram()
	}
	return (*into).Record(took)
}

func (r *Recorder) runtime(name string) *recorded {
	at, ok := r.runtimes[name]
	if !ok {
		at = &recorded{windows: map[int]*results.Window{}, operations: map[string]bool{}}
		r.runtimes[name] = at
	}
	return at
}

// window is the one that holds t.
func (r *Recorder) window(at *recorded, t time.Time) (*results.Window, error) {
	if r.origin.IsZero() {
		r.origin = t.Truncate(r.width)
	}
	if r.first.IsZero() {
		r.first, r.last = t, t
		r.low, r.high = r.number(t), r.number(t)
	}
	r.first, r.last = earlier(r.first, t), later(r.last, t)
	number := r.number(t)
	for max(r.high, number)-min(r.low, number) >= maxWindows {
		if err := r.widen(); err != nil {
			return nil, err
		}
		number = r.number(t)
	}
	r.low, r.high = min(r.low, number), max(r.high, number)
	w, ok := at.windows[number]
	if !ok {
		w = &results.Window{Operations: map[string]results.Operation{}}
		at.windows[number] = w
	}
	return w, nil
}

func (r *Recorder) number(t time.Time) int {
	return int(math.Floor(float64(t.Sub(r.origin)) / float64(r.width)))
}

// widen makes one window of two.
func (r *Recorder) widen() error {
	r.width *= 2
	halved := func(n int) int { return int(math.Floor(float64(n) / 2)) }
	for _, at := range r.runtimes {
		wide := map[int]*results.Window{}
		for _, number := range slices.Sorted(maps.Keys(at.windows)) {
			w := at.windows[number]
			if into, ok := wide[halved(number)]; ok {
				both, err := into.With(*w)
				if err != nil {
					return err
				}
				w = &both
			}
			wide[halved(number)] = w
		}
		at.windows = wide
	}
	r.low, r.high = halved(r.low), halved(r.high)
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
