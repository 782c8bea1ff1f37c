package results

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// LoadTest is what is known of a load that came from outside the functions, over HTTP:
// of k6, or of bench load. Its calls are in the configurations' windows.
type LoadTest struct {
	Tool          string  `json:"tool"`                 // such as k6
	Scenario      string  `json:"scenario,omitempty"`   // its name
	Schedule      string  `json:"schedule,omitempty"`   // in words
	Parts         int     `json:"parts"`                // instances, or files, that were put together
	WindowSeconds float64 `json:"windowSeconds"`        // of each Window
	Iterations    *int64  `json:"iterations,omitempty"` // begun, all parts together
	Dropped       *int64  `json:"dropped,omitempty"`    // due, and never begun
	Late          *int64  `json:"late,omitempty"`       // begun behind the schedule by the generator itself
	PeakInFlight  *int64  `json:"peakInFlight,omitempty"`
	// Unnamed calls had nothing that says whose they are; they are in no configuration.
	Unnamed int64 `json:"unnamed,omitempty"`
}

// Window is a part of a load test in time, and its unit of replication: calls of the
// same moment met the same machine, queue and neighbours. All runtimes that were called
// then have a window of that Index.
type Window struct {
	Index      int                  `json:"index"`          // from the first window of the test on, from 0
	Operations map[string]Operation `json:"operations"`     // calls, but for the cold ones
	Cold       *Operation           `json:"cold,omitempty"` // all operations: those whose answer said that its environment was new
}

// Connections is what making connections took, apart from the calls themselves.
type Connections struct {
	BlockedMs    *Histogram `json:"blockedMs,omitempty"`    // of each call: waiting for a connection
	ConnectingMs *Histogram `json:"connectingMs,omitempty"` // of each new connection
	TLSMs        *Histogram `json:"tlsMs,omitempty"`        // of each TLS handshake
}

// Outside is all that a load test saw of the configuration: every operation, cold calls
// among them.
func (c *Configuration) Outside() (Operation, error) {
	all := Operation{HDR: HDR{ClientMs: NewHistogram()}}
	for _, w := range c.Windows {
		sum, err := w.All()
		if err != nil {
			return all, err
		}
		if err := all.add(sum); err != nil {
			return all, err
		}
	}
	return all, nil
}

// All is every call of the window.
func (w Window) All() (Operation, error) {
	all := Operation{HDR: HDR{ClientMs: NewHistogram()}}
	for _, name := range slices.Sorted(maps.Keys(w.Operations)) {
		if err := all.add(w.Operations[name]); err != nil {
			return all, err
		}
	}
	if w.Cold != nil {
		return all, all.add(*w.Cold)
	}
	return all, nil
}

// With is both windows' calls in one.
func (w Window) With(other Window) (Window, error) {
	both := Window{Index: w.Index, Operations: map[string]Operation{}}
	for _, part := range []Window{w, other} {
		for name, operation := range part.Operations {
			sum, ok := both.Operations[name]
			if !ok {
				sum.HDR.ClientMs = NewHistogram()
			}
			if err := sum.add(operation); err != nil {
				return both, err
			}
			both.Operations[name] = sum
		}
		if part.Cold != nil {
			if both.Cold == nil {
				both.Cold = &Operation{HDR: HDR{ClientMs: NewHistogram()}}
			}
			if err := both.Cold.add(*part.Cold); err != nil {
				return both, err
			}
		}
	}
	return both, nil
}

func (o *Operation) add(other Operation) error {
	o.N, o.Errors, o.Wrong = o.N+other.N, o.Errors+other.Errors, cmp.Or(o.Wrong, other.Wrong)
	return o.HDR.ClientMs.Add(other.HDR.ClientMs)
}

// Misses are what a load test did not hold of its objective, as sentences without
// their point. The percentile is judged by count.
func (d *Document) Misses() ([]string, error) {
	if d.LoadTest == nil || d.Plan.SLO == (SLO{}) {
		return nil, nil
	}
	slo := d.Plan.SLO
	var misses []string
	if n := d.LoadTest.Dropped; n != nil && *n > 0 {
		misses = append(misses, fmt.Sprintf("%s dropped: due while too many others were under way", count(*n, "call")))
	}
	for i := range d.Configurations {
		c := &d.Configurations[i]
		all, err := c.Outside()
		if err != nil {
			return nil, err
		}
		calls := all.N + all.Errors
		if share := float64(all.Errors) / float64(max(calls, 1)); share >= slo.ErrorShare && all.Errors > 0 {
			misses = append(misses, fmt.Sprintf("%s: %.3g %% of %s answered wrongly, the limit is %.3g %%", c.Runtime, 100*share, count(calls, "call"), 100*slo.ErrorShare))
		}
		var over int64
		for ms, n := range all.HDR.ClientMs.Buckets {
			if ms >= slo.ResponseMs {
				over += n
			}
		}
		if over > allowance(all.N, slo) {
			misses = append(misses, fmt.Sprintf("%s: %d of %s took %v ms and more, p%v is over its limit", c.Runtime, over, count(all.N, "call"), slo.ResponseMs, slo.Percentile))
		}
	}
	return misses, nil
}
