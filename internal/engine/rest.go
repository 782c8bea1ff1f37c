package engine

import (
	"sync"
	"time"
)

// DefaultFreezeAfter is how long a runtime must have waited for an event to be
// frozen. Calls that follow each other closer than that, as under load, find it
// awake, and no answer waits for the freezer. It is short beside the pauses between
// calls, whose background work is what the freezer is for.
const DefaultFreezeAfter = time.Millisecond

// rest is the time of a process between two events.
type rest struct {
	box   Box
	timer *time.Timer // made at the first rest

	mu      sync.Mutex // held while the box is being frozen or thawed
	resting bool       // there is no event
	frozen  bool
	trouble error // of a freeze; whoever comes next gets it
}

// begin lets the process be frozen when it has rested for a moment.
func (r *rest) begin(after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting = true
	if r.timer == nil {
		r.timer = time.AfterFunc(after, r.freeze)
		return
	}
	r.timer.Reset(after)
}

func (r *rest) freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.resting || r.frozen {
		return
	}
	err := r.box.Freeze()
	switch {
	case err == nil:
		r.frozen = true
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
	if r.timer != nil {
		r.timer.Stop()
	}
	frozen, trouble = r.frozen, r.trouble
	r.resting, r.frozen, r.trouble = false, false, nil
	return frozen, trouble
}
