package report

import (
	"math"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestWhatIsMissingIsSaid(t *testing.T) {
	said := strings.Join(NotMeasured(view.Build(reporttest.Fixture("missing"))), "\n")
	for _, want := range []string{"Rust and Rust bare: not available. No toolchain", "TypeScript: interrupted. Ctrl-C. Its figures are from 20 of 36", "Kotlin: not run.",
		"Kotlin (snapstart): can't be measured here.", "Python bare: incomplete. Its figures are from 7 of 10"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, a := range Answers(view.Build(reporttest.Fixture("small")).Contests[0]) {
		if a.Name() != "Can't be told" {
			t.Errorf("got %+v of too few samples, want no answer", a)
		}
	}
	if a := Answers(view.Build(reporttest.Fixture("ties")).Contests[0])[0]; len(a.Names) != 2 || !strings.Contains(a.Detail, "Python") {
		t.Errorf("got the answer %+v of a tie, want two names and the next", a)
	}
	if a := Answers(view.Build(reporttest.Fixture("two")).Contests[0])[2]; a.Question != "Cheapest" || a.Name() != "Go" || !strings.Contains(a.Detail, "whole bills: $") {
		t.Errorf("got %+v, want the cheapest with both bills", a)
	}
	for _, a := range Answers(view.Build(reporttest.Fixture("default")).Contests[0]) {
		if a.metric == "coldTotal" && (!strings.HasSuffix(a.Detail, " ms longer") || strings.Contains(a.Detail, "×")) {
			t.Errorf("got %q, want a difference in ms", a.Detail)
		}
	}
}

func TestWarningsNameWhatIsOdd(t *testing.T) {
	said := strings.Join(warnings(view.Build(reporttest.Fixture("failed"))), "\n")
	for _, want := range []string{"TypeScript did not pass the contract suite, for example in items/create", "answered 3 of 1,443 warm calls wrongly", "init has several modes"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwant it to say %q", said, want)
		}
	}
}

func TestThinnedLinesKeepTheirEnds(t *testing.T) {
	for _, n := range []int{1, 200, 201, 1000, 5000} {
		var kept []int
		for i := range n {
			if keep(i, n) {
				kept = append(kept, i)
			}
		}
		if len(kept) > maxPoints+1 || kept[0] != 0 || kept[len(kept)-1] != n-1 {
			t.Errorf("%d points: kept %d from %d to %d, want at most %d with both ends", n, len(kept), kept[0], kept[len(kept)-1], maxPoints+1)
		}
	}
}

func TestChartsHoldNoNaN(t *testing.T) {
	for _, name := range reporttest.Names() {
		for _, r := range chartsOf(view.Build(reporttest.Fixture(name))).Rows {
			for _, v := range []*chartValue{r.Cold, r.Init, r.FirstCall, r.P50, r.P95, r.P99} {
				if v != nil && (math.IsNaN(v.Center) || math.IsNaN(v.Lo) || math.IsNaN(v.Hi)) {
					t.Errorf("%s: got %+v in %s, which is no JSON", name, v, r.Name)
				}
			}
		}
	}
}
