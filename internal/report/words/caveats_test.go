package words

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
	for _, sentence := range Caveats(m) {
		if strings.Contains(sentence, "of a burst over a warm environment") {
			told++
			if !strings.Contains(sentence, "scale-out cold starts: ") || !strings.Contains(sentence, " 90 calls, of which 54 were cold, 18 warm, 18 throttled and 0 without a report") {
				t.Errorf("got %q", sentence)
			}
		}
	}
	if told == 0 {
		t.Errorf("got %q, want the bursts told", Caveats(m))
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

// Nothing is said of warm calls where none were made.
func TestNoWordOfWarmCalls(t *testing.T) {
	doc := reporttest.BurstsByWorkers()
	for calls, want := range map[int]bool{40: true, 0: false} {
		doc.Plan.Sizes.WarmCalls = calls
		if told := strings.Contains(strings.Join(Caveats(view.Build(doc)), "\n"), "closed loop"); told != want {
			t.Errorf("%d calls: got %t, want %t", calls, told, want)
		}
	}
}

func TestWarningsNameWhatIsOdd(t *testing.T) {
	said := strings.Join(Warnings(view.Build(reporttest.Fixture("failed"))), "\n")
	for _, want := range []string{"TypeScript did not pass the contract suite, for example in items/create", "answered 3 of 1,443 warm calls wrongly", "init has several modes"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}

func TestMissesAreSaid(t *testing.T) {
	got, want := Misses(view.Build(reporttest.Fixture("outside"))), []string{"3 calls dropped", "python: "}
	if len(got) != 2 || !strings.HasPrefix(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
		t.Errorf("got the misses %q, want %q", got, want)
	}
}

func TestStreamsAndExtensionsAreTold(t *testing.T) {
	told := strings.Join(Caveats(view.Build(reporttest.Fixture("streamed"))), "\n")
	for _, want := range []string{"answers are streamed. The first byte of a warm one came in the median after: ", "(the whole answer ", "in all figures: ", "2 extensions."} {
		if strings.Count(told, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, told)
		}
	}
}
