package loadtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// Part is one worker's calls of a scenario: those with the numbers Index, Index+Of,
// Index+2·Of, …, so that the parts together send every call once and each at its time,
// and a part sees the whole length of the schedule. The zero value is all of them.
type Part struct {
	Index int `json:"index"` // from 0
	Of    int `json:"of"`    // how many parts there are
}

// String counts from 1, as people do.
func (p Part) String() string { return fmt.Sprintf("share %d of %d", p.Index+1, p.Of) }

// of are the part's numbers below n.
func (p Part) of(n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for k := int64(p.Index); k < n && yield(k); k += int64(max(p.Of, 1)) {
		}
	}
}

// count is how many numbers below n the part has.
func (p Part) count(n int64) int64 {
	of := int64(max(p.Of, 1))
	return (max(n-int64(p.Index), 0) + of - 1) / of
}

// Job is what all workers of one load are told, but for each one's Index.
type Job struct {
	Run string `json:"run"` // the load's own name: shares of two loads don't mix
	Part
	Runtimes []string `json:"runtimes"`
	Scenario Scenario `json:"scenario"`
	// WindowSeconds is the length of the windows of time that calls are counted by.
	WindowSeconds float64 `json:"windowSeconds"`
}

// Check finds what a worker can't work with.
func (j Job) Check() error {
	switch {
	case j.Run == "":
		return fmt.Errorf("run: got nothing, wanted the load's name")
	case j.Of < 1 || j.Index < 0 || j.Index >= j.Of:
		return fmt.Errorf("index: got %d of %d, wanted 0 to one less than there are", j.Index, j.Of)
	case len(j.Runtimes) == 0:
		return fmt.Errorf("runtimes: got none, wanted one at least")
	case j.WindowSeconds <= 0:
		return fmt.Errorf("windowSeconds: got %v, wanted more than 0", j.WindowSeconds)
	case j.Scenario.MaxInFlight < j.Of:
		return fault.Usage("fewer workers, or more in the scenario file", "maxInFlight: got %d for %d workers, wanted one for each at least", j.Scenario.MaxInFlight, j.Of)
	}
	return j.Scenario.check()
}

// Sender sends the job's part to an API.
func (j Job) Sender(base, key string) *Sender {
	width := time.Duration(j.WindowSeconds * float64(time.Second))
	return &Sender{Base: base, Key: key, Runtimes: j.Runtimes, Scenario: j.Scenario, Part: j.Part, Recorder: NewRecorder(width)}
}

// Share is what one worker saw of its part: counts and histograms.
type Share struct {
	Run string `json:"run"`
	Part
	Test     results.LoadTest `json:"test"`
	Recorder *Recorder        `json:"recorder"`
}

// Failure is a worker without a share.
type Failure struct {
	Part
	Err error
}

// Share is what came of the job.
func (j Job) Share(test results.LoadTest, recorder *Recorder) Share {
	return Share{Run: j.Run, Part: j.Part, Test: test, Recorder: recorder}
}

// problem is why the share can't count, or "".
func (j Job) problem(s Share) string {
	switch {
	case s.Run != j.Run:
		return fmt.Sprintf("is of the load %q", s.Run)
	case s.Of != j.Of || s.Index < 0 || s.Index >= j.Of:
		return fmt.Sprintf("is none of %d", j.Of)
	case s.Recorder == nil || s.Test.Iterations == nil || s.Test.Dropped == nil || s.Test.Late == nil:
		return "has no counts"
	case s.Recorder.Calls() != *s.Test.Iterations:
		return fmt.Sprintf("has %d calls in its histograms, of %d that left", s.Recorder.Calls(), *s.Test.Iterations)
	}
	if planned := s.count(j.Scenario.Calls()); *s.Test.Iterations+*s.Test.Dropped != planned {
		return fmt.Sprintf("ended after %d of its %d calls", *s.Test.Iterations+*s.Test.Dropped, planned)
	}
	return ""
}

// Merge counts all shares of the job's load together: histograms are added up, value by
// value, so that percentiles are those of all calls. Problems name each share that is
// missing, came twice, or does not hold what it should; what did not come to its end is
// counted all the same, anything else is not. How many calls were under way at a time is
// not known of several workers.
func (j Job) Merge(shares []Share) (recorder *Recorder, test results.LoadTest, problems []string, err error) {
	recorder = NewRecorder(time.Duration(j.WindowSeconds * float64(time.Second)))
	test = results.LoadTest{Tool: "bench load", Schedule: j.Scenario.Text(), Iterations: new(int64), Dropped: new(int64), Late: new(int64)}
	seen := map[int]bool{}
	for _, s := range slices.SortedFunc(slices.Values(shares), func(a, b Share) int { return cmp.Compare(a.Index, b.Index) }) {
		why := j.problem(s)
		if why == "" && seen[s.Index] {
			why = "came twice: it is counted once"
		}
		if why != "" {
			problems = append(problems, s.String()+" "+why)
		}
		if why != "" && !strings.HasPrefix(why, "ended after") || seen[s.Index] {
			continue
		}
		seen[s.Index] = true
		if err := recorder.Merge(s.Recorder); err != nil {
			return nil, test, nil, fmt.Errorf("count %s: %w", s, err)
		}
		test.Parts++
		*test.Iterations += *s.Test.Iterations
		*test.Dropped += *s.Test.Dropped
		*test.Late += *s.Test.Late
	}
	for i := range j.Of {
		if !seen[i] && !slices.ContainsFunc(shares, func(s Share) bool { return s.Index == i }) {
			problems = append(problems, Part{i, j.Of}.String()+" is missing")
		}
	}
	return recorder, test, problems, nil
}

