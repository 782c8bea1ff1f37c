package engine

import (
	"errors"
	"sync"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/engine/sandbox"
)

// DefaultFreezeAfter is how long a runtime must have waited for an event to be
// frozen. Calls that follow each other closer than that, as under load, find it
// awake, and no answer waits for the freezer. It is short beside the pauses between
// calls, whose background work is what the freezer is for.
const DefaultFreezeAfter = time.Millisecond

// rest is the time of a process between two events.
type rest struct {
	box   Box
	after time.Duration
	timer *time.Timer // made at the first rest

	mu      sync.Mutex // held while the box is being frozen or thawed
	since   time.Time  // when it began; zero: there is an event
	waiting bool       // the timer will look. It is not set back by each event: that costs more than the event
	frozen  bool
	trouble error // of a freeze; whoever comes next gets it
}

// begin lets the process be frozen when it has rested for a moment.
func (r *rest) begin(after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since, r.after = time.Now(), after
	switch {
	case r.timer == nil:
		r.timer = time.AfterFunc(after, r.look)
	case !r.waiting:
		r.timer.Reset(after)
	}
	r.waiting = true
}

// look freezes what has rested long enough, or looks again when it will have.
func (r *rest) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = false
	if r.since.IsZero() {
		return
	}
	if left := r.after - time.Since(r.since); left > 0 {
		r.waiting = true
		r.timer.Reset(left)
		return
	}
	err := r.box.Freeze()
	switch {
	case err == nil:
		r.frozen = true
	case errors.Is(err, sandbox.ErrRestless): // it runs on, and may be frozen at its next rest
	case !dying(r.box):
		r.trouble = err
	}
}

// over wakes the process for an event.
func (r *rest) over() error {
	frozen, err := r.stop()
	if err != nil || !frozen {
		return err
	}
	return r.box.Thaw()
}

// end is over for a process that will be killed, frozen or not.
func (r *rest) end() error {
	_, err := r.stop()
	return err
}

func (r *rest) stop() (frozen bool, trouble error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	frozen, trouble = r.frozen, r.trouble
	r.since, r.frozen, r.trouble = time.Time{}, false, nil
	return frozen, trouble
}
