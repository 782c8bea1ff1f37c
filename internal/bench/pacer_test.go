package bench

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPacerKeepsItsScheduleWhateverWasSlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pacer{Rate: rapid.Float64Range(0.1, 20000).Draw(t, "rate"), Calls: rapid.Int64Range(1, 1_000_000).Draw(t, "calls")}
		k := rapid.Int64Range(0, p.Calls-1).Draw(t, "k")
		start := p.Start(k)
		if got := start.Seconds() * p.Rate; got < float64(k)-0.01 || got > float64(k)+0.01 {
			t.Fatalf("call %d: got the place %v in the schedule", k, got)
		}
		elapsed := time.Duration(rapid.Int64Range(0, int64(2*start)+int64(time.Second)).Draw(t, "elapsed"))
		wait, stop := p.Pace(elapsed, k)
		if stop {
			t.Fatalf("got a stop after %d of %d calls", k, p.Calls)
		}
		if elapsed >= start && wait != 0 {
			t.Fatalf("got a wait of %v for a call that was due %v ago", wait, elapsed-start)
		}
		if elapsed < start && elapsed+wait != start {
			t.Fatalf("got the call at %v, want it at %v", elapsed+wait, start)
		}
	})
}

func TestPacerStopsAfterItsLastCall(t *testing.T) {
	p := Pacer{Rate: 10, Calls: 3}
	if _, stop := p.Pace(0, 3); !stop {
		t.Error("got no stop after the last call")
	}
}

func TestPacerCountsWhatIsDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pacer{Rate: rapid.Float64Range(0.1, 5000).Draw(t, "rate"), Calls: rapid.Int64Range(1, 10_000).Draw(t, "calls")}
		k := rapid.Int64Range(0, p.Calls-1).Draw(t, "k")
		if got := p.Due(p.Start(k)); got < k+1 || got > k+2 {
			t.Fatalf("got %d due when call %d leaves, want %d", got, k, k+1)
		}
		if got := p.Due(p.Start(p.Calls) + time.Hour); got != p.Calls {
			t.Fatalf("got %d due at the end, want all %d", got, p.Calls)
		}
		if got := p.Due(-1); got != 0 {
			t.Fatalf("got %d due before the beginning", got)
		}
	})
}
