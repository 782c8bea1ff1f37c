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
		"alike":       {2.06, 11, false, "go p50 2.06 3 2.00 3 +3.0 % within ±5 %"},
		"another p50": {2.2, 10, true, "go p50 2.20 3 2.00 3 +10.0 % beyond ±5 %"},
		"another p99": {2, 7, true, "go p99 7.00 3 10.00 3 -30.0 % beyond ±15 %"},
	} {
		folder := t.TempDir()
		for i := range 3 { // one run each is far off, and no median
			off := []float64{1, 1, 9}[i]
			run(t, folder, fmt.Sprintf("k6-%d", i), test.k6*off, test.slow*off)
			run(t, folder, fmt.Sprintf("bench-%d", i), 2, 10)
		}
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
	if _, err := compare(&strings.Builder{}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no runs of k6") {
		t.Errorf("got %v of an empty folder", err)
	}
}
