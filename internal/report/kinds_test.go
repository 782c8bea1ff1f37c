package report

import (
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/results"
)

// What became of a burst's calls is told beside its kind alone, and there are no warm
// figures of it.
func TestBursts(t *testing.T) {
	m := view.Build(reporttest.KindsInAWS())
	told := 0
	for _, sentence := range caveats(m) {
		if strings.Contains(sentence, "of a burst over a warm environment") {
			told++
			if !strings.Contains(sentence, "scale-out cold starts: ") || !strings.Contains(sentence, " 90 calls, of which 54 were cold, 18 warm, 18 throttled and 0 without a report") {
				t.Errorf("got %q", sentence)
			}
		}
	}
	if told == 0 {
		t.Errorf("got %q, want the bursts told", caveats(m))
	}
	for _, r := range m.Rows {
		if r.ColdKind == results.ScaleOut && r.Value("warmP50").Valid() {
			t.Errorf("%s: got a warm figure of scale-out", r.Key)
		}
		if r.ColdKind == results.Forced && r.Burst.Calls > 0 {
			t.Errorf("%s: got a burst of forced cold starts", r.Key)
		}
	}
}
