package clock

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestUntilIsNeverEarly(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, 300 * time.Microsecond, 3 * time.Millisecond} {
		until := time.Now().Add(d)
		if err := Until(t.Context(), until); err != nil {
			t.Fatal(err)
		}
		if now := time.Now(); now.Before(until) {
			t.Errorf("%v: got back %v early", d, until.Sub(now))
		}
	}
}

func TestUntilEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Until(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
