package html

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/reporttest"
	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/report/view"
)

func TestTunedIsDrawn(t *testing.T) {
	gains := chartsOf(view.Build(reporttest.Fixture("missing"))).Gains[0]
	for _, g := range slices.Concat(gains.Cold, gains.Warm) {
		if !strings.Contains(g.Name, "tuned") {
			t.Errorf("%s is drawn without the word", g.Name)
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
