package compare

import (
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
)

// Bursts by workers are compared by their medians, and only with bursts of as many calls:
// how many environments are made at once is what they ask about.
func TestBursts(t *testing.T) {
	before, after := reporttest.BurstsByWorkers(), reporttest.BurstsByWorkers()
	after.ID = "another"
	for _, m := range compared(t, before, after, Options{}).Metrics {
		for _, c := range m.Changes {
			if m.ID != "packed" && (c.Old.N != 36 || c.New.N != 36 || c.Verdict != Same) {
				t.Errorf("%s: got %+v", m.ID, c)
			}
		}
	}
	for i := range after.Configurations[0].Environments {
		if b := after.Configurations[0].Environments[i].Burst; b != nil {
			b.Calls, b.Cold = 1012, 1010
		}
	}
	r := compared(t, before, after, Options{})
	if len(r.Refused) != 1 || !strings.HasPrefix(r.Refused[0].Configuration, "go/stock/") || r.Refused[0].Text != "other bursts: got 12 and 1012 calls at once" {
		t.Errorf("got %q", r.Refused)
	}
}