// Merge counts what another recorder has counted, too, which began in a window of this
// one's (see From).
func (r *Recorder) Merge(other *Recorder) error {
	if other.calls == 0 && other.first.IsZero() {
		return nil
	}
	if r.first.IsZero() {
		r.origin, r.width, r.low, r.high = other.origin, other.width, other.low, other.high
		r.first, r.last = other.first, other.last
	}
	if !r.origin.Equal(other.origin) {
		return fmt.Errorf("merge windows: got some from %v on and some from %v on, wanted one beginning", r.origin, other.origin)
	}
	for r.width < other.width || max(r.high, other.at(other.high, r))-min(r.low, other.at(other.low, r)) >= maxWindows {
		if err := r.widen(); err != nil {
			return err
		}
	}
	if r.width%other.width != 0 {
		return fmt.Errorf("merge windows: got a length of %v and one of %v, wanted one to be the other doubled", r.width, other.width)
	}
	r.first, r.last = earlier(r.first, other.first), later(r.last, other.last)
	r.low, r.high = min(r.low, other.at(other.low, r)), max(r.high, other.at(other.high, r))
	r.calls += other.calls
	for name, theirs := range other.runtimes {
		at := r.runtime(name)
		maps.Copy(at.operations, theirs.operations)
		for number, w := range theirs.windows {
			number = other.at(number, r)
			into := results.Window{}
			if at.windows[number] != nil {
				into = *at.windows[number]
			}
			both, err := into.With(*w)
			if err != nil {
				return err
			}
			at.windows[number] = &both
		}
		for _, phase := range []struct{ into, from **results.Histogram }{
			{&at.connections.BlockedMs, &theirs.connections.BlockedMs},
			{&at.connections.ConnectingMs, &theirs.connections.ConnectingMs},
			{&at.connections.TLSMs, &theirs.connections.TLSMs},
		} {
			if *phase.from == nil {
				continue
			}
			if *phase.into == nil {
				*phase.into = results.NewHistogram()
			}
			if err := (*phase.into).Add(*phase.from); err != nil {
				return err
			}
		}
	}
	return nil
}

// at is the number that a window has in a recorder whose windows are as long or longer.
func (r *Recorder) at(number int, wide *Recorder) int {
	return wide.number(r.origin.Add(time.Duration(number) * r.width))
}

// recording is a Recorder as workers hand it over.
type recording struct {
	Origin   time.Time                `json:"origin"`
	WidthMs  int64                    `json:"widthMs"`
	First    time.Time                `json:"first"`
	Last     time.Time                `json:"last"`
	Calls    int64                    `json:"calls"`
	Runtimes map[string]recordingPart `json:"runtimes"`
}

type recordingPart struct {
	Windows     []results.Window    `json:"windows"`
	Connections results.Connections `json:"connections"`
}

// MarshalJSON writes all that was counted, without loss.
func (r *Recorder) MarshalJSON() ([]byte, error) {
	out := recording{Origin: r.origin, WidthMs: r.width.Milliseconds(), First: r.first, Last: r.last, Calls: r.calls, Runtimes: map[string]recordingPart{}}
	for name, at := range r.runtimes {
		part := recordingPart{Connections: at.connections}
		for _, number := range slices.Sorted(maps.Keys(at.windows)) {
			w := *at.windows[number]
			w.Index = number
			part.Windows = append(part.Windows, w)
		}
		out.Runtimes[name] = part
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote. The calls are counted anew.
func (r *Recorder) UnmarshalJSON(data []byte) error {
	var in recording
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("read what a worker counted: %w", err)
	}
	*r = Recorder{width: time.Duration(in.WidthMs) * time.Millisecond, origin: in.Origin, first: in.First, last: in.Last, runtimes: map[string]*recorded{}}
	if r.width <= 0 {
		return fmt.Errorf("read what a worker counted: got windows of %d ms, wanted more than 0", in.WidthMs)
	}
	begun := false
	for name, part := range in.Runtimes {
		at := r.runtime(name)
		at.connections = part.Connections
		for _, w := range part.Windows {
			if w.Operations == nil {
				w.Operations = map[string]results.Operation{}
			}
			at.windows[w.Index] = &w
			for operation := range w.Operations {
				at.operations[operation] = true
			}
			all, err := w.All()
			if err != nil {
				return fmt.Errorf("read what a worker counted: %w", err)
			}
			if n := all.HDR.ClientMs.N(); n != all.N {
				return fmt.Errorf("read what a worker counted: got %d values of %d calls of %s in window %d", n, all.N, name, w.Index)
			}
			r.calls += all.N + all.Errors
			if !begun {
				r.low, r.high, begun = w.Index, w.Index, true
			}
			r.low, r.high = min(r.low, w.Index), max(r.high, w.Index)
		}
	}
	if r.calls != in.Calls {
		return fmt.Errorf("read what a worker counted: got %d calls in its windows, wanted its %d", r.calls, in.Calls)
	}
	return nil
}
