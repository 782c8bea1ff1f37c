package loadtest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestPartsAreAllCallsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, of := rapid.Int64Range(0, 500).Draw(t, "n"), rapid.IntRange(1, 20).Draw(t, "of")
		var all []int64
		for i := range of {
			before := len(all)
			all = slices.AppendSeq(all, Part{i, of}.of(n))
			if got := int64(len(all) - before); got != (Part{i, of}).count(n) {
				t.Fatalf("part %d of %d below %d: got %d numbers, want count's %d", i, of, n, got, Part{i, of}.count(n))
			}
		}
		slices.Sort(all)
		want := slices.Collect(Part{}.of(n))
		if !slices.Equal(all, want) {
			t.Fatalf("got %v, want %v", all, want)
		}
	})
}

// TestMergedIsWhatOneWouldHaveCounted splits calls among workers, hands what each counted
// over as JSON, and compares their sum with one recorder's document, byte for byte.
func TestMergedIsWhatOneWouldHaveCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
		of := rapid.IntRange(1, 5).Draw(t, "of")
		one := NewRecorder(time.Second)
		one.From(begin)
		shares := make([]Share, of)
		job := Job{Run: "r", Part: Part{Of: of}, Runtimes: []string{"a"}, Scenario: brief(), WindowSeconds: 1}
		job.Scenario.StartRate, job.Scenario.Stages = 1, nil
		n := rapid.IntRange(1, 200).Draw(t, "calls")
		job.Scenario.Stages = []Stage{{1, float64(n)}}
		for i := range shares {
			part := job
			part.Index = i
			shares[i] = part.Share(results.LoadTest{Iterations: new(int64), Dropped: new(int64), Late: new(int64)}, part.Sender("", "").Recorder)
			shares[i].Recorder.From(begin)
		}
		// A run that is longer than the windows there are, so that some recorders have to widen theirs.
		span := rapid.Int64Range(1, 2000).Draw(t, "seconds")
		for k := range n {
			s := Seen{
				Time: begin.Add(time.Duration(rapid.Int64Range(0, span*1000).Draw(t, "ms")) * time.Millisecond), Runtime: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "runtime"),
				Operation: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "operation"), Took: time.Duration(rapid.IntRange(0, 1e6).Draw(t, "µs")) * time.Microsecond, Cold: k%7 == 0,
			}
			if k%5 == 0 {
				s.Wrong = "wrong"
			}
			share := shares[k%of]
			*share.Test.Iterations++
			for _, r := range []*Recorder{one, share.Recorder} {
				if err := r.Add(s); err != nil {
					t.Fatal(err)
				}
				if err := r.AddPhase(s.Runtime, Connecting, s.Took); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := range shares {
			text, err := json.Marshal(shares[i])
			if err != nil {
				t.Fatal(err)
			}
			shares[i] = Share{}
			if err := json.Unmarshal(text, &shares[i]); err != nil {
				t.Fatal(err)
			}
		}
		merged, _, problems, err := job.Merge(shares)
		if err != nil || len(problems) > 0 {
			t.Fatalf("got %v, %v", problems, err)
		}
		about := About{Test: results.LoadTest{Tool: "bench load"}}
		got, err := json.Marshal(merged.Document(about))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(one.Document(about))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}

func TestMergeNamesWhatIsWrong(t *testing.T) {
	job := Job{Run: "r", Part: Part{Of: 3}, Runtimes: []string{"a"}, Scenario: brief(), WindowSeconds: 1} // 200 calls
	begin := time.Now()
	share := func(index int, calls, dropped int64) Share {
		s := job.Share(results.LoadTest{Iterations: &calls, Dropped: &dropped, Late: new(int64)}, NewRecorder(time.Second))
		s.Index = index
		s.Recorder.From(begin)
		for range calls {
			if err := s.Recorder.Add(Seen{Time: begin, Runtime: "a", Operation: "x", Took: time.Millisecond}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	lost, other, foreign := share(2, 60, 6), share(1, 60, 7), share(1, 60, 7)
	*lost.Test.Iterations++
	other.Run, foreign.Of = "q", 4
	tests := map[string]struct {
		shares []Share
		want   []string
		calls  int64
	}{
		"all":       {[]Share{share(2, 66, 0), share(0, 60, 7), share(1, 67, 0)}, nil, 193},
		"missing":   {[]Share{share(0, 67, 0), share(1, 67, 0)}, []string{"share 3 of 3 is missing"}, 134},
		"twice":     {[]Share{share(0, 67, 0), share(1, 67, 0), share(1, 67, 0), share(2, 66, 0)}, []string{"share 2 of 3 came twice: it is counted once"}, 200},
		"cut short": {[]Share{share(0, 67, 0), share(1, 67, 0), share(2, 10, 0)}, []string{"share 3 of 3 ended after 10 of its 66 calls"}, 144},
		"lost":      {[]Share{share(0, 67, 0), share(1, 67, 0), lost}, []string{"share 3 of 3 has 60 calls in its histograms, of 61 that left"}, 134},
		"another load's": {[]Share{share(0, 67, 0), other, foreign, share(2, 66, 0)}, []string{
			`share 2 of 3 is of the load "q"`, "share 2 of 4 is none of 3",
		}, 133},
	}
	for name, tt := range tests {
		recorder, test, problems, err := job.Merge(tt.shares)
		if err != nil || !slices.Equal(problems, tt.want) || recorder.Calls() != tt.calls || *test.Iterations != tt.calls {
			t.Errorf("%s: got %d calls, %q, %v, want %d, %q", name, recorder.Calls(), problems, err, tt.calls, tt.want)
		}
	}
}

func TestDamagedSharesAreRefused(t *testing.T) {
	r := NewRecorder(time.Second)
	if err := r.Add(Seen{Time: time.Now(), Runtime: "a", Operation: "x", Took: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{`"calls":1`: `"calls":2`, `"n":1`: `"n":3`, `"widthMs":1000`: `"widthMs":0`} {
		damaged := strings.Replace(string(text), from, to, 1)
		if damaged == string(text) {
			t.Fatalf("%s: not in %s", from, text)
		}
		if err := json.Unmarshal([]byte(damaged), new(Recorder)); err == nil || !strings.Contains(err.Error(), "read what a worker counted") {
			t.Errorf("%s: got %v", to, err)
		}
	}
}

func TestJobsAreChecked(t *testing.T) {
	good := Job{Run: "r", Part: Part{1, 4}, Runtimes: []string{"a"}, Scenario: brief(), WindowSeconds: 1}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for says, spoil := range map[string]func(*Job){
		"run: ": func(j *Job) { j.Run = "" }, "index: ": func(j *Job) { j.Index = 4 }, "runtimes: ": func(j *Job) { j.Runtimes = nil },
		"windowSeconds: ": func(j *Job) { j.WindowSeconds = 0 }, "maxInFlight: got 3 for 4 workers": func(j *Job) { j.Scenario.MaxInFlight = 3 },
		"mix: ": func(j *Job) { j.Scenario.Mix = nil },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Check(); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
