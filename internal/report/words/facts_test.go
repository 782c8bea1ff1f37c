package words

import (
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

func TestDatabaseNoise(t *testing.T) {
	served := func(calls int, cpuMs *float64) *results.Served {
		s := &results.Served{Ms: results.NewHistogram(), CPUMs: cpuMs}
		for i := range calls {
			us := 100 * time.Microsecond
			if i%50 == 0 { // 2 of 100
				us = 900 * time.Microsecond
			}
			if err := s.Ms.Record(us); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	for name, c := range map[string]struct {
		served *results.Served
		want   string
	}{
		"not recorded":       {nil, ""},
		"no call":            {served(0, new(1.0)), ""},
		"all":                {served(1000, new(50.0)), "The database itself (builtin 1) took 0.100 ms at p50 and 0.900 ms at p99 of 1,000 calls, and 0.0500 ms of CPU for each."},
		"too few for a tail": {served(999, new(999.0)), "The database itself (builtin 1) took 0.100 ms at p50 of 999 calls, and 1.00 ms of CPU for each."},
		"CPU not known":      {served(1, nil), "The database itself (builtin 1) took 0.900 ms at p50 of 1 call."},
	} {
		doc := results.Document{Host: results.Host{Database: results.Database{Kind: "builtin", Version: "1", Served: c.served}}}
		m := &view.Model{Doc: &doc}
		if got := DatabaseNoise(m); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
