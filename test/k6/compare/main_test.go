package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/loadtest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// run leaves a run whose calls took ms, but for one in fifty that took slow.
func run(t *testing.T, folder, name string, ms, slow float64) {
	t.Helper()
	r := loadtest.NewRecorder(5 * time.Second)
	for k := range 500 {
		took := ms
		if k%50 == 0 {
			took = slow
		}
		seen := loadtest.Seen{Time: time.Unix(int64(k/20), 0), Runtime: "go", Operation: "read", Took: time.Duration(took * float64(time.Millisecond)), Cold: k == 7}
		if err := r.Add(seen); err != nil {
			t.Fatal(err)
		}
	}
	doc := r.Document(loadtest.About{Tool: results.Tool{Version: "1"}, Test: results.LoadTest{Tool: name, Parts: 1}})
	if err := results.Save(filepath.Join(folder, name, "results.json"), doc); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	for name, test := range map[string]struct {
		k6, slow float64
		apart    bool
		want     string
	}{
		"alike":       {2.06, 11, false, "go p50 9.27 8.00 +3.0 % +3.0 to +3.0 % 7 within ±5 %"},
		"another p50": {2.2, 10, true, "go p50 9.90 8.00 +10.0 % +10.0 to +10.0 % 7 beyond ±5 %"},
		"another p99": {2, 7, true, "go p99 31.5 40.0 -30.0 % -30.0 to -30.0 % 7 beyond ±15 %"},
	} {
		folder := t.TempDir()
		for i := range 7 { // slower from round to round, both: no difference between them
			slower := 1 + float64(i)
			run(t, folder, fmt.Sprintf("k6-%d", i), test.k6*slower, test.slow*slower)
			run(t, folder, fmt.Sprintf("bench-%d", i), 2*slower, 10*slower)
		}
		run(t, folder, "k6-7", 1000, 1000) // without a partner
		var out strings.Builder
		apart, err := compare(&out, folder)
		if err != nil || apart != test.apart {
			t.Errorf("%s: got %t, %v, want %t", name, apart, err, test.apart)
		}
		found := false
		for line := range strings.Lines(out.String()) {
			fields := strings.Fields(line)
			want := strings.Fields(test.want)
			same := len(fields) == len(want)
			for i := range min(len(fields), len(want)) {
				same = same && (fields[i] == want[i] || strings.HasPrefix(fields[i], want[i]))
			}
			found = found || same
		}
		if !found {
			t.Errorf("%s: got\n%swant %s", name, out.String(), test.want)
		}
	}
	folder := t.TempDir()
	run(t, folder, "k6-1", 2, 10)
	run(t, folder, "bench-1", 2, 10)
	if _, err := compare(&strings.Builder{}, folder); err == nil || !strings.Contains(err.Error(), "of go: n too small") {
		t.Errorf("got %v of one round", err)
	}
	if _, err := compare(&strings.Builder{}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no runs of k6") {
		t.Errorf("got %v of an empty folder", err)
	}
}
