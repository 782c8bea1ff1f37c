package bench

import "time"

// Pacer is a constant rate. It is pure: it reads no clock and waits for nothing.
type Pacer struct {
	Rate  float64 // calls per second
	Calls int64   // on the schedule
}

// Start is when call k, counted from 0, is intended to leave, measured from the
// beginning of the schedule. It depends on nothing that happened before: a call
// that was answered slowly delays no other one's intended start, and so its
// time is never left out (coordinated omission).
func (p Pacer) Start(k int64) time.Duration {
	return time.Duration(float64(k) / p.Rate * float64(time.Second))
}

// Pace says how long to wait, that much time into the schedule and after that
// many calls, until the next one has to leave: 0 when it is due. It stops when
// all have left.
func (p Pacer) Pace(elapsed time.Duration, hits int64) (wait time.Duration, stop bool) {
	if hits >= p.Calls {
		return 0, true
	}
	return max(p.Start(hits)-elapsed, 0), false
}

// Due is how many calls have to have left after that much time.
func (p Pacer) Due(elapsed time.Duration) int64 {
	due := min(max(int64(elapsed.Seconds()*p.Rate), 0), p.Calls)
	for due < p.Calls && p.Start(due) <= elapsed { // division and rounding may be one off, either way
		due++
	}
	for due > 0 && p.Start(due-1) > elapsed {
		due--
	}
	return due
}
